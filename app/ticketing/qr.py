"""QR symbols of ticket codes: version 5 (37 x 37 modules), error correction M, alphanumeric mode, mask 2.

All parameters are fixed: a phone at arm's length reads this symbol in nearly every frame, and larger versions in few.
A symbol needs at least 25 mm on paper or 180 CSS px on screen, its quiet zone of four modules included in the drawing.
"""

from functools import lru_cache

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

from app.core import qr

VERSION = 5
MODULES = 37
MASK = 2

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules, True for dark, without the quiet zone."""


def matrix(text: str) -> Matrix:
    """Return the modules of the symbol; raises `ValueError` unless `text` is 1-122 characters of the QR alphabet."""
    code: QRCode[object] = QRCode(version=VERSION, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    try:
        code.add_data(QRData(text.encode(), mode=MODE_ALPHA_NUM))
        if not text:
            raise ValueError("Nothing to draw.")
        code.make(fit=False)
    except DataOverflowError as error:
        raise ValueError("Too long for a version 5 symbol.") from error
    return tuple(tuple(map(bool, row)) for row in code.modules)


@lru_cache(maxsize=2048)
def path(text: str) -> str:
    """Return SVG path data of the dark modules.

    Cached, because the page, the picture and the document of one ticket are asked for within the same minute.
    """
    return qr.path(matrix(text))


def svg(text: str, *, label: str) -> bytes:
    """Return the symbol as an SVG picture that `label` names for a screen reader; raises `ValueError` as `matrix`."""
    return qr.drawn(path(text), MODULES, label=label).encode()
