"""The whole questionnaire on one page, for helpers: from a paper sheet by numbers, or side by side with somebody.

Codes and answers travel in the body of each request and nowhere else: no cookie, no session, no draft, no address. What
was typed comes back on the page while something is wrong with it, and is gone with the next page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from common.clock import day_of, now
from councils.surveys import queries
from councils.surveys.models import Wave
from councils.surveys.queries.wording import conditions_in_words, skip_in_words
from councils.surveys.rules import check
from councils.surveys.rules.entering import Typed, on_sheet, typed_answers
from councils.surveys.rules.paper import (
    MOST_OCCURRENCES,
    PaperBlock,
    PaperQuestion,
    questions_of,
    sheet,
)
from councils.surveys.states import AnswerFault

PREFIX: Final = "q-"
BLOCKS: Final = "blocks-"
MORE: Final = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question as the page draws it. `typed` are the values of its field; `first` is another typing of it."""

    question: PaperQuestion
    field: str
    typed: tuple[str, ...]
    error: str = ""
    conditions: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()
    first: str = ""

    @property
    def value(self) -> str:
        return " ".join(self.typed)


@dataclass(frozen=True, slots=True)
class Page:
    """What was sent, made sense of: the sheet, what was typed, and what is wrong with it, by address."""

    wave: Wave
    blocks: tuple[PaperBlock, ...]
    sent: Mapping[str, tuple[str, ...]]
    typed: Typed
    occurrences: Mapping[str, int]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def questions(self) -> tuple[PaperQuestion, ...]:
        return questions_of(self.blocks)

    def rows(self, *, first: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The blocks for the template. `first` are other readings of questions, by address."""
        return [
            {
                "heading": block.heading,
                "occurrence": block.occurrence,
                "rows": [
                    self._row(line, first or {}) if isinstance(line, PaperQuestion) else line for line in block.lines
                ],
            }
            for block in self.blocks
        ]

    def wrong(self) -> list[Row]:
        """The questions that need another look, in order."""
        return [self._row(one, {}) for one in self.questions if one.address in self.errors]

    def repeats(self) -> list[tuple[str, str]]:
        """(name, words) of repeated groups that another block can be added to."""
        form = queries.form_of(self.wave.version_id)
        words = [(group, form.words(group.labels, get_language() or "")) for group in form.groups if group.is_repeat]
        return [
            (group.name, label or group.name)
            for group, label in words
            if self.occurrences.get(group.name, 0) < MOST_OCCURRENCES
        ]

    def _row(self, question: PaperQuestion, first: Mapping[str, str]) -> Row:
        return Row(
            question=question,
            field=f"{PREFIX}{question.address}",
            typed=self.sent.get(question.address, ()),
            error=self.errors.get(question.address, ""),
            conditions=conditions_in_words(question),
            skips=tuple(skip_in_words(one) for one in question.skips),
            first=first.get(question.address, ""),
        )


def page_of(wave: Wave, data: QueryDict) -> Page:
    """The page that was sent, or the empty one. A request for one more block of a repeated group is heard."""
    form = queries.form_of(wave.version_id)
    occurrences: dict[str, int] = {}
    for group in form.groups:
        told = data.get(f"{BLOCKS}{group.name}", "")
        if group.is_repeat and told.isascii() and told.isdigit():
            occurrences[group.name] = max(1, min(int(told[:4]), MOST_OCCURRENCES))
    blocks = sheet(form, language=get_language() or "", occurrences=occurrences)
    shown = {
        group.name: max([_blocks_of(one.address, group.name) for one in questions_of(blocks)], default=0)
        for group in form.groups
        if group.is_repeat
    }
    if (more := data.get(MORE, "")) in shown:
        shown[more] = min(shown[more] + 1, MOST_OCCURRENCES)
        blocks = sheet(form, language=get_language() or "", occurrences=shown)
    sent = {
        one.address: tuple(text[:8_000] for text in data.getlist(f"{PREFIX}{one.address}"))
        for one in questions_of(blocks)
    }
    typed = typed_answers(questions_of(blocks), {address: " ".join(texts) for address, texts in sent.items()})
    return Page(wave=wave, blocks=blocks, sent=sent, typed=typed, occurrences=shown)


def judge(page: Page) -> None:
    """Put what is wrong with the page into its `errors`."""
    form = queries.form_of(page.wave.version_id)
    for address in page.typed.wrong:
        page.errors[address] = gettext("There is no box with this number.")
    faults = check(form, page.typed.answers, language=get_language() or "", today=day_of(now())).errors
    by_address = {one.address for one in page.questions}
    for own, fault in faults.items():
        address = on_sheet(own, page.typed.places)
        if address in by_address:
            page.errors.setdefault(address, fault.message)
        else:
            page.errors.setdefault(page.questions[0].address, fault.message or str(AnswerFault.REQUIRED.label))


def _blocks_of(address: str, group: str) -> int:
    parts = address.split("/")
    return max((int(parts[at + 1]) + 1 for at, part in enumerate(parts[:-1]) if part == group), default=0)
