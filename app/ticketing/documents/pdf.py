"""The ticket as a document: one A4 page per ticket, set by typst from `ticket.typ`."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import typst

from app.core.typeset import cleaned, compiled, font_order, spoken
from app.ticketing.documents import qr

TEMPLATE = Path(__file__).with_name("ticket.typ")
STANDARD: Final = "ua-1"
"""PDF/UA-1: tagged, titled, in a stated language, every picture described, no missing glyph."""

CHARSETS = {"ja": ("cp932", "euc_jis_2004"), "zh-Hant": ("big5",), "zh-Hans": ("gbk",), "ko": ("cp949",)}
"""National character sets: what lies in one of them can be set in that language's family without gaps."""
FIRST_IDEOGRAPH = "\u2e80"


class EventLine(msgspec.Struct, frozen=True):
    """A covered event in the holder's language: its title, its days and hours, its venue."""

    title: str
    when: str = ""
    where: str = ""


class Labels(msgspec.Struct, frozen=True):
    """Interface words in the holder's language; `qr` describes the symbol to a screen reader."""

    holder: str
    ticket_type: str
    dates: str
    validity: str
    events: str
    help: str
    serial: str
    qr: str


class TicketPage(msgspec.Struct, frozen=True):
    """One page. Every word is ready to print in `language` (BCP 47); `code` is drawn, never printed as text.

    `dates` one line per day or span, with weekday; `position` such as "2 / 5" within a party; `help` short paragraphs;
    `facts` what is said below the ticket type in small letters, such as its price. `state` says why it opens nothing;
    without a `code` it stands across the page.
    """

    language: str
    convention: str
    name: str
    ticket_type: str
    dates: tuple[str, ...]
    validity: str
    code: str
    serial: str
    labels: Labels
    reading: str = ""
    organisation: str = ""
    events: tuple[EventLine, ...] = ()
    help: tuple[str, ...] = ()
    footer: str = ""
    position: str = ""
    facts: tuple[str, ...] = ()
    state: str = ""


def ticket_pdf(pages: list[TicketPage], *, fonts: Path, now: datetime) -> bytes:
    """Return the PDF of `pages` (at least one); the same pages, fonts and `now` give the same bytes.

    `fonts` is a directory with the TTF files of the Noto Sans families. A text in a script that none of them has is
    printed with boxes and costs the PDF/UA mark, but never the ticket. Raises `ValueError` for no page, or a code
    that is none.
    """
    if not pages:
        raise ValueError("A document needs a page.")
    sheets = [_sheet(page) for page in pages]
    first = sheets[0]
    inputs = {
        "title": f"{first['convention']} – {first['ticket_type']}",
        "author": first["convention"],
        "pages": sheets,
    }
    options: dict[str, Any] = {"fonts": fonts, "format": "pdf", "timestamp": int(now.timestamp())}
    try:
        return compiled(TEMPLATE, inputs, pdf_standards=[STANDARD], **options)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA"):
            raise
        return compiled(TEMPLATE, inputs, pdf_standards=[], **options)


def _sheet(page: TicketPage) -> dict[str, object]:
    """Return a page as the template reads it."""
    sheet: dict[str, object] = cleaned(msgspec.to_builtins(page))
    return sheet | {
        **spoken(page.language),
        "name_fonts": font_order(language_of_name(page.name + page.reading, page.language)),
        "organisation_fonts": font_order(language_of_name(page.organisation, page.language)),
        "qr": qr.svg(page.code, label=page.labels.qr).decode() if page.code else "",
    }


def language_of_name(name: str, language: str) -> str:
    """Return the language whose Han family sets all of `name`: the page's if it can, else that of `CHARSETS` in turn.

    Without this, 张伟 on a Japanese page would take one character from each of two families. Taiwan's comes before the
    mainland's, whose character set has nearly all of it as well.
    """
    han = "".join(c for c in name if c >= FIRST_IDEOGRAPH)
    candidates = dict.fromkeys([language, *CHARSETS]) if han else [language]
    fitting = (tag for tag in candidates if any(_encodes(han, charset) for charset in CHARSETS.get(tag, ())))
    return next(fitting, language)


def _encodes(text: str, charset: str) -> bool:
    """Whether a national character set has every character."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
