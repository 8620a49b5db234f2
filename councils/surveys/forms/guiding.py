"""How many answers are hoped for, in all and of each option of sex, age and quarter: numbers that never limit."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST = 1_000_000


class GuidesForm(forms.Form):
    """`parts` are the questions: name, heading, and the options with their words, in the order of the questionnaire."""

    target = forms.IntegerField(
        label=_("Answers hoped for"),
        help_text=_("A guide for helpers: each sex and age group should have its share. It stops nobody."),
        required=False,
        min_value=1,
        max_value=MOST,
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        parts: Sequence[tuple[str, str | Promise, Sequence[tuple[str, str]]]],
        target: int | None,
        quotas: Mapping[str, Mapping[str, int]],
    ) -> None:
        super().__init__(data, initial={"target": target})
        self._keys: dict[str, tuple[str, str]] = {}
        for name, heading, options in parts:
            for number, (value, words) in enumerate(options):
                key = f"{name}-{number}"
                self._keys[key] = (name, value)
                self.fields[key] = forms.IntegerField(
                    label=f"{heading} · {words}",
                    required=False,
                    min_value=0,
                    max_value=MOST,
                    initial=quotas.get(name, {}).get(value),
                )

    def quotas(self) -> dict[str, dict[str, int]]:
        """What was typed, by question and option; a question without a number is left out."""
        found: dict[str, dict[str, int]] = {}
        for key, (name, value) in self._keys.items():
            number = self.cleaned_data[key]
            if number is not None:
                found.setdefault(name, {})[value] = number
        return found
