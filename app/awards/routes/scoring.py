"""The JSON API of judging: a judge's sheets, and for the secretary who has how much done."""

import datetime as dt
import re
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, put
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from app.awards.scoring import queue, saving, sheets
from app.awards.scoring.desk import desk, opened_round
from app.awards.scoring.errors import RevisionNeeded
from app.awards.scoring.progress import AtWork, at_work, whole
from app.awards.scoring.saving import Saved
from app.awards.scoring.sheet import Brief, Sheet, State
from app.core.web.pages import UNKEPT
from app.core.web.request import Request

ROUND = "/api/v1/awards/{award:str}/rounds/{round_id:uuid}"
_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?', re.ASCII)
Seen = Annotated[str, HeaderParameter(name="If-Match", required=False, description='The revision, such as "3".')]


class SheetIn(Sheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sheet as it is sent; with `submit` it counts from now on."""

    submit: bool = False

    @property
    def sheet(self) -> Sheet:
        """The sheet alone."""
        return Sheet(**{name: getattr(self, name) for name in Sheet.__struct_fields__})


class SheetOut(Struct, frozen=True, kw_only=True):
    """A sheet as it is stored; `open` names what has no answer yet."""

    entry: UUID
    revision: int
    saved_at: dt.datetime | None
    submitted_at: dt.datetime | None
    open: list[str]
    sheet: Sheet


class LineOut(Struct, frozen=True):
    """An entry in a judge's queue: new, begun or submitted."""

    entry: UUID
    number: int
    state: State
    answered: int
    questions: int
    saved_at: dt.datetime | None


class JudgeOut(Struct, frozen=True, kw_only=True):
    """How far a judge is, in sheets, pairs or one order; nothing of what it says."""

    judge: UUID
    pseudonym: str
    assigned: int
    undeclared: int
    begun: int
    done: int
    all: int
    saved_at: dt.datetime | None


class ProgressOut(Struct, frozen=True):
    """How far a round is."""

    round: UUID
    method: str
    done: int
    all: int
    judges: list[JudgeOut]


@get(f"{ROUND}/scores", tags=["awards"])
async def list_scores(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[list[LineOut]]:
    """List the entries that are yours to judge and that you have declared for, by number, with how far each is."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    lines = (await queue.queue(sitting)).lines
    found = [
        LineOut(line.entry, line.number, line.state, line.answered, sitting.brief.questions, line.saved_at)
        for line in lines
    ]
    return Response(found, headers=UNKEPT)


@get(f"{ROUND}/scores/{{entry:uuid}}", tags=["awards"])
async def get_score(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], entry: FromPath[UUID]
) -> Response[SheetOut]:
    """Show your sheet of an entry; its ETag is the revision that a change is made from."""
    sitting = await desk(award=award, round_id=round_id, principal=request.scope["user"])
    mine = await sheets.own(sitting, entry)
    return _answer(entry, mine.saved, sitting.brief)


@put(f"{ROUND}/scores/{{entry:uuid}}", tags=["awards"])
async def put_score(
    request: Request,
    *,
    award: FromPath[str],
    round_id: FromPath[UUID],
    entry: FromPath[UUID],
    data: JSONBody[SheetIn],
    if_match: Seen = "",
) -> Response[SheetOut]:
    """Save your sheet, made from the revision in If-Match ("0" for a new one). Sending the same again changes nothing.

    A save over a newer revision is refused with 412 and what is stored. With `submit` the sheet counts.
    """
    seen = revision(if_match)
    saved = await saving.save(
        award=award,
        round_id=round_id,
        entry=entry,
        sheet=data.sheet,
        seen=seen,
        submit=data.submit,
        principal=request.scope["user"],
        now=request.now,
    )
    return _answer(entry, saved, await saving.brief(round_id))


def revision(header: str) -> int:
    """Return the revision that If-Match names. Raises `RevisionNeeded`."""
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise RevisionNeeded
    return int(found[1])


def _answer(entry: UUID, saved: Saved, brief: Brief) -> Response[SheetOut]:
    out = SheetOut(
        entry=entry,
        revision=saved.revision,
        saved_at=saved.saved_at,
        submitted_at=saved.submitted_at,
        open=brief.open_points(saved.sheet),
        sheet=saved.sheet,
    )
    return Response(out, headers={**UNKEPT, "etag": f'"{saved.revision}"'})


@get(f"{ROUND}/progress", tags=["awards"])
async def get_progress(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Response[ProgressOut]:
    """Show who of the panel has how much done: no scores, no comments."""
    found = await opened_round(award=award, round_id=round_id, principal=request.scope["user"])
    judges = await at_work(found)
    out = ProgressOut(found.id, found.method, *whole(judges), [_judge(one) for one in judges])
    return Response(out, headers=UNKEPT)


def _judge(one: AtWork) -> JudgeOut:
    names = ("judge", "pseudonym", "assigned", "undeclared", "begun", "saved_at")
    return JudgeOut(done=one.amount.done, all=one.amount.all, **{name: getattr(one, name) for name in names})


HANDLERS: list[Any] = [list_scores, get_score, put_score, get_progress]
