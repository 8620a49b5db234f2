"""How django-allauth behaves here: no passwords, codes that can be dictated, mails in the person's language."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import get_language

from users.models import User

CODE_DIGITS = 6


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come into being by signing in; the library's own sign-up page is not served."""
        return False

    def generate_login_code(self) -> str:
        """Six digits: easy to read aloud in any language and to type on any keyboard."""
        return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Pages say what happened; flash messages would need a session on public pages."""

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        language = get_language()
        if language and user.language != language:
            user.language = language
            user.save(update_fields=["language"])
