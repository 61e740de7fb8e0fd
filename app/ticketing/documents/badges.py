"""Badges to wear: sheets of A4 with crop marks, set by typst from `badges.typ`."""

import datetime as dt
from pathlib import Path
from typing import Final

import msgspec

from app.core.typeset import FONTS, REGIONS, cleaned, compiled, font_order, spoken
from app.ticketing.documents import qr
from app.ticketing.documents.pdf import language_of_name

TEMPLATE = Path(__file__).with_name("badges.typ")


class Format(msgspec.Struct, frozen=True):
    """A size of badge and how it lies on a sheet of A4, upright; all lengths in mm."""

    width: int
    height: int
    columns: int
    rows: int
    gap: int = 0

    @property
    def on_a_sheet(self) -> int:
        """How many badges a sheet has."""
        return self.columns * self.rows


FORMATS: Final = {
    "card": Format(86, 54, columns=2, rows=5),
    "business": Format(91, 55, columns=2, rows=5),
    "a7": Format(105, 74, columns=2, rows=4),
    "a6": Format(105, 148, columns=2, rows=2),
}
"""Sizes that holders and perforated sheets are sold in: bank card (ID-1), Japanese business card, A7, A6."""

COLOURS: Final = {
    "delegate": "#123c8c",
    "visitor": "#00796b",
    "speaker": "#8e24aa",
    "award_entrant": "#9a5b00",
    "city_delegation": "#37474f",
    "student": "#2e7d32",
    "exhibitor": "#a83f00",
    "press": "#b3261e",
    "staff": "#1a1a1c",
}
"""Ground of the band by role of the ticket type: white letters on each have a contrast of 4.5 : 1 or more."""


class Badge(msgspec.Struct, frozen=True):
    """One badge. `role` chooses the colour of the band, `title` stands in it; `code` is drawn, or nothing if empty."""

    name: str
    role: str
    title: str
    code: str
    reading: str = ""
    organisation: str = ""


def badges_pdf(
    badges: list[Badge], *, size: str, convention: str, language: str, alt: str, now: dt.datetime, fonts: Path = FONTS
) -> bytes:
    """Return the sheets; the same arguments give the same bytes.

    `size` is a key of `FORMATS`, `alt` describes the symbol to a screen reader. Raises `ValueError` for no badge.
    """
    if not badges:
        raise ValueError("A sheet needs a badge.")
    inputs = {
        "format": msgspec.to_builtins(FORMATS[size]),
        **spoken(language),
        "name_fonts": {tag: font_order(tag) for tag in {language, *REGIONS}},
        "convention": convention,
        "alt": alt,
        "colours": COLOURS,
        "badges": [_drawn(badge, language) for badge in badges],
    }
    return compiled(TEMPLATE, cleaned(inputs), fonts=fonts, lean=True, format="pdf", timestamp=int(now.timestamp()))


def _drawn(badge: Badge, language: str) -> dict[str, object]:
    """Return a badge as the template reads it."""
    return {
        "name": badge.name,
        "reading": badge.reading,
        "organisation": badge.organisation,
        "role": badge.role,
        "title": badge.title,
        "name_language": language_of_name(badge.name + badge.reading, language),
        "organisation_language": language_of_name(badge.organisation, language),
        "qr": qr.svg(badge.code, label="").decode() if badge.code else "",
    }
