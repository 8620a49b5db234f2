"""Which witnesses a log asks, which logs the towns' witnesses trust, and what they confirmed last.

Without LOG_POLICY_FILE the towns of this site watch over one another: each asks the next three. They share a server,
so that says less than a witness elsewhere would; the pages must never call it more.
"""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from transparency.models import Witnessed
from transparency.queries.generations import generation_of, generations, keys_before
from transparency.queries.keys import log_key, origin_of, url_of, witness_key, witness_url
from transparency.queries.logs import open_logs
from transparency.rules.notes import VerifierKey
from transparency.rules.policies import NONE, Group, Known, Policy, format_policy, parse_policy
from transparency.rules.refusals import FormatError

NEIGHBOURS: Final = 3
_ENOUGH_OF: Final = {1: 1, 2: 1, 3: 2}
_GROUP = "towns"


def _read(path: str, name: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be read.") from error


def neighbours(slug: str) -> list[str]:
    """The towns whose witnesses this town asks where no policy is set: the next three with a log, in a ring."""
    others = [other for other in open_logs() if other != slug]
    return [*[other for other in others if other > slug], *[other for other in others if other < slug]][:NEIGHBOURS]


def policy_of(slug: str, generation: int | None = None) -> Policy:
    """The log with its key (and those of the logs that ended before it), the witnesses that it asks, and how many of
    them are enough. `generation` is the one that goes on, where that is known already."""
    number = generation_of(slug) if generation is None else generation
    ended = [Known(key=key) for key in keys_before(slug, number)]
    logs = (Known(key=log_key(slug, number).verifier, url=url_of(slug, number)), *ended)
    if settings.LOG_POLICY_FILE:
        try:
            told = parse_policy(_read(settings.LOG_POLICY_FILE, "LOG_POLICY_FILE"))
        except FormatError as error:
            raise ImproperlyConfigured(f"LOG_POLICY_FILE: {error}") from error
        return Policy(logs=logs, witnesses=told.witnesses, groups=told.groups, quorum=told.quorum)
    asked = neighbours(slug)
    witnesses = {
        town: Known(key=witness_key(town).verifier, url=witness_url(town), name=town)  # named by the town
        for town in asked
        if town not in (NONE, _GROUP)
    }
    if not witnesses:
        return Policy(logs=logs, witnesses={}, groups={}, quorum=NONE)
    group = Group(threshold=_ENOUGH_OF[len(witnesses)], members=tuple(witnesses))
    return Policy(logs=logs, witnesses=witnesses, groups={_GROUP: group}, quorum=_GROUP)


def policy_file(slug: str) -> bytes:
    """The policy as published, for whoever checks this log."""
    return format_policy(policy_of(slug))


def trusted_keys(*, witness: str, origin: str) -> list[VerifierKey]:
    """The keys with which the log `origin` may speak to this town's witness. Empty: not known here.

    Every other log of this site, and those in LOG_WITNESSED_FILE (one vkey a line). A town does not confirm itself,
    and nobody an ended log.
    """
    logs = generations()
    if origin in {origin_of(witness, number) for number in range(1, logs.get(witness, 1) + 1)}:
        return []
    keys = [log_key(slug, number).verifier for slug, number in logs.items() if origin_of(slug, number) == origin]
    if settings.LOG_WITNESSED_FILE:
        lines = _read(settings.LOG_WITNESSED_FILE, "LOG_WITNESSED_FILE").decode().split()
        try:
            keys += [key for key in map(VerifierKey.parse, lines) if key.name == origin]
        except FormatError as error:
            raise ImproperlyConfigured(f"LOG_WITNESSED_FILE: {error}") from error
    return keys


def witnessed_note(*, witness: str, origin_sha256: str) -> bytes | None:
    """The last checkpoint of a log that this town confirmed, with the confirmation; the log is named by its hash."""
    row = Witnessed.objects.filter(witness=witness, origin_sha256=origin_sha256, size__gt=0).first()
    return row.note.encode() if row else None
