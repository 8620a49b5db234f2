"""What an administrator sends to make a questionnaire: a file, files beside it, or ready blocks of questions.

Sizes are checked before anything is read; what the files are is judged by the actions, never by their names.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from common.uploads import MEGABYTE
from councils.surveys.actions.form_files import LARGEST_FORM_FILE, MOST_BYTES, MOST_FILES
from councils.surveys.rules import EXTENSIONS
from councils.surveys.rules.arriving import LIMESURVEY

LONGEST_TITLE = 200
_LIMITS = {"number": MOST_FILES, "each": LARGEST_FORM_FILE // MEGABYTE, "together": MOST_BYTES // MEGABYTE}
_TOO_MUCH = _("Send at most %(number)s files at once, each up to %(each)s MB, together %(together)s MB.")
_SLUG_HINT = _(
    "Latin letters, digits and dashes, for example life-in-our-town. A short name that is used already makes"
    " the next version of that questionnaire."
)


class _Several(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, bounded; the clean value is their bytes by name, without folders."""

    widget = _Several

    def clean(self, data: Any, initial: Any = None) -> dict[str, bytes]:
        sent: list[UploadedFile[bytes]] = data if isinstance(data, list) else [data] if data else []
        if not sent and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        sizes = [file.size or 0 for file in sent]
        if len(sent) > MOST_FILES or max(sizes, default=0) > LARGEST_FORM_FILE or sum(sizes) > MOST_BYTES:
            raise forms.ValidationError(_TOO_MUCH % _LIMITS, code="too_much")
        found: dict[str, bytes] = {}
        for file in sent:
            name = PurePath((file.name or "").replace("\\", "/")).name
            if name in found:
                message = _("Two files have the same name: %(name)s. Send one of them.")
                raise forms.ValidationError(message, code="twice", params={"name": name})
            found[name] = file.read(LARGEST_FORM_FILE + 1)
        return found


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("XLSForm or LimeSurvey file"),
        help_text=_("Excel (.xlsx, .xlsm, .xls), Markdown (.md), CSV or LimeSurvey (.lss), up to 5 MB."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join([*sorted(EXTENSIONS), LIMESURVEY])}),
        error_messages={"required": _("Choose the file of the questionnaire.")},
    )
    beside = FilesField(
        label=_("Files that belong to it"),
        help_text=_(
            "Lists (.csv), pictures, sounds and films, under the names that the questionnaire uses. At most 20, each"
            " up to 5 MB, together 25 MB. Pictures can also be sent later."
        ),
        required=False,
    )
    slug = forms.SlugField(
        label=_("Short name"),
        help_text=_SLUG_HINT,
        max_length=60,
        error_messages={"required": _("Give the questionnaire a short name.")},
    )
    only_look = forms.BooleanField(
        label=_("Only look: show what would be carried differently, and store nothing"), required=False
    )


class FilesForm(forms.Form):
    beside = FilesField(
        label=_("Pictures, sounds and films"),
        help_text=_("At most 20 at once, each up to 5 MB, under the names of the list above."),
        error_messages={"required": _("Choose the files to send.")},
    )


class BlocksForm(forms.Form):
    """Ready blocks, and a title in each language of the site."""

    blocks = forms.MultipleChoiceField(
        label=_("Blocks"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one block.")},
    )
    slug = forms.SlugField(
        label=_("Short name"),
        help_text=_SLUG_HINT,
        max_length=60,
        error_messages={"required": _("Give the questionnaire a short name.")},
    )

    def __init__(
        self,
        data: QueryDict | None,
        files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None,
        *,
        blocks: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data, files)
        self.fields["blocks"].choices = blocks  # type: ignore[attr-defined]
        for code, name in settings.LANGUAGES:
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Title: %(language)s") % {"language": name},
                max_length=LONGEST_TITLE,
                error_messages={"required": _("Give the questionnaire a title in every language.")},
            )

    def titles(self) -> dict[str, str]:
        """The titles by language."""
        return {code: str(self.cleaned_data[f"title_{code}"]) for code, _name in settings.LANGUAGES}


class PlaceForm(forms.Form):
    """Where a page of a list begins."""

    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    after = forms.SlugField(required=False, max_length=60)
