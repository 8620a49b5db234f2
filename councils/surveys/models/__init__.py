"""Tables of surveys by what they may know: forms, waves, the identity side, the sealed side, answers after closing.

Identity side (`identity.py`): who may answer and who has. Sealed side (`sealed.py`): what was answered, as locked
envelopes, while the wave is open. Answer side (`answers.py`): what was answered, after closing, in no order and of
nobody. Never add a column, a key, a moment or an order that lets somebody join the identity side with the answer side.
"""

from councils.surveys.models.answers import OpenAnswer, OpenCode, Response
from councils.surveys.models.devices import HelperDevice, PaperEntry, Tally
from councils.surveys.models.forms import FormFile, Questionnaire, QuestionnaireVersion
from councils.surveys.models.identity import Invitation, Participation
from councils.surveys.models.sealed import Draft, Envelope, EnvelopeFile, Received
from councils.surveys.models.waves import Campaign, Coverage, Reminder, Wave

__all__ = [
    "Campaign",
    "Coverage",
    "Draft",
    "Envelope",
    "EnvelopeFile",
    "FormFile",
    "HelperDevice",
    "Invitation",
    "OpenAnswer",
    "OpenCode",
    "PaperEntry",
    "Participation",
    "Questionnaire",
    "QuestionnaireVersion",
    "Received",
    "Reminder",
    "Response",
    "Tally",
    "Wave",
]
