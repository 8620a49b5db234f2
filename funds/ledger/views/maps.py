"""The money map: where a fund's money came from and where it went, as a picture with its table."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.formats import money
from common.http import public_page
from common.money import CURRENCIES
from funds.ledger import queries
from funds.ledger.forms import MapForm
from funds.ledger.rules.flows import Flow, MoneyMap, Role
from funds.ledger.rules.picture import Picture, tall, wide
from funds.ledger.views.asked import errors_of, typed

_SHOWN = 6  # bars a side; the rest is one bar, and every one stands in the table
_LONG = 26  # signs of a label that fit beside the picture
_WORDS: dict[Role, str | Promise] = {
    Role.HELD: _("Held before"),
    Role.GIFTS: _("Gifts"),
    Role.OPENING: _("Opening balance"),
    Role.UNEXPLAINED: _("Not yet explained"),
    Role.EXPLAINED: _("Explained since"),
    Role.EXCHANGED: _("Currency exchange"),
    Role.SPENDING: _("Paid for projects"),
    Role.FEES: _("Fees"),
    Role.REFUNDS: _("Given back to givers"),
    Role.LEFT: _("Left over"),
    Role.OWED: _("Owed to the card processor"),
    Role.TAKEN_BACK: _("Taken back"),
}
# Colours by what a flow means; they are classes, and the words say it too.
_TONES = {
    Role.HELD: "still",
    Role.LEFT: "still",
    Role.GIFTS: "good",
    Role.OPENING: "good",
    Role.SPENDING: "spent",
    Role.FEES: "cost",
    Role.EXCHANGED: "cost",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One source or use as the page names it."""

    title: str
    note: str
    minor: int
    amount: str
    tone: str
    short: str


def _bar(flow: Flow, currency: str) -> Bar:
    word = str(_WORDS[flow.role])
    if flow.of is not None:
        word = f"{word}: {_WORDS[flow.of]}"
    note = flow.label or (str(flow.account.label) if flow.account else "")
    if not note and flow.role in (Role.GIFTS, Role.SPENDING):
        note = str(_("the fund as a whole"))
    short = note if len(note) <= _LONG else f"{note[: _LONG - 1].rstrip()}…"
    return Bar(word, note, flow.minor, money(flow.minor, currency), _TONES.get(flow.role, "odd"), short)


def _shown(bars: list[Bar], currency: str) -> list[Bar]:
    """The bars of the picture: the largest ones in their order, the others together."""
    if len(bars) <= _SHOWN + 1:
        return bars
    kept = sorted(bars, key=lambda bar: -bar.minor)[:_SHOWN]
    rest = sum(bar.minor for bar in bars) - sum(bar.minor for bar in kept)
    others = str(_("all others"))
    note = str(_("%(count)s lines of the table") % {"count": len(bars) - _SHOWN})
    return [
        *(bar for bar in bars if any(bar is one for one in kept)),
        Bar(others, note, rest, money(rest, currency), "still", note),
    ]


def _drawn(sources: list[Bar], uses: list[Bar]) -> list[tuple[str, Picture]]:
    sums = [bar.minor for bar in sources], [bar.minor for bar in uses]
    return [("wide", wide(*sums)), ("tall", tall(*sums))]


def _currency(form: MapForm, held: list[str]) -> str | None:
    if not form.is_bound:
        return held[0] if held else CURRENCIES[0]
    if not form.is_valid():
        return None
    return form.cleaned_data["currency"] or (held[0] if held else CURRENCIES[0])


@require_safe
@public_page(queries.head_seq)
def money_map(request: HttpRequest, slug: str) -> HttpResponse:
    """Sources and uses of a period in one currency; both sides add up to the same sum."""
    found = queries.overview(slug=slug)
    filled = typed(request, ("currency", "since", "until"))
    held = [sums.currency for sums in found.totals]
    form = MapForm(filled or None, initial={"currency": held[0] if held else CURRENCIES[0]})
    currency = _currency(form, held)
    context: dict[str, object] = {"fund": found, "town": found, "form": form, "currency": currency}
    context |= {
        "errors": errors_of(form),
        "typed": filled,
        "currencies": [(code, code, code == currency) for code in held or CURRENCIES[:1]],
    }
    if currency is not None:
        facts = form.cleaned_data if form.is_bound else {"since": None, "until": None}
        span = queries.span_of(fund_id=found.pk, since=facts["since"], until=facts["until"])
        context |= _context(queries.flows(fund_id=found.pk, currency=currency, span=span)) | facts
    return render(request, "ledger/map.html", context)


def _context(flows: MoneyMap) -> dict[str, object]:
    sources = [_bar(flow, flows.currency) for flow in flows.sources]
    uses = [_bar(flow, flows.currency) for flow in flows.uses]
    left, right = _shown(sources, flows.currency), _shown(uses, flows.currency)
    return {
        "sources": sources,
        "uses": uses,
        "total": money(flows.total, flows.currency),
        "left": left,
        "right": right,
        "pictures": _drawn(left, right) if flows.total else [],
    }
