"""Where things lie, and the sentences a person reads when they cannot lie there."""

import errno
import os
import shutil
import socket
from pathlib import Path

import pytest

from devservices.account import server_account
from devservices.errors import StackError, explain_os_error
from devservices.places import leftovers, open_places, remove_places
from devservices.stack import choose_port
from devservices.state import State, free_port

needs_another_account = pytest.mark.parametrize("as_root", [True] if os.geteuid() == 0 else [])


def test_a_full_disk(open_folder: Path) -> None:
    with pytest.raises(StackError, match=r"MB left; Asar needs 1048576 MB\. Make room .* ASAR_RUN_DIR=/a/folder"):
        open_places(run=open_folder / "run", account=server_account(), needed_bytes=2**40)


def test_a_folder_that_cannot_be_made(open_folder: Path) -> None:
    (open_folder / "file").touch()
    with pytest.raises(StackError, match="Not a directory"):
        open_places(run=open_folder / "file" / "run", account=server_account())


_ELSEWHERE = "choose another place with ASAR_RUN_DIR=/a/folder."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, f"The disk is full (x). Make room on it, or {_ELSEWHERE}"),
        (errno.EROFS, f"The disk is read-only (x). {_ELSEWHERE.capitalize()}"),
        (errno.EACCES, f"No permission for x (x). Run as the user who owns it, or {_ELSEWHERE}"),
        (errno.EIO, f"x: Input/output error. Look into the logs there, or {_ELSEWHERE}"),
    ],
)
def test_what_the_system_refuses_becomes_a_sentence(code: int, words: str) -> None:
    assert str(explain_os_error(OSError(code, os.strerror(code)), where="x")).lower() == words.lower()


def closed_run(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder / "run"


@needs_another_account
def test_a_copy_of_a_clone_never_touches_the_others_data(open_folder: Path, as_root: bool) -> None:
    run = closed_run(open_folder / "home")
    data = open_places(run=run, account=server_account()).data
    assert not data.is_relative_to(open_folder)
    (data / "precious").touch()
    shutil.copytree(open_folder / "home", open_folder / "copy")
    with pytest.raises(StackError, match=r"is a copy of .* Start anew here with `make reset`"):
        open_places(run=open_folder / "copy" / "run", account=server_account())
    remove_places(run=open_folder / "copy" / "run")
    assert (data / "precious").exists()
    assert (data, run) not in leftovers()
    remove_places(run=run)
    assert not data.exists()
    assert not run.exists()


@needs_another_account
def test_data_whose_clone_is_gone_is_named(open_folder: Path, as_root: bool) -> None:
    run = closed_run(open_folder / "home")
    data = open_places(run=run, account=server_account()).data
    try:
        shutil.rmtree(open_folder / "home")
        assert (data, run) in leftovers()
    finally:
        shutil.rmtree(data)


@needs_another_account
def test_lost_data_is_said_and_not_replaced(open_folder: Path, as_root: bool) -> None:
    run = closed_run(open_folder / "home")
    shutil.rmtree(open_places(run=run, account=server_account()).data)
    with pytest.raises(StackError, match=r"and is gone\. Put it back from a backup, or start anew with `make reset`"):
        open_places(run=run, account=server_account())


def test_ports_and_secrets_are_remembered(open_folder: Path) -> None:
    state = State(open_folder)
    port, secret = state.port("postgres"), state.secret("django", prefix="x_")
    assert (state.port("postgres"), state.secret("django")) == (port, secret)
    assert secret.startswith("x_")
    assert len(secret) == 66
    assert (open_folder / "state.json").stat().st_mode & 0o777 == 0o600
    with socket.create_server(("127.0.0.1", port)):
        assert state.port("postgres", in_use_by_us=True) == port
        fresh = state.port("postgres")
        assert fresh != port
    assert state.port("postgres") == fresh


def test_the_next_free_port_is_taken_only_when_none_was_asked_for() -> None:
    first = choose_port("127.0.0.1", None)
    assert first >= 8000
    with socket.create_server(("127.0.0.1", first)):
        assert choose_port("127.0.0.1", None) > first
        with pytest.raises(StackError, match=f"Port {first} .* make run PORT={first + 1}"):
            choose_port("127.0.0.1", first)
    free = free_port()
    assert choose_port("127.0.0.1", free) == free


@needs_another_account
def test_reset_takes_the_data_of_inner_folders_along(open_folder: Path, as_root: bool) -> None:
    run = closed_run(open_folder / "home")
    outer = open_places(run=run, account=server_account()).data
    inner = open_places(run=run / "test", account=server_account()).data
    State(run / "test").secret("postgres")
    remove_places(run=run)
    assert [path.exists() for path in (outer, inner, run)] == [False, False, False]
