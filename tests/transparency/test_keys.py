"""The seed and the keys that come from it: made once, for its owner alone, replaced only with the old key's word."""

import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django.fixtures import Settings

from common.errors import DomainError
from tests.transparency.conftest import SLUG
from transparency import actions, queries
from transparency.models import SigningKey
from transparency.queries.keys import log_key, seed, witness_key
from transparency.rules.checkpoints import open_checkpoint
from transparency.rules.notes import COSIGNATURE, VerifierKey, verified
from transparency.states import Refusal

Fill = Callable[..., None]


@pytest.fixture
def seed_file(settings: Settings, tmp_path: Path) -> Path:
    """A place for a seed of the test's own."""
    path = tmp_path / "keys" / "seed"
    settings.LOG_SEED_FILE = str(path)
    return path


def test_generate_makes_a_file_for_its_owner_alone_and_never_twice(
    seed_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("log_key", "generate")
    first = seed_file.read_bytes()
    assert (len(first), stat.S_IMODE(seed_file.stat().st_mode), seed()) == (32, 0o600, first)
    assert first.hex() not in capsys.readouterr().out
    with pytest.raises(DomainError, match="seed_exists"):
        call_command("log_key", "generate")
    assert seed_file.read_bytes() == first


def test_a_missing_short_or_open_seed_is_refused(seed_file: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="log_key generate"):
        log_key(SLUG)
    seed_file.parent.mkdir()
    seed_file.write_bytes(b"s" * 31)
    seed_file.chmod(0o600)
    with pytest.raises(ImproperlyConfigured, match="exactly 32 bytes"):
        log_key(SLUG)
    seed_file.write_bytes(b"s" * 32)
    seed_file.chmod(0o640)
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        log_key(SLUG)
    seed_file.chmod(0o400)
    assert log_key(SLUG).name == "127.0.0.1:8000/log/temirtau"


def test_every_town_and_use_has_its_own_key_and_the_derivation_never_changes(seed_file: Path) -> None:
    seed_file.parent.mkdir()
    seed_file.write_bytes(bytes(range(32)))
    seed_file.chmod(0o600)
    keys = [log_key("temirtau"), log_key("rudny"), witness_key("temirtau"), witness_key("rudny")]
    assert len({key.seed for key in keys}) == 4
    assert witness_key("rudny").algorithm == COSIGNATURE
    assert "seed" not in repr(keys[0])
    assert keys[0].verifier.vkey == KNOWN_VKEY


# HKDF-SHA256(0x00..0x1f, info "asar log v1\n127.0.0.1:8000/log/temirtau"): whoever changes this ends every log.
KNOWN_VKEY = "127.0.0.1:8000/log/temirtau+82c672f7+AQrvlxhP1S4LbgNs/lg/Nhol5fFwbLOkFy42A9musyVI"


@pytest.mark.django_db
def test_rotation_is_announced_by_the_old_key_and_then_signs(
    seed_file: Path, fill: Fill, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    actions.generate()
    fill(5)
    first = actions.integrate(slug=SLUG, now=now)
    assert first is not None
    old, secret = log_key(SLUG).verifier, seed_file.read_bytes()
    call_command("log_key", "rotate")
    new = log_key(SLUG).verifier
    assert new != old
    assert seed_file.read_bytes() != secret
    assert seed_file.with_name("seed.old").read_bytes() == secret
    assert not seed_file.with_name("seed.new").exists()
    assert stat.S_IMODE(seed_file.stat().st_mode) == 0o600
    rows = list(SigningKey.objects.order_by("id"))
    assert [(row.vkey, row.since_size) for row in rows] == [(old.vkey, 0), (new.vkey, 5)]
    announced = verified(data=rows[1].statement.encode(), keys=[old])
    assert announced.text == f"asar log key rotation v1\n{old.name}\n{new.vkey}\n5\n"
    assert new.vkey in capsys.readouterr().out
    fill(1)
    second = actions.integrate(slug=SLUG, now=now)
    assert second is not None
    assert open_checkpoint(data=second.note.encode(), keys=[VerifierKey.parse(new.vkey)]).checkpoint.size == 6
    assert queries.log_state(SLUG, now=now).refusal == Refusal.NONE


@pytest.mark.django_db
def test_a_rotation_that_was_interrupted_goes_on_with_the_same_seed(seed_file: Path, fill: Fill, now: datetime) -> None:
    actions.generate()
    fill(1)
    actions.integrate(slug=SLUG, now=now)
    fresh = seed_file.with_name("seed.new")
    fresh.write_bytes(b"n" * 32)
    fresh.chmod(0o600)
    actions.rotate(now=now)
    assert seed_file.read_bytes() == b"n" * 32
    # and between announcing and replacing, the old key still signs
    announced = list(SigningKey.objects.values_list("vkey", flat=True))
    assert announced[-1] == log_key(SLUG).verifier.vkey
    seed_file.write_bytes(seed_file.with_name("seed.old").read_bytes())
    fill(1)
    assert actions.integrate(slug=SLUG, now=now) is not None


@pytest.mark.django_db
def test_a_key_that_was_replaced_signs_nothing_any_more(seed_file: Path, fill: Fill, now: datetime) -> None:
    actions.generate()
    fill(1)
    actions.integrate(slug=SLUG, now=now)
    old = seed_file.read_bytes()
    actions.rotate(now=now)
    fill(1)
    actions.integrate(slug=SLUG, now=now)
    seed_file.write_bytes(old)
    fill(1)
    assert actions.integrate(slug=SLUG, now=now) is None
    assert queries.log_state(SLUG, now=now).refusal == Refusal.KEY_DIFFERS


@pytest.mark.django_db
def test_the_commands_show_keys_and_how_logs_stand(
    fill: Fill, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(3)
    call_command("log_key", "show")
    call_command("log_state")
    told = capsys.readouterr().out.splitlines()
    assert told[:2] == [log_key(SLUG).verifier.vkey, witness_key(SLUG).verifier.vkey]
    assert told[2] == "temirtau: 3 of 3 entries signed"
    with pytest.raises(CommandError, match="nothing to adopt"):
        call_command("log_state", "--adopt", SLUG)
    settings.LOG_STATE_DIR += "gone"
    with pytest.raises(CommandError, match="sign nothing: temirtau"):
        call_command("log_state")
    call_command("log_state", "--adopt", SLUG)
    assert capsys.readouterr().out.splitlines()[-1] == "temirtau: 3 of 3 entries signed"
