"""What the demo world invents and stores as words, so that pages and files say it in the reader's language.

Only these wordings are translated: what somebody wrote in earnest must stand in every language as it was written.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DEMO_FIGURES: Final = "Demo figures, not the census"
DEMO_AGREEMENT: Final = "Demo: agreement of the residents' gathering (invented)"

_WORDS: Final[Mapping[str, Promise]] = {
    DEMO_FIGURES: _("Demo figures, not the census"),
    DEMO_AGREEMENT: _("Demo: agreement of the residents' gathering (invented)"),
}


def in_words(stored: str) -> str:
    """A stored source or legal basis in the active language where the demo invented it, else as it is."""
    return str(_WORDS.get(stored, stored))
