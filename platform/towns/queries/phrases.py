"""The wordings of the data files in the reader's language: notes, values in words, names of sources."""

from collections.abc import Callable, Iterable

from towns.models import OfficialPhrase


def phrases_in(language: str, wordings: Iterable[str]) -> Callable[[str], str]:
    """A function from a wording to its translation (itself where there is none). One query."""
    wanted = {wording for wording in wordings if wording}
    known: dict[str, str] = dict(OfficialPhrase.objects.filter(code__in=wanted).values_list("code", f"text_{language}"))

    def words(wording: str) -> str:
        return known.get(wording, wording)

    return words
