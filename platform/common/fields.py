"""Fields that the forms of several rooms share: words that are published, and amounts as people write them.

A published word must look like what it says: nothing here may let a character through that cannot be seen.
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.money import EXPONENTS, Money

# Turn the direction of writing: with them a sum or a name can be made to read otherwise than it is stored.
TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b")
# What copying from letters and web pages leaves behind. It cannot be seen and says nothing, so it is left out.
UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u206c-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_BREAKS: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")
_AROUND: Final = 12
_WRITTEN: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")


def plain(text: str, *, multiline: bool = True) -> str:
    """`text` without characters of no width. Refuses (ValidationError) control characters and those that turn the
    direction of writing, and names the place. Line ends become `\\n`, or a space where `multiline` is off."""
    text = UNSEEN.sub("", _BREAKS.sub("\n", text))
    if not multiline:
        text = text.replace("\n", " ")
    for place, letter in enumerate(text):
        if letter in TURNING or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t"):
            before = re.sub(r"\s+", " ", text[max(0, place - _AROUND) : place]).strip()
            raise forms.ValidationError(_refusal(before), code="unseen_character")
    return text


def _refusal(before: str) -> str:
    if not before:
        return gettext("The text begins with a character that cannot be seen and changes how it reads. Type it anew.")
    words = gettext(
        "After “%(words)s” stands a character that cannot be seen and changes how the text reads. Type this place anew."
    )
    return words % {"words": before}


class PlainField(forms.CharField):
    """Words that others will read: what cannot be seen is left out or refused (see `plain`)."""

    def to_python(self, value: Any) -> str:
        """The text as it will be stored."""
        text = "" if value is None else str(value)
        cleaned = super().to_python(plain(text, multiline=isinstance(self.widget, forms.Textarea)))
        return cleaned or ""


class AmountField(forms.DecimalField):
    """`1 240 000,50`: spaces of all kinds group thousands, a comma or a point begins at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=14, decimal_places=2, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs
        )

    # django-stubs types the parent's parent, which makes whole numbers.
    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        typed = re.sub(r"\s", "", str(value or "")).replace(",", ".")
        if typed and not _WRITTEN.fullmatch(typed):  # `1e5` and `1_000` are numbers to Python, and slips of a hand
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(typed)


def money_of(amount: Decimal, currency: str, *, exponents: Mapping[str, int] = EXPONENTS) -> Money:
    """An amount as typed, in minor units. Refuses (ValidationError) decimals that the currency does not have."""
    minor = amount.scaleb(exponents[currency])
    if minor != minor.to_integral_value():
        raise forms.ValidationError(_("This currency has fewer decimals. Leave them out."), code="decimals")
    return Money(int(minor), currency)
