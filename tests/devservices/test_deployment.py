"""docker-compose.yml, Dockerfile and .env.example agree with each other and with the settings."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
# What the programs of others set or read; nobody writes it into .env.
OTHERS = {"POSTGRES_INITDB_ARGS", "REDISCLI_AUTH", "PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}

needs_compose = pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")


def compose_config(folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    (folder / "given.env").write_text("".join(f"{key}={value}\n" for key, value in env.items()))
    return subprocess.run(
        ["docker-compose", "--env-file", str(folder / "given.env"), "-f", str(COMPOSE), "config"],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def needed() -> list[str]:
    return sorted(set(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text())))


def named() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE.read_text(), flags=re.MULTILINE))


@needs_compose
def test_compose_file_is_valid_and_whole(tmp_path: Path) -> None:
    ran = compose_config(tmp_path, dict.fromkeys(needed(), "x"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    services = re.findall(r"^  (\w+):$", ran.stdout.split("services:")[1].split("\nvolumes:")[0], flags=re.MULTILINE)
    assert services == ["beat", "migrate", "postgres", "valkey", "web", "worker"]
    assert ran.stdout.count("healthcheck:") == 5


@needs_compose
@pytest.mark.parametrize("missing", needed())
def test_no_secret_has_a_default(tmp_path: Path, missing: str) -> None:
    ran = compose_config(tmp_path, {key: "x" for key in needed() if key != missing})
    assert ran.returncode == 1
    assert "set it in .env" in ran.stderr


def test_the_example_names_every_variable_and_no_other() -> None:
    settings = [path.read_text() for path in (ROOT / "platform" / "config").rglob("*.py")]
    read_by_site = {name for text in settings for name in re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', text)}
    read_by_site |= {name for text in settings for name in re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', text)}
    read_by_us = {"PORT", "ASAR_HOST", "ASAR_RUN_DIR", "ASAR_DEMO", "DJANGO_SETTINGS_MODULE"}
    text = COMPOSE.read_text()
    in_compose = set(re.findall(r"\$\{(\w+)", text)) | set(re.findall(r"^ +([A-Z][A-Z_]+):", text, flags=re.MULTILINE))
    assert named() == (read_by_site | read_by_us | in_compose) - OTHERS


def test_every_variable_of_the_example_is_explained_and_holds_no_secret() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"(# )?([A-Z][A-Z_]+)=(.*)", line)
        if found:
            before = lines[number - 1]
            assert before.startswith("# "), f"{found[2]} has no comment"
            if found[2].endswith(("PASSWORD", "SECRET", "SECRET_KEY")):
                assert found[3] == "", f"{found[2]} must have no value"


def test_what_the_image_copies_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE) for word in line.split()[:-1]
    ]
    assert copied == ["requirements/boot.txt", "requirements/run.txt", "."]
    for name in copied:
        assert (ROOT / name).exists()
    mounted = re.findall(r"- \./([\w./]+):", COMPOSE.read_text())
    assert mounted == ["platform/devservices/sql/roles.sql"]
    assert (ROOT / mounted[0]).exists()
