"""From a number of the board to its people by pseudonym, and from a pseudonym to its evidence."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger_entry import Evidence
from app.core.errors import NotFound
from app.kpi import figures
from app.kpi.board import kept, readings
from app.kpi.board.cells import BOTH, ON_SITE, Cell, Seen, Share
from app.kpi.board.readings import Names
from app.kpi.schemas import Explanation
from app.people.residence import CODES

PAGE = 100
"""People on a page."""


class Listed(Struct, frozen=True):
    """A person of the list, and how the person was seen in the cell."""

    person: UUID
    residence: str
    on_site: bool
    online: bool
    days: int


class People(Struct, frozen=True, kw_only=True):
    """A page of the people of a number; `total` is the number, `next` the last of this page if there are more."""

    fiscal_year: int
    cell: Cell
    seen: Seen
    total: int
    people: Sequence[Listed]
    next: UUID | None
    names: Names
    done: float


class Person(Struct, frozen=True, kw_only=True):
    """A pseudonym explained, with the names of the events that its evidence speaks of."""

    explained: Explanation
    names: Names


async def people(*, fiscal_year: int, cell: Cell, seen: Seen, after: UUID | None = None) -> People:
    """Return the next people of a cell by pseudonym, as many in all as it says; `NotFound` for what is no cell."""
    _check(cell)
    year = await kept.year(fiscal_year)
    everybody = year.cells.of(cell, seen) if year.is_ready else []
    rest = [one for one in everybody if after is None or one.person > after]
    by, key = cell
    return People(
        fiscal_year=fiscal_year,
        cell=cell,
        seen=seen,
        total=len(everybody),
        people=[_listed(one, cell) for one in rest[:PAGE]],
        next=rest[PAGE - 1].person if len(rest) > PAGE else None,
        names=await readings.names(events=[key] if by == "event" else [], venues=[key] if by == "venue" else []),
        done=1.0 if year.is_ready else year.done,
    )


def _check(cell: Cell) -> None:
    """Refuse a key that no cell can have: what follows may take it for a date or an id."""
    by, key = cell
    try:
        if by == "day":
            dt.date.fromisoformat(key)
        elif by == "event" or (by == "venue" and key):
            UUID(key)
        elif (by == "country" and key not in CODES) or (by == "all" and key):
            raise NotFound
    except ValueError:
        raise NotFound from None


def _listed(one: Share, cell: Cell) -> Listed:
    way = one.cells[cell]
    days = sum(kind == "day" for kind, _ in one.cells)
    return Listed(one.person, one.residence, way in (ON_SITE, BOTH), way != ON_SITE, days)


async def person(*, fiscal_year: int, pseudonym: UUID) -> Person:
    """Return a pseudonym with all its evidence, or raise `NotFound`."""
    found = await figures.explain(fiscal_year=fiscal_year, person=pseudonym)
    events = {str(entry.event) for entry in found.evidence if entry.event}
    return Person(explained=found, names=await readings.names(events=events, venues=()))


def minutes(entry: Evidence) -> int | None:
    """Return the whole minutes that a stay measured; None for what is no stay, or an impossible one."""
    if entry.mode != "online" or not entry.starts_at or not entry.ends_at or entry.ends_at < entry.starts_at:
        return None
    return int((entry.ends_at - entry.starts_at).total_seconds() // 60)
