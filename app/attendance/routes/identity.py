"""The JSON API of doubles and corrections, for officers."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.attendance.identity import correcting, queries, review
from app.attendance.identity.schemas import (
    Appended,
    CorrectionIn,
    DecisionIn,
    DoubleOut,
    Doubles,
    Opened,
    State,
    UndoIn,
)
from app.core.web.pages import UNKEPT
from app.core.web.request import Request

DOUBLES = "/api/v1/attendance/doubles"
LONGEST_PAGE = 200


@get(DOUBLES, tags=["identity"])
async def list_doubles(
    request: Request,
    shown: FromQuery[State] = "open",
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LONGEST_PAGE)] = 50,
) -> Response[Doubles]:
    """List pairs of pseudonyms that may be one person, those that wait longest first; names are not among them."""
    found = await queries.doubles(state=shown, cursor=cursor, limit=limit, now=request.now)
    more = f'<{DOUBLES}?shown={shown}&limit={limit}&cursor={found.next}>; rel="next"'
    return Response(found, headers={**UNKEPT, **({"link": more} if found.next else {})})


@get(f"{DOUBLES}/{{double:uuid}}", tags=["identity"])
async def open_double(request: Request, double: FromPath[UUID]) -> Response[Opened]:
    """Show the two of a pair side by side, with names and evidence; the audit log keeps that they were read."""
    found = await review.opened(double=double, actor=request.scope["user"].actor, now=request.now)
    return Response(found, headers=UNKEPT)


@post(f"{DOUBLES}/{{double:uuid}}/decision", tags=["identity"], status_code=200)
async def decide_double(request: Request, double: FromPath[UUID], data: JSONBody[DecisionIn]) -> Response[DoubleOut]:
    """Decide whether the two are one person: "same" is a merge in the ledger, "different" holds against every rule."""
    await review.decide(double=double, wanted=data, actor=request.scope["user"].actor, now=request.now)
    return await _double(request, double)


@post(f"{DOUBLES}/{{double:uuid}}/undo", tags=["identity"], status_code=200)
async def undo_double(request: Request, double: FromPath[UUID], data: JSONBody[UndoIn]) -> Response[DoubleOut]:
    """Take a decision back, a rule's as well; a merge is split in the ledger."""
    await review.undo(double=double, reason=data.reason, actor=request.scope["user"].actor, now=request.now)
    return await _double(request, double)


async def _double(request: Request, double: UUID) -> Response[DoubleOut]:
    return Response(await queries.double_of(double, now=request.now), headers=UNKEPT)


@post("/api/v1/attendance/corrections", tags=["identity"], status_code=201)
async def correct_ledger(request: Request, data: JSONBody[CorrectionIn]) -> Appended:
    """Append a correction to the ledger: a void, a merge, a split, a residence or a role."""
    return Appended(await correcting.correct(wanted=data, principal=request.scope["user"], now=request.now))


HANDLERS: list[Any] = [list_doubles, open_double, decide_double, undo_double, correct_ledger]
