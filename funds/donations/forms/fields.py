"""What several forms of this room share: a line of words, an amount refused in words, purposes, countries."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel import Locale
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.formats import money
from common.money import EXPONENTS
from councils.needs.rules import excerpt
from funds.donations.queries import Purposes, need_key
from funds.payments.rules import AmountError, Refusal
from towns.rules.spelling import sort_key

# CLDR's territories that are nobody's country: unions, test locales, islands without citizens of their own.
_NO_COUNTRIES: Final = frozenset(
    {"AC", "AQ", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "HM", "IC", "IO", "QO", "TA", "TF", "UM", "UN", "XA", "XB"}
    | {"ZZ"}
)
_CODE_LENGTH: Final = 2

WHOLE_FUND: Final = "fund"
_RADIOS_AT_MOST: Final = 6
_NEED_LETTERS: Final = 100

REFUSED: Final[Mapping[Refusal, Promise]] = {
    Refusal.EMPTY: _("Choose an amount or type your own: from %(floor)s to %(ceiling)s."),
    Refusal.NOT_A_NUMBER: _(
        "Write the amount in digits, for example 1000 or 1000,50. It can be from %(floor)s to %(ceiling)s."
    ),
    Refusal.TOO_MANY_DECIMALS: _(
        "Digits after the comma in this currency: %(decimals)s. Write for example 1000 or 1000,50."
        " The amount can be from %(floor)s to %(ceiling)s."
    ),
    Refusal.NOT_THAT_FINE: _(
        "In this currency the card service takes amounts whose last digit is 0. Write for example 5,120 or 5,130."
        " The amount can be from %(floor)s to %(ceiling)s."
    ),
    Refusal.TOO_SMALL: _("This amount is too small. One gift by card can be from %(floor)s to %(ceiling)s."),
    Refusal.TOO_LARGE: _("This amount is too large. One gift by card can be from %(floor)s to %(ceiling)s."),
}


class LineField(forms.CharField):
    """Words in one line: signs that nobody sees go, blanks become single, before the length is judged."""

    def to_python(self, value: object) -> str:
        text = super().to_python(value) or ""
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def sentence(error: AmountError) -> str:
    """What is wrong with an amount, and what can be given."""
    floor, ceiling = error.limits.floor, error.limits.ceiling
    return str(REFUSED[error.refusal]) % {
        "floor": money(floor.minor, floor.currency),
        "ceiling": money(ceiling.minor, ceiling.currency),
        "decimals": EXPONENTS[floor.currency],
    }


def offer_purposes(field: forms.Field, purposes: Purposes) -> None:
    """Let a choice field offer the whole fund, its projects and its needs: as rows while they are few."""
    whole = (WHOLE_FUND, _("The whole fund: where it is needed most"))
    projects = [(str(project.pk), project.title) for project in purposes.projects]
    needs = [(need_key(need.pk), excerpt(need.text, _NEED_LETTERS)) for need in purposes.needs]
    if 1 + len(projects) + len(needs) <= _RADIOS_AT_MOST:
        field.widget = forms.RadioSelect()
        told = [(key, _("Need: %(text)s") % {"text": text}) for key, text in needs]
        field.choices = [whole, *projects, *told]  # type: ignore[attr-defined]
    else:
        field.widget = forms.Select()
        groups = [(_("Projects"), projects), (_("Needs that have no project yet"), needs)]
        field.choices = [whole, *((name, rows) for name, rows in groups if rows)]  # type: ignore[attr-defined]


@lru_cache(maxsize=8)
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """(ISO 3166-1 code, name) of every country, by name in the order of that language. Names are CLDR's."""
    names = Locale.parse(language).territories
    real = [(code, name) for code, name in names.items() if len(code) == _CODE_LENGTH and code not in _NO_COUNTRIES]
    return tuple(sorted(real, key=lambda one: sort_key(one[1], language)))
