"""The question before a payment page: two small numbers as words, to be added up and written in digits.

It needs neither JavaScript nor a picture nor a third party, and it is read aloud like any label. It slows programs
down and proves nothing: the limits of `actions.defence` stand behind it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funds.donations.rules.defence import LASTS, QUICKEST, is_answer, question_of

_SALT: Final = "donations.question"
_WORDS: Final[tuple[Promise, ...]] = (
    pgettext_lazy("number", "one"),
    pgettext_lazy("number", "two"),
    pgettext_lazy("number", "three"),
    pgettext_lazy("number", "four"),
    pgettext_lazy("number", "five"),
    pgettext_lazy("number", "six"),
    pgettext_lazy("number", "seven"),
    pgettext_lazy("number", "eight"),
    pgettext_lazy("number", "nine"),
)


def numbers_of(page: UUID) -> tuple[int, int]:
    """The two numbers that the form of this number asks about."""
    return question_of(page, f"{_SALT} {settings.SECRET_KEY}".encode())


class AskedField(forms.CharField):
    """When this form was drawn: signed, so that a program cannot send it faster than a person could read it."""

    def __init__(self, *, page: UUID, now: datetime) -> None:
        asked = signing.dumps([str(page), int(now.timestamp())], salt=_SALT)
        super().__init__(widget=forms.HiddenInput, required=False, initial=asked)
        self._page, self._now = page, now

    def validate(self, value: str) -> None:
        """Refuses a form that was never drawn, long ago, or a moment ago."""
        try:
            page, moment = signing.loads(value, salt=_SALT)
        except (signing.BadSignature, ValueError):
            page, moment = "", 0
        age = self._now.timestamp() - moment
        if page != str(self._page) or not QUICKEST.total_seconds() <= age <= LASTS.total_seconds():
            raise forms.ValidationError(_("Please send the form once more: it came too quickly or too late."))


class AnswerField(forms.CharField):
    """The answer, in digits."""

    def __init__(self, *, page: UUID) -> None:
        self._numbers = numbers_of(page)
        first, second = (_WORDS[number - 1] for number in self._numbers)
        super().__init__(
            label=_("How much is %(first)s plus %(second)s?") % {"first": first, "second": second},
            help_text=_("Write the answer in digits. It keeps programs away that try stolen cards."),
            max_length=8,
            widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "4"}),
            error_messages={"required": _("Answer the question: it keeps programs away that try stolen cards.")},
        )

    def validate(self, value: str) -> None:
        """Refuses any other number."""
        super().validate(value)
        if not is_answer(value, self._numbers):
            raise forms.ValidationError(_("This is not the answer. Add the two numbers and write the sum in digits."))


def ask(form: forms.Form, *, page: UUID, now: datetime) -> None:
    """Put the question into a form before it is checked or drawn. `page` is the form's own number (`submission`).

    A bound form that was drawn before questions began comes back with one, and with everything that was typed.
    """
    form.fields["answer"] = AnswerField(page=page)
    form.fields["asked"] = AskedField(page=page, now=now)
    if form.is_bound and not form.data.get("asked"):
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["asked"] = form.fields["asked"].initial  # type: ignore[index]
