"""Keeping what a respondent typed: a change to the answers so far, tried again when another tab was faster.

Two tabs, a phone that comes back and the page itself may all write at once; none of them may undo another's answers.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from common.errors import DomainError
from common.pace import may_go_on
from councils.surveys import actions
from councils.surveys.actions.draft_files import drop_files, keep_file
from councils.surveys.forms.places import at
from councils.surveys.forms.typed import PART, PREFIX
from councils.surveys.forms.uploads import read_sent
from councils.surveys.models import Wave
from councils.surveys.queries import OpenedDraft
from councils.surveys.rules import Question
from councils.surveys.rules.form import FILE_TYPES

Answers = Mapping[str, Any]

NEW_DRAFTS = 3_000  # an hour from one network: a mobile operator puts a whole town behind one address
_TURNS = 5
_HOUR = 3600


def keep(
    *,
    wave: Wave,
    code: str,
    before: OpenedDraft | None,
    change: Callable[[Answers], Answers],
    now: datetime,
    at_least: int = 1,
) -> OpenedDraft:
    """Change the answers under a code. `change` makes the new answers from the old and may be called more than once.

    `at_least` is the number of the change where a phone counts them.
    """
    for _turn in range(_TURNS):
        answers = change(before.answers if before else {})
        following = max(before.revision + 1 if before else 1, at_least)
        saved = actions.save_draft(wave=wave, code=code, answers=answers, now=now, revision=following)
        if saved.revision == following and saved.answers == answers:
            return saved
        before = saved  # somebody was faster: the change is made to what they wrote
    return actions.save_draft(wave=wave, code=code, answers=change(before.answers if before else {}), now=now)


def may_begin(request: HttpRequest) -> bool:
    """Whether one more set of answers may be begun from here: slows down programs that fill the table.

    Networks are counted, never accounts: a mark of an account would say for an hour who answers.
    """
    return may_go_on(request, purpose="draft", at_most=NEW_DRAFTS, seconds=_HOUR)


def keep_files(
    request: HttpRequest,
    *,
    wave: Wave,
    code: str,
    questions: Mapping[str, Question],
    before: Answers,
    now: datetime,
    sent_as: Mapping[str, str] | None = None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Take the files of a sent page: the names by which answers call them, and what is wrong with others, by address.

    A new file takes the place of the old one; a tick takes it away. A file that is refused leaves the old one.
    `sent_as`: under which other address a question's file was sent.
    """
    names: dict[str, str] = {}
    faults: dict[str, str] = {}
    for address, question in questions.items():
        if question.type not in FILE_TYPES:
            continue
        old = str(at(before, address) or "")
        file = request.FILES.get(f"{PREFIX}-{(sent_as or {}).get(address, address)}")
        if isinstance(file, UploadedFile):
            try:
                sent = read_sent(question, file)
                keep_file(wave=wave, code=code, name=sent.name, content=sent.content, now=now)
            except DomainError as error:
                if error.code == "not_open":
                    raise
                faults[address] = str(error.message)
                continue
            names[address] = sent.name
        elif request.POST.get(f"{PREFIX}-{address}{PART}drop"):
            names[address] = ""
        else:
            continue
        if old:
            drop_files(wave=wave, code=code, names=[old])
    return names, faults
