"""What people type in this room. The questionnaire is judged by `rules`, never by Django's fields."""

from councils.surveys.forms.codes import LetterForm, ResumeForm
from councils.surveys.forms.council import CursorForm, OpenWaveForm, UploadForm
from councils.surveys.forms.pages import SectionPage
from councils.surveys.forms.typed import PREFIX, SHOWN, shown_questions, tidy, typed_answers

__all__ = [
    "PREFIX",
    "SHOWN",
    "CursorForm",
    "LetterForm",
    "OpenWaveForm",
    "ResumeForm",
    "SectionPage",
    "UploadForm",
    "shown_questions",
    "tidy",
    "typed_answers",
]
