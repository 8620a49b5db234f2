"""What an address says of where a list goes on. It comes from anybody: what is no id is no place, never an error."""

from uuid import UUID


def id_of(typed: str) -> UUID | None:
    """The id that was typed, or None for anything else."""
    try:
        return UUID(typed)
    except ValueError:
        return None
