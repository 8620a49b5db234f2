"""Small sounds and films as phones write them, with a place and a name in every corner where one may stand.

`SECRETS` is what must be gone afterwards; `PLAYED` is what must still be there. Nothing here plays.
"""

import struct

PLACE, NAME = b"+43.2500+076.9500/", b"Aigul's phone"
SECRETS = (PLACE, NAME)
PLAYED = b"what is heard"
_FRAME = b"\xff\xfb\x10\xc4" + PLAYED + bytes(87)  # MPEG 1, layer 3, 32 kbit/s, 44.1 kHz: 104 bytes
_ADTS = b"\xff\xf1\x50\x80\x02\xbf\xfc" + PLAYED + b"."  # 21 bytes


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of MP4."""
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _track(handler: bytes, chunks: list[int], sizes: list[int], extra: bytes = b"") -> bytes:
    table = box(
        b"stbl",
        box(b"stsd", bytes(8)),
        box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1)),
        box(b"stsz", struct.pack(">III", 0, 0, len(sizes)), *(struct.pack(">I", size) for size in sizes)),
        box(b"stco", struct.pack(">II", 0, len(chunks)), *(struct.pack(">I", at) for at in chunks)),
        box(b"cprt", NAME),
    )
    told = box(b"hdlr", bytes(8), handler, bytes(12), NAME, b"\0")
    path = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"alis", bytes(4), NAME)))
    media = box(b"mdia", box(b"mdhd", bytes(4), b"\x11" * 8, bytes(8)), told, box(b"minf", path, table))
    return box(b"trak", box(b"tkhd", bytes(4), b"\x11" * 8, bytes(72)), media, extra)


def film(*, own_track: bool = True, cut: int = 0) -> bytes:
    """An MP4 as phones write it: place in `udta`, keys in `meta`, a `uuid`, and a track of where the phone was."""
    start = box(b"ftyp", b"isom", bytes(4))
    data = box(b"mdat", PLAYED, PLACE, PLAYED)
    first = len(start) + 8
    seen = _track(b"vide", [first, first + len(PLAYED) + len(PLACE)], [len(PLAYED)] * 2, box(b"udta", NAME))
    way = _track(b"meta", [first + len(PLAYED)], [len(PLACE)])
    about = box(b"udta", box(b"\xa9xyz", PLACE)) + box(b"meta", NAME)
    head = box(b"mvhd", bytes(4), b"\x11" * 8, bytes(88))
    whole = start + data + box(b"moov", head, seen, way if own_track else b"", about)
    if not own_track:
        whole = whole.replace(PLAYED + PLACE, PLAYED + bytes(len(PLACE)))
    whole += box(b"uuid", bytes(16), NAME) + box(b"free", NAME)
    return whole[: len(whole) - cut]


def _page(content: bytes, *, begins: bool, number: int) -> bytes:
    segments = b"\xff" * (len(content) // 255) + bytes([len(content) % 255])
    start = b"OggS\0" + (b"\2" if begins else b"\0") + bytes(8) + b"ASAR" + number.to_bytes(4, "little")
    page = start + bytes(4) + bytes([len(segments)]) + segments + content
    return page[:22] + checksum(page).to_bytes(4, "little") + page[26:]


def checksum(page: bytes) -> int:
    """Bit by bit as the standard says it, for pages whose own checksum is nothing."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _bit in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found & 0x80000000 else 0)) & 0xFFFFFFFF
    return found


def ogg(*, number: int = 0) -> bytes:
    """A sound in Ogg; its comments fill two lines of segments."""
    said = [b"LOCATION=" + PLACE, b"ARTIST=" + NAME, b"COVER=" + bytes(300)]
    comments = b"".join(struct.pack("<I", len(one)) + one for one in said)
    tags = b"OpusTags" + struct.pack("<I", len(NAME)) + NAME + struct.pack("<I", len(said)) + comments
    heard = _page(PLAYED + number.to_bytes(2), begins=False, number=2)
    return _page(b"OpusHead" + bytes(11), begins=True, number=0) + _page(tags, begins=False, number=1) + heard


def webm(*, track: int = 2) -> bytes:
    """A sound in WebM as browsers record it: parts whose size nobody knew, a title, a day, tags."""
    unknown = b"\x01" + b"\xff" * 7
    told = _element(b"\x7b\xa9", NAME) + _element(b"\x44\x61", bytes(8)) + _element(b"\x57\x41", NAME)
    one = _element(b"\xae", _element(b"\x83", bytes([track])) + _element(b"\x53\x6e", NAME))
    tags = _element(b"\x12\x54\xc3\x67", PLACE * 20)
    heard = b"\x1f\x43\xb6\x75" + unknown + _element(b"\xa3", PLAYED)
    parts = _element(b"\x15\x49\xa9\x66", told) + _element(b"\x16\x54\xae\x6b", one) + tags + heard
    return _element(b"\x1a\x45\xdf\xa3", bytes(4)) + b"\x18\x53\x80\x67" + unknown + parts


def _element(kind: bytes, content: bytes) -> bytes:
    return kind + (1 << 56 | len(content)).to_bytes(8) + content


def mp3() -> bytes:
    """Two frames between an ID3 tag, with a cover that looks like a frame, an APE tag and an ID3v1 tag."""
    tag = PLACE + b"\xff\xfb\x10\xc4" + NAME
    return b"ID3\x04\0\0" + bytes([0, 0, 0, len(tag)]) + tag + _FRAME * 2 + b"APETAGEX" + PLACE + b"TAG" + NAME


def aac() -> bytes:
    """Frames of ADTS, and a tag behind them."""
    return _ADTS * 3 + b"TAG" + NAME


def amr() -> bytes:
    """One frame of silence, one of speech, and what a program wrote behind them."""
    return b"#!AMR\n" + b"\x7c" + b"\x04" + PLAYED[:12] + b"\xf4" + NAME


def wav() -> bytes:
    """A format, a sound, a list of names and a chunk of broadcasters."""
    chunks = [(b"fmt ", bytes(16)), (b"LIST", b"INFO" + NAME), (b"bext", PLACE), (b"data", PLAYED + b".")]
    written = (kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for kind, body in chunks)
    content = b"WAVE" + b"".join(written)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def sums_of_pages(data: bytes) -> list[bool]:
    """Whether the checksum of each page of Ogg is true, told by the standard's own way of computing."""
    found = []
    at = 0
    while at < len(data):
        body = at + 27 + data[at + 26]
        end = body + sum(data[at + 27 : body])
        page = data[at:end]
        told = int.from_bytes(page[22:26], "little")
        found.append(told == checksum(page[:22] + bytes(4) + page[26:]))
        at = end
    return found
