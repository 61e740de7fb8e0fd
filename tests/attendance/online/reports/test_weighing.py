"""What each line is worth, by a table."""

import datetime as dt
from uuid import UUID

import pytest

from app.attendance.online.reports.headings import Line
from app.attendance.online.reports.reading import Told
from app.attendance.online.reports.weighing import Stay, Who, weigh

BEGUN = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
ENDED = BEGUN + dt.timedelta(hours=1)
LATER = BEGUN + dt.timedelta(days=2)
A = Who("a", UUID(int=1), UUID(int=11))
B = Who("b", UUID(int=2), UUID(int=12))


def at(minutes: float | None) -> dt.datetime | None:
    return None if minutes is None else BEGUN + dt.timedelta(minutes=minutes)


def stay(joined: float | None, left: float | None, **more: object) -> Told:
    return Told(Line(number=2, **more), at(joined), at(left))  # type: ignore[arg-type]


def weighed(*told: tuple[Told, Who], now: dt.datetime = LATER, known: set[str] | None = None) -> list[Stay]:
    lines, people = zip(*told, strict=True)
    return weigh(lines, people, starts_at=BEGUN, ends_at=ENDED, now=now, known=known or set())


def said(*told: tuple[Told, Who], now: dt.datetime = LATER) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.state, one.codes) for one in weighed(*told, now=now)]


@pytest.mark.parametrize(
    ("told", "state", "codes"),
    [
        (stay(0, 60), "evidence", ()),
        (stay(0, 0), "evidence", ()),
        (stay(-10, 60), "evidence", ("outside",)),
        (stay(10, 61), "evidence", ("outside",)),
        (stay(70, 90), "evidence", ("outside",)),
        (stay(180, 200), "evidence", ("outside",)),
        (stay(180.1, 200), "review", ("elsewhere",)),
        (stay(-200, -120), "evidence", ("outside",)),
        (stay(-200, -120.1), "review", ("elsewhere",)),
        (stay(-10, 24 * 60), "review", ("too_long", "outside")),
        (stay(0, 24 * 60), "evidence", ("outside",)),
        (stay(None, 60), "dismissed", ("no_join",)),
        (stay(None, None), "dismissed", ("no_join",)),
        (stay(0, None), "dismissed", ("no_leave",)),
        (stay(30, 29), "dismissed", ("backwards",)),
        (stay(0, 60, flaw="waiting_room"), "dismissed", ("waiting_room",)),
        (stay(None, None, flaw="not_attended"), "dismissed", ("not_attended", "no_join")),
        (stay(0, 60, by_meeting=True), "evidence", ("by_meeting",)),
        (stay(0, 60, by_length=True), "evidence", ("by_length",)),
    ],
)
def test_a_line_by_itself(told: Told, state: str, codes: tuple[str, ...]) -> None:
    assert said((told, A)) == [(state, codes)]


def test_time_that_cannot_be_read_measures_nothing() -> None:
    told = Told(Line(number=2), at(0), None, unreadable=True)
    assert said((told, A)) == [("dismissed", ("unreadable_time",))]


def test_end_in_the_future_waits() -> None:
    assert said((stay(0, 50), A), now=BEGUN + dt.timedelta(minutes=49)) == [("review", ("future",))]
    assert said((stay(0, 50), A), now=BEGUN + dt.timedelta(minutes=50)) == [("evidence", ())]


@pytest.mark.parametrize(
    ("who", "state"),
    [
        (Who("x", flaw="wrong_id"), "unknown"),
        (Who("x", flaw="unsure"), "unknown"),
        (Who("x", UUID(int=3), UUID(int=4), flaw="unsure"), "review"),
        (Who("x", UUID(int=3), UUID(int=4), flaw="canceled"), "review"),
    ],
)
def test_whoever_is_not_known_by_our_id_never_counts_at_once(who: Who, state: str) -> None:
    assert said((stay(0, 60), who)) == [(state, (who.flaw,))]


def test_rejoin_overlap_and_reopening_are_told_apart() -> None:
    lines = [(stay(0, 20), A), (stay(30, 40), A), (stay(35, 60), A), (stay(10, 25), B)]
    assert [codes for _state, codes in said(*lines)] == [(), ("rejoined", "reopened"), ("overlap",), ()]
    assert [codes for _state, codes in said(*lines, (stay(20, 31), B))][1] == ("rejoined",)


def test_lines_that_are_the_same_count_once_and_are_no_second_device() -> None:
    assert said((stay(0, 20), A), (stay(0, 20), A), (stay(0, 20), B)) == [
        ("evidence", ()),
        ("evidence", ("repeated",)),
        ("evidence", ()),
    ]


def test_stays_of_an_earlier_report_are_repeated() -> None:
    [first] = weighed((stay(0, 20), A))
    again = weighed((stay(0, 20), A), (stay(0, 21), A), known={first.name})
    assert ["repeated" in one.codes for one in again] == [True, False]
