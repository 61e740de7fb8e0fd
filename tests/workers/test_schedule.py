"""When an entry of the schedule is due."""

import datetime as dt

import pytest

from workers.schedule import Entry, is_due


async def nothing(*, now: dt.datetime) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("after", "until", "due"),
    [
        ("09:59:59", "10:00:14", False),
        ("09:59:59", "10:00:15", True),
        ("10:00:15", "10:00:18", False),
        ("10:00:14", "10:00:16", True),
        ("10:00:50", "10:01:10", False),
        ("10:00:10", "10:09:10", True),
    ],
)
def test_due_once_a_minute(after: str, until: str, due: bool) -> None:  # noqa: FBT001
    def moment(clock: str) -> dt.datetime:
        return dt.datetime.combine(dt.date(2026, 11, 21), dt.time.fromisoformat(clock), dt.UTC)

    assert is_due(Entry("nothing", 15, nothing), after=moment(after), until=moment(until)) is due
