"""Files that people send: bounded, judged by their content and never by their name, and cleaned before they are kept.

Photos are drawn anew, so that nothing the camera wrote into them (place, time, device) survives. Nothing here may keep
bytes that were not checked, read more than the limit into memory, or trust the content type that a browser claims.
"""

import hashlib
import math
import re
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeVar

from django import forms
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from common.errors import DomainError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Sentence

    CleanFile = ContentFile[bytes]

T_co = TypeVar("T_co", covariant=True)

MEGABYTE = 1024 * 1024
PHOTO_LONGEST_SIDE = 1600
# A photographed invoice must stay readable down to the small print.
DOCUMENT_LONGEST_SIDE = 3200
# A few kilobytes can unfold into gigabytes. JPEG is shrunk while it is decoded, the others are unfolded whole.
MAX_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000}
MAX_PIXELS_OTHERWISE = 32_000_000
PICTURE_NAMES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".heic", ".heif", ".avif", ".tif", ".tiff"}
PDF_NAMES = {".pdf"}
# ISO base media brands of the photos that iPhones keep; Pillow cannot read them.
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# What Pillow raises for bytes that begin like a picture and are none.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)

NOT_A_PICTURE = _("This file is not a picture. Choose a photo in JPEG, PNG or WebP.")
NOT_A_DOCUMENT = _(
    "This file is not a document that can be shown here. Choose a PDF, or a photo of the paper in JPEG or PNG."
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG without any metadata, upright, at most 1600 pixels on its longest side. Sizes in pixels."""

    bytes: bytes
    width: int
    height: int

    def as_file(self, name: str) -> "CleanFile":
        """For a FileField; `name` is made by us, never taken from the person."""
        return ContentFile(self.bytes, name=name)


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF as it was sent, or a picture drawn anew. `sha256` is of these bytes; `safe_name` fits a download header."""

    bytes: bytes
    content_type: str
    sha256: str
    safe_name: str

    def as_file(self, name: str) -> "CleanFile":
        """For a FileField; `name` is made by us, never taken from the person."""
        return ContentFile(self.bytes, name=name)


def read_photo(file: "UploadedFile[bytes]", *, max_bytes: int, field: str = "photo") -> Photo:
    """Read a photo of at most `max_bytes` bytes and draw it anew.

    Raises `DomainError` on `field`: file_too_big, file_empty, not_a_picture, photo_heic, photo_too_many_pixels,
    photo_damaged.
    """
    data = _read_bounded(file, max_bytes=max_bytes, field=field)
    kind = _kind_of(data)
    if kind == "heic":
        raise DomainError(
            "photo_heic",
            _(
                "This photo is in the HEIC format, which many phones cannot show. Send it as JPEG: on an iPhone choose"
                " Settings, Camera, Formats, Most Compatible, or send a screenshot of the photo."
            ),
            field=field,
        )
    if kind not in {"jpeg", "png", "webp"}:
        raise _not_what_it_says(file, "not_a_picture", PICTURE_NAMES, NOT_A_PICTURE, field)
    picture = _decode(data, longest_side=PHOTO_LONGEST_SIDE, field=field)
    return Photo(bytes=_as_jpeg(picture, quality=82), width=picture.width, height=picture.height)


def read_document(file: "UploadedFile[bytes]", *, max_bytes: int, field: str = "document") -> Document:
    """Read a PDF, or a JPEG or PNG of a paper, of at most `max_bytes` bytes.

    Pictures are drawn anew like photos, because a document is published: the place where an invoice was photographed is
    nobody's business. Raises `DomainError` on `field`: file_too_big, file_empty, not_a_document, document_damaged,
    photo_too_many_pixels, photo_damaged.
    """
    data = _read_bounded(file, max_bytes=max_bytes, field=field)
    kind = _kind_of(data)
    if kind == "pdf":
        if b"%%EOF" not in data[-2048:]:
            raise DomainError(
                "document_damaged", _("This PDF is cut off: its end is missing. Choose another copy."), field=field
            )
        return _document(data, "application/pdf", file, ".pdf")
    if kind == "jpeg":
        picture = _decode(data, longest_side=DOCUMENT_LONGEST_SIDE, field=field)
        return _document(_as_jpeg(picture, quality=88), "image/jpeg", file, ".jpg")
    if kind == "png":
        picture = _decode(data, longest_side=DOCUMENT_LONGEST_SIDE, field=field)
        out = BytesIO()
        picture.save(out, "PNG", optimize=True)
        return _document(out.getvalue(), "image/png", file, ".png")
    raise _not_what_it_says(file, "not_a_document", PICTURE_NAMES | PDF_NAMES, NOT_A_DOCUMENT, field)


class PhotoField(forms.FileField):
    """A form field whose clean value is a `Photo`, or None when nothing was sent."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

    def __init__(
        self, *, max_bytes: int, required: bool, label: "str | Sentence", help_text: "str | Sentence" = ""
    ) -> None:
        super().__init__(allow_empty_file=True, required=required, label=label, help_text=help_text)
        self.max_bytes = max_bytes

    def clean(self, data: "UploadedFile[bytes] | None", initial: object = None) -> Photo | None:
        file = super().clean(data, initial)
        return None if file is None else _as_validation(read_photo, file, self.max_bytes)


class DocumentField(forms.FileField):
    """A form field whose clean value is a `Document`, or None when nothing was sent."""

    widget = forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"})

    def __init__(
        self, *, max_bytes: int, required: bool, label: "str | Sentence", help_text: "str | Sentence" = ""
    ) -> None:
        super().__init__(allow_empty_file=True, required=required, label=label, help_text=help_text)
        self.max_bytes = max_bytes

    def clean(self, data: "UploadedFile[bytes] | None", initial: object = None) -> Document | None:
        file = super().clean(data, initial)
        return None if file is None else _as_validation(read_document, file, self.max_bytes)


class _Reader(Protocol[T_co]):
    def __call__(self, file: "UploadedFile[bytes]", *, max_bytes: int) -> T_co: ...


def _as_validation(read: _Reader[T_co], file: "UploadedFile[bytes]", max_bytes: int) -> T_co:
    try:
        return read(file, max_bytes=max_bytes)
    except DomainError as error:
        raise forms.ValidationError(str(error.message), code=error.code) from error


def _megabytes(size: int) -> str:
    """Rounded up to a tenth, so that a file just over the limit never seems to be within it."""
    tenths = math.ceil(size * 10 / MEGABYTE)
    return str(number_format(tenths / 10, decimal_pos=1 if tenths % 10 else 0))


def _read_bounded(file: "UploadedFile[bytes]", *, max_bytes: int, field: str) -> bytes:
    size = file.size or 0
    if size <= max_bytes:
        file.seek(0)
        data: bytes = file.read(max_bytes + 1)
        size = max(size, len(data))
    if size > max_bytes:
        sentence = gettext("This file has %(size)s MB, and at most %(limit)s MB can be sent. Choose a smaller one.")
        raise DomainError(
            "file_too_big", sentence % {"size": _megabytes(size), "limit": _megabytes(max_bytes)}, field=field
        )
    if not data:
        raise DomainError("file_empty", _("This file is empty. Choose it again, or another one."), field=field)
    return data


def _kind_of(data: bytes) -> str:
    """What the first bytes say: jpeg, png, webp, heic, pdf or "" for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return "heic"
    if data.startswith(b"%PDF-"):
        return "pdf"
    return ""


def _extension(file: "UploadedFile[bytes]") -> str:
    return PurePosixPath((file.name or "").replace("\\", "/")).suffix.lower()


def _not_what_it_says(
    file: "UploadedFile[bytes]", code: str, names: set[str], otherwise: Promise, field: str
) -> DomainError:
    extension = _extension(file)
    if extension not in names:
        return DomainError(code, otherwise, field=field)
    if extension in PDF_NAMES:
        sentence = gettext("This file is called %(extension)s but is not a PDF. Choose another one.")
    else:
        sentence = gettext("This file is called %(extension)s but is not a picture. Choose another one.")
    return DomainError(code, sentence % {"extension": extension}, field=field)


def _decode(data: bytes, *, longest_side: int, field: str) -> Image.Image:
    """The picture alone: upright, RGB on white, no larger than asked, with no metadata to carry on."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            _refuse_bomb(image)
            image.draft("RGB", (longest_side, longest_side))
            image.thumbnail((longest_side, longest_side))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DomainError(
            "photo_too_many_pixels",
            _("This photo has more pixels than can be read here. Send a smaller one, for instance a screenshot of it."),
            field=field,
        ) from error
    except DAMAGED as error:
        raise DomainError(
            "photo_damaged",
            _("This photo is damaged and cannot be opened. Choose another copy, or take it again."),
            field=field,
        ) from error
    # A new canvas: comments, profiles and text blocks of the old one stay behind.
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright)
    return canvas


def _refuse_bomb(image: Image.Image) -> None:
    """The header tells the size, so this is known before anything is unfolded."""
    if image.width * image.height > MAX_PIXELS.get(image.format or "", MAX_PIXELS_OTHERWISE):
        raise Image.DecompressionBombError


def _as_jpeg(picture: Image.Image, *, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _document(data: bytes, content_type: str, file: "UploadedFile[bytes]", extension: str) -> Document:
    return Document(
        bytes=data,
        content_type=content_type,
        sha256=hashlib.sha256(data).hexdigest(),
        safe_name=_safe_name(file, extension),
    )


def _safe_name(file: "UploadedFile[bytes]", extension: str) -> str:
    """The name a person gave, without folders, control signs or a false extension; at most 84 characters."""
    stem = PurePosixPath((file.name or "").replace("\\", "/")).stem
    stem = unicodedata.normalize("NFC", stem)
    stem = re.sub(r"[^\w\-]+", "-", stem).strip("-_.")[:80]
    return f"{stem or 'document'}{extension}"
