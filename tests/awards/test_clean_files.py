"""The copy of a file that judges of a blind round get says nothing of who made it, and looks the same."""

import io
import struct
from collections.abc import Callable

import pypdfium2
import pytest
from PIL import Image, ImageOps
from pypdf import PdfReader, PdfWriter

from app.awards.blinding import Unclean, clean_file
from app.awards.blinding.pdf import MOST_PAGES, text_of
from app.awards.blinding.pictures import clean_jp2
from tests.awards import blinding_files as files
from tests.awards.blinding_files import NAME

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
SECRET = (NAME.encode(), NAME.encode("utf-16-be"), NAME.encode("utf-16-le"), NAME.encode().hex().encode())


def says_nothing(data: bytes) -> None:
    assert [one for one in SECRET if one in data] == []


def pixels(data: bytes) -> bytes:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB").tobytes()


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("written", ["baseline", "progressive"])
@pytest.mark.parametrize("turned", range(1, 9))
def test_jpeg_keeps_its_picture_and_how_it_is_turned_and_nothing_else(turned: int, written: str, order: str) -> None:
    data = files.jpeg(turned=turned, order=order, progressive=written == "progressive")
    assert data.count(NAME.encode()) >= 8
    clean = clean_file(data, JPEG)
    says_nothing(clean)
    assert pixels(clean) == pixels(data)
    assert Image.open(io.BytesIO(clean)).getexif() == ({0x0112: turned} if turned != 1 else {})


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_jpeg_of_other_colours_keeps_its_picture(mode: str) -> None:
    data = files.jpeg(turned=1, mode=mode)
    clean = clean_file(data, JPEG)
    says_nothing(clean)
    plain = Image.open(io.BytesIO(files.plain_jpeg(mode=mode)))
    assert Image.open(io.BytesIO(clean)).tobytes() == plain.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1"])
def test_png_keeps_its_picture_and_nothing_else(mode: str) -> None:
    data = files.png(mode=mode)
    clean = clean_file(data, PNG)
    says_nothing(clean)
    assert Image.open(io.BytesIO(clean)).tobytes() == Image.open(io.BytesIO(files.plain_png(mode))).tobytes()
    assert not Image.open(io.BytesIO(clean)).info.keys() & {"Author", "exif", "icc_profile", "xmp"}


def test_png_keeps_how_it_is_turned() -> None:
    data = files.png(turned=6)
    assert Image.open(io.BytesIO(clean_file(data, PNG))).getexif() == {0x0112: 6}
    assert pixels(clean_file(data, PNG)) == pixels(data)


def test_pdf_keeps_its_pages_and_nothing_else() -> None:
    data = files.pdf()
    said = files.everything(data)
    assert sum(said.count(one) for one in SECRET) > 30
    clean = clean_file(data, PDF)
    says_nothing(files.everything(clean))
    assert not PdfReader(io.BytesIO(clean)).metadata
    assert [text.strip() for text in text_of(clean)] == ["A river that heats the town"]


def drawn(data: bytes) -> bytes:
    page = pypdfium2.PdfDocument(data)[0]
    return bytes(page.render(scale=1, may_draw_forms=False, draw_annots=False).to_numpy().tobytes())


def test_pdf_looks_the_same() -> None:
    data = files.pdf()
    seen, clean = drawn(data), drawn(clean_file(data, PDF))
    assert len(set(seen)) > 20
    assert sum(abs(one - other) > 8 for one, other in zip(seen, clean, strict=True)) < len(seen) // 1000


@pytest.mark.parametrize(("data", "kind"), [(files.jpeg(), JPEG), (files.png(turned=3), PNG)])
def test_cleaning_what_is_clean_changes_nothing(data: bytes, kind: str) -> None:
    once = clean_file(data, kind)
    assert clean_file(once, kind) == once


def test_cleaned_pdf_can_be_cleaned_again() -> None:
    once = clean_file(files.pdf(), PDF)
    assert drawn(clean_file(once, PDF)) == drawn(once)


@pytest.mark.parametrize(("made", "kind"), [(files.jpeg, JPEG), (files.png, PNG), (files.pdf, PDF)])
def test_two_makers_leave_no_difference(made: Callable[[], bytes], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = made()
    monkeypatch.setattr(files, "NAME", "Somebody else with a longer name")
    theirs = made()
    assert theirs != ours
    assert clean_file(theirs, kind) == clean_file(ours, kind)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", JPEG),
        (b"\xff\xd8\xff", JPEG),
        (b"\xff\xd8\xff\xe1\x00", JPEG),
        (b"\xff\xd8\xff\xe1\x00\x00", JPEG),
        (b"\xff\xd8\xff\xd9", JPEG),
        (files.plain_jpeg()[:100], JPEG),
        (files.plain_png(), JPEG),
        (b"\x89PNG\r\n\x1a\n", PNG),
        (files.plain_png()[:-6], PNG),
        (files.plain_png().replace(b"IDAT", b"IDAt", 1), PNG),
        (b"%PDF-1.7", PDF),
        (files.pdf()[:400], PDF),
        (files.encrypted(), PDF),
        (b"%PDF-1.7\n" + b"[" * 100_000, PDF),
    ],
)
def test_what_cannot_be_read_is_refused_and_no_copy_made(data: bytes, kind: str) -> None:
    with pytest.raises(Unclean) as refused:
        clean_file(data, kind)
    assert [error.code for error in refused.value.errors] == ["unreadable"]


def test_pdf_with_too_many_pages_is_refused() -> None:
    writer = PdfWriter()
    for _n in range(MOST_PAGES + 1):
        writer.add_blank_page(10, 10)
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Unclean):
        clean_file(out.getvalue(), PDF)


def test_picture_of_jpeg_2000_keeps_its_boxes_of_pixels() -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", len(body) + 8, kind) + body

    pixel = struct.pack(">I4sQ", 1, b"jp2c", 16 + 4) + b"data"
    said = box(b"xml ", files.xmp()) + box(b"uuid", NAME.encode())
    assert clean_jp2(box(b"jP  ", b"x") + said + pixel) == box(b"jP  ", b"x") + pixel
    with pytest.raises(ValueError, match="breaks off"):
        clean_jp2(box(b"jP  ", b"x")[:-1])


def test_media_type_that_no_entry_has_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        clean_file(b"GIF89a", "image/gif")
