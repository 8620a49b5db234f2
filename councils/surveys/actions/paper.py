"""Typing paper sheets in, and typing a sample of them a second time. Answers go where all answers go: into envelopes.

Nothing here is audited: a line with a sheet, a helper and a moment would stand beside one person's answers. The second
typist never sees the first typing before having typed the whole sheet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.clock import day_of
from common.errors import DomainError
from councils.surveys.actions.answers import submit_answers
from councils.surveys.actions.drafts import lock_open
from councils.surveys.actions.invitations import personal_code_needed, respondent_of
from councils.surveys.models import Envelope, Invitation, PaperEntry, Wave
from councils.surveys.permissions import can_help
from councils.surveys.queries import form_of, wave_key
from councils.surveys.queries.paper import sheet_by_code
from councils.surveys.rules import check
from councils.surveys.rules.entering import differing
from councils.surveys.rules.respondents import Respondent
from councils.surveys.rules.sealing import Content, unpacked
from councils.surveys.states import Audience, Channel
from users.models import User

SAMPLE_OF: Final = 10  # one sheet in ten is typed twice


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes on a sheet, as typed: its own, and the person's where one is written on it."""

    sheet: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two typings of a sheet: how many questions it has, at which addresses they differ, and the first typing."""

    fields: int
    differing: tuple[str, ...]
    first: Mapping[str, Any]


@transaction.atomic
def enter_sheet(*, actor: User, wave: Wave, codes: Codes, answers: Mapping[str, object], now: datetime) -> bool:
    """Type a sheet in. True when it belongs to the sample that a second helper types, too.

    The one who typed it may type it again to mend it, with the same codes, until somebody else has checked it. Refuses
    (Forbidden) who may not help, an unknown code (`no_such_sheet`, `no_such_code`), a sheet that another helper typed
    (`typed_already`), other codes than the first time (`other_codes`), and answers with faults (`incomplete`).
    """
    sheet, who = _opened(actor, wave, codes, now)
    entry = PaperEntry.objects.select_for_update().filter(wave=wave, sheet=sheet).first()
    if entry is not None and (entry.entered_by_id != actor.pk or entry.checked_by_id is not None):
        raise _typed_already()
    if entry is not None:
        same_codes(wave=wave, who=who)
    helper = None if entry else actor.pk  # mending a sheet does not bring in another answer
    thanked = Respondent(user_id=who.user_id, invitation_id=who.invitation_id, helper_id=helper)
    submit_answers(wave=wave, who=thanked, answers=answers, now=now, channel=Channel.PAPER)
    if entry is None:
        entry = PaperEntry.objects.create(
            wave=wave, sheet=sheet, entered_by=actor, is_sample=is_sampled(wave=wave, sheet=sheet)
        )
    return entry.is_sample


@transaction.atomic
def check_sheet(*, actor: User, wave: Wave, codes: Codes, answers: Mapping[str, Any], now: datetime) -> Compared:
    """Compare a second typing with the first, under the wave's key, and note how many fields differ.

    Refuses as `enter_sheet` does, and a sheet that is not waiting for a second typing by somebody else
    (`typed_already`). Where the person has answered by another way since, there is nothing to compare.
    """
    sheet, who = _opened(actor, wave, codes, now)
    entry = PaperEntry.objects.select_for_update().filter(wave=wave, sheet=sheet, is_sample=True).first()
    if entry is None or entry.checked_by_id is not None or entry.entered_by_id == actor.pk:
        raise _typed_already()
    same_codes(wave=wave, who=who)
    form = form_of(wave.version_id)
    checked = check(form, answers, language=form.default_language, today=day_of(now))
    if checked.errors:
        raise DomainError("incomplete", _("Some answers are missing or need another look."))
    content = _stored(wave, who)
    asked = frozenset(question.name for question in form.questions if question.is_asked)
    addresses = differing(content.answers, checked.values, asked=asked)
    # All questions of the sheet, not those that were filled: how many a person answered would find their answers again.
    fields = len(asked)
    if content.channel != Channel.PAPER:
        addresses, fields = [], 0
    entry.checked_by = actor
    entry.fields, entry.differing = fields, len(addresses)
    entry.save(update_fields=["checked_by", "fields", "differing"])
    return Compared(fields=fields, differing=tuple(addresses), first=content.answers)


@transaction.atomic
def decide_sheet(*, actor: User, wave: Wave, codes: Codes, answers: Mapping[str, object], now: datetime) -> None:
    """Put what the second helper decided, with the sheet in hand, in the place of the first typing.

    Refuses anybody but the helper who compared the sheet and found differences, and a sheet whose person has answered
    by another way since (`typed_already`).
    """
    sheet, who = _opened(actor, wave, codes, now)
    if not PaperEntry.objects.filter(wave=wave, sheet=sheet, checked_by=actor, differing__gt=0).exists():
        raise _typed_already()
    same_codes(wave=wave, who=who)  # whoever took the answers back meanwhile is not brought in again
    if _stored(wave, who).channel != Channel.PAPER:
        raise _typed_already()
    submit_answers(wave=wave, who=who, answers=answers, now=now, channel=Channel.PAPER)


def is_sampled(*, wave: Wave, sheet: Invitation) -> bool:
    """Whether a sheet is of the sample: decided by its code under the wave's key, so nobody can tell beforehand."""
    return int(wave_key(wave).mark("sample", sheet.code_mark), 16) % SAMPLE_OF == 0


def open_sheet(*, wave: Wave, codes: Codes) -> tuple[Invitation, Respondent]:
    """The sheet and whose answers it holds. Refuses as `enter_sheet` does for codes."""
    sheet = sheet_by_code(wave, codes.sheet)
    if sheet is None:
        raise DomainError(
            "no_such_sheet", _("This is no sheet of this survey. Look at the code on it once more."), field="sheet"
        )
    if not codes.person and wave.audience == Audience.VERIFIED:
        raise personal_code_needed()
    who = respondent_of(wave=wave, code=codes.person) if codes.person else Respondent(invitation_id=sheet.pk)
    return sheet, who


def same_codes(*, wave: Wave, who: Respondent) -> None:
    """Refuse (`other_codes`) codes under which a sheet that was typed before has no answers: ask this before anybody
    types a whole sheet that could not be compared or stored."""
    if not _envelope(wave, who):
        raise DomainError(
            "other_codes", _("Type the same codes as when this sheet was typed in first."), field="person"
        )


def _opened(actor: User, wave: Wave, codes: Codes, now: datetime) -> tuple[Invitation, Respondent]:
    can_help(actor, wave.town, on=day_of(now)).enforce()
    lock_open(wave, on=day_of(now), channel=Channel.PAPER)
    sheet, who = open_sheet(wave=wave, codes=codes)
    # Two helpers with the same sheet take turns here.
    return Invitation.objects.select_for_update().get(pk=sheet.pk), who


def _envelope(wave: Wave, who: Respondent) -> list[Envelope]:
    return list(Envelope.objects.filter(pk=wave_key(wave).answer_id(who.key), wave=wave))


def _stored(wave: Wave, who: Respondent) -> Content:
    [envelope] = _envelope(wave, who)
    return unpacked(wave_key(wave).open(envelope.sealed, place=str(envelope.pk)))


def _typed_already() -> DomainError:
    return DomainError(
        "typed_already", _("This sheet was typed in already. Put it to the sheets that are done."), field="sheet"
    )
