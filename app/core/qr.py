"""QR symbols of any text, as small as they can be: addresses to open, secrets to keep. Tickets have their own kind."""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4
"""Modules of white on every side."""
DARK: Final = re.compile(b"\x01+")


def svg(text: str, *, label: str) -> str:
    """Return the symbol as an SVG picture that `label` names for a screen reader."""
    code: QRCode[object] = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    return drawn(path(code.modules), len(code.modules), label=label)


def path(rows: Iterable[Sequence[object]]) -> str:
    """Return SVG path data of the dark modules, one rectangle per horizontal run, quiet zone as offset."""
    return "".join(_runs(row, y + QUIET) for y, row in enumerate(rows))


def _runs(row: Sequence[object], y: int) -> str:
    """Return the rectangles of one row. Searched as bytes, it costs less than module by module."""
    found = (run.span() for run in DARK.finditer(bytes(map(bool, row))))
    return "".join(f"M{x + QUIET} {y}h{end - x}v1h{x - end}z" for x, end in found)


def drawn(dark: str, modules: int, *, label: str) -> str:
    """Return the picture of a symbol with this many modules a side."""
    side = modules + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f"<title>{escape(_printable(label))}</title>"
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{dark}"/></svg>'
    )


def _printable(label: str) -> str:
    """Replace what XML 1.0 cannot hold (control characters, lone surrogates): the picture would not open."""
    return "".join(c if c.isprintable() else " " for c in label)
