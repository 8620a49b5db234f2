"""Expected refusals. A `DomainError` is an answer to a person, never a bug: its message says what to do."""

from django.utils.functional import Promise


class DomainError(Exception):
    """An action refused for a reason a person can act on.

    `code` is stable and for machines; `message` is in the person's language; `field` names the form field, if one.
    """

    def __init__(self, code: str, message: str | Promise, *, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Forbidden(DomainError):  # noqa: N818 - named as the HTTP answer that it becomes
    """The person may not do this: HTTP 403."""


class NotFound(DomainError):  # noqa: N818 - named as the HTTP answer that it becomes
    """There is no such thing, or none that this person may know of: HTTP 404."""
