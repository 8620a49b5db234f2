"""Version numbers of the ledger's pages: what their ETags are made from. One small query each."""

from funds.ledger.queries.prepared import fetch

_HEAD = """SELECT h.seq FROM transparency_head h JOIN ledger_fund f ON f.id = h.fund_id
 JOIN towns_town t ON t.id = f.town_id WHERE t.slug = $1::text"""
_WHOLE = """SELECT h.seq, (SELECT string_agg(k.id || ':' || k.held_minor, ',' ORDER BY k.id)
                  FROM ledger_earmarkbalance k WHERE k.fund_id = h.fund_id AND k.held_minor > 0)
  FROM transparency_head h JOIN ledger_fund f ON f.id = h.fund_id JOIN towns_town t ON t.id = f.town_id
 WHERE t.slug = $1::text"""
_CLOSING = """SELECT h.seq, h.closed_through FROM transparency_head h JOIN ledger_fund f ON f.id = h.fund_id
 JOIN towns_town t ON t.id = f.town_id WHERE t.slug = $1::text"""
_LINE = """SELECT h.seq,
       (SELECT coalesce(sum(number), 0) FROM audit_version WHERE town_slug IN ($1::text, '')),
       (SELECT max(c.size) FROM transparency_log l JOIN transparency_checkpoint c ON c.log_id = l.id
         WHERE l.slug = $1::text)
  FROM transparency_head h JOIN ledger_fund f ON f.id = h.fund_id JOIN towns_town t ON t.id = f.town_id
 WHERE t.slug = $1::text"""


def head_seq(slug: str, *args: object, **kwargs: object) -> int:
    """The last sequence number of a town's fund, 0 when nothing is booked: the version of its ledger pages."""
    found = fetch(_HEAD, [slug])
    return int(found[0][0]) if found else 0


def _joined(statement: str, slug: str) -> str:
    found = fetch(statement, [slug])
    return ".".join(map(str, found[0])) if found else ""


def fund_version(slug: str, *args: object, **kwargs: object) -> str:
    """Changes with every line that is booked and with what is reserved: the version of the fund's own page."""
    return _joined(_WHOLE, slug)


def closing_version(slug: str, *args: object, **kwargs: object) -> str:
    """Changes with every line that is booked and every period that is closed: the version of the trial balance."""
    return _joined(_CLOSING, slug)


def line_version(slug: str, *args: object, **kwargs: object) -> str:
    """Changes with whatever the page of one line can show: reversals, published documents, a new checkpoint."""
    return _joined(_LINE, slug)
