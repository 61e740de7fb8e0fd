"""QR symbols of ticket codes: version 5 (37 x 37 modules), error correction M, alphanumeric mode, mask 2.

All parameters are fixed: a phone at arm's length reads this symbol in nearly every frame, and larger versions in few.
A symbol needs at least 25 mm on paper or 180 CSS px on screen, its quiet zone of four modules included in the drawing.
"""

from functools import lru_cache
from itertools import groupby
from xml.sax.saxutils import escape

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

VERSION = 5
MODULES = 37
QUIET = 4
"""Modules of white on every side."""
SIDE = MODULES + 2 * QUIET
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
    """Return SVG path data of the dark modules, one rectangle per horizontal run, quiet zone as offset.

    Cached, because the page, the picture and the document of one ticket are asked for within the same minute.
    """
    return "".join(
        f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(matrix(text))
        for x, length in _dark_runs(row)
    )


def _dark_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Return (start, length) of every run of dark modules."""
    runs, x = [], 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            runs.append((x, length))
        x += length
    return runs


def svg(text: str, *, label: str) -> bytes:
    """Return the symbol as an SVG picture that `label` names for a screen reader; raises `ValueError` as `matrix`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" shape-rendering="crispEdges">'
        f"<title>{escape(_printable(label))}</title>"
        f'<path fill="#fff" d="M0 0h{SIDE}v{SIDE}H0z"/><path fill="#000" d="{path(text)}"/></svg>'
    ).encode()


def _printable(label: str) -> str:
    """Replace what XML 1.0 cannot hold (control characters, lone surrogates): the picture would not open."""
    return "".join(c if c.isprintable() else " " for c in label)
