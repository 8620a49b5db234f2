"""English words and an empty cache for all tests of the portal."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils.translation import override


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    cache.clear()
    with override("en"):
        yield
    cache.clear()
