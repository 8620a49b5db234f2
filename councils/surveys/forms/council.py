"""What people type who run surveys: questionnaires, waves, places in lists. Nothing here touches answers."""

from collections.abc import Sequence
from datetime import date

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from councils.surveys.states import Audience

LONGEST_INVITATION = 600  # characters


class OpenWaveForm(forms.Form):
    """A wave of one town; with `towns` (administrators) of several towns at once."""

    towns = forms.MultipleChoiceField(
        label=_("Towns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one town.")},
    )
    version = forms.ChoiceField(
        label=_("Questionnaire"),
        help_text=_(
            "Indicators, weighted to the population, are made of the questionnaire about life and needs in the town. "
            "Of any other, the answers to each closed question are counted as they came, from 30 answers on."
        ),
        error_messages={"required": _("Choose the questionnaire.")},
    )
    opens_date = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    closes_date = forms.DateField(
        label=_("Last day"),
        help_text=_("It closes by itself at the end of this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    entry_date = forms.DateField(
        label=_("Last day for paper sheets and helpers' devices"),
        help_text=_("Empty: the same day. Answers stay locked until then."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    audience = forms.ChoiceField(
        label=_("Who may answer"),
        choices=Audience.choices,
        initial=Audience.DECLARED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who may answer.")},
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        help_text=_("A survey opens only when every text exists in each of them."),
        choices=settings.LANGUAGES,
        initial=[code for code, _name in settings.LANGUAGES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one language.")},
    )
    target = forms.IntegerField(
        label=_("Answers hoped for"),
        help_text=_("A guide for helpers: each sex and age group should have its share. It stops nobody."),
        required=False,
        min_value=1,
        max_value=1_000_000,
    )
    invitation_kk = forms.CharField(
        label=_("Invitation in Kazakh"),
        help_text=_("Two or three sentences for WhatsApp and Telegram. Empty: the usual one. The link is added."),
        required=False,
        max_length=LONGEST_INVITATION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    invitation_ru = forms.CharField(
        label=_("Invitation in Russian"),
        required=False,
        max_length=LONGEST_INVITATION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        versions: Sequence[tuple[object, str]],
        opens_date: date,
        closes_date: date,
        towns: Sequence[tuple[str, str]] = (),
        version: str = "",
    ) -> None:
        super().__init__(data, initial={"opens_date": opens_date, "closes_date": closes_date, "version": version})
        offered = [(str(pk), words) for pk, words in versions]
        self.fields["version"].choices = offered  # type: ignore[attr-defined]
        if towns:
            self.fields["towns"].choices = towns  # type: ignore[attr-defined]
            self.fields["target"].label = _("Answers hoped for in each town")
        else:
            del self.fields["towns"]

    def invitations(self) -> dict[str, str]:
        """The texts that were written, by language."""
        texts = {code: str(self.cleaned_data[f"invitation_{code}"]).strip() for code in ("kk", "ru")}
        return {code: text for code, text in texts.items() if text}


class CursorForm(forms.Form):
    """Where the next page of a list begins."""

    before = forms.IntegerField(required=False, min_value=1)
