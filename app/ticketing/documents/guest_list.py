"""The list for a door when the network is down: names to tick on A4, set by typst from `guest_list.typ`."""

import datetime as dt
from pathlib import Path

import msgspec

from app.core.typeset import FONTS, REGIONS, cleaned, compiled, font_order, spoken
from app.ticketing.documents.pdf import language_of_name

TEMPLATE = Path(__file__).with_name("guest_list.typ")


class Line(msgspec.Struct, frozen=True):
    """A guest as the list names them; `remark` is what keeps the door shut, such as "Not paid yet"."""

    name: str
    ticket_type: str
    number: str
    reading: str = ""
    organisation: str = ""
    remark: str = ""


class Heading(msgspec.Struct, frozen=True):
    """What stands above every page. `facts` one line each, such as day and gate; `printed` says when this was true."""

    title: str
    printed: str
    count: str
    facts: tuple[str, ...] = ()


class Columns(msgspec.Struct, frozen=True):
    """Names of the columns; `box` tells a screen reader what the first one is for."""

    box: str
    name: str
    organisation: str
    ticket_type: str
    number: str


def list_pdf(
    lines: list[Line], *, heading: Heading, columns: Columns, language: str, now: dt.datetime, fonts: Path = FONTS
) -> bytes:
    """Return the list in the order given; with no line it says so by its count. The same arguments, the same bytes."""
    inputs = {
        **spoken(language),
        "name_fonts": {tag: font_order(tag) for tag in {language, *REGIONS}},
        "heading": msgspec.to_builtins(heading),
        "columns": msgspec.to_builtins(columns),
        "lines": [
            {
                **msgspec.to_builtins(line),
                "name_language": language_of_name(line.name + line.reading, language),
                "organisation_language": language_of_name(line.organisation, language),
            }
            for line in lines
        ],
    }
    return compiled(TEMPLATE, cleaned(inputs), fonts=fonts, lean=True, format="pdf", timestamp=int(now.timestamp()))
