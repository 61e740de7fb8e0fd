"""The list for a door: every page headed, every guest on it, nothing covered."""

from pathlib import Path

import pypdfium2

from app.ticketing.documents.guest_list import Columns, Heading, Line, list_pdf
from tests.ticketing.documents.test_pdf import NOW, POINTS_PER_MM, right_edges, squeezed, texts

HEADING = Heading("YOXO FESTIVAL", "Printed: Saturday, 21 November 2026, 10:00", "90 guests", ("Day one", "North Gate"))
COLUMNS = Columns("Inside", "Name", "Organisation", "Ticket type", "Ticket number")
PLAIN = Line("李娜", "Delegate", "0123-4567", "Li Na", "Green Bay Ltd", "Not paid yet")


def made(lines: list[Line], fonts: Path, language: str = "en") -> bytes:
    return list_pdf(lines, heading=HEADING, columns=COLUMNS, language=language, now=NOW, fonts=fonts)


def test_everything_of_a_guest_is_on_the_list(fonts: Path) -> None:
    printed = texts(made([PLAIN], fonts))[0]
    words = [PLAIN.name, PLAIN.reading, PLAIN.organisation, PLAIN.ticket_type, PLAIN.number, PLAIN.remark]
    assert [word for word in words if squeezed(word) not in printed] == []


def test_every_page_is_headed_and_numbered(fonts: Path) -> None:
    pages = texts(made([Line(f"Guest {n:02}.", "Visitor", "0123-4567") for n in range(90)], fonts))
    assert len(pages) > 2
    for number, printed in enumerate(pages, start=1):
        heads = (HEADING.title, HEADING.printed, HEADING.count, *HEADING.facts, COLUMNS.name, f"{number}/{len(pages)}")
        assert [words for words in heads if squeezed(words) not in printed] == []
    assert [f"Guest{n:02}." for n in range(90) if f"Guest{n:02}." not in "".join(pages)] == []


def test_longest_words_stay_in_their_column(fonts: Path) -> None:
    document = made([Line("x" * 200, "y" * 100, "0123-4567", "z" * 200, "w" * 200)], fonts)
    ends = {letter: max(right_edges(document, letter)) for letter in "xw"}
    assert ends["x"] < ends["w"] < 150
    assert {tuple(round(s / POINTS_PER_MM) for s in p.get_size()) for p in pypdfium2.PdfDocument(document)} == {
        (210, 297)
    }


def test_names_break_between_words_and_behind_hyphens(fonts: Path) -> None:
    long = "Very Long Name von und zu Hohenlohe-Langenburg-Schillingsfürst"
    printed = pypdfium2.PdfDocument(made([Line(long, "Visitor", "0123-4567")], fonts))[0].get_textpage()
    lines = [line.strip(" -\u200b\ufffe") for line in printed.get_text_range().replace("\ufffe", "\n").splitlines()]
    assert "Very Long Name von und zu" in lines
    assert "Schillingsfürst" in lines


def test_markup_prints_as_it_stands_and_the_same_list_gives_the_same_bytes(fonts: Path) -> None:
    odd = Line('#panic("x") [a]', "*b*", "0123-4567")
    assert '#panic("x")[a]' in texts(made([odd], fonts, "ja"))[0]
    assert made([PLAIN], fonts) == made([PLAIN], fonts)
