"""The JSON API of what is set up: an award with its rounds, and the panel of a round."""

import datetime as dt
from typing import Any
from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.awards import reach
from app.awards.reach import AwardRef, RoundRef, Texts
from app.awards.setting import panels, rounds
from app.awards.setting.categories import Category, categories_of
from app.awards.setting.edits import PanelEdit
from app.core.web.request import Request
from app.people.roles import Principal


class RoundLine(Struct, frozen=True):
    """A round of a category; moments with offset, `grace_ms` after the end."""

    id: UUID
    title: Texts
    kind: str
    method: str
    state: str
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    blind: bool


class CategoryLine(Struct, frozen=True):
    """A category with the time for entries, and its rounds in order."""

    id: UUID
    slug: str
    title: Texts
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    entries: int
    rounds: list[RoundLine]


class AwardView(Struct, frozen=True):
    """An award as those who run it set it up."""

    id: UUID
    slug: str
    convention: str
    title: Texts
    languages: tuple[str, ...]
    published_at: dt.datetime | None
    categories: list[CategoryLine]


class PanelJudge(Struct, frozen=True):
    """A judge on a panel; everybody else knows it by `pseudonym` alone."""

    id: UUID
    pseudonym: str
    label: str
    chair: bool
    languages: tuple[str, ...]
    topics: tuple[str, ...]


class Panel(Struct, frozen=True):
    """Who sits in a round."""

    judges: list[PanelJudge]


@get("/api/v1/awards/{award:str}")
async def read_award(request: Request, award: FromPath[str]) -> AwardView:
    """Return an award with its categories and rounds, for those who run it."""
    found = await reach.award(award, _who(request))
    return _view(found, await categories_of(found.id), await rounds.rounds_of(found.id))


def _view(found: AwardRef, categories: list[Category], all_rounds: list[RoundRef]) -> AwardView:
    lines = [(one.category, _line(RoundLine, one)) for one in all_rounds]
    below = {one.id: [line for of, line in lines if of == one.id] for one in categories}
    return AwardView(
        id=found.id,
        slug=found.slug,
        convention=found.convention_slug,
        title=found.title,
        languages=found.languages,
        published_at=found.published_at,
        categories=[_line(CategoryLine, one, rounds=below[one.id]) for one in categories],
    )


def _line(kind: Any, row: Struct, **more: Any) -> Any:
    taken = {name: getattr(row, name) for name in kind.__struct_fields__ if name not in more}
    return kind(**taken, **more)


@get("/api/v1/awards/{award:str}/rounds/{round_id:uuid}/judges")
async def read_panel(request: Request, award: FromPath[str], round_id: FromPath[UUID]) -> Panel:
    """Return who sits in a round, by pseudonym."""
    found = await rounds.round_in(award=await reach.award(award, _who(request)), round_id=round_id)
    return await _panel(found.id)


async def _panel(round_id: UUID) -> Panel:
    seats = await rounds.panel(round_id)
    return Panel([_line(PanelJudge, one, id=one.judge) for one in seats])


@put("/api/v1/awards/{award:str}/rounds/{round_id:uuid}/judges")
async def write_panel(
    request: Request, award: FromPath[str], round_id: FromPath[UUID], data: JSONBody[PanelEdit]
) -> Panel:
    """Let these judges of the award sit in a round, and nobody else."""
    found = await rounds.round_in(award=await reach.award(award, _who(request)), round_id=round_id)
    await panels.set_panel(principal=_who(request), found=found, wish=data, now=request.now)
    return await _panel(found.id)


def _who(request: Request) -> Principal:
    principal: Principal = request.scope["user"]
    return principal


HANDLERS: list[Any] = [read_award, read_panel, write_panel]
