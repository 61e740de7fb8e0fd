"""The symbol as phones see it: on paper, on a badge, on the screen of another phone, none of them held straight."""

import io
from pathlib import Path

import pypdfium2
import pytest
import resvg_py
import zxingcpp
from PIL import Image
from PIL.Image import Image as Picture

from app.ticketing.documents import qr
from app.ticketing.documents.badges import FORMATS, Badge, badges_pdf
from app.ticketing.documents.pdf import ticket_pdf
from tests.ticketing.documents.photo import photo
from tests.ticketing.documents.test_pdf import NOW, PLAIN
from tests.ticketing.vector import CODE

PAPER = 150 / 72
"""Pixels a point of a page looked at with 150 dpi."""
SHOTS = range(12)
BADGE = Badge("李娜", "delegate", "Delegate", CODE, "Li Na", "Green Bay Ltd")


def read(picture: Picture) -> bool:
    return [found.text for found in zxingcpp.read_barcodes(picture)] == [CODE]


def of_ticket(fonts: Path) -> Picture:
    """The quarter of the page that lies outside when it is folded."""
    page = pypdfium2.PdfDocument(ticket_pdf([PLAIN], fonts=fonts, now=NOW))[0]
    picture: Picture = page.render(scale=PAPER).to_pil()
    return picture.crop((picture.width // 2, 0, picture.width, picture.height // 2))


def of_badge(fonts: Path, size: str) -> Picture:
    """One badge and nothing else, as it hangs on somebody."""
    made = badges_pdf([BADGE], size=size, convention="Convention", language="en", alt="QR", now=NOW, fonts=fonts)
    picture: Picture = pypdfium2.PdfDocument(made)[0].render(scale=PAPER).to_pil()
    form = FORMATS[size]
    left, top = (210 - form.columns * form.width) / 2, (297 - form.rows * form.height) / 2
    corners = (left, top, left + form.width, top + form.height)
    box = [round(mm / 25.4 * 150) for mm in corners]
    return picture.crop((box[0], box[1], box[2], box[3]))


def of_screen() -> Picture:
    """180 CSS pixels on a screen with two dots a pixel, in the white of the page."""
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=qr.svg(CODE, label="Ticket").decode(), width=360))
    page = Image.new("L", (460, 460), 255)
    page.paste(Image.open(io.BytesIO(drawn)).convert("L"), (50, 50))
    return page


@pytest.mark.parametrize("seed", SHOTS)
def test_ticket_is_read_from_a_photo_of_the_paper(fonts: Path, seed: int) -> None:
    assert read(photo(of_ticket(fonts), seed=seed))


@pytest.mark.parametrize("seed", SHOTS)
def test_ticket_is_read_from_a_photo_of_a_screen(seed: int) -> None:
    assert read(photo(of_screen(), seed=seed, side=360, blur=1.0))


@pytest.mark.parametrize("size", ["card", "a6"])
@pytest.mark.parametrize("seed", SHOTS)
def test_badge_is_read_from_a_photo_at_arm_s_length(fonts: Path, size: str, seed: int) -> None:
    assert read(photo(of_badge(fonts, size), seed=seed, side=900))


def test_a_photo_can_be_too_bad_or_this_proves_nothing() -> None:
    assert not read(photo(of_screen(), seed=1, side=360, blur=6.0))
    assert not read(photo(of_screen(), seed=1, side=100))


def test_symbol_of_a_badge_is_at_least_25_mm_wide(fonts: Path) -> None:
    for size in ("card", "business", "a7", "a6"):
        made = badges_pdf([BADGE], size=size, convention="Convention", language="en", alt="QR", now=NOW, fonts=fonts)
        (found,) = zxingcpp.read_barcodes(pypdfium2.PdfDocument(made)[0].render(scale=300 / 72).to_pil())
        modules = found.position.top_right.x - found.position.top_left.x
        assert modules / 300 * 25.4 * 45 / 37 >= 25, size
