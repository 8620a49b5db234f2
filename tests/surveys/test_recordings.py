"""Sounds and films lose what a recorder wrote beside them, above all the place, and nothing that is heard or seen."""

import random
from collections.abc import Callable

import pytest

from councils.surveys.rules.media import kind_of
from councils.surveys.rules.recordings import UnreadableRecordingError, cleaned
from tests.surveys.recordings import (
    PLACE,
    PLAYED,
    SECRETS,
    aac,
    amr,
    box,
    film,
    mp3,
    ogg,
    sums_of_pages,
    wav,
    webm,
)

MADE: dict[str, tuple[Callable[[], bytes], int]] = {
    "mp4": (film, 2),
    "ogg": (ogg, 1),
    "webm": (webm, 1),
    "mp3": (mp3, 2),
    "aac": (aac, 3),
    "wav": (wav, 1),
}


@pytest.mark.parametrize("kind", MADE)
def test_place_and_names_go_and_the_sound_stays(kind: str) -> None:
    make, heard = MADE[kind]
    data = make()
    assert kind_of(data, is_sound=kind != "mp4") == kind
    assert any(one in data for one in SECRETS)
    clean = cleaned(data, kind=kind)
    assert [one for one in SECRETS if one in clean] == []
    assert clean.count(PLAYED) == heard
    assert cleaned(clean, kind=kind) == clean
    if kind in {"mp4", "ogg", "webm"}:
        assert len(clean) == len(data)


def test_speech_frames_end_where_they_end() -> None:
    assert cleaned(amr(), kind="amr") == b"#!AMR\n" + b"\x7c" + b"\x04" + PLAYED[:12]


def test_a_film_loses_its_moments_and_the_track_of_the_way() -> None:
    data = film()
    clean = cleaned(data, kind="mp4")
    assert (data.count(b"\x11" * 8), clean.count(b"\x11" * 8)) == (5, 0)
    assert (data.count(b"trak"), clean.count(b"trak")) == (2, 1)
    assert data.index(PLACE) == clean.index(PLAYED) + len(PLAYED)
    assert clean[data.index(PLACE) :][: len(PLACE)] == bytes(len(PLACE))


def test_a_film_without_such_a_track_keeps_its_samples() -> None:
    data = film(own_track=False)
    clean = cleaned(data, kind="mp4")
    assert clean[: data.index(b"moov")] == data[: data.index(b"moov")]


def test_the_checksums_of_pages_are_true_afterwards() -> None:
    assert sums_of_pages(ogg()) == [True, True, True]
    assert sums_of_pages(cleaned(ogg(), kind="ogg")) == [True, True, True]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("mp4", film(cut=3)),
        ("mp4", box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", PLACE)),
        ("mp4", film().replace(b"vide", b"meta")),
        ("mp4", film() + box(b"moof")),
        ("ogg", ogg()[:-4]),
        ("ogg", ogg().replace(b"OpusHead", b"fishead\0")),
        ("ogg", ogg()[: ogg().index(b"OpusTags") - 30]),
        ("webm", webm()[:-4]),
        ("webm", webm(track=17)),
        ("mp3", b"ID3\x04" + bytes(60)),
        ("aac", b"\xff\xf1" + bytes(40)),
        ("amr", b"#!AMR\n"),
        ("wav", b"RIFF\0\0\0\0WAVELIST\4\0\0\0INFO"),
    ],
    ids=map(str, range(13)),
)
def test_what_cannot_be_read_to_its_end_is_refused(kind: str, data: bytes) -> None:
    with pytest.raises(UnreadableRecordingError):
        cleaned(data, kind=kind)


@pytest.mark.parametrize("kind", [*MADE, "amr"])
def test_broken_bytes_are_refused_or_cleaned_and_never_an_accident(kind: str) -> None:
    dice = random.Random(kind)
    whole = MADE[kind][0]() if kind in MADE else amr()
    for _turn in range(150):
        data = bytearray(whole)
        for _byte in range(dice.randrange(1, 6)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            assert cleaned(bytes(data[: dice.randrange(len(data))]), kind=kind) is not None
        except UnreadableRecordingError:
            continue
