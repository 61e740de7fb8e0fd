"""What the pages about partners have in common: where one is, the names of fields, forms that come back.

Officers and the partner itself see the same pages, under `/office/partners` and `/partner`; what a partner may not do
is not offered there, and has no route.
"""

from http import HTTPStatus
from typing import Any, Final

from litestar import Response

from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, language
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.errors import WrongState
from app.events.pages.frame import Form, Typed, who
from app.events.shown import Said, said
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.errors import AgreementNotValid, NoAddress, NothingReadYet
from app.exchange.publishing.spoken import spoken

HTML: Final[dict[str, Any]] = {"include_in_schema": False}
POSTED: Final[dict[str, Any]] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
SHOWN: Final[dict[str, Any]] = {"include_in_schema": False, "status_code": HTTPStatus.OK}
"""Of a POST that answers with a page: a secret that is shown once, a form that comes back."""
OFFICE: Final = "/office/partners"
OWN: Final = "/partner"
ONE: Final = f"{OFFICE}/{{partner:str}}"
OWN_ONE: Final = f"{OWN}/{{partner:str}}"
NO = (WrongState, AgreementNotValid, NothingReadYet, NoAddress)
"""Ways in which a button says no."""
LABELS = {
    "name": gettext_lazy("Name"),
    "slug": gettext_lazy("Address of the page"),
    "code": gettext_lazy("Municipal code"),
    "url": gettext_lazy("Web address"),
    "title": gettext_lazy("Title"),
    "valid_from": gettext_lazy("Valid from"),
    "valid_until": gettext_lazy("Valid until"),
    "notice_days": gettext_lazy("Notice, in days"),
    "notice_on": gettext_lazy("Notice was given on"),
    "licence": gettext_lazy("Licence"),
    "licence_words": gettext_lazy("Licence in other words"),
    "attribution": gettext_lazy("How they want to be named"),
    "scopes": gettext_lazy("Our events"),
    "reason": gettext_lazy("Reason"),
    "partner": gettext_lazy("Partner city"),
    "city": gettext_lazy("Name of a new partner city"),
    "kind": gettext_lazy("What it is"),
    "zone": gettext_lazy("Time zone"),
    "language": gettext_lazy("Language"),
    "file": gettext_lazy("File"),
    "label": gettext_lazy("Where it is used"),
}
"""Fields as the summary of what is wrong names them."""
DONE = {
    "live": gettext_lazy("It is live. What it brings is shown from now on."),
    "paused": gettext_lazy("Paused. What it has brought stays as it is."),
    "read": gettext_lazy("It was read. Here is the report."),
    "decided": gettext_lazy("Decided."),
    "noticed": gettext_lazy("The notice is written down."),
    "revoked": gettext_lazy("Revoked. Nothing is fetched or shown any more."),
}


def base(request: Request, partner: PartnerRef, *parts: object) -> str:
    """Return the address of a partner's page, or of something below it, for whoever asks."""
    root = OWN if who(request).role == "partner" else OFFICE
    return "/".join([root, partner.slug, *map(str, parts)])


def marked(words: str, told: str = "") -> Said:
    """Return what somebody wrote outside with its language; `told` is the one of its source, if that is known."""
    found = spoken(words, told)
    return Said(words, "" if found == language() else found)


def frame(request: Request, partner: PartnerRef, *below: tuple[str, str | Said]) -> dict[str, Any]:
    """Return what the frame of a partner's pages shows; `below` are (address, name) of pages under it."""
    is_office = who(request).role != "partner"
    first = (OFFICE, _("Partner cities")) if is_office else (OWN, _("Calendars"))
    name = said(partner.name, language())
    return {
        "partner": partner,
        "city": name,
        "marked": marked,
        "base": base(request, partner),
        "is_office": is_office,
        "crumbs": [first, (base(request, partner), name), *below],
        "tabs": [
            (base(request, partner), _("Overview")),
            (base(request, partner, "published"), _("What we publish to them") if is_office else _("What you get")),
        ],
        "done_words": DONE,
    }


def source_frame(request: Request, partner: PartnerRef, source: SourceRef, *below: tuple[str, str]) -> dict[str, Any]:
    """Return the same for the pages of a source."""
    address, name = base(request, partner, "sources", source.id), marked(source.name)
    values = {"source": source, "source_base": address, "calendar": name}
    return {**frame(request, partner, (address, name), *below), **values}


def form_page(request: Request, template: str, form: Form, **values: Any) -> Response[str]:
    """Show a form, with everything typed and everything wrong."""
    return page(
        request,
        f"exchange/agreeing/{template}.html",
        status=form.status,
        form=Typed(form.typed),
        seen=form.seen,
        errors=form.errors,
        labels={error.field: _label(error.field) for error in form.errors},
        outdated=form.status == HTTPStatus.CONFLICT,
        **values,
    )


def _label(field: str) -> str:
    first = field.partition(".")[0].partition("[")[0]
    return str(LABELS.get(first, first))
