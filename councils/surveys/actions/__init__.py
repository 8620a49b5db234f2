"""Every write of the room: questionnaires, waves and their keys, answers, and the opening of what was sealed.

Answering is the one write without an audit record: a line with a person and a moment would betray who answered when.
"""

from councils.surveys.actions.answers import submit_answers, withdraw_answers
from councils.surveys.actions.blocks import make_of_blocks
from councils.surveys.actions.copying import copy_wave
from councils.surveys.actions.coverage import count_coverage
from councils.surveys.actions.drafts import (
    DRAFT_DAYS,
    delete_old_drafts,
    forget_draft,
    new_code,
    save_draft,
)
from councils.surveys.actions.form_files import add_form_files
from councils.surveys.actions.keys import destroy_key
from councils.surveys.actions.questionnaires import import_questionnaire
from councils.surveys.actions.reminding import begin_reminder, send_some_reminders
from councils.surveys.actions.unsealing import destroy_keys, unseal_wave
from councils.surveys.actions.waves import close_wave, end_wave, open_campaign, open_wave

__all__ = [
    "DRAFT_DAYS",
    "add_form_files",
    "begin_reminder",
    "close_wave",
    "copy_wave",
    "count_coverage",
    "delete_old_drafts",
    "destroy_key",
    "destroy_keys",
    "end_wave",
    "forget_draft",
    "import_questionnaire",
    "make_of_blocks",
    "new_code",
    "open_campaign",
    "open_wave",
    "save_draft",
    "send_some_reminders",
    "submit_answers",
    "unseal_wave",
    "withdraw_answers",
]
