"""The office's worksheet of a sampling audit."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, PathParameter

from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.pages.frame import Typed
from app.kpi.freezing import audits
from app.kpi.freezing.audits import Look
from app.kpi.freezing.sampling import SIZE
from app.kpi.pages.freezing import YEARS, Year

AUDITS = "/office/kpi/audits"
HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
Record = Annotated[int, PathParameter(ge=1, le=SIZE)]
FINDINGS = {
    "right": (
        gettext_lazy("Right"),
        gettext_lazy("This person was there, lives outside Japan, and is counted here alone or as the first."),
    ),
    "double": (
        gettext_lazy("Counted again"),
        gettext_lazy("The same person is counted under another pseudonym that stands before this one in the alphabet."),
    ),
    "not_overseas": (gettext_lazy("Lives in Japan"), gettext_lazy("The declared residence is wrong.")),
    "not_there": (gettext_lazy("Was not there"), gettext_lazy("The evidence does not show this person's presence.")),
    "unclear": (
        gettext_lazy("Cannot be said"),
        gettext_lazy("Makes the interval wider: it is taken as right for the lower bound, as wrong for the upper."),
    ),
}


@post(f"{YEARS}/{{year:str}}/audit", **POSTED)
async def draw_sample(request: Request, year: Year) -> Response[bytes]:
    """Draw the sample of a frozen year."""
    made = await audits.begin(fiscal_year=year, operator=_actor(request), now=request.now)
    return done(f"{AUDITS}/{made}", "added")


@get(f"{AUDITS}/{{audit:uuid}}", **HTML)
async def show_worksheet(request: Request, audit: FromPath[UUID]) -> Response[str]:
    """Show a sample and how far it has come."""
    found = await audits.worksheet(audit)
    return page(request, "kpi/audit.html", sheet=found, findings=FINDINGS)


@get(f"{AUDITS}/{{audit:uuid}}/records/{{position:str}}", **HTML)
async def show_record(request: Request, audit: FromPath[UUID], position: Record) -> Response[str]:
    """Show one record with its evidence."""
    return await _record(request, audit, position, {})


async def _record(
    request: Request, audit: UUID, position: int, form: dict[str, Any], errors: list[FieldError] | None = None
) -> Response[str]:
    found = await audits.sheet(audit=audit, position=position, operator=_actor(request), now=request.now)
    stored = {"finding": found.item.finding, "note": found.item.note}
    return page(
        request,
        "kpi/audit_record.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        sheet=found,
        form=Typed(stored | form),
        errors=errors or [],
        findings=FINDINGS,
    )


@post(f"{AUDITS}/{{audit:uuid}}/records/{{position:str}}", **POSTED)
async def look_at_record(request: Request, audit: FromPath[UUID], position: Record) -> Response[Any]:
    """Write down a finding, and go on to the next record without one."""
    form = await read_form(request)
    form.pop("csrf", None)
    try:
        found = check(form, Look)
    except Invalid as error:
        return await _record(request, audit, position, form, error.errors)
    following = await audits.look(
        audit=audit, position=position, found=found, operator=_actor(request), now=request.now
    )
    return done(f"{AUDITS}/{audit}/records/{following}" if following else f"{AUDITS}/{audit}", "saved")


@post(f"{AUDITS}/{{audit:uuid}}/close", **POSTED)
async def close_audit(request: Request, audit: FromPath[UUID]) -> Response[bytes]:
    """Close an audit: from now on its result stands beside the number."""
    year = await audits.close(audit=audit, operator=_actor(request), now=request.now)
    return done(f"{YEARS}/{year}", "closed")


def _actor(request: Request) -> str:
    actor: str = request.scope["user"].actor
    return actor


HANDLERS: list[Any] = [draw_sample, show_worksheet, show_record, look_at_record, close_audit]
