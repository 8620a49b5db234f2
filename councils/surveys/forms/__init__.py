"""What people type in this room. The questionnaire is judged by `rules`, never by Django's fields."""

from councils.surveys.forms.codes import LetterForm, ResumeForm
from councils.surveys.forms.council import CursorForm, OpenWaveForm
from councils.surveys.forms.pages import SectionPage
from councils.surveys.forms.questionnaires import BlocksForm, FilesForm, PlaceForm, UploadForm
from councils.surveys.forms.typed import PREFIX, SHOWN, shown_questions, tidy, typed_answers

__all__ = [
    "PREFIX",
    "SHOWN",
    "BlocksForm",
    "CursorForm",
    "FilesForm",
    "LetterForm",
    "OpenWaveForm",
    "PlaceForm",
    "ResumeForm",
    "SectionPage",
    "UploadForm",
    "shown_questions",
    "tidy",
    "typed_answers",
]
