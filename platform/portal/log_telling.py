"""A proof that the server checked, in words: the same sentences as the browser says, in the same order.

Must tell what stays open beside what is shown, and never call witnesses on our own server independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from common.formats import date_long, date_time, money, number
from portal.log_checking import ProofFaultError, Proven
from transparency.queries import Ended

_WITHOUT_WORDS = frozenset({"at", "type", "v", "commitments"})


@dataclass(frozen=True, slots=True)
class Told:
    """What the page prints about a proof that holds."""

    verdict: str
    verdict_more: str
    state: str
    title: str
    rows: list[tuple[str, str, str]]
    shown: list[str]
    open: list[str]
    ended: list[str]


def fault(error: ProofFaultError, says: Mapping[str, str]) -> str:
    """The sentence for what is wrong."""
    return says[f"fault_{error.code}"].format(**error.facts)


def told(proven: Proven, *, says: Mapping[str, str], town: str, language: str, ended: Ended | None = None) -> Told:
    """The whole answer. `says` are `log_words.sentences`, with witness:<name> where a witness is a town; `ended` is
    what is known of the proof's log where it was ended."""

    def called(name: str) -> str:
        return says.get(f"witness:{name}", name)

    size, index = number(proven.size, language), number(proven.index + 1, language)
    confirmed = proven.quorum and bool(proven.seen)
    outside = any(not house for _name, _at, house in proven.seen)
    verdict = "verdict_ok" if confirmed else "verdict_alone"
    shown = [
        says["proved_line"].format(index=index, size=size, town=town),
        says["proved_signed"].format(town=town),
        *[
            says["proved_seen"].format(name=called(name), time=date_time(datetime.fromtimestamp(at, UTC), language))
            for name, at, _house in proven.seen
        ],
        *([says["proved_opened"]] if proven.opened else []),
    ]
    witnessed = "open_quorum" if outside else "open_house"
    stays = [
        says["open_goods"],
        says["open_later"].format(size=size),
        says[witnessed if confirmed else "open_few" if proven.seen else "open_alone"],
    ]
    if proven.missing:
        stays.append(says["open_missing"].format(names=", ".join(called(name) for name in proven.missing)))
    kind = proven.entry["type"]
    title = f"kind:{proven.entry.get('kind')}" if kind == "transaction" else f"type:{kind}"
    return Told(
        verdict=says[verdict],
        verdict_more=says[f"{verdict}_more"],
        state="ok" if confirmed else "wait",
        title=says.get(title, str(kind)),
        rows=_rows(proven, says=says, town=town, language=language),
        shown=shown,
        open=stays,
        ended=_end(ended, proven, says=says, language=language),
    )


def _end(ended: Ended | None, proven: Proven, *, says: Mapping[str, str], language: str) -> list[str]:
    if ended is None:
        return []
    facts = {
        "at": date_time(ended.at, language),
        "size": number(ended.size, language),
        "kept": number(ended.kept, language),
        "next": ended.successor,
    }
    names = ["ended_when", "ended_what", *(["ended_lost"] if proven.index >= ended.kept else [])]
    return [says[name].format(**facts) for name in names]


def _rows(proven: Proven, *, says: Mapping[str, str], town: str, language: str) -> list[tuple[str, str, str]]:
    entry = proven.entry
    rows = [(says["word:town"], town, "")]
    if entry["type"] == "transaction":
        rows += _money_rows(entry, says=says, language=language)
    else:
        rows += [
            (says.get(f"word:{name}", name), str(value), "")
            for name, value in entry.items()
            if name not in _WITHOUT_WORDS
        ]
    rows.append((says["word:booked"], _moment(str(entry.get("at")), language), ""))
    rows += [(_field(one.field, says), one.value, says["word:opened"]) for one in proven.opened]
    if proven.sealed:
        rows.append((says["word:sealed"], ", ".join(_field(one, says) for one in proven.sealed), ""))
    return rows


def _field(name: str, says: Mapping[str, str]) -> str:
    """A sealed field in words. Gifts that are booked together are gift_a, gift_b ..."""
    gift, _, letters = name.partition("_")
    if gift == "gift" and letters.isalpha():
        return f"{says['kind:gift']} {letters.upper()}"
    return says.get(f"field:{name}", name)


def _money_rows(entry: Mapping[str, object], *, says: Mapping[str, str], language: str) -> list[tuple[str, str, str]]:
    sums: dict[str, int] = {}
    rows = []
    lines = entry.get("entries")
    for line in lines if isinstance(lines, list) else []:
        amount, currency = int(line["amount"]), str(line["currency"])
        sums[currency] = sums.get(currency, 0) + max(amount, 0)
        side = says["word:debit" if amount > 0 else "word:credit"]
        account = says.get(f"account:{line['account']}", str(line["account"]))
        rows.append((account, f"{side}: {money(abs(amount), currency)}", ""))
    head = [(says["word:sum"], " · ".join(money(total, currency) for currency, total in sums.items()), "")]
    head.append((says["word:date"], _day(str(entry.get("date")), language), ""))
    head.append((says["word:number"], str(entry.get("seq")), ""))
    if entry.get("memo"):
        head.append((says["word:memo"], str(entry["memo"]), ""))
    if entry.get("reverses"):
        head.append((says["word:reverses"], str(entry["reverses"]), ""))
    return head + rows


def _day(text: str, language: str) -> str:
    try:
        return date_long(date.fromisoformat(text), language)
    except ValueError:
        return text


def _moment(text: str, language: str) -> str:
    try:
        return date_time(datetime.fromisoformat(text), language)
    except ValueError:
        return text
