"""Every GET of the API: one object by its id, or a list by filters and cursors.

The kinds stand in kinds.py. Reading must NEVER change anything.
"""

from functools import partial

from .call import Call, Route
from .errors import invalid, missing_object
from .expand import expanded, expanded_list, line_items
from .kinds import EXPAND, KINDS, Kind
from .movements import balance
from .params import Record, Whole
from .store import Stored
from .wire import Json

_ONLY_EXPAND = Record({"expand": EXPAND})
_ALWAYS = (0, 2**62)


def require(call: Call, kind: str, param: str) -> Stored:
    """The object that the path names; refuses with 404."""
    found = call.moment.tx.find(kind, call.ids[0])
    if found is None:
        raise missing_object(kind, call.ids[0], param)
    return found


def answer_object(call: Call, body: Json, sent: Json) -> Json:
    """The object, expanded as the request asked."""
    return expanded(call.moment.tx, body, sent.get("expand", []), now=call.moment.now)


def _retrieve(kind: Kind, call: Call) -> Json:
    sent = _ONLY_EXPAND.read(call.params, "")
    return answer_object(call, require(call, kind.name, kind.param).body, sent)


def _list(kind: Kind, call: Call) -> Json:
    sent = kind.list_params().read(call.params, "")
    if "starting_after" in sent and "ending_before" in sent:
        raise invalid("starting_after", "You may only specify one of these parameters: starting_after, ending_before.")
    if kind.check is not None:
        kind.check(call.moment.tx, sent)
    limit = sent.get("limit", 10)
    backwards = "ending_before" in sent
    found = call.moment.tx.page(
        kind.name,
        filters=_filters(kind, sent),
        created=sent.get("created", _ALWAYS),
        older_than=_cursor(kind, call, sent, "starting_after"),
        newer_than=_cursor(kind, call, sent, "ending_before"),
        most=limit + 1,
        delivered=sent.get("delivery_success"),
    )
    page = found[:limit]
    if backwards:
        page.reverse()
    return {
        "object": "list",
        "data": expanded_list(call.moment.tx, page, sent.get("expand", []), now=call.moment.now),
        "has_more": len(found) > limit,
        "url": call.path,
    }


def _filters(kind: Kind, sent: Json) -> dict[str, list[object]]:
    found = {kind.filters[name]: _accepted(sent[name]) for name in kind.filters if name in sent}
    for name, meaning in kind.values.items():
        word = sent.get(name, "")
        if word in meaning:
            found[kind.filters[name]] = list(meaning[word])
    return found


def _accepted(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def _cursor(kind: Kind, call: Call, sent: Json, name: str) -> int | None:
    if name not in sent:
        return None
    place = call.moment.tx.place(kind.name, sent[name])
    if place is None:
        raise missing_object(kind.name, sent[name], name)
    return place


def _line_items(call: Call) -> Json:
    Record({"limit": Whole(1, 100), "expand": EXPAND}).read(call.params, "")
    require(call, "checkout.session", "session")
    return line_items(call.moment.tx, call.ids[0])


def _balance(call: Call) -> Json:
    _ONLY_EXPAND.read(call.params, "")
    return balance(call.moment)


ROUTES = (
    *(Route("GET", kind.path, partial(_list, kind)) for kind in KINDS if kind.listed),
    *(Route("GET", f"{kind.path}/{{id}}", partial(_retrieve, kind)) for kind in KINDS),
    Route("GET", "/v1/checkout/sessions/{id}/line_items", _line_items),
    Route("GET", "/v1/balance", _balance),
)
