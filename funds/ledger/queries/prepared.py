"""How the ledger's statements are asked: planned once per connection, or anew each time (see common.postgresql.asking).

A page of the ledger costs more in planning than in reading.
"""

from common.postgresql.asking import ask as fetch
from common.postgresql.asking import ask_planned as fetch_planned

__all__ = ["fetch", "fetch_planned"]
