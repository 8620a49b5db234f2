"""The log as the C2SP specifications serve it: static files in form, without session, cookie or language.

Any verifier on any site may read it (CORS). Full tiles never change and are kept for ever; the checkpoint is young.
"""

from functools import wraps
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from common.clock import now
from common.errors import NotFound
from common.http import View
from transparency import actions, queries
from transparency.queries.keys import log_key
from transparency.rules.refusals import FormatError
from transparency.rules.tiles import parse_path
from transparency.rules.witnessing import LONGEST_BODY, PLAIN_TYPE

TEXT: Final = PLAIN_TYPE
BYTES: Final = "application/octet-stream"
FOREVER: Final = "public, max-age=31536000, immutable"
YOUNG: Final = "public, max-age=2"
HOURLY: Final = "public, max-age=300"
_READING: Final = ("GET", "HEAD")


def _file(data: bytes, *, content_type: str, cache: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=content_type)
    answer["Cache-Control"] = cache
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


def _absent() -> HttpResponse:
    """404 as these files have it: it may be there in a moment, so nobody keeps the answer."""
    answer = _file(b"not found\n", content_type=TEXT, cache="no-store")
    answer.status_code = HTTPStatus.NOT_FOUND
    return answer


def _not_allowed(*methods: str) -> HttpResponse:
    """405 in plain text: only these methods."""
    answer = _file(f"only {' and '.join(methods)}\n".encode(), content_type=TEXT, cache="no-store")
    answer.status_code = HTTPStatus.METHOD_NOT_ALLOWED
    answer["Allow"] = ", ".join(methods)
    return answer


def published(view: View) -> View:
    """A public file of a log: read only, 404 in plain text where there is none."""

    @csrf_exempt  # nothing is written here: whoever sends something hears so in plain text
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: object) -> HttpResponse:
        if request.method not in _READING:
            return _not_allowed(*_READING)
        try:
            return view(request, **kwargs)
        except (NotFound, FormatError):
            return _absent()

    return answered


@published
def checkpoint(request: HttpRequest, slug: str) -> HttpResponse:
    """The last signed checkpoint with its cosignatures."""
    return _file(queries.checkpoint_note(slug), content_type=TEXT, cache=YOUNG)


@published
def tile(request: HttpRequest, slug: str, rest: str) -> HttpResponse:
    """A tile of hashes: tile/<L>/<N>, or its first W as tile/<L>/<N>.p/<W>."""
    level, index, width = parse_path(f"tile/{rest}")
    if level is None:
        return _absent()
    return _file(queries.tile(slug, level, index, width), content_type=BYTES, cache=FOREVER)


@published
def bundle(request: HttpRequest, slug: str, rest: str) -> HttpResponse:
    """Up to 256 entries: tile/entries/<N>, or the first W as tile/entries/<N>.p/<W>."""
    _level, index, width = parse_path(f"tile/entries/{rest}")
    return _file(queries.bundle(slug, index, width), content_type=BYTES, cache=FOREVER)


@published
def proof(request: HttpRequest, slug: str, index: int) -> HttpResponse:
    """The proof file of an entry, without anybody's personal values."""
    answer = _file(queries.proof_file(slug, index), content_type=TEXT, cache=YOUNG)
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{index}.tlog-proof"'
    return answer


@published
def policy(request: HttpRequest, slug: str) -> HttpResponse:
    """Key, witnesses and quorum of the log, as a C2SP policy file."""
    _signing(slug)
    return _file(queries.policy_file(slug), content_type=TEXT, cache=HOURLY)


@published
def vkey(request: HttpRequest, slug: str) -> HttpResponse:
    """The log's public key."""
    _signing(slug)
    return _file(f"{log_key(slug).verifier.vkey}\n".encode(), content_type=TEXT, cache=HOURLY)


def _signing(slug: str) -> None:
    if queries.latest_checkpoint(slug) is None:
        raise NotFound(queries.NOT_THERE, "")


@csrf_exempt
def add_checkpoint(request: HttpRequest, slug: str) -> HttpResponse:
    """The town as a witness (C2SP tlog-witness). It answers programs; who may speak is decided by signatures."""
    if request.method != "POST":
        return _not_allowed("POST")
    if not queries.is_open(slug):
        return _absent()
    body = request.read(LONGEST_BODY + 1)  # one byte too many is refused by the rules, however long the rest is
    verdict = actions.add_checkpoint(witness=slug, body=body, now=now())
    answer = HttpResponse(verdict.body, content_type=verdict.content_type, status=verdict.status)
    answer["Cache-Control"] = "no-store"
    return answer


@published
def witnessed(request: HttpRequest, slug: str, origin_sha256: str) -> HttpResponse:
    """What this town confirmed last of a log, for whoever watches both."""
    note = queries.witnessed_note(witness=slug, origin_sha256=origin_sha256)
    return _absent() if note is None else _file(note, content_type=TEXT, cache=YOUNG)
