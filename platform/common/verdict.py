"""The one answer to "may they?": allowed, or refused with the reason that the person reads."""

from dataclasses import dataclass

from django.utils.functional import Promise

from common.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Verdict:
    """Truthy when allowed. `reason` is empty when allowed, else a sentence for the person."""

    allowed: bool
    reason: str | Promise = ""

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise `Forbidden` with the reason unless allowed."""
        if not self.allowed:
            raise Forbidden("forbidden", self.reason)


ALLOWED = Verdict(allowed=True)


def refused(reason: str | Promise) -> Verdict:
    return Verdict(allowed=False, reason=reason)
