"""Identifiers: UUIDv7 for rows that may tell when they were made, UUIDv4 for rows that must not."""

from uuid import UUID, uuid4

from uuid_utils import compat


def uuid7() -> UUID:
    """A time-ordered identifier (RFC 9562). Never use it for survey answers: it holds the moment."""
    return compat.uuid7()


def random_id() -> UUID:
    """An identifier that tells nothing, not even its order."""
    return uuid4()


# No letters or digits that are confused when read aloud or handwritten, in Latin or Cyrillic: no 0 O 1 I L B 8 V U.
TICKET_ALPHABET = "2345679ACDEFGHJKMNPRTWXYZ"


def ticket_code(random_bytes: bytes) -> str:
    """A dictatable code such as `7KD-4XM-2TF` from nine random bytes (25^9 = 3.8e12 codes)."""
    letters = [TICKET_ALPHABET[byte % len(TICKET_ALPHABET)] for byte in random_bytes[:9]]
    return "-".join("".join(letters[i : i + 3]) for i in (0, 3, 6))


def normalise_ticket(typed: str) -> str:
    """What a person typed or dictated, as a ticket code: any case, spaces, dashes, Cyrillic look-alikes."""
    latin = typed.upper().translate(str.maketrans("АСЕНКМРТХУ", "ACEHKMPTXY"))
    letters = [c for c in latin if c in TICKET_ALPHABET]
    return "-".join("".join(letters[i : i + 3]) for i in range(0, len(letters), 3))
