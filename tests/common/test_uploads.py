"""Files that strangers send: what comes in, what is refused in which words, and what is gone from what is kept."""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override
from PIL import ExifTags, Image

from common.errors import DomainError
from common.uploads import PhotoField, read_document, read_photo

LIMIT = 10 * 1024 * 1024
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def sent(data: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=content_type)


def picture(
    size: tuple[int, int] = (40, 20), kind: str = "JPEG", mode: str = "RGB", colour: object = "red", **options: object
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def camera_photo() -> bytes:
    """Lying on its side, left half red, with place, time, device, comment and a profile, as a telephone writes it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # turn by 90 degrees clockwise to view
    exif[ExifTags.Base.Model] = "Telefon-9000"
    exif[ExifTags.Base.DateTime] = "2026:11:20 21:14:03"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (50.0, 3.0, 17.5)
    image = Image.new("RGB", (64, 32), "blue")
    image.paste("red", (0, 0, 32, 32))
    out = BytesIO()
    image.save(
        out, "JPEG", exif=exif, comment=b"from Aigul's kitchen", icc_profile=b"profile of Telefon-9000", quality=95
    )
    return out.getvalue()


def refusal(data: bytes, name: str = "photo.jpg", limit: int = LIMIT) -> tuple[str, str, str | None]:
    with pytest.raises(DomainError) as caught:
        read_photo(sent(data, name), max_bytes=limit)
    return caught.value.code, str(caught.value.message), caught.value.field


def test_place_time_and_device_are_gone() -> None:
    original = camera_photo()
    with Image.open(BytesIO(original)) as before:
        assert dict(before.getexif().get_ifd(ExifTags.IFD.GPSInfo)) != {}
    assert b"Telefon-9000" in original

    photo = read_photo(sent(original), max_bytes=LIMIT)

    with Image.open(BytesIO(photo.bytes)) as after:
        assert after.format == "JPEG"
        assert dict(after.getexif()) == {}
        assert dict(after.getexif().get_ifd(ExifTags.IFD.GPSInfo)) == {}
        assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    for trace in (b"Exif", b"GPS", b"Telefon", b"2026:11:20", b"Aigul", b"ICC_PROFILE"):
        assert trace not in photo.bytes


def test_a_lying_photo_is_put_upright() -> None:
    photo = read_photo(sent(camera_photo()), max_bytes=LIMIT)
    assert (photo.width, photo.height) == (32, 64)
    with Image.open(BytesIO(photo.bytes)) as after:
        top, bottom = after.getpixel((16, 10)), after.getpixel((16, 54))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > top[2]
    assert bottom[2] > 200 > bottom[0]


def test_large_photos_shrink_and_small_ones_stay() -> None:
    large = read_photo(sent(picture((4000, 1000))), max_bytes=LIMIT)
    small = read_photo(sent(picture((40, 20))), max_bytes=LIMIT)
    assert (large.width, large.height) == (1600, 400)
    assert (small.width, small.height) == (40, 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_content_decides_and_the_name_does_not(kind: str) -> None:
    photo = read_photo(sent(picture(kind=kind), "holiday.txt", "text/plain"), max_bytes=LIMIT)
    assert photo.bytes.startswith(b"\xff\xd8\xff")


def test_transparent_becomes_white() -> None:
    photo = read_photo(sent(picture(kind="PNG", mode="RGBA", colour=(0, 0, 0, 0))), max_bytes=LIMIT)
    with Image.open(BytesIO(photo.bytes)) as after:
        assert after.getpixel((5, 5)) == (255, 255, 255)


def test_what_hides_behind_a_picture_is_gone() -> None:
    photo = read_photo(sent(picture() + b"<script>alert(1)</script>PK\x03\x04"), max_bytes=LIMIT)
    assert b"script" not in photo.bytes
    assert b"PK\x03\x04" not in photo.bytes


def test_thirty_megabytes_are_refused_unread() -> None:
    class Watched(SimpleUploadedFile):
        asked: list[int | None] = []

        def read(self, num_bytes: int | None = None) -> bytes:
            self.asked.append(num_bytes)
            return bytes(super().read(num_bytes))

    file = Watched("photo.jpg", b"\xff\xd8\xff" + bytes(30 * 1024 * 1024 - 3))
    with pytest.raises(DomainError) as caught:
        read_photo(file, max_bytes=LIMIT)
    assert (caught.value.code, caught.value.field) == ("file_too_big", "photo")
    assert str(caught.value.message) == "This file has 30 MB, and at most 10 MB can be sent. Choose a smaller one."
    assert Watched.asked == []


def test_one_byte_too_many_is_not_called_ten_megabytes() -> None:
    _code, message, _field = refusal(b"\xff\xd8\xff" + bytes(LIMIT - 2))
    assert message == "This file has 10.1 MB, and at most 10 MB can be sent. Choose a smaller one."


def test_a_size_that_lies_is_found_out() -> None:
    file = sent(bytes(3000))
    file.size = 10
    with pytest.raises(DomainError) as caught:
        read_photo(file, max_bytes=2000)
    assert caught.value.code == "file_too_big"


def test_a_program_called_jpg() -> None:
    assert refusal(b"MZ\x90\x00" + bytes(4000), "beach.JPG") == (
        "not_a_picture",
        "This file is called .jpg but is not a picture. Choose another one.",
        "photo",
    )


def test_a_program_called_program() -> None:
    assert refusal(b"MZ\x90\x00" + bytes(4000), "setup.exe") == (
        "not_a_picture",
        "This file is not a picture. Choose a photo in JPEG, PNG or WebP.",
        "photo",
    )


def test_svg_and_gif_are_not_taken() -> None:
    assert refusal(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg")[0] == "not_a_picture"
    assert refusal(picture(kind="GIF"), "a.gif")[0] == "not_a_picture"


def test_the_format_of_iphones_is_named() -> None:
    code, message, _field = refusal(b"\x00\x00\x00\x18ftypheic" + bytes(100), "IMG_0001.HEIC")
    assert code == "photo_heic"
    assert "Most Compatible" in message


def test_an_empty_file() -> None:
    assert refusal(b"")[0] == "file_empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_photo(kind: str) -> None:
    whole = picture((300, 300), kind)
    assert refusal(whole[: len(whole) // 2])[0] == "photo_damaged"


def test_a_bomb_is_not_unfolded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    assert refusal(bomb)[0] == "photo_too_many_pixels"


def test_a_small_file_of_many_pixels() -> None:
    data = picture((8000, 5000), "PNG", "1", 0)
    assert len(data) < 100_000
    assert refusal(data)[0] == "photo_too_many_pixels"


@pytest.mark.filterwarnings("ignore")  # Pillow grumbles about what it cannot read; we refuse or read it
def test_bytes_turned_at_random_never_break_out() -> None:
    whole = bytearray(camera_photo())
    outcomes = set()
    for at in range(0, len(whole), 7):
        turned = bytearray(whole)
        turned[at] ^= 0xFF
        try:
            read_photo(sent(bytes(turned)), max_bytes=LIMIT)
            outcomes.add("read")
        except DomainError as error:
            outcomes.add(error.code)
    assert outcomes <= {"read", "photo_damaged", "not_a_picture", "photo_too_many_pixels"}
    assert len(outcomes) > 1


def test_a_pdf_is_kept_as_it_is() -> None:
    document = read_document(sent(PDF, "Счёт № 5 (қаңтар).PDF"), max_bytes=LIMIT)
    assert document.bytes == PDF
    assert document.content_type == "application/pdf"
    assert document.sha256 == hashlib.sha256(PDF).hexdigest()
    assert document.safe_name == "Счёт-5-қаңтар.pdf"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\fakepath\\invoice.pdf", "invoice.pdf"),
        ('a"\r\nSet-Cookie: x.pdf', "a-Set-Cookie-x.pdf"),
        ("...", "document.pdf"),
        ("я" * 300 + ".pdf", "я" * 80 + ".pdf"),
    ],
)
def test_names_fit_a_download_header(name: str, safe: str) -> None:
    file = sent(PDF)
    vars(file)["_name"] = name  # as a browser that lies would send it
    assert read_document(file, max_bytes=LIMIT).safe_name == safe


def test_a_photographed_paper_loses_its_place() -> None:
    document = read_document(sent(camera_photo(), "invoice.jpeg"), max_bytes=LIMIT)
    assert (document.content_type, document.safe_name) == ("image/jpeg", "invoice.jpg")
    assert document.sha256 == hashlib.sha256(document.bytes).hexdigest()
    for trace in (b"Exif", b"GPS", b"Telefon"):
        assert trace not in document.bytes


def test_a_screenshot_stays_png() -> None:
    document = read_document(sent(picture(kind="PNG"), "kaspi"), max_bytes=LIMIT)
    assert (document.content_type, document.safe_name) == ("image/png", "kaspi.png")


@pytest.mark.parametrize(
    ("data", "name", "code", "message"),
    [
        (b"<html>", "bill.pdf", "not_a_document", "This file is called .pdf but is not a PDF. Choose another one."),
        (b"MZ\x90", "b.png", "not_a_document", "This file is called .png but is not a picture. Choose another one."),
        (PDF[:30], "bill.pdf", "document_damaged", "This PDF is cut off: its end is missing. Choose another copy."),
        (
            b"PK\x03\x04",
            "bill.docx",
            "not_a_document",
            "This file is not a document that can be shown here. Choose a PDF, or a photo of the paper in JPEG or PNG.",
        ),
    ],
)
def test_what_is_no_document(data: bytes, name: str, code: str, message: str) -> None:
    with pytest.raises(DomainError) as caught:
        read_document(sent(data, name), max_bytes=LIMIT)
    assert (caught.value.code, str(caught.value.message), caught.value.field) == (code, message, "document")


def test_a_form_field_says_the_same_words() -> None:
    field = PhotoField(max_bytes=LIMIT, required=False, label="Photo")
    with pytest.raises(Exception, match=r"called \.jpg but is not a picture"):
        field.clean(sent(b"MZ", "a.jpg"))
    assert field.clean(None) is None
    photo = field.clean(sent(picture()))
    assert photo is not None
    assert (photo.width, photo.height) == (40, 20)
