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
from transparency.queries.generations import published_keys
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


def _gone() -> HttpResponse:
    """410: this log had signed it, and no copy of it is here."""
    words = b"gone: this log was ended after a restore that lost this part of it; see succession beside checkpoint\n"
    answer = _file(words, content_type=TEXT, cache=HOURLY)
    answer.status_code = HTTPStatus.GONE
    return answer


def _not_allowed(*methods: str) -> HttpResponse:
    """405 in plain text: only these methods."""
    answer = _file(f"only {' and '.join(methods)}\n".encode(), content_type=TEXT, cache="no-store")
    answer.status_code = HTTPStatus.METHOD_NOT_ALLOWED
    answer["Allow"] = ", ".join(methods)
    return answer


def published(view: View) -> View:
    """A public file of a log: read only; in plain text 404 where there is none, 410 where it was lost."""

    @csrf_exempt  # nothing is written here: whoever sends something hears so in plain text
    @wraps(view)
    def answered(request: HttpRequest, **kwargs: object) -> HttpResponse:
        if request.method not in _READING:
            return _not_allowed(*_READING)
        try:
            return view(request, **kwargs)
        except (NotFound, FormatError) as error:
            return _gone() if isinstance(error, NotFound) and error.code == queries.LOST else _absent()

    return answered


@published
def checkpoint(request: HttpRequest, slug: str, generation: int = 1) -> HttpResponse:
    """The last signed checkpoint with its cosignatures."""
    return _file(queries.checkpoint_note(slug, generation), content_type=TEXT, cache=YOUNG)


@published
def succession(request: HttpRequest, slug: str, generation: int = 1) -> HttpResponse:
    """The signed statement with which this log was ended; 404 while it goes on."""
    return _file(queries.statement_of(slug, generation), content_type=TEXT, cache=YOUNG)


@published
def tile(request: HttpRequest, slug: str, rest: str, generation: int = 1) -> HttpResponse:
    """A tile of hashes: tile/<L>/<N>, or its first W as tile/<L>/<N>.p/<W>."""
    level, index, width = parse_path(f"tile/{rest}")
    if level is None:
        return _absent()
    data = queries.tile(slug, level, index, width, generation=generation)
    return _file(data, content_type=BYTES, cache=FOREVER)


@published
def bundle(request: HttpRequest, slug: str, rest: str, generation: int = 1) -> HttpResponse:
    """Up to 256 entries: tile/entries/<N>, or the first W as tile/entries/<N>.p/<W>."""
    _level, index, width = parse_path(f"tile/entries/{rest}")
    return _file(queries.bundle(slug, index, width, generation=generation), content_type=BYTES, cache=FOREVER)


@published
def proof(request: HttpRequest, slug: str, index: int, generation: int = 1) -> HttpResponse:
    """The proof file of an entry, without anybody's personal values."""
    answer = _file(queries.published_proof(slug, index, generation=generation), content_type=TEXT, cache=YOUNG)
    # The file is called by the number that pages show, which begins at 1.
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{index + 1}.tlog-proof"'
    return answer


@published
def policy(request: HttpRequest, slug: str, generation: int = 1) -> HttpResponse:
    """Keys, witnesses and quorum of the town's logs, as a C2SP policy file: the one that goes on, then the ended."""
    published_keys(slug, generation)
    return _file(queries.policy_file(slug), content_type=TEXT, cache=HOURLY)


@published
def vkey(request: HttpRequest, slug: str, generation: int = 1) -> HttpResponse:
    """The log's public key; of an ended log, each that it ever signed with."""
    keys = published_keys(slug, generation)
    return _file("".join(f"{key.vkey}\n" for key in keys).encode(), content_type=TEXT, cache=HOURLY)


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
