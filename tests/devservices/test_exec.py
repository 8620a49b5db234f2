"""`python -m devservices exec`: a command with servers around it, whoever else uses the same folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from devservices.process import Processes

type_of_until = Callable[[Callable[[], object]], None]
_HOLD = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"


def command(run: Path, *program: str, options: tuple[str, ...] = ()) -> list[str]:
    return [sys.executable, "-m", "devservices", "exec", *options, "--dir", str(run), "--", *program]


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as link:
            return link.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_code_is_the_commands_own(
    bare_environ: dict[str, str], open_folder: Path, script: str, code: int
) -> None:
    given = {**bare_environ, "DATABASE_URL": "postgres://mine", "REDIS_URL": "redis://mine"}
    ran = subprocess.run(command(open_folder / "run", "sh", "-c", script), env=given, check=False, capture_output=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (code, b"", b"")


def test_a_command_that_is_not_there_is_a_sentence(bare_environ: dict[str, str], open_folder: Path) -> None:
    given = {**bare_environ, "DATABASE_URL": "postgres://mine", "REDIS_URL": "redis://mine"}
    ran = subprocess.run(
        command(open_folder / "run", "no-such-program"), env=given, check=False, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (1, "asar: no-such-program cannot be started: No such file or directory.\n")


def test_it_steps_aside_for_servers_of_somebody_else(bare_environ: dict[str, str], open_folder: Path) -> None:
    given = {
        **bare_environ,
        "DATABASE_URL": "postgres://a:b@db/c",
        "DATABASE_OWNER_URL": "postgres://o:p@db/c",
        "REDIS_URL": "redis://mine/3",
    }
    script = 'echo "$DATABASE_URL $DATABASE_OWNER_URL $REDIS_URL"'
    ran = subprocess.run(
        command(open_folder / "run", "sh", "-c", script), env=given, check=False, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout) == (0, "postgres://a:b@db/c postgres://o:p@db/c redis://mine/3\n")
    assert list((open_folder / "run" / "data").iterdir()) == []


def test_the_last_user_of_a_folder_stops_the_servers(bare_environ: dict[str, str], open_folder: Path) -> None:
    run = open_folder / "run"
    hold = command(run, sys.executable, "-c", _HOLD, options=("--fast",))
    first = subprocess.Popen(hold, env=bare_environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    url = first.stdout.readline().strip()
    second = subprocess.run(
        hold, env=bare_environ, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert (second.returncode, second.stdout.strip()) == (0, url)
    assert answers(url)
    first.communicate("")
    assert first.returncode == 0
    assert not answers(url)


def test_servers_of_a_killed_command_are_taken_over(
    bare_environ: dict[str, str], open_folder: Path, until: type_of_until
) -> None:
    run = open_folder / "run"
    hold = command(run, sys.executable, "-c", _HOLD, options=("--fast",))
    killed = subprocess.Popen(hold, env=bare_environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    url = killed.stdout.readline().strip()
    before = Processes(pids=run / "pids", run=run).pid("postgres")
    killed.kill()
    killed.communicate()
    assert answers(url)
    after = subprocess.run(
        command(run, "sh", "-c", f"cat {run}/pids/postgres; echo; echo $DATABASE_URL"),
        env=bare_environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert f'"pid": {before},' in after.stdout
    assert after.stdout.splitlines()[-1] == url
    assert not answers(url)


def test_a_polite_stop_reaches_the_command_first(bare_environ: dict[str, str], open_folder: Path) -> None:
    script = "trap 'echo asked; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    given = {**bare_environ, "DATABASE_URL": "postgres://mine", "REDIS_URL": "redis://mine"}
    ran = subprocess.Popen(
        command(open_folder / "run", "bash", "-c", script), env=given, stdout=subprocess.PIPE, text=True
    )
    assert ran.stdout is not None
    assert ran.stdout.readline() == "ready\n"
    os.kill(ran.pid, signal.SIGTERM)
    assert ran.communicate()[0] == "asked\n"
    assert ran.returncode == 5
