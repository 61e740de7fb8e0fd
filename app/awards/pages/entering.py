"""Entering an award, for everybody: begin an entry, name somebody else, have lost links sent again."""

from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from app.awards.entering import begin
from app.awards.entering.begin import Beginning, Nomination, public_award
from app.awards.entering.entries import CategoryRef, categories
from app.awards.entering.errors import EntriesClosed
from app.awards.reach import AwardRef
from app.core.errors import FieldError, Invalid
from app.core.i18n import NAMES, gettext_lazy, text
from app.core.validation import Address, check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed
from app.people import residence

KINDS = {
    "company": gettext_lazy("Company"),
    "startup": gettext_lazy("Start-up"),
    "university": gettext_lazy("University or institute"),
    "city": gettext_lazy("City or public body"),
    "npo": gettext_lazy("Non-profit organisation"),
    "other": gettext_lazy("Other"),
}
LABELS = {
    "category": gettext_lazy("Category"),
    "organisation": gettext_lazy("Organisation"),
    "kind": gettext_lazy("Kind of organisation"),
    "country": gettext_lazy("Country or region"),
    "name": gettext_lazy("Full name"),
    "email": gettext_lazy("E-mail"),
    "language": gettext_lazy("Language of the mails"),
    "title": gettext_lazy("Title"),
    "why": gettext_lazy("Why they deserve it"),
    "by": gettext_lazy("Your name"),
    "by_email": gettext_lazy("Your e-mail"),
}
DONE = {
    "sent": gettext_lazy("We have sent a mail with the link to the entry. Please look into your mailbox."),
    "nominated": gettext_lazy("Thank you. We have written to them and asked whether they agree."),
    "again": gettext_lazy("If there are entries for this address, their links are on the way by mail."),
}
HTML: dict[str, Any] = {"include_in_schema": False}


class Again(Struct, frozen=True):
    """Whoever has lost the links to his entries."""

    email: Address


@get("/{convention:str}/awards/{award:str}/enter", **HTML)
async def show_enter(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[str]:
    """Let people begin an entry, where a category takes some; `?category=` chooses one by its id or slug."""
    found = await public_award(convention, award)
    wished = request.query_params.get("category", "")
    groups = [one.slug for one in await categories(found.id) if wished in {one.slug, str(one.id)}]
    chosen = {"category": groups[0]} if groups else {}
    return await _shown(request, found, "enter", {"language": request.language, **chosen})


@post("/{convention:str}/awards/{award:str}/enter", include_in_schema=False, status_code=200)
async def enter(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[Any]:
    """Begin an entry, or send the links again; the mail is the proof of the address, so nothing is shown here."""
    found = await public_award(convention, award)
    form = await read_form(request)
    form.pop("csrf", None)
    if form.pop("action", "") == "again":
        return await _again(request, found, form)
    try:
        wish = check(form, Beginning)
        await begin.begin(award=found, wish=wish, now=request.now)
    except (Invalid, EntriesClosed) as error:
        return await _shown(request, found, "enter", form, error)
    return done(_address(found, "enter"), "sent")


async def _again(request: Request, found: AwardRef, form: dict[str, Any]) -> Response[Any]:
    try:
        wish = check({"email": form.get("email", "")}, Again)
    except Invalid as error:
        again = [FieldError("again", one.code, one.detail) for one in error.errors]
        return await _shown(request, found, "enter", {"again": form.get("email", "")}, Invalid(again))
    await begin.send_links(award=found, email=wish.email, now=request.now)
    return done(_address(found, "enter"), "again")


@get("/{convention:str}/awards/{award:str}/nominate", **HTML)
async def show_nominate(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[str]:
    """Let people name somebody else."""
    return await _shown(request, await public_award(convention, award), "nominate", {"language": request.language})


@post("/{convention:str}/awards/{award:str}/nominate", include_in_schema=False, status_code=200)
async def nominate(request: Request, convention: FromPath[str], award: FromPath[str]) -> Response[Any]:
    """Name somebody, who is asked by mail."""
    found = await public_award(convention, award)
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        await begin.nominate(award=found, wish=check(form, Nomination), now=request.now)
    except (Invalid, EntriesClosed) as error:
        return await _shown(request, found, "nominate", form, error)
    return done(_address(found, "nominate"), "nominated")


def _address(found: AwardRef, page_name: str) -> str:
    return f"/{quote(found.convention_slug)}/awards/{quote(found.slug)}/{page_name}"


async def _shown(
    request: Request,
    found: AwardRef,
    template: str,
    form: dict[str, Any],
    error: Invalid | EntriesClosed | None = None,
) -> Response[str]:
    groups = await categories(found.id)
    return page(
        request,
        f"awards/entering/{template}.html",
        status=error.status if error else 200,
        headers=UNKEPT,
        award=found,
        form=Typed(form),
        errors=error.errors if isinstance(error, Invalid) else [],
        refusal=error.detail if isinstance(error, EntriesClosed) else "",
        labels=LABELS,
        groups=[(group, group.phase(request.now)) for group in groups],
        category_options=category_options(groups, request),
        done_words=DONE,
        back=f"/{found.convention_slug}/awards/{found.slug}",
        **choices(),
    )


def category_options(groups: list[CategoryRef], request: Request) -> list[tuple[str, str, str]]:
    """Return the categories that take entries now, as a radio field offers them."""
    return [(one.slug, text(one.title), text(one.description)) for one in groups if one.accepts(request.now)]


def choices() -> dict[str, Any]:
    """Return what fields of a member offer."""
    return {
        "kinds": list(KINDS.items()),
        "countries": residence.choices(),
        "languages": list(NAMES.items()),
    }


HANDLERS: list[Any] = [show_enter, enter, show_nominate, nominate]
