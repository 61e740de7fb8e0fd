"""The timetable: nothing is lost, nothing overlaps, places stay together."""

import datetime as dt
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.events.schemas import Session
from app.events.timetable import LONG, Table, table
from tests.events.test_programme import session

BEGINS = dt.datetime(2026, 11, 21, tzinfo=dt.timezone(dt.timedelta(hours=9)))
ENDS = BEGINS + dt.timedelta(days=1)
HALLS = [UUID(int=n) for n in (101, 102, 103)]


def held(number: int, begins: int, minutes: int, hall: UUID | None) -> Session:
    moment = BEGINS + dt.timedelta(minutes=begins)
    made = session(moment, moment + dt.timedelta(minutes=minutes))
    return Session(
        **{field: getattr(made, field) for field in made.__struct_fields__} | {"id": UUID(int=number), "venue": hall}
    )


def laid(*sessions: Session) -> Table:
    return table(sessions, begins=BEGINS, ends=ENDS, venues=HALLS)


def test_sessions_side_by_side_take_two_lanes() -> None:
    found = laid(
        held(1, 600, 60, HALLS[0]), held(2, 630, 60, HALLS[0]), held(3, 660, 30, HALLS[0]), held(4, 600, 30, None)
    )
    assert [(column.venue, column.lanes) for column in found.columns] == [(HALLS[0], 2), (None, 1)]
    assert [(row.minutes, [(c.session and c.session.int, c.rows) for c in row.cells]) for row in found.rows] == [
        (30, [(1, 2), (None, 1), (4, 1)]),
        (30, [(2, 2), (None, 1)]),
        (30, [(3, 1), (None, 1)]),
    ]


def test_what_is_there_all_day_has_no_row() -> None:
    found = laid(
        held(1, -60, 120, HALLS[0]), held(2, 23 * 60, 120, None), held(3, 60, 8 * 60, HALLS[1]), held(4, 0, 60, None)
    )
    assert [key.int for key in found.around] == [1, 2, 3]
    assert [[cell.session for cell in row.cells] for row in found.rows] == [[UUID(int=4)]]


def test_session_until_midnight_belongs_to_its_day() -> None:
    assert len(laid(held(1, 23 * 60, 60, None)).rows) == 1


def test_empty_day() -> None:
    assert laid() == Table([], [], [])


SESSIONS = st.lists(
    st.tuples(st.integers(-200, 1500), st.integers(1, 600), st.sampled_from([*HALLS, None])), max_size=14
)


@given(SESSIONS)
def test_every_session_stands_once_over_its_whole_time(drawn: list[tuple[int, int, UUID | None]]) -> None:
    sessions = [held(n, *values) for n, values in enumerate(drawn, start=1)]
    found = laid(*sessions)
    shown = [cell.session for row in found.rows for cell in row.cells if cell.session]
    assert sorted([*shown, *found.around]) == sorted(s.id for s in sessions)
    assert all(s.ends_at - s.starts_at < LONG for s in sessions if s.id in shown)
    by_key = {s.id: s for s in sessions}
    for n, row in enumerate(found.rows):
        for cell in row.cells:
            if cell.session:
                one = by_key[cell.session]
                assert one.starts_at == row.begins
                assert (
                    sum(r.minutes for r in found.rows[n : n + cell.rows]) == (one.ends_at - one.starts_at).seconds // 60
                )


@given(SESSIONS)
def test_every_row_fills_every_lane(drawn: list[tuple[int, int, UUID | None]]) -> None:
    """A table whose cells do not add up would shift sessions under another place."""
    found = laid(*(held(n, *values) for n, values in enumerate(drawn, start=1)))
    lanes = sum(column.lanes for column in found.columns)
    hanging: list[int] = []
    for row in found.rows:
        assert len(hanging) + len(row.cells) == lanes
        hanging = [rows - 1 for rows in hanging + [cell.rows for cell in row.cells] if rows > 1]
    assert hanging == []
