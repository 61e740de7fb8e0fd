"""The certificate of a winner on paper: one A4 document, set by typst from `certificate.typ`."""

import datetime as dt
from pathlib import Path
from typing import Any, Final

import typst

from app.awards.releasing.certificates import Certificate
from app.core import qr
from app.core.i18n import day, in_zone, language, text, text_language
from app.core.i18n import gettext as _
from app.core.typeset import FONTS, cleaned, compiled, font_order, spoken

TEMPLATE: Final = Path(__file__).with_name("certificate.typ")
STANDARD: Final = "ua-1"


def pdf(one: Certificate, *, now: dt.datetime) -> bytes:
    """Return the certificate in the present language; `now` is when it is issued.

    A name in a script that no font has costs the PDF/UA mark, never the certificate.
    """
    data = cleaned(_sheet(one)) | {"qr": qr.svg(one.address, label=_("Address to check this certificate"))}
    options: dict[str, Any] = {"fonts": FONTS, "format": "pdf", "timestamp": int(now.timestamp())}
    try:
        return compiled(TEMPLATE, data, pdf_standards=[STANDARD], **options)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA"):
            raise
        return compiled(TEMPLATE, data, pdf_standards=[], **options)


def _sheet(one: Certificate) -> dict[str, Any]:
    award, line = one.round.award, one.line
    return {
        **spoken(language()),
        "title": _("Award certificate"),
        "award": _piece(award.title),
        "convention": text(award.convention_title),
        "place": _("Place %(n)s", n=line.place),
        "category": _piece(one.round.category_title),
        "entry": _piece(line.title),
        "by": _("entered by"),
        "members": [{"words": m.organisation, "fonts": font_order(language())} for m in line.members],
        "words": _piece(line.words),
        "issued": _("Released on %(day)s.", day=day(in_zone(one.released_at, award.zone).date())),
        "check": _("Anybody can check this certificate at this address:"),
        "address": one.address,
    }


def _piece(texts: dict[str, str]) -> dict[str, Any]:
    return {"words": text(texts), "fonts": font_order(text_language(texts))}
