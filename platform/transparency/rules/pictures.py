"""A proof as a QR code. The whole proof fits in most; where it does not, the code holds the proof file's address.

Black on white in every colour scheme, with the quiet margin that cameras need. Must never put anything but the link
into the picture.
"""

import io
from typing import Any, Final

import segno
from segno import consts

# Larger codes exist, but phones read them from a screen only with luck.
LARGEST_VERSION: Final = 31
_MARGIN: Final = 4


def qr_picture(*, page: str, link: str, file: str) -> bytes:
    """SVG of `page#link` (`page` an address, `link` of rules.links), or of the address `file` when that is too long."""
    code = _whole(page, link) or segno.make(file, error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", scale=1, border=_MARGIN, dark="#000", light="#fff", xmldecl=False, nl=False)
    return out.getvalue()


def _whole(page: str, link: str) -> segno.QRCode | None:
    # Two parts: the address as bytes, the rest in the denser alphabet of capital letters that the link is written in.
    parts: Any = [(f"{page}#", consts.MODE_BYTE), (link, consts.MODE_ALPHANUMERIC)]
    try:
        code = segno.make(parts, error="l", micro=False, boost_error=False)
    except segno.DataOverflowError:
        return None
    return code if int(code.version) <= LARGEST_VERSION else None
