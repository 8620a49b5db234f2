"""Every write of the room: questionnaires, waves, answers, and the settling of fresh answers.

Answering is the one write without an audit record: a line with a person and a moment would betray who said what.
"""

from councils.surveys.actions.answers import (
    delete_old_drafts,
    forget_draft,
    new_code,
    save_draft,
    submit_answers,
)
from councils.surveys.actions.questionnaires import import_questionnaire
from councils.surveys.actions.settling import SMALLEST_BATCH, settle_answers
from councils.surveys.actions.waves import close_wave, open_wave

__all__ = [
    "SMALLEST_BATCH",
    "close_wave",
    "delete_old_drafts",
    "forget_draft",
    "import_questionnaire",
    "new_code",
    "open_wave",
    "save_draft",
    "settle_answers",
    "submit_answers",
]
