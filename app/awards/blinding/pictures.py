"""JPEG and PNG with what is needed to see them, and nothing else. Pure.

Kept is a short list, not left out a long one: a segment or chunk that nobody has thought of goes. Colour profiles go
too, as they name the screen or the camera that they were made for; the picture is then read as sRGB. How the picture is
to be turned stays, as phones write it into EXIF.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
_IN_SCAN: Final = re.compile(rb"\xff+(?=[^\x00\xd0-\xd7\xff])")
"""Ends the picture data behind a start of scan: restart markers belong to it."""
_SOI, _EOI, _SOS, _DHT, _DAC, _JPG = 0xD8, 0xD9, 0xDA, 0xC4, 0xCC, 0xC8
_KEPT: Final = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD} - {_JPG})
"""Frames, tables, number of lines, restart interval."""
_JFIF, _EXIF, _ADOBE = 0xE0, 0xE1, 0xEE
_ORIENTATION: Final = 0x0112
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD", b"pHYs"})  # noqa: E501  # fmt: skip


def clean_jpeg(data: bytes) -> bytes:
    """Return a JPEG without application data, comments, thumbnails, and whatever follows its end.

    Raises `ValueError` for what is no whole JPEG.
    """
    kept, turned, has_scan = [], 1, False
    for marker, body, scan in _segments(data):
        has_scan |= marker == _SOS
        if marker == _EXIF and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:])
        if (wanted := _wanted(marker, body)) is not None:
            kept.append(_segment(marker, wanted) + scan)
    if not has_scan:
        raise ValueError("A JPEG without a picture.")
    first = kept[:1] if kept[0][1] == _JFIF else []
    exif = [_segment(_EXIF, b"Exif\0\0" + _exif(turned))] if turned != 1 else []
    return b"".join([b"\xff\xd8", *first, *exif, *kept[len(first) :], b"\xff\xd9"])


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, body, and the picture data behind it, up to the end of the first picture."""
    if not data.startswith(b"\xff\xd8"):
        raise ValueError("No JPEG.")
    position = 2
    while True:
        found = _MARKER.match(data, position)
        if found is None:
            raise ValueError("A JPEG that breaks off.")
        marker = found[1][0]
        if marker == _EOI:
            return
        (length,) = struct.unpack_from(">H", data.ljust(found.end() + 2, b"\0"), found.end())
        end = found.end() + length
        if length < 2 or end > len(data):
            raise ValueError("A segment of a JPEG that breaks off.")
        rest = _IN_SCAN.search(data, end) if marker == _SOS else None
        position = (rest.start() if rest else len(data)) if marker == _SOS else end
        yield marker, data[found.end() + 2 : end], data[end:position]


def _wanted(marker: int, body: bytes) -> bytes | None:
    """Return what is kept of a segment: of JFIF no thumbnail, of the rest what decoding needs."""
    if marker == _JFIF and body.startswith(b"JFIF\0") and len(body) >= 14:
        return body[:12] + b"\0\0"
    if marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= 12:
        return body[:12]
    return body if marker in _KEPT or marker == _SOS else None


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _orientation(tiff: bytes) -> int:
    """Return how a picture is to be turned, 1 to 8; 1, as it is, when that cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        tags = [struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * n) for n in range(min(count, 100))]
    except struct.error:
        return 1
    return next((value for tag, kind, _n, value in tags if tag == _ORIENTATION and kind == 3 and 1 <= value <= 8), 1)


def _exif(turned: int) -> bytes:
    """Return EXIF that says how a picture is to be turned, and nothing else."""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _ORIENTATION, 3, 1, turned, 0, 0)


def clean_png(data: bytes) -> bytes:
    """Return a PNG without texts, times, profiles, private chunks, and whatever follows its end.

    An animation becomes its first picture. Raises `ValueError` for what is no whole PNG.
    """
    kept, turned = [], 1
    for kind, body in _chunks(data):
        if kind in _CHUNKS:
            kept.append(_chunk(kind, body))
        elif kind == b"eXIf":
            turned = _orientation(body)
    if turned != 1:
        kept.insert(1, _chunk(b"eXIf", _exif(turned)))
    return _SIGNATURE + b"".join(kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(_SIGNATURE):
        raise ValueError("No PNG.")
    position, kind = len(_SIGNATURE), b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise ValueError("A PNG that breaks off.")
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(data) or zlib.crc32(kind + body) != int.from_bytes(data[position - 4 : position], "big"):
            raise ValueError("A PNG that is damaged.")
        yield kind, body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


_BOXES: Final = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


def clean_jp2(data: bytes) -> bytes:
    """Return a JPEG 2000 picture, as PDF has them, without boxes of XML and private ones. Raises `ValueError`."""
    if data.startswith(b"\xff\x4f\xff\x51"):  # the bare picture without boxes
        return data
    kept, position = [], 0
    while position < len(data):
        length, kind, head = _box(data, position)
        end = len(data) if length == 0 else position + length
        if length != 0 and (length < head or end > len(data)):
            raise ValueError("A picture that breaks off.")
        if kind in _BOXES:
            kept.append(data[position:end])
        position = end
    return b"".join(kept)


def _box(data: bytes, position: int) -> tuple[int, bytes, int]:
    """Return length, kind and size of the head of a box; a length of 0 reaches to the end."""
    try:
        length, kind = struct.unpack_from(">I4s", data, position)
        if length == 1:
            return struct.unpack_from(">Q", data, position + 8)[0], kind, 16
    except struct.error:
        raise ValueError("A picture that breaks off.") from None
    return length, kind, 8
