"""What kind of sound or film some bytes are, and of what kind the files must be that a questionnaire shows.

Judged by the first bytes, never by a name or by what a browser claims. Nothing here opens or plays a file.
"""

from collections.abc import Iterator

from councils.surveys.rules.form import CompiledForm, Media

LIST_TYPE = "text/csv"  # of the lists that came beside a form: they are in it already and shown to nobody
SOUNDS = frozenset({"mp3", "aac", "ogg", "wav", "m4a", "amr", "webm", "3gp"})
FILMS = frozenset({"mp4", "webm", "3gp"})
TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "amr": "audio/amr",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "3gp": "video/3gpp",
}
_RIFF, _FTYP = 12, 8
_SYNC, _SYNC_MASK, _LAYER = 0xFF, 0xE0, 0x06  # a frame of MPEG audio; without a layer it is AAC
_STARTS = (
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"#!AMR", "amr"),
    (b"\x1aE\xdf\xa3", "webm"),
)
_DOCUMENTS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG", "image/png"), (b"%PDF", "application/pdf"))


def kind_of(data: bytes, *, is_sound: bool) -> str:
    """The usual ending of what the first bytes say, "" for anything else."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:_RIFF] == b"WAVE":
        return "wav"
    if len(data) > 1 and data[0] == _SYNC and data[1] & _SYNC_MASK == _SYNC_MASK:
        return "aac" if data[1] & _LAYER == 0 else "mp3"
    if data[4:_FTYP] == b"ftyp":
        if data[8:11] == b"3gp":
            return "3gp"
        return "m4a" if is_sound else "mp4"
    return ""


def type_of(data: bytes, *, asked: str) -> str:
    """The media type of a file that answers a question of the type `asked`, as it was kept; unknown bytes are only
    that, so that no browser makes anything else of them."""
    for start, found in _DOCUMENTS:
        if data.startswith(start):
            return found
    return TYPES.get(kind_of(data, is_sound=asked == "audio"), "application/octet-stream")


def kinds_by_name(form: CompiledForm) -> dict[str, frozenset[str]]:
    """Name of each file that the questionnaire shows -> as what: `image`, `audio`, `video`."""
    found: dict[str, set[str]] = {}
    for media in _every_media(form):
        for kind, names in media.items():
            for name in names.values():
                found.setdefault(name, set()).add("image" if kind == "big-image" else kind)
    return {name: frozenset(kinds) for name, kinds in found.items()}


def _every_media(form: CompiledForm) -> Iterator[Media]:
    yield from (group.media for group in form.groups)
    yield from (question.media for question in form.questions)
    yield from (choice.media for choices in form.lists.values() for choice in choices)
