"""Who answers, as far as one person, one answer needs it: an account, a code, or nobody in particular.

Never put anything here that tells more about a person; the name of a respondent must not exist in this room.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """`user_id`: an account. `invitation_id`: the holder of a code. `instance`: in open waves, one submission.

    A code that belongs to an account counts as the account. `helper_id` is the named helper who brings the answer in.
    """

    user_id: UUID | None = None
    invitation_id: UUID | None = None
    instance: str = ""
    helper_id: UUID | None = None

    @property
    def key(self) -> str:
        """What the answer's id is made of, under the wave's key. Empty when there is nobody at all."""
        if self.user_id:
            return f"user:{self.user_id}"
        if self.invitation_id:
            return f"code:{self.invitation_id}"
        return f"open:{self.instance}" if self.instance else ""
