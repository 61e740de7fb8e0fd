"""Pages on which officers look at people who may be one, and decide."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from app.attendance.identity import queries, review
from app.attendance.identity.schemas import DecisionIn, State, UndoIn
from app.attendance.identity.words import DOUBTS, KINDS, REASONS
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext_lazy
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.people.residence import country_name

HOME = "/office/doubles"
SHOWN = 50
STATES: dict[State, Any] = {
    "open": gettext_lazy("To be decided"),
    "decided": gettext_lazy("Decided by officers"),
    "automatic": gettext_lazy("Merged by the rules"),
}
DECISIONS = {
    "same": gettext_lazy("One and the same person"),
    "different": gettext_lazy("Two different people"),
}
DONE = {
    "decided": gettext_lazy("Decided. The figure follows at once."),
    "undone": gettext_lazy("Taken back. The pair waits again."),
}


@get(HOME, include_in_schema=False)
async def show_doubles(
    request: Request, shown: FromQuery[State] = "open", cursor: FromQuery[str | None] = None
) -> Response[str]:
    """Show pairs in a state, the oldest first, without names."""
    found = await queries.doubles(state=shown, cursor=cursor, limit=SHOWN, now=request.now)
    later = f"{HOME}?{urlencode({'shown': shown, 'cursor': found.next})}" if found.next else ""
    return page(
        request,
        "attendance/doubles.html",
        headers=UNKEPT,
        doubles=found.doubles,
        later=later,
        shown=shown,
        states=STATES,
        decisions=DECISIONS,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"reasons": REASONS, "doubts": DOUBTS, "kinds": KINDS, "country": country_name, "done_words": DONE}


@get(f"{HOME}/{{double:uuid}}", include_in_schema=False)
async def show_double(request: Request, double: FromPath[UUID]) -> Response[str]:
    """Show the two of a pair side by side."""
    return await _one(request, double)


@post(f"{HOME}/{{double:uuid}}", include_in_schema=False, status_code=200)
async def decide_double(request: Request, double: FromPath[UUID]) -> Response[Any]:
    """Decide about them, and go on with the list."""
    typed = await read_form(request)
    try:
        wanted = check(typed, DecisionIn)
    except Invalid as error:
        return await _one(request, double, errors=error.errors, typed=typed)
    await review.decide(double=double, wanted=wanted, actor=request.scope["user"].actor, now=request.now)
    return done(HOME, "decided")


@post(f"{HOME}/{{double:uuid}}/undo", include_in_schema=False, status_code=200)
async def undo_double(request: Request, double: FromPath[UUID]) -> Response[Any]:
    """Take a decision back."""
    typed = await read_form(request)
    try:
        wanted = check(typed, UndoIn)
    except Invalid as error:
        return await _one(request, double, errors=error.errors, typed=typed)
    await review.undo(double=double, reason=wanted.reason, actor=request.scope["user"].actor, now=request.now)
    return done(f"{HOME}/{double}", "undone")


async def _one(
    request: Request, double: UUID, *, errors: list[FieldError] | None = None, typed: dict[str, Any] | None = None
) -> Response[str]:
    found = await review.opened(double=double, actor=request.scope["user"].actor, now=request.now)
    return page(
        request,
        "attendance/double.html",
        status=422 if errors else 200,
        headers=UNKEPT,
        read_at=f"{HOME}/{double}",
        double=found.double,
        sides=found.sides,
        decisions=list(DECISIONS.items()),
        decision_words=DECISIONS,
        errors=errors or [],
        typed={"decision": "", "reason": "", **(typed or {})},
        **_words(),
    )


HANDLERS: list[Any] = [show_doubles, show_double, decide_double, undo_double]
