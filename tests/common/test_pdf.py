"""Papers: the letters read back right, data stay data, and the same data give the same bytes anywhere."""

import io
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from common import pdf
from common.errors import DomainError

DATED = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FONTS = Path(pdf.__file__).parent / "fonts"
PANGRAM = "Әәғ Ғқ Қң Ңө Өұ Ұү Үһ Һі Іё Ёж щъыьэюя 12 500,50 ₸ € ₽ № « » — − →"


def template(folder: Path, source: str, monkeypatch_root: Settings) -> None:
    """A folder of templates with one in it, called `one`."""
    place = folder / "templates" / "pdf"
    place.mkdir(parents=True)
    (place / "one.typ").write_text(source)
    monkeypatch_root.ROOT = folder


def text_of(made: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages).split())


SHOWN = """
#let told = json(bytes(sys.inputs.data))
#set document(title: told.title)
#set text(font: "Onest", lang: "kk")
= #told.title
#told.words
"""


def test_a_letter_that_the_font_lacks_leaves_a_box_and_not_no_file(tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)
    told = {"title": "Receipt", "words": "Айгүл \N{WRAPPED PRESENT} 漢字"}
    made = [pdf.render("one", told, dated=DATED) for _ in range(2)]
    assert made[0] == made[1]
    assert "Receipt Айгүл" in text_of(made[0])


@pytest.mark.parametrize("weight", ["Regular", "SemiBold"])
def test_the_fonts_hold_every_letter_of_the_four_languages(weight: str) -> None:
    font = TTFont(FONTS / f"Onest-{weight}.ttf")
    wanted = set("АаБбЯяЁё" + PANGRAM + "ÄÖÜäöüßẞ" + "".join(chr(c) for c in range(0x20, 0x7F))) - {" "}
    assert wanted - {chr(code) for code in font.getBestCmap()} == set()
    assert font["OS/2"].usWeightClass == {"Regular": 400, "SemiBold": 600}[weight]


def test_the_fonts_come_out_of_the_code_in_their_readme(tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (FONTS / "README.md").read_text(), re.DOTALL)
    sources = settings.ROOT / "static" / "fonts"
    changed = code.replace('Path("static/fonts"), Path("platform/common/fonts")', f"Path({str(sources)!r}), Path('.')")
    assert changed != code
    subprocess.run([sys.executable, "-c", changed], cwd=tmp_path, check=True, timeout=60, capture_output=True)
    for weight in ("Regular", "SemiBold"):
        name = f"Onest-{weight}.ttf"
        assert (tmp_path / name).read_bytes() == (FONTS / name).read_bytes()


def test_text_reads_back_as_it_was_given(tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)
    assert text_of(pdf.render("one", {"title": "Түбіртек", "words": PANGRAM}, dated=DATED)) == f"Түбіртек {PANGRAM}"


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")',
        '"); #read("/etc/passwd") //',
        "*bold* _x_ $ x^2 $ `code` <label> @ref",
        "] #[ \\ \\u{41}",
        "// no",
    ],
)
def test_a_name_is_shown_and_never_run(name: str, tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)
    assert text_of(pdf.render("one", {"title": "T", "words": name}, dated=DATED)) == f"T {name}"


def test_the_same_data_give_the_same_bytes_and_other_data_others(tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)

    def made(data: Mapping[str, Any], dated: datetime = DATED) -> bytes:
        return pdf.render("one", data, dated=dated)

    first = made({"title": "T", "words": "w"})
    assert made({"words": "w", "title": "T"}) == first
    assert made({"title": "T", "words": "v"}) != first
    assert made({"title": "T", "words": "w"}, datetime(2026, 11, 23, tzinfo=UTC)) != first
    found = PdfReader(io.BytesIO(first)).metadata
    assert found is not None
    assert (found.title, found.creation_date) == ("T", DATED)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('#read("/etc/passwd")', "file not found"),
        ('#read("../../secret")', "escape"),
        ('#import "@preview/cetz:0.3.0": *', "package"),
        ("#told.nothing", "unknown variable"),
    ],
)
def test_a_template_reaches_neither_files_elsewhere_nor_the_network(
    source: str, reason: str, tmp_path: Path, settings: Settings
) -> None:
    template(tmp_path, f'#set document(title: "T")\n{source}', settings)
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(pdf.TypesettingError, match=reason):
        pdf.render("one", {}, dated=DATED)


def test_what_takes_too_long_is_ended(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "#let all = range(30000)\n#for a in all { for b in all { let c = a * b } }"
    template(tmp_path, f'#set document(title: "T")\n{endless}', settings)
    monkeypatch.setattr(pdf, "CPU_SECONDS", 1)
    with pytest.raises(DomainError) as refused:
        pdf.render("one", {}, dated=DATED)
    assert refused.value.code == "paper_too_long"


def test_too_much_data_are_refused_before_anything_is_set(tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)
    with pytest.raises(DomainError) as refused:
        pdf.render("one", {"title": "T", "words": "ә" * (pdf.LARGEST_DATA // 2 + 1)}, dated=DATED)
    assert refused.value.code == "paper_too_long"


@pytest.mark.parametrize("name", ["../frame", "Receipt", "a.b", ""])
def test_a_template_is_named_and_not_pointed_at(name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        pdf.render(name, {}, dated=DATED)


def test_a_page_can_be_looked_at(tmp_path: Path, settings: Settings) -> None:
    template(tmp_path, SHOWN, settings)
    seen = Image.open(io.BytesIO(pdf.picture("one", {"title": "T", "words": PANGRAM}, dated=DATED)))
    assert seen.size == (794, 1123)
