"""Sheets of badges: sizes, colours, names of any script and length, codes that are there or not."""

from pathlib import Path

import msgspec
import pypdfium2
import pytest

from app.ticketing.documents.badges import COLOURS, FORMATS, Badge, badges_pdf
from tests.ticketing.documents.test_pdf import NOW, POINTS_PER_MM, squeezed, symbols, texts
from tests.ticketing.vector import CODE

PLAIN = Badge("Li Na", "delegate", "City delegate", CODE, "りな", "Green Bay Ltd")


def sheets(badges: list[Badge], fonts: Path, *, size: str = "card", language: str = "en") -> bytes:
    return badges_pdf(
        badges, size=size, convention="Yokohama Convention 2026", language=language, alt="QR", now=NOW, fonts=fonts
    )


@pytest.mark.parametrize("size", FORMATS)
def test_sheets_are_a4_and_hold_as_many_as_they_say(fonts: Path, size: str) -> None:
    found = FORMATS[size]
    document = sheets([PLAIN] * (found.on_a_sheet + 1), fonts, size=size)
    pages = pypdfium2.PdfDocument(document)
    assert [tuple(round(side / POINTS_PER_MM) for side in pages[i].get_size()) for i in range(len(pages))] == [
        (210, 297)
    ] * 2
    assert found.columns * found.width + (found.columns - 1) * found.gap <= 210
    assert found.rows * found.height + (found.rows - 1) * found.gap <= 297
    assert [symbol.text for symbol in symbols(document)] == [CODE] * (found.on_a_sheet + 1)


@pytest.mark.parametrize("size", FORMATS)
def test_everything_of_a_badge_is_on_it(fonts: Path, size: str) -> None:
    printed = texts(sheets([PLAIN], fonts, size=size))[0]
    words = [PLAIN.name, PLAIN.reading, PLAIN.organisation, PLAIN.title, "Yokohama Convention 2026"]
    assert [word for word in words if squeezed(word) not in printed] == []
    assert CODE[:20] not in printed


@pytest.mark.parametrize("size", FORMATS)
def test_longest_texts_leave_the_symbol_and_the_neighbours_alone(fonts: Path, size: str) -> None:
    long = "Wolfeschlegelsteinhausenbergerdorff " * 6
    crowded = Badge("x" * 200, "visitor", long, CODE, long, long)
    document = sheets([crowded, PLAIN, crowded, PLAIN], fonts, size=size)
    assert len(pypdfium2.PdfDocument(document)) == 1
    assert [symbol.text for symbol in symbols(document)] == [CODE] * 4
    assert squeezed(PLAIN.organisation) in texts(document)[0]


@pytest.mark.parametrize("last", ["Hohenlohe-Langenburg-Schillingsfürst", "x" * 60])
def test_long_name_breaks_between_words_and_behind_hyphens(fonts: Path, last: str) -> None:
    long = msgspec.structs.replace(PLAIN, name=f"Very Long Name von und zu {last}")
    printed = pypdfium2.PdfDocument(sheets([long], fonts))[0].get_textpage().get_text_range()
    assert "Very Long Name von und zu" in printed
    assert last.rpartition("-")[2] in printed.replace("\u200b", "").replace("\r\n", "")


def test_badge_without_a_code_has_no_symbol(fonts: Path) -> None:
    assert symbols(sheets([msgspec.structs.replace(PLAIN, code="")], fonts)) == []


@pytest.mark.parametrize("name", ['#panic("x")', "= *a* _b_ $c$", '"; #read("/etc/passwd")', "A\u202eB\x00C"])
def test_markup_in_a_name_prints_as_it_stands(fonts: Path, name: str) -> None:
    printed = texts(sheets([msgspec.structs.replace(PLAIN, name=name)], fonts))[0]
    assert squeezed(name.replace("\u202e", "").replace("\x00", "")) in printed


def test_colour_says_the_role_and_white_letters_can_be_read_on_it(fonts: Path) -> None:
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert [role for role, colour in COLOURS.items() if contrast_with_white(colour) < 4.5] == []
    for role in ("press", "student"):
        badge = msgspec.structs.replace(PLAIN, role=role)
        page = pypdfium2.PdfDocument(sheets([badge], fonts, size="a6"))[0].render(scale=1).to_pil().convert("RGB")
        assert "#{:02x}{:02x}{:02x}".format(*page.getpixel((280, 8))) == COLOURS[role]


def contrast_with_white(colour: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_unknown_role_and_empty_fields_are_no_obstacle(fonts: Path) -> None:
    assert "林" in texts(sheets([Badge("林", "new_role", "Guest", CODE)], fonts, language="ja"))[0]


def test_same_badges_give_the_same_bytes_and_none_are_refused(fonts: Path) -> None:
    assert sheets([PLAIN], fonts) == sheets([PLAIN], fonts)
    with pytest.raises(ValueError, match="badge"):
        sheets([], fonts)
