"""A day as a table: a column per place, a row per moment at which something begins or ends."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.events.schemas import Session

LONG = dt.timedelta(hours=8)
"""What is open that long is there all day: it has no row, and no news when it begins."""


class Slot(msgspec.Struct):
    """A cell: a session that fills `rows` rows, or nothing."""

    session: UUID | None
    rows: int = 1


class Column(msgspec.Struct, frozen=True):
    """A place, or online (`venue` is None), with as many lanes as sessions run there side by side."""

    venue: UUID | None
    lanes: int


class Row(msgspec.Struct, frozen=True):
    """What begins at a moment: one cell per lane that is not filled from above. `minutes` last until the next row."""

    begins: dt.datetime
    minutes: int
    cells: list[Slot]


class Table(msgspec.Struct, frozen=True):
    """A day. `around` are the sessions that are there all day, or on several days: they have no row."""

    columns: list[Column]
    rows: list[Row]
    around: list[UUID]


def table(sessions: Sequence[Session], *, begins: dt.datetime, ends: dt.datetime, venues: Sequence[UUID]) -> Table:
    """Lay out the sessions of the day from `begins` to `ends`; places come in the order of `venues`, online last."""
    inside = [s for s in sessions if begins <= s.starts_at and s.ends_at <= ends and s.ends_at - s.starts_at < LONG]
    order: list[UUID | None] = [*venues, None]
    lanes = {place: _lanes([s for s in inside if s.venue == place]) for place in order}
    moments = sorted({moment for s in inside for moment in (s.starts_at, s.ends_at)})
    used = [lane for place in order for lane in lanes[place]]
    return Table(
        columns=[Column(place, len(lanes[place])) for place in order if lanes[place]],
        rows=[_row(moments, n, used) for n in range(len(moments) - 1)],
        around=[s.id for s in sessions if s not in inside],
    )


def _lanes(sessions: list[Session]) -> list[list[Session]]:
    """Put sessions side by side only as far as they overlap: each goes into the first lane that is free again."""
    lanes: list[list[Session]] = []
    for session in sorted(sessions, key=lambda s: (s.starts_at, s.ends_at)):
        free = next((lane for lane in lanes if lane[-1].ends_at <= session.starts_at), None)
        if free is None:
            lanes.append([session])
        else:
            free.append(session)
    return lanes


def _row(moments: list[dt.datetime], n: int, lanes: list[list[Session]]) -> Row:
    begins, ends = moments[n], moments[n + 1]
    cells = [cell for lane in lanes if (cell := _cell(moments, n, lane)) is not None]
    return Row(begins, int((ends - begins).total_seconds() // 60), cells)


def _cell(moments: list[dt.datetime], n: int, lane: list[Session]) -> Slot | None:
    """Return what stands in a lane from moment `n`; None while a session from above fills it."""
    now = moments[n]
    running = next((s for s in lane if s.starts_at <= now < s.ends_at), None)
    if running is None:
        return Slot(None)
    return Slot(running.id, moments.index(running.ends_at) - n) if running.starts_at == now else None
