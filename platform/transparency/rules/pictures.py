"""A proof as a QR code. The whole proof fits in most; where it does not, the code holds the proof file's address.

Black on white in every colour scheme, with the quiet margin that cameras need. Must never put anything but the link
into the picture.
"""

import io
from typing import Any, Final

import segno
from segno import consts

# Level M mends 15 % of the code, L only 7 %: codes of level L over a proof were not read by every program. Drawn with
# four points a square, version 33 was read through blur, slant and noise; with three points it was not (docs/log.md).
LEVEL: Final = "m"
LARGEST_VERSION: Final = 33
POINTS: Final = 4
_MARGIN: Final = 4


def qr_picture(*, page: str, link: str, file: str) -> bytes:
    """SVG of `page#link` (`page` an address, `link` of rules.links), or of the address `file` when that is too long."""
    code = _whole(page, link) or segno.make(file, error=LEVEL, micro=False)
    out = io.BytesIO()
    code.save(
        out, kind="svg", scale=1, border=_MARGIN, dark="#000", light="#fff", xmldecl=False, nl=False, omitsize=True
    )
    side = code.symbol_size(scale=POINTS, border=_MARGIN)[0]
    # A size of its own and a viewBox: whole squares of four points where there is room, and it shrinks where not.
    return out.getvalue().replace(b"<svg ", b'<svg width="%d" height="%d" ' % (side, side), 1)


def _whole(page: str, link: str) -> segno.QRCode | None:
    # Two parts: the address as bytes, the rest in the denser alphabet of capital letters that the link is written in.
    parts: Any = [(f"{page}#", consts.MODE_BYTE), (link, consts.MODE_ALPHANUMERIC)]
    try:
        code = segno.make(parts, error=LEVEL, micro=False, boost_error=False)
    except segno.DataOverflowError:
        return None
    return code if int(code.version) <= LARGEST_VERSION else None
