"""The page on which officers correct what the ledger says of somebody."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.params import FromQuery

from app.attendance.identity import correcting
from app.attendance.identity.schemas import CorrectionIn, Side
from app.attendance.identity.words import KINDS, ROLES
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.people import residence

HOME = "/office/corrections"
UNKNOWN = "unknown"
"""What the form sends for a residence that is not known after all: an empty field would be none."""
WHAT = {
    "void": gettext_lazy("Take an entry back: it was no attendance of this person"),
    "split": gettext_lazy("Undo a merge: these are two people"),
    "merge": gettext_lazy("Merge: another record is the same person"),
    "residence": gettext_lazy("Correct where the person lives"),
    "role": gettext_lazy("Correct the role under which the person takes part"),
}
DONE = {"corrected": gettext_lazy("Appended to the ledger. The figure follows at once.")}


@get(HOME, include_in_schema=False)
async def show_corrections(request: Request, about: FromQuery[str] = "") -> Response[str]:
    """Look somebody up by pseudonym, or by the number of an entry, and offer what can be corrected."""
    if not about.strip():
        return _page(request, None)
    try:
        found = await _found(request, await _person(about.strip()))
    except NotFound:
        unknown = FieldError("about", "unknown", _("The ledger knows no such pseudonym, and has no such entry."))
        return _page(request, None, errors=[unknown], typed={"about": about[:80]})
    return _page(request, found)


async def _person(about: str) -> UUID | None:
    if about.isascii() and about.isdigit():
        return await correcting.person_at(int(about)) if len(about) < 19 else None  # bigint
    try:
        return UUID(about)
    except ValueError:
        return None


async def _found(request: Request, person: UUID | None) -> Side:
    if person is None:
        raise NotFound
    return await correcting.looked_up(person=person, actor=request.scope["user"].actor, now=request.now)


@post(HOME, include_in_schema=False, status_code=200)
async def correct(request: Request) -> Response[Any]:
    """Append a correction."""
    typed = await read_form(request)
    try:
        wanted = check(_untyped(typed), CorrectionIn)
        await correcting.correct(wanted=wanted, principal=request.scope["user"], now=request.now)
    except Invalid as error:
        found = await _found(request, await _person(str(typed.get("person", ""))))
        return _page(request, found, errors=error.errors, typed=typed)
    return done(f"{HOME}?about={wanted.person}", "corrected")


def _untyped(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the form without the fields of other corrections than the one chosen."""
    wanted = {
        "void": {"position"},
        "split": {"position"},
        "merge": {"other"},
        "residence": {"residence", "fiscal_year"},
        "role": {"role", "ticket", "fiscal_year"},
    }.get(str(typed.get("kind", "")), set())
    kept = {*wanted, "kind", "person", "reason", "evidence", "form", "csrf"}
    form = {name: value for name, value in typed.items() if name in kept}
    if form.get("residence") == UNKNOWN:
        form["residence"] = None
    elif "residence" in wanted and "residence" not in form:
        form["residence"] = ""
    return form


def _page(
    request: Request, found: Side | None, *, errors: list[FieldError] | None = None, typed: dict[str, Any] | None = None
) -> Response[str]:
    return page(
        request,
        "attendance/corrections.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        read_at=HOME,
        side=found,
        what=list(WHAT.items()),
        kinds=KINDS,
        roles=list(ROLES.items()),
        countries=[(UNKNOWN, _("Not known")), *residence.choices()],
        country=residence.country_name,
        errors=errors or [],
        typed={"about": "", "form": str(uuid4()), **(typed or {})},
        done_words=DONE,
    )


HANDLERS: list[Any] = [show_corrections, correct]
