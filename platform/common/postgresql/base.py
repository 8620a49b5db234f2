"""PostgreSQL with a health check that costs no round trip: a server that went away leaves its socket readable.

Django's own check sends `SELECT 1` before the first query of every request; a cached page would pay more for that than
for its one query. Nothing else may be changed here.
"""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """False when the server closed the idle connection: idle, it never sends anything but its farewell."""
        if self.connection is None or self.connection.closed:
            return False
        readable, _writable, _broken = select.select([self.connection.fileno()], [], [], 0)
        return not readable
