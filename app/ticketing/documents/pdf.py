"""The ticket as a document: one A4 page per ticket, set by typst from `ticket.typ`."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

import msgspec
import typst

from app.ticketing import qr

TEMPLATE = Path(__file__).with_name("ticket.typ")
STANDARD: Final = "ua-1"
"""PDF/UA-1: tagged, titled, in a stated language, every picture described, no missing glyph."""

HAN = {"ja": "Noto Sans JP", "zh-Hans": "Noto Sans SC", "ko": "Noto Sans KR"}
"""Family by language: one Han character has a different form in each."""
CHARSETS = {"ja": ("cp932", "euc_jis_2004"), "zh-Hans": ("gbk",), "ko": ("cp949",)}
"""National character sets: what lies in one of them can be set in that language's family without gaps."""
REGIONS = {"ja": "JP", "zh-Hans": "CN", "ko": "KR"}
FIRST_IDEOGRAPH = "\u2e80"
_DROPPED = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_SPACED = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
_CLEAN = _DROPPED | _SPACED

_compiling = Lock()
"""A compiler serves one caller at a time; a second thread would find it borrowed."""


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

    `dates` one line per day or span, with weekday; `position` such as "2 / 5" within a party; `help` short paragraphs.
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


def ticket_pdf(pages: list[TicketPage], *, fonts: Path, now: datetime) -> bytes:
    """Return the PDF of `pages` (at least one); the same pages, fonts and `now` give the same bytes.

    `fonts` is a directory with the TTF files of the Noto Sans families. A text in a script that none of them has is
    printed with boxes and costs the PDF/UA mark, but never the ticket. Raises `ValueError` for no page or a code
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
    try:
        return _compile(inputs, fonts=fonts, now=now, accessible=True)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA"):
            raise
        return _compile(inputs, fonts=fonts, now=now, accessible=False)


def _compile(inputs: dict[str, object], *, fonts: Path, now: datetime, accessible: bool) -> bytes:
    """Run the template over `inputs`, as JSON: typst sees strings, never source text."""
    with _compiling:
        document = _compiler(fonts).compile(
            format="pdf",
            sys_inputs={"data": msgspec.json.encode(inputs).decode()},
            pdf_standards=[STANDARD] if accessible else [],
            timestamp=int(now.timestamp()),
        )
    return cast("bytes", document)


@lru_cache(maxsize=4)
def _compiler(fonts: Path) -> typst.Compiler:
    """Return the compiler with the fonts loaded; only these and typst's own, so every machine sets the same page."""
    families = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[fonts])
    return typst.Compiler(input=TEMPLATE, root=TEMPLATE.parent, font_paths=families, ignore_system_fonts=True)


def _sheet(page: TicketPage) -> dict[str, object]:
    """Return a page as the template reads it."""
    sheet: dict[str, object] = _cleaned(msgspec.to_builtins(page))
    return sheet | {
        "lang": page.language.split("-")[0],
        "region": REGIONS.get(page.language),
        "fonts": font_order(page.language),
        "name_fonts": font_order(language_of_name(page.name + page.reading, page.language)),
        "organisation_fonts": font_order(language_of_name(page.organisation, page.language)),
        "qr": qr.svg(page.code, label=page.labels.qr).decode(),
    }


def _cleaned(value: Any) -> Any:
    """Return data with control characters as spaces and bidirectional overrides gone, in every string of it."""
    if isinstance(value, str):
        return value.translate(_CLEAN).strip()
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, (list, tuple)) else value


def font_order(language: str) -> list[object]:
    """Return the families a text of `language` is set in; the first that has a glyph gives it.

    Next to Han, Latin letters come from the Latin family but punctuation from the Han family ("latin-in-cjk").
    """
    own = HAN.get(language)
    latin: object = {"name": "Noto Sans", "covers": "latin-in-cjk"} if own else "Noto Sans"
    others = [family for family in HAN.values() if family != own]
    return [latin, *([own] if own else []), *others, "Noto Sans", "Noto Sans Thai", "Noto Sans Arabic"]


def language_of_name(name: str, language: str) -> str:
    """Return the language whose Han family sets all of `name`: the page's if it can, else ja, zh-Hans, ko in turn.

    Without this, 张伟 on a Japanese page would take one character from each of two families.
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
