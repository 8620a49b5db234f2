"""What people type in this room. The questionnaire is judged by `rules`, never by Django's fields."""

from councils.surveys.forms.codes import ResumeForm
from councils.surveys.forms.council import CursorForm, OpenWaveForm, UploadForm
from councils.surveys.forms.questions import PREFIX, SHOWN, Row, SectionForm, typed_answers

__all__ = [
    "PREFIX",
    "SHOWN",
    "CursorForm",
    "OpenWaveForm",
    "ResumeForm",
    "Row",
    "SectionForm",
    "UploadForm",
    "typed_answers",
]
