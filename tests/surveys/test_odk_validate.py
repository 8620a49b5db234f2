"""The XForms of our questionnaires, judged by ODK Validate: what it takes, ODK Collect and KoboCollect take.

pyxform brings the program; it needs Java, and without Java there is nothing to ask.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

from councils.surveys.queries.library import ready_blocks
from councils.surveys.rules import compile_xlsform
from councils.surveys.rules.blocks import compose

HERE = Path(__file__).parent
OUTSIDE = HERE.parents[2] / "shared/data/outside/xlsform"
SOURCES = [
    HERE.parents[1] / "councils/surveys/data/life_in_our_town.xlsx",
    HERE / "data/whole.md",
    *(one for one in (OUTSIDE / "flat_xlsform_test.xlsx",) if one.exists()),
]


def judged(folder: Path, xforms: dict[str, str]) -> tuple[int, str]:
    """The exit code of the program and what it says; one run for all forms."""
    for name, xform in xforms.items():
        (folder / f"{name}.xml").write_text(xform)
    command = ["java", "-Djava.awt.headless=true", "-XX:TieredStopAtLevel=1", "-jar", ODK_VALIDATE_PATH]
    ran = subprocess.run(
        [*command, *(str(folder / f"{name}.xml") for name in xforms)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java")
def test_odk_takes_the_forms_that_we_hand_to_devices(tmp_path: Path) -> None:
    forms = {one.stem: compile_xlsform(content=one.read_bytes(), filename=one.name).xform for one in SOURCES}
    composed = compose(blocks=ready_blocks(), form_id="blocks", titles={"kk": "Бәрі", "en": "All"})
    forms["blocks"] = compile_xlsform(content=composed, filename="blocks.xlsx").xform
    code, said = judged(tmp_path, forms)
    assert (code, said.count("Xform is valid!")) == (0, len(forms)), said
    code, said = judged(tmp_path, {"broken": forms["whole"].replace('calculate="2+1"', 'calculate="2+"')})
    assert (code, "failed validation" in said) == (1, True), said
