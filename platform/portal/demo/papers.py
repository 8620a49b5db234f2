"""The documents and the photo of the demo world, drawn here: nobody's real invoice and nobody's real street."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from common.uploads import Document, Photo, read_document, read_photo

_LIMIT = 5_000_000
_NIGHT, _LAMP, _LIGHT, _SNOW = (24, 38, 52), (196, 204, 208), (255, 226, 150), (214, 222, 230)


def invoice(*, title: str, lines: list[str]) -> Document:
    """A one-page PDF that says that it is a demonstration. Latin only: the font that Pillow ships has no others."""
    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    heading, text = ImageFont.load_default(size=56), ImageFont.load_default(size=32)
    draw.text((120, 120), title, fill="black", font=heading)
    draw.line((120, 210, 1120, 210), fill="black", width=3)
    for number, line in enumerate(lines):
        draw.text((120, 260 + number * 60), line, fill="black", font=text)
    draw.text((120, 1600), "DEMONSTRATION - not a real document", fill=(160, 40, 40), font=text)
    body = io.BytesIO()
    page.save(body, format="PDF", resolution=150)
    return read_document(SimpleUploadedFile("invoice.pdf", body.getvalue()), max_bytes=_LIMIT)


def street_at_night() -> Photo:
    """A drawn street with lamps that burn."""
    picture = Image.new("RGB", (1200, 800), _NIGHT)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 800), (1200, 800), (760, 420), (560, 420)], fill=(52, 62, 74))
    draw.polygon([(0, 800), (560, 420), (0, 470)], fill=_SNOW)
    draw.polygon([(1200, 800), (760, 420), (1200, 470)], fill=_SNOW)
    for x, height in ((170, 560), (360, 400), (480, 300), (830, 300), (940, 400), (1100, 560)):
        top = 640 - height if height > 500 else 520 - height // 2  # noqa: PLR2004 - the two nearest lamps
        draw.line((x, top, x, 640 if height > 500 else 560), fill=_LAMP, width=8 if height > 500 else 5)  # noqa: PLR2004
        for radius, share in ((70, 0.25), (42, 0.5), (22, 1.0)):
            colour = tuple(int(n + (light - n) * share) for n, light in zip(_NIGHT, _LIGHT, strict=True))
            draw.ellipse((x - radius, top - radius, x + radius, top + radius), fill=colour)
    body = io.BytesIO()
    picture.save(body, format="JPEG", quality=82)
    return read_photo(SimpleUploadedFile("street.jpg", body.getvalue()), max_bytes=_LIMIT)
