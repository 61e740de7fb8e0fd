"""QR symbols of ticket codes: version 5 (37 x 37 modules), error correction M, alphanumeric mode, mask 2.

All parameters are fixed: a phone at arm's length reads this symbol in nearly every frame, and larger versions in few.
A symbol needs at least 25 mm on paper or 180 CSS px on screen, its quiet zone of four modules included in the drawing.
"""

from functools import cache, lru_cache
from itertools import chain
from typing import Final

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from app.core import qr

VERSION = 5
MODULES = 37
MASK = 2
ALPHABET: Final = {letter: value for value, letter in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")}
DATA: Final = 43
"""Codewords of data in each of the two blocks of a 5-M symbol (ISO/IEC 18004, table 9)."""
CHECK: Final = 24
"""Codewords of error correction in each."""
LARGEST: Final = 2 * DATA * 8
"""Bits of data."""

KEPT: Final = 256
"""Symbols kept in memory, 7 kB each."""

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules, True for dark, without the quiet zone."""


def matrix(text: str) -> Matrix:
    """Return the modules of the symbol; raises `ValueError` unless `text` is 1-122 characters of the QR alphabet."""
    code: QRCode[object] = QRCode(version=VERSION, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.data_cache = _codewords(text)
    code.make(fit=False)
    return tuple(tuple(map(bool, row)) for row in code.modules)


def _codewords(text: str) -> list[int]:
    """Return the codewords of data and of error correction, interleaved (ISO/IEC 18004, 7.4 to 7.6).

    Ours, for in the library they take longer than all the rest of a symbol, and a hall full of badges has hundreds.
    """
    data = _encoded(text)
    blocks = (data[:DATA], data[DATA:])
    checks = map(_remainder, blocks)
    return [*chain.from_iterable(zip(*blocks, strict=True)), *chain.from_iterable(zip(*checks, strict=True))]


def _encoded(text: str) -> bytes:
    """Return the data: mode, number of characters, two of them in eleven bits, and padding."""
    if not text or not ALPHABET.keys() >= set(text):
        raise ValueError("This cannot be represented in the alphabet of QR symbols.")
    bits = f"0010{len(text):09b}"
    values = [ALPHABET[letter] for letter in text]
    bits += "".join(f"{45 * first + second:011b}" for first, second in zip(values[::2], values[1::2], strict=False))
    bits += f"{values[-1]:06b}" if len(values) % 2 else ""
    if len(bits) > LARGEST:
        raise ValueError("Too long for a version 5 symbol.")
    bits += "0" * min(4, LARGEST - len(bits))
    bits += "0" * (-len(bits) % 8)
    filled = int(bits, 2).to_bytes(len(bits) // 8)
    return (filled + b"\xec\x11" * 2 * DATA)[: 2 * DATA]


def _remainder(block: bytes) -> bytes:
    """Return the error correction of a block: its remainder in the division by the Reed-Solomon generator."""
    found, table = 0, _multiples()
    for word in block:
        found = (found << 8) ^ (word << 8 * CHECK)
        found ^= table[found >> 8 * CHECK]
    return found.to_bytes(CHECK)


@cache
def _multiples() -> tuple[int, ...]:
    """Return the generator times each number of GF(256), polynomial 0x11D, as an integer of all its coefficients.

    The highest one, which is the number itself, clears what the division has dealt with.
    """
    powers = [1]
    for _ in range(254):
        powers.append(powers[-1] << 1 ^ (0x11D if powers[-1] & 0x80 else 0))
    logs = {power: exponent for exponent, power in enumerate(powers)}

    def times(a: int, b: int) -> int:
        return powers[(logs[a] + logs[b]) % 255] if a and b else 0

    generator = [1]
    for root in powers[:CHECK]:
        generator = [a ^ times(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
    return tuple(int.from_bytes(times(factor, term) for term in generator) for factor in range(256))


@lru_cache(maxsize=KEPT)
def path(text: str) -> str:
    """Return SVG path data of the dark modules.

    Cached, because the page, the picture and the document of one ticket are asked for within the same minute.
    """
    return qr.path(matrix(text))


def svg(text: str, *, label: str) -> bytes:
    """Return the symbol as an SVG picture that `label` names for a screen reader; raises `ValueError` as `matrix`."""
    return qr.drawn(path(text), MODULES, label=label).encode()
