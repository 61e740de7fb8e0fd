"""The timetable as the programme's page shows it."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.i18n import language
from app.events.programme import days, days_of
from app.events.schemas import Programme, Session
from app.events.shown import Line, Said, lines, said
from app.events.timetable import Row, Slot, table

AN_HOUR = 60


class Cell(msgspec.Struct, frozen=True):
    """A session that fills `rows` rows, or nothing (`line` is None)."""

    line: Line | None
    rows: int


class GridRow(msgspec.Struct, frozen=True):
    """The cells of what begins at `clock`; `long` when it lasts an hour or more."""

    clock: str
    long: bool
    cells: list[Cell]


class GridColumn(msgspec.Struct, frozen=True):
    """A place (None: online), over `lanes` lanes."""

    name: Said | None
    lanes: int


class Grid(msgspec.Struct, frozen=True):
    """One day; `around` are sessions of several days."""

    day: dt.date
    columns: list[GridColumn]
    rows: list[GridRow]
    around: list[Line]


def grids(found: Programme, sessions: list[Session], day: dt.date | None) -> list[Grid]:
    """Return the timetable of a day, or of each day on which one of these sessions lies."""
    wanted = [day] if day else days(found)
    made = [_grid(found, [s for s in sessions if _is_on(found, s, date)], date) for date in wanted]
    return [grid for grid in made if grid.rows or grid.around]


def _is_on(found: Programme, session: Session, day: dt.date) -> bool:
    first, last = days_of(session, found.convention.zone)
    return first <= day <= last


def _grid(found: Programme, sessions: list[Session], day: dt.date) -> Grid:
    zone, shown = found.convention.zone, lines(found)
    begins = dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(zone))
    ends = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=ZoneInfo(zone))
    laid = table(sessions, begins=begins, ends=ends, venues=list(found.venues))
    return Grid(
        day=day,
        columns=[GridColumn(_name(found, column.venue), column.lanes) for column in laid.columns],
        rows=[_row(row, zone, shown) for row in laid.rows],
        around=[shown[key] for key in laid.around],
    )


def _name(found: Programme, venue: UUID | None) -> Said | None:
    return said(found.venues[venue].name, language()) if venue else None


def _row(row: Row, zone: str, shown: dict[UUID, Line]) -> GridRow:
    begins = row.begins.astimezone(ZoneInfo(zone))
    return GridRow(f"{begins:%H:%M}", row.minutes >= AN_HOUR, [_cell(slot, shown) for slot in row.cells])


def _cell(slot: Slot, shown: dict[UUID, Line]) -> Cell:
    return Cell(shown[slot.session] if slot.session else None, slot.rows)
