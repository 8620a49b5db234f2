"""What the demo invents is said in words of the reader's language; what people wrote stays as it is."""

import pytest
from django.utils.translation import gettext, override

from towns.invented import DEMO_AGREEMENT, DEMO_FIGURES, in_words


@pytest.mark.parametrize("language", ["kk", "ru", "de", "en"])
@pytest.mark.parametrize("stored", [DEMO_FIGURES, DEMO_AGREEMENT])
def test_the_demo_is_told_in_every_language(stored: str, language: str) -> None:
    with override(language):
        assert in_words(stored) == gettext(stored)


def test_what_people_wrote_is_never_translated() -> None:
    with override("kk"):
        assert in_words("Town") == "Town"  # although the site has a word for it
