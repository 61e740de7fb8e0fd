"""The JSON API of conflicts: the secretary's list and decisions, the judge's declaration."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from app.awards import reach
from app.awards.conflicts import deciding, declaring, detecting, queries
from app.awards.conflicts.schemas import (
    AdditionIn,
    Asked,
    ConflictDecisionIn,
    ConflictOut,
    Conflicts,
    DeclarationIn,
    Declared,
    Opened,
    SteppingBack,
)
from app.awards.reach import RoundRef
from app.awards.setting.rounds import round_in
from app.core.web.pages import UNKEPT
from app.core.web.request import Request

CONFLICTS = "/api/v1/awards/{award:str}/rounds/{round_id:uuid}/conflicts"
DECLARATIONS = "/api/v1/awards/{award:str}/declarations"


async def _round(request: Request, award: str, round_id: UUID) -> RoundRef:
    return await round_in(award=await reach.award(award, request.scope["user"]), round_id=round_id)


@get(CONFLICTS, tags=["awards"])
async def list_conflicts(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[Conflicts]:
    """List the conflicts of a round, what waits first, without the names behind them."""
    found = await _round(request, award, round_id)
    return Response(await queries.conflicts(found), headers=UNKEPT)


@post(CONFLICTS, tags=["awards"], status_code=201)
async def add_conflict(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], data: JSONBody[AdditionIn]
) -> Response[ConflictOut]:
    """Write down a tie; the judge is recused at once, for ever."""
    found = await _round(request, award, round_id)
    made = await deciding.add(found=found, wish=data, principal=request.scope["user"], now=request.now)
    return Response(await queries.conflict(found, made), headers=UNKEPT)


@post(f"{CONFLICTS}:detect", tags=["awards"], status_code=202)
async def detect_conflicts(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> None:
    """Have the names of all judges and parties compared anew; what is found appears in the list soon after."""
    found = await _round(request, award, round_id)
    await detecting.look_again(award=found.award.id, now=request.now)


@get(f"{CONFLICTS}/{{conflict:uuid}}", tags=["awards"])
async def open_conflict(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], conflict: FromPath[UUID]
) -> Response[Opened]:
    """Show a conflict with the names behind it; the audit log keeps that they were read."""
    found, who = await _round(request, award, round_id), request.scope["user"]
    opened = await deciding.opened(found=found, conflict=conflict, principal=who, now=request.now)
    return Response(opened, headers=UNKEPT)


@post(f"{CONFLICTS}/{{conflict:uuid}}/decision", tags=["awards"], status_code=200)
async def decide_conflict(
    request: Request,
    award: FromPath[str],
    round_id: FromPath[UUID],
    conflict: FromPath[UUID],
    data: JSONBody[ConflictDecisionIn],
) -> Response[ConflictOut]:
    """Decide about a conflict, once: a confirmed one recuses the judge for ever."""
    found, who = await _round(request, award, round_id), request.scope["user"]
    await deciding.decide(found=found, conflict=conflict, wish=data, principal=who, now=request.now)
    return Response(await queries.conflict(found, conflict), headers=UNKEPT)


@get(DECLARATIONS, tags=["awards"])
async def show_declaration(request: Request, award: FromPath[str]) -> Response[Asked]:
    """Show a judge those to whom it may have a tie: by entry, or as one list of parties while judging is blind."""
    _found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    return Response(await declaring.asked(judge=judge, now=request.now), headers=UNKEPT)


@post(DECLARATIONS, tags=["awards"], status_code=201)
async def declare(request: Request, award: FromPath[str], data: JSONBody[DeclarationIn]) -> Response[Declared]:
    """Take a judge's declaration for the whole list that it was shown."""
    _found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    number = await declaring.declare(judge=judge, wish=data, principal=request.scope["user"], now=request.now)
    return Response(Declared(number), headers=UNKEPT)


@post(f"{DECLARATIONS}/{{entry:uuid}}", tags=["awards"], status_code=204)
async def step_back(
    request: Request, award: FromPath[str], entry: FromPath[UUID], data: JSONBody[SteppingBack]
) -> None:
    """Take a tie that a judge sees only now; the entry is closed to it until the secretary has decided."""
    _found, judge = await declaring.at_desk(award=award, principal=request.scope["user"])
    await declaring.step_back(judge=judge, entry=entry, wish=data, principal=request.scope["user"], now=request.now)


HANDLERS: list[Any] = [
    list_conflicts,
    add_conflict,
    detect_conflicts,
    open_conflict,
    decide_conflict,
    show_declaration,
    declare,
    step_back,
]
