"""The certificate of attendance on paper: one A4 document, set by typst from `certificate.typ`."""

import datetime as dt
from pathlib import Path
from typing import Any, Final

import typst

from app.attendance.online.certificate import Certificate, Day, Followed
from app.core import qr
from app.core.i18n import clock, day, in_zone, language, ngettext, text, text_language
from app.core.i18n import gettext as _
from app.core.typeset import FONTS, cleaned, compiled, font_order, spoken
from app.ticketing.documents.pdf import language_of_name

TEMPLATE: Final = Path(__file__).with_name("certificate.typ")
STANDARD: Final = "ua-1"


def pdf(one: Certificate, *, now: dt.datetime) -> bytes:
    """Return the certificate in the present language; `now` is when it is issued.

    A name in a script that no font has costs the PDF/UA mark, never the certificate.
    """
    data = cleaned(_sheet(one, now)) | {"qr": qr.svg(one.address, label=_("Address to check this certificate"))}
    options: dict[str, Any] = {"fonts": FONTS, "format": "pdf", "timestamp": int(now.timestamp())}
    try:
        return compiled(TEMPLATE, data, pdf_standards=[STANDARD], **options)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA"):
            raise
        return compiled(TEMPLATE, data, pdf_standards=[], **options)


def _sheet(one: Certificate, now: dt.datetime) -> dict[str, Any]:
    return {
        **spoken(language()),
        "title": _("Certificate of attendance"),
        "convention": text(one.convention),
        "certifies": _("This is to certify that"),
        "name": one.name,
        "name_fonts": font_order(language_of_name(one.name, language())),
        "organisation": one.organisation,
        "organisation_fonts": font_order(language_of_name(one.organisation, language())),
        "part": _("took part in %(convention)s as follows.", convention=text(one.convention)),
        "parts": [part for part in (_on_site(one), _online(one)) if part["rows"]],
        "measured": _(
            "Only what was measured is listed: admissions at the gates, and whole minutes in online sessions."
        ),
        "issued": _("Issued on %(day)s.", day=day(in_zone(now, one.zone).date())),
        "check": _("Anybody can check this certificate at this address:"),
        "address": one.address,
    }


def _on_site(one: Certificate) -> dict[str, Any]:
    columns = [_("Day"), _("Event")]
    return {"title": _("On site"), "columns": columns, "rows": [_day(d) for d in one.days], "sum": ""}


def _online(one: Certificate) -> dict[str, Any]:
    return {
        "title": _("Online"),
        "columns": [_("Day"), _("Session"), _("Minutes")],
        "rows": [_followed(s, one.zone) for s in one.sessions],
        "sum": ngettext("%(n)s minute in all", "%(n)s minutes in all", one.minutes),
    }


def _day(one: Day) -> list[dict[str, Any]]:
    return [_cell(day(one.day)), _titled(one.event)]


def _followed(one: Followed, zone: str) -> list[dict[str, Any]]:
    when = f"{day(in_zone(one.starts_at, zone).date(), short=True)} {clock(one.starts_at, zone)}"
    return [_cell(when), _titled(one.title, below=one.event), _cell(str(one.minutes))]


def _cell(words: str) -> dict[str, Any]:
    return {"words": words, "below": "", "fonts": font_order(language())}


def _titled(title: dict[str, str], below: dict[str, str] | None = None) -> dict[str, Any]:
    said = text(below) if below and below != title else ""
    return {"words": text(title), "below": said, "fonts": font_order(text_language(title))}
