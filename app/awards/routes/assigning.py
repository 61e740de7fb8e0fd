"""The JSON API of who judges what: read it, have it worked out, take the proposal, change it by hand."""

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from app.awards.assigning import changes, solving, view
from app.awards.assigning.asked import Keep
from app.awards.assigning.changes import PanelWish
from app.awards.assigning.ground import Ground, ground, reached
from app.awards.assigning.solving import State
from app.awards.assignment import Certificate
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.events.addresses import full

ASSIGNMENTS = "/api/v1/awards/{award:str}/rounds/{round_id:uuid}/assignments"

MOST_PANELS = 200
Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="How many entries, 1 to 1000.")]
Cursor = Annotated[int, QueryParameter(ge=0, le=1_000_000, description="The number of the entry before the page.")]


class SeatOut(Struct, frozen=True):
    """A judge of an entry; `source` solved | manual | file, `begun` when something is saved about the entry."""

    judge: UUID
    pseudonym: str
    source: str
    begun: bool
    submitted: bool


class PanelOut(Struct, frozen=True):
    """An entry with the judges it has."""

    entry: UUID
    number: int
    judges: list[SeatOut]


class AssignmentsOut(Struct, frozen=True):
    """Who judges what in a round; `broken` says in words which rules of the round do not hold."""

    round: UUID
    each: int
    loads: tuple[int, int]
    broken: list[str]
    panels: list[PanelOut]


class SolveIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stays: what judges have begun, or all that stands. `leaving` is a judge whom others shall replace."""

    keep: Keep = "begun"
    leaving: UUID | None = None


class ProposedOut(Struct, frozen=True):
    """The judges that a proposal gives an entry."""

    entry: UUID
    judges: list[UUID]


class RunOut(Struct, frozen=True, kw_only=True):
    """A run of the optimisation: asked, solved, impossible, late, taken or discarded, with what came out.

    `words` are the certificate, or why the wishes clash and what would help.
    """

    id: UUID
    state: State
    asked_at: dt.datetime
    solved_at: dt.datetime | None
    taken_at: dt.datetime | None
    optimal: bool | None
    gap: float | None
    certificate: Certificate | None
    words: list[str]
    panels: list[ProposedOut]


class ChangedOut(Struct, frozen=True):
    """How many judges an entry got and lost."""

    added: int
    removed: int


async def _known(request: Request, award: str, round_id: UUID) -> Ground:
    return await ground(await reached(award=award, round_id=round_id, principal=request.scope["user"]))


@get(ASSIGNMENTS, tags=["awards"])
async def list_assignments(
    request: Request, *, award: FromPath[str], round_id: FromPath[UUID], limit: Limit = MOST_PANELS, cursor: Cursor = 0
) -> Response[AssignmentsOut]:
    """Show who judges what, by the numbers of the entries; the Link header leads to those that follow."""
    known = await _known(request, award, round_id)
    lines = [line for line in view.entry_lines(known) if line.number > cursor]
    rules, shown = known.round, _panels(lines[:limit])
    out = AssignmentsOut(rules.id, rules.each, (rules.least, rules.most), view.open_points(known), shown)
    return Response(out, headers={**UNKEPT, **(_next(request, shown[-1]) if len(lines) > limit else {})})


def _next(request: Request, last: PanelOut) -> dict[str, str]:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", str(last.number))])
    return {"link": f'<{full(request.scope["path"])}?{query}>; rel="next"'}


def _panels(lines: list[view.EntryLine]) -> list[PanelOut]:
    return [
        PanelOut(
            line.id,
            line.number,
            [SeatOut(one.judge, one.pseudonym, one.source, one.begun, one.submitted) for one in line.judges],
        )
        for line in lines
    ]


@post(f"{ASSIGNMENTS}:solve", tags=["awards"], status_code=202)
async def solve_assignments(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], data: JSONBody[SolveIn]
) -> Response[RunOut]:
    """Have it worked out by the worker; Location says where to ask for the outcome. Asking the same again waits on."""
    found = await reached(award=award, round_id=round_id, principal=request.scope["user"])
    run = await solving.ask(
        found=found, keep=data.keep, leaving=data.leaving, principal=request.scope["user"], now=request.now
    )
    where = f"/api/v1/awards/{award}/rounds/{round_id}/assignments/runs/{run}"
    return await _run(request, award, round_id, run, status=202, headers={"location": where})


@get(f"{ASSIGNMENTS}/runs/{{run:uuid}}", tags=["awards"])
async def get_run(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> Response[RunOut]:
    """Show a run: its state, and the panels with their certificate once it is solved."""
    return await _run(request, award, round_id, run)


async def _run(
    request: Request,
    award: str,
    round_id: UUID,
    run: UUID,
    *,
    status: int = 200,
    headers: dict[str, str] = {},  # noqa: B006
) -> Response[RunOut]:
    known = await _known(request, award, round_id)
    found = await solving.one(found=known.round, run=run)
    answer = found.answer
    certificate = answer.certificate if answer else None
    panels = answer.panels if answer else {}
    out = RunOut(
        id=found.id,
        state=found.state,
        asked_at=found.asked_at,
        solved_at=found.solved_at,
        taken_at=found.taken_at,
        optimal=certificate.optimal if certificate else None,
        gap=certificate.gap if certificate else None,
        certificate=certificate,
        words=view.said(found, known),
        panels=[ProposedOut(UUID(entry), [UUID(judge) for judge in panel]) for entry, panel in panels.items()],
    )
    return Response(out, status_code=status, headers={**UNKEPT, **headers})


@post(f"{ASSIGNMENTS}/runs/{{run:uuid}}/take", tags=["awards"], status_code=200)
async def take_proposal(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> Response[RunOut]:
    """Let a proposal stand; 409 when entries, judges or conflicts have changed since."""
    found = await reached(award=award, round_id=round_id, principal=request.scope["user"])
    await solving.take(found=found, run=run, principal=request.scope["user"], now=request.now)
    return await _run(request, award, round_id, run)


@delete(f"{ASSIGNMENTS}/runs/{{run:uuid}}", tags=["awards"])
async def discard_proposal(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], run: FromPath[UUID]
) -> None:
    """Let a proposal go."""
    found = await reached(award=award, round_id=round_id, principal=request.scope["user"])
    await solving.discard(found=found, run=run, principal=request.scope["user"], now=request.now)


@put(f"{ASSIGNMENTS}/{{entry:uuid}}", tags=["awards"])
async def put_panel(
    request: Request,
    award: FromPath[str],
    round_id: FromPath[UUID],
    entry: FromPath[UUID],
    data: JSONBody[PanelWish],
) -> Response[ChangedOut]:
    """Let an entry have these judges. A conflict is never overruled; to break a rule of the round, give a reason."""
    found = await reached(award=award, round_id=round_id, principal=request.scope["user"])
    made = await changes.set_panel(
        found=found, entry=entry, wish=data, principal=request.scope["user"], now=request.now
    )
    return Response(ChangedOut(made.added, made.removed), headers=UNKEPT)


HANDLERS: list[Any] = [
    list_assignments,
    solve_assignments,
    get_run,
    take_proposal,
    discard_proposal,
    put_panel,
]
