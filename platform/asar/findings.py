"""What the command reports: the sentences it can stand for, what it found wrong, what it could not find out.

Three ways to end, and each has its number: 0 everything that was asked is proven, 1 something is wrong or not proven,
2 the question could not be put (wrong usage, nothing to read). Must never soften a finding.
"""

import sys
from dataclasses import dataclass, field

PROVEN, WRONG, UNREADABLE = 0, 1, 2


class UnreadableError(Exception):
    """What was asked about cannot be read at all: no such file, no answer, no such option."""


def plain(text: str) -> str:
    """Somebody else's words, safe to print: letters as they are, what could steer a terminal as an escape."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def shown(index: int) -> int:
    """The number that people see, here and on the site's pages: the first entry is 1. In files it is 0."""
    return index + 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One wrong thing. `index` is the entry's place in the log from 0, `seq` the transaction's number in the ledger."""

    words: str
    index: int | None = None
    seq: int | None = None

    @property
    def sentence(self) -> str:
        """Place and words in one line."""
        if self.index is None:
            return self.words
        number = "" if self.seq is None else f" (transaction {self.seq})"
        return f"entry {shown(self.index)}{number}: {self.words}"


@dataclass(slots=True)
class Report:
    """What was found out, in the order in which it is told."""

    proven: list[str] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)  # nothing is wrong with it, but what was asked is not shown
    open: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)  # what the person can do next

    def first_wrong(self) -> list[Finding]:
        """The findings, the earliest line of the log first; what concerns no single line comes last."""
        return sorted(self.wrong, key=lambda one: (one.index is None, one.index or 0))

    @property
    def code(self) -> int:
        """The number that the command ends with."""
        return WRONG if self.wrong or self.unproven else PROVEN

    def write(self) -> None:
        """Everything, on the standard output."""
        lines: list[str] = []
        if self.wrong:
            first, *others = self.first_wrong()
            lines += [f"WRONG: {first.sentence}", *[f"  also: {one.sentence}" for one in others]]
        lines += [f"NOT PROVEN: {sentence}" for sentence in self.unproven]
        for title, sentences in (
            ("Proven:", self.proven),
            ("Not proven:", self.open),
            ("What you can do:", self.advice),
        ):
            if sentences:
                lines += [title, *[f"  - {sentence}" for sentence in sentences]]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
