"""The symbol: drawn by us, read by an independent decoder."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
import resvg_py
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

from app.ticketing import codes
from app.ticketing.codes import Payload
from app.ticketing.documents import qr
from tests.ticketing.vector import CODE, PRIVATE, payloads

NAMESPACE = "{http://www.w3.org/2000/svg}"


def decoded(svg: bytes, *, width: int = 180) -> list[tuple[str, str]]:
    """Draw at `width` pixels and return (text, error correction) of every symbol found."""
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), width=width))))
    return [(found.text, found.ec_level) for found in zxingcpp.read_barcodes(picture.convert("L"))]


@pytest.mark.parametrize("width", [90, 135, 180, 181, 390, 1000])
def test_svg_is_read_at_any_size(width: int) -> None:
    assert decoded(qr.svg(CODE, label="Ticket"), width=width) == [(CODE, "M")]


@settings(max_examples=50, deadline=None)
@given(payloads)
def test_every_code_is_read_at_the_smallest_size(payload: Payload) -> None:
    code = codes.sign(payload, PRIVATE)
    assert decoded(qr.svg(code, label="Ticket")) == [(code, "M")]


@given(st.text("".join(qr.ALPHABET), min_size=1, max_size=122))
def test_codewords_are_those_of_the_library(text: str) -> None:
    library: QRCode[object] = QRCode(version=5, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=2)
    library.add_data(QRData(text.encode(), mode=MODE_ALPHA_NUM))
    library.make(fit=False)
    assert qr.matrix(text) == tuple(tuple(map(bool, row)) for row in library.modules)


def test_symbol_has_the_agreed_version_mode_mask_and_level() -> None:
    rows = qr.matrix(CODE)
    assert [len(row) for row in rows] == [37] * 37
    # ISO/IEC 18004, 7.9: format information beside the upper left finder, 5 data bits under the XOR pattern
    places = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4)]
    format_bits = "".join("01"[rows[y][x]] for y, x in places)
    assert int(format_bits, 2) ^ 0b10101 == 0b00_010  # level M, mask 2
    # the first codeword starts in the lower right corner; mask 2 inverts every third column
    zigzag = [(36, 36), (36, 35), (35, 36), (35, 35)]
    assert [rows[y][x] ^ (x % 3 == 0) for y, x in zigzag] == [False, False, True, False]  # mode 0010: alphanumeric


def test_matrix_and_picture_agree_module_by_module() -> None:
    dark = set()
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr.path(CODE)):
        dark |= {(int(x) + i - 4, int(y) - 4) for i in range(int(length))}
    assert dark == {(x, y) for y, row in enumerate(qr.matrix(CODE)) for x, on in enumerate(row) if on}


def test_picture_is_named_and_keeps_the_quiet_zone() -> None:
    root = ET.fromstring(qr.svg(CODE, label='Ticket <1> & "2" 林 ]]> \0\x1b\ud800'))
    assert root.get("viewBox") == "0 0 45 45"
    assert root.get("role") == "img"
    assert root.get("shape-rendering") == "crispEdges"
    title, ground, symbol = root
    assert (title.tag, title.text) == (NAMESPACE + "title", 'Ticket <1> & "2" 林 ]]>    ')
    assert (ground.get("fill"), ground.get("d")) == ("#fff", "M0 0h45v45H0z")
    numbers = [int(n) for n in re.findall(r"M(\d+) (\d+)", symbol.get("d") or "") for n in n]
    assert (min(numbers), max(numbers)) == (4, 40)
    assert "style" not in qr.svg(CODE, label="x").decode()


@pytest.mark.parametrize(
    "text", ["", CODE + "0", "0" * 5000, CODE.lower(), "Y1:é", "林", "1\n", "²", "\ud800", "Y1:" + "0" * 118 + "\0"]
)
def test_text_that_does_not_fit(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        qr.matrix(text)
    with pytest.raises(ValueError, match=r"."):
        qr.svg(text, label="Ticket")
