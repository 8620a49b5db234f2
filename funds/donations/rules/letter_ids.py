"""The Message-ID of a letter: one for each letter that is owed, however often it is handed to a mail server. Pure.

A worker that dies after the mail server took a letter hands it over again; mailboxes know it by this line as the same
letter. It must NEVER hold a row's own id: mail servers on the way read it.
"""

from uuid import UUID, uuid5


def letter_id(*, row_id: UUID, letter: str, host: str) -> str:
    """A header value `<...@host>` (RFC 5322, 3.6.4) for one letter about one row; `letter` says which of its letters.

    The same arguments give the same value. Refuses (ValueError) an empty `letter` or `host`.
    """
    if not letter or not host:
        raise ValueError("a letter and a host are needed")
    return f"<{uuid5(row_id, letter)}@{host}>"
