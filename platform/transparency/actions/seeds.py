"""Making and changing the seed that all keys come from. It is written to its file alone, readable for its owner alone.

A new seed is announced in every log by the old key before it signs anything; without that the sequencer refuses it.
"""

import os
import secrets
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.actions import record
from common.errors import DomainError
from transparency.models import Log, SigningKey
from transparency.queries.generations import generation_of
from transparency.queries.keys import SEED_BYTES, log_key, seed
from transparency.queries.logs import latest_checkpoint
from transparency.rules.notes import Note, sign

ROTATION = "asar log key rotation v1"


def _write_new(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - mode at birth
        out.write(secrets.token_bytes(SEED_BYTES))
        out.flush()
        os.fsync(out.fileno())


def generate() -> None:
    """Make the seed's file. Refuses when there is one: whoever overwrites it ends every log of the site."""
    path = Path(settings.LOG_SEED_FILE)
    try:
        _write_new(path)
    except FileExistsError as error:
        raise DomainError("seed_exists", _("There is a seed already. `log_key rotate` replaces it.")) from error


def rotate(*, now: datetime) -> list[str]:
    """Replace the seed: the old key of each log signs who comes next, then the new seed takes the old one's place.

    Run again after a crash it goes on with the seed that was made. The old seed stays beside as `<name>.old`.
    Gives the new vkeys. The witness keys change too: outside logs must be told.
    """
    path = Path(settings.LOG_SEED_FILE)
    fresh = path.with_name(f"{path.name}.new")
    seed()
    if not fresh.exists():
        _write_new(fresh)
    vkeys = _announce(fresh.read_bytes(), now)
    old = path.with_name(f"{path.name}.old")
    old.unlink(missing_ok=True)
    old.hardlink_to(path)
    fresh.replace(path)
    return vkeys


@transaction.atomic
def _announce(fresh: bytes, now: datetime) -> list[str]:
    vkeys = []
    for log in Log.objects.order_by("id"):
        number = generation_of(log.slug)  # an ended log signs nothing more
        old, new = log_key(log.slug, number), log_key(log.slug, number, secret=fresh).verifier
        signed = latest_checkpoint(log.slug)
        size = signed.size if signed else 0
        if signed is None:
            continue  # its first checkpoint introduces its key
        text = f"{ROTATION}\n{old.name}\n{new.vkey}\n{size}\n"
        statement = Note(text=text, signatures=(sign(text=text, key=old),)).data.decode()
        SigningKey.objects.get_or_create(
            log_id=log.pk,
            vkey=new.vkey,
            defaults={"since_size": size, "recorded_at": now, "statement": statement},
        )
        record(
            now=now,
            actor_id=None,
            town_slug=log.slug,
            action="transparency.rotate",
            object_type="log",
            object_id=log.pk,
            detail={"size": size},
        )
        vkeys.append(new.vkey)
    return vkeys
