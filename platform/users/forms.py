"""Forms about people: signing in by code, one's own name, residence, appointments."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.core import context, ratelimit
from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.fields import PlainField
from towns.models import Town
from users.models import User
from users.states import Role

MAX_EMAIL = 254


class SignInForm(RequestLoginCodeForm):  # type: ignore[misc]
    """One form for old and new people: an unknown address becomes an account that only its code can enter.

    The page never tells whether an address was known.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(max_length=MAX_EMAIL)
        self.fields["email"].label = _("Your e-mail address")
        self.fields["email"].help_text = _("We send a code of six digits. There is no password.")
        self.fields["email"].widget.attrs = {"autocomplete": "email", "inputmode": "email"}

    def clean_email(self) -> str:
        email = self.cleaned_data["email"] = str(self.cleaned_data["email"]).lower()
        # Asked before an account is made, and counted by the library after: whoever asks too often makes none.
        if not ratelimit.consume(context.request, action="request_login_code", key=email, dry_run=True):
            raise forms.ValidationError(_("Too many codes were asked for. Please wait some minutes and try again."))
        if not User.objects.filter(email=email).exists():
            User.objects.bulk_create([User.unconfirmed(email)], ignore_conflicts=True)
        return str(super().clean_email())


class CodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the e-mail")
        self.fields["code"].widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class NameForm(forms.Form):
    display_name = PlainField(
        label=_("Name shown to others"),
        max_length=80,
        required=False,
        help_text=_("It stands beside what you do in public: votes, approvals. Leave it empty to stay unnamed."),
    )
    language = forms.ChoiceField(label=_("Language of your letters"), choices=settings.LANGUAGES)


class TownField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A town by its name in the reader's language, in that language's order."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Town.objects.all(), empty_label=_("Choose one"), **kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> "TownField":
        # Every form copies its fields when it is made: then, and not before, it is known who reads.
        copied: TownField = super().__deepcopy__(memo)
        copied.queryset = Town.objects.order_by(f"sort_{_language()}", "slug")
        return copied

    def label_from_instance(self, town: Town) -> str:
        return town.name_in(_language())


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    # A browser's own calendar takes and gives days in this one way, whatever the language.
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ResidenceForm(forms.Form):
    town = TownField(label=_("Town where you live"))


class FindForm(forms.Form):
    q = forms.CharField(label=_("Name or e-mail address"), max_length=80, required=False)


class AppointForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address of the person"), help_text=_("The person has to sign in once first.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    town = TownField(
        label=_("Town"),
        required=False,
        help_text=_("Empty only for moderators, auditors and administrators of all towns."),
    )
    starts_date = _day(_("First day"))
    ends_date = _day(_("Last day"), required=False)

    def clean_email(self) -> User:
        user = User.objects.filter(email=self.cleaned_data["email"].lower()).first()
        if user is None:
            raise forms.ValidationError(_("Nobody with this address has signed in yet. Ask the person to do so first."))
        return user
