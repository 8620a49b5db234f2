"""Disclosure control of published tables: what is hidden, and the proof that hiding it holds.

    table = crossed(counts=counts, rows=options, columns=ages, k=10)
    release = protect(table=table)                       # smallest pattern that holds, or DisclosureError
    later = protect(table=new_table, before=release)     # the frozen pattern or more, or DisclosureError
    audit(release=later, before=release) == ()           # nothing hidden is known to within +-k

`tables` says which published numbers are sums of which; `protect` finds the cheapest set of hidden cells by mixed
integer programming; `attack` is the reader with a linear program, who knows every sum, every printed digit and the
earlier release. A cell is betrayed when everything that fits what is published lies within k of the truth. Sources:
Fischetti and Salazar 2001 (complementary suppression by cutting planes); Willenborg and de Waal 2001.
"""

from councils.indicators.rules.disclosure.attack import Betrayed, Printed, Release, audit, printed_share, rounded
from councils.indicators.rules.disclosure.pattern import protect
from councils.indicators.rules.disclosure.tables import DisclosureError, Table, crossed

__all__ = [
    "Betrayed",
    "DisclosureError",
    "Printed",
    "Release",
    "Table",
    "audit",
    "crossed",
    "printed_share",
    "protect",
    "rounded",
]
