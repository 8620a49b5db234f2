"""The style sheet and the fonts: what a phone loads, what an eye can tell apart, and that no letter is missing."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont

STATIC = Path(settings.ROOT, "static")
CSS = (STATIC / "asar.css").read_text(encoding="utf-8")
FACES = re.findall(r'@font-face \{ font-family: Onest;.*?url\("([^"]+)"\).*?unicode-range: ([^;]+);', CSS, re.DOTALL)
ALPHABETS = {
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "de": "abcdefghijklmnopqrstuvwxyzäöüß",
    "en": "abcdefghijklmnopqrstuvwxyz",
}
SIGNS = "0123456789₸€$₽₴%№§«»„“”’–—−·…≈≤≥→←×+()[]/&!?.,:;\u00a0"


def _range(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.replace("U+", "").split(","):
        first, _, last = part.strip().partition("-")
        found |= set(range(int(first, 16), int(last or first, 16) + 1))
    return found


def test_the_style_sheet_is_small() -> None:
    assert len(gzip.compress(CSS.encode())) <= 10_000


def test_all_fonts_together_stay_within_their_bar() -> None:
    assert sum(file.stat().st_size for file in (STATIC / "fonts").glob("*.woff2")) <= 65_000
    assert {(STATIC / url).name for url, _ in FACES} == {file.name for file in (STATIC / "fonts").glob("*.woff2")}


@pytest.mark.parametrize(("what", "letters"), [*ALPHABETS.items(), ("signs", SIGNS)])
def test_every_letter_comes_from_exactly_one_font_file(what: str, letters: str) -> None:
    chars = {*letters, *letters.upper()}
    holders = {char: [url for url, ranges in FACES if ord(char) in _range(ranges)] for char in chars}
    assert {char for char, urls in holders.items() if len(urls) != 1} == set()
    drawn = {url: set(TTFont(STATIC / url).getBestCmap()) for url, _ in FACES}
    assert {char for char, urls in holders.items() if ord(char) not in drawn[urls[0]]} == set()


def test_nothing_is_loaded_from_elsewhere_and_every_file_named_exists() -> None:
    urls = re.findall(r"url\(\"?([^\")]+)", CSS)
    assert [url for url in urls if not (STATIC / url).exists()] == []


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


LIGHT = _tokens(CSS[CSS.index(":root {") : CSS.index("@media (prefers-color-scheme: dark)")])
DARK = LIGHT | _tokens(CSS[CSS.index("@media (prefers-color-scheme: dark)") : CSS.index("/* ---- base")])


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("paper", "surface", "sunk")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-2", "accent", "accent-deep", "no") for ground in GROUNDS),
    *((ink, soft) for ink in ("ink", "ink-2") for soft in ("accent-soft", "wait-soft", "no-soft")),
    ("accent-deep", "accent-soft"),
    ("wait", "wait-soft"),
    ("no", "no-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-no", "no"),
]
SHAPES = [(line, ground) for line in ("edge", "accent", "wait", "no") for ground in GROUNDS]


def _weak(scheme: dict[str, str], pairs: list[tuple[str, str]], least: float) -> list[tuple[str, str, float]]:
    found = [(one, other, round(_contrast(scheme[one], scheme[other]), 2)) for one, other in pairs]
    return [row for row in found if row[2] < least]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_meaningful_lines_have_the_contrast_that_wcag_asks_for(scheme: dict[str, str]) -> None:
    assert _weak(scheme, TEXT, 4.5) == []
    assert _weak(scheme, SHAPES, 3) == []
