"""Releases of the table by country: at most one a day, and only one that gives nothing away beside all before it.

Totals are live, for no total speaks of one country. The table is not: it changes with a release, so that two readings
around one scan show the same countries. A release waits until at least `MINIMUM` people more (or fewer) are counted
than in the last one, so nobody in particular is the difference, and until `disclosure.hidden` holds for the tables of
all days together. A country that outgrew its region's row thus sometimes stays in it for a while.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import uuid4

import msgspec
from msgspec import Struct

from app.core.chain import Link
from app.core.db import fetch, fetch_one
from app.kpi.counting import CountryRow, Figure
from app.kpi.fiscal import day_of, fiscal_year_of
from app.kpi.freezing.frozen import stored
from app.kpi.live import counted
from app.kpi.publishing.disclosure import Shown, hidden, shown
from app.kpi.publishing.folding import MINIMUM, WORLD, Fold, PublicRow, fold

_ALL = """
SELECT day, position, head, people, body FROM public_release WHERE fiscal_year = $1 ORDER BY day
"""
_LAST = """
SELECT day, position, head, people, body FROM public_release WHERE fiscal_year = $1 ORDER BY day DESC LIMIT 1
"""
_ADD = """
INSERT INTO public_release (id, fiscal_year, day, position, head, people, body, released_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (fiscal_year, day) DO NOTHING RETURNING id
"""


class Body(Struct, frozen=True):
    """A table as it was released, and what it hides: never to be shown but to officers."""

    countries: tuple[CountryRow, ...]
    rows: tuple[PublicRow, ...]
    folded: dict[str, str]

    @property
    def fold(self) -> Fold:
        """The public table."""
        return Fold(self.rows, self.folded)


class Release(Struct, frozen=True):
    """The table of a day in Japan, counted up to `head`."""

    day: dt.date
    head: Link
    people: int
    body: Body


async def last(fiscal_year: int) -> Release | None:
    """Return the table that is public now, or None before the first."""
    row = await fetch_one(_LAST, fiscal_year)
    return _release(**row) if row else None


async def release_due(*, now: dt.datetime) -> None:
    """Release what may be released of the year that runs and of the two before it, the last of which was frozen."""
    present = fiscal_year_of(now)
    for fiscal_year in (present - 2, present - 1, present):
        await release(fiscal_year=fiscal_year, now=now)


async def release(*, fiscal_year: int, now: dt.datetime) -> bool:
    """Release the table of today, unless there is one, or too little is new, or it would give a cell away.

    A frozen year gets the table of its freeze, and then none any more: what is restated later are totals. Returns
    whether there is a new table. Of two workers at once one succeeds: a day has one table.
    """
    day, latest = day_of(now), await last(fiscal_year)
    if latest and latest.day == day:
        return False
    found, head, is_final = await _countable(fiscal_year)
    if latest and is_final and latest.head == head:
        return False
    before = [_release(**row) for row in await fetch(_ALL, fiscal_year)]
    table = next_table(found, before=before, is_final=is_final)
    return table is not None and await _add(found, table, head=head, day=day, now=now)


async def _countable(fiscal_year: int) -> tuple[Figure, Link, bool]:
    """Return the figure that a table is to be made of, its ledger head, and whether it is the frozen one."""
    frozen = next(iter(await stored(fiscal_year)), None)
    return (frozen.opened.figure, frozen.at, True) if frozen else (*await counted(fiscal_year), False)


async def _add(found: Figure, table: Fold, *, head: Link, day: dt.date, now: dt.datetime) -> bool:
    body = msgspec.json.encode(Body(found.by_country, table.rows, dict(table.folded))).decode()
    values = (uuid4(), found.fiscal_year, day, head.position, head.digest, found.people, body, now)
    return bool(await fetch(_ADD, *values))


def next_table(found: Figure, *, before: Sequence[Release], is_final: bool = False) -> Fold | None:
    """Return the table to release after these, or None: too little is new, or no table would keep its cells. Pure.

    The finest table is tried first, then one in which every folded country stays in its row, then one in which all that
    is or was folded stands in a single row.
    """
    if not is_final and abs(found.people - (before[-1].people if before else 0)) < MINIMUM:
        return None
    history = [shown(one.body.countries, one.body.fold) for one in before]
    finest = fold(found.by_country)
    staying = before[-1].body.folded if before else {}
    tables = [finest, *(fold(found.by_country, staying=s) for s in (staying, _together(staying, finest)))]
    return next((table for table in tables if _keeps(history, found, table)), None)


def _together(staying: Mapping[str, str], table: Fold) -> dict[str, str]:
    return dict.fromkeys([*staying, *table.folded], WORLD)


def _keeps(history: Sequence[Shown], found: Figure, table: Fold) -> bool:
    return hidden([*history, shown(found.by_country, table)])


def _release(*, day: dt.date, position: int, head: bytes, people: int, body: str) -> Release:
    return Release(day, Link(position, head), people, msgspec.json.decode(body, type=Body))
