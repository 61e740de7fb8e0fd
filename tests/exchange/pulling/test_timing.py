"""When a source is asked again."""

import datetime as dt
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.exchange.pulling.timing import again_at, next_at, refresh
from tests.clock import NOW

SOURCE = UUID(int=7)


@pytest.mark.parametrize(
    ("wished", "seconds"),
    [(None, 3600), (0, 300), (299, 300), (300, 300), (3600, 3600), (86_400, 86_400), (10**9, 86_400), (-5, 300)],
)
def test_wish_of_a_feed_is_followed_between_five_minutes_and_a_day(wished: int | None, seconds: int) -> None:
    assert refresh(wished) == seconds


@given(st.uuids(), st.integers(0, 10**6))
@example(UUID("594b7aa6-5e82-16e1-321b-a46ef0aaf8b6"), 366)  # its spread is nearly a whole tenth
def test_no_source_is_read_sooner_than_it_wished_nor_much_later(source: UUID, wished: int) -> None:
    waits = (next_at(source, NOW, wished) - NOW).total_seconds()
    assert refresh(wished) <= waits <= refresh(wished) * 1.1


def test_sources_that_wish_the_same_do_not_all_come_at_once() -> None:
    moments = {next_at(uuid4(), NOW, 3600) for _ in range(100)}
    assert len(moments) > 60


@pytest.mark.parametrize(
    ("failures", "least"), [(1, 300), (2, 600), (3, 1200), (8, 38_400), (9, 76_800), (10, 86_400), (30_000, 86_400)]
)
def test_source_that_fails_is_left_alone_for_longer_and_longer(failures: int, least: int) -> None:
    waits = (again_at(SOURCE, NOW, failures=failures) - NOW).total_seconds()
    assert least <= waits <= least * 1.1


@pytest.mark.parametrize(("asked", "least"), [(0, 300), (200, 300), (7200, 7200), (10**7, 86_400)])
def test_source_that_asks_to_be_left_alone_is(asked: int, least: int) -> None:
    waits = again_at(SOURCE, NOW, failures=1, retry_after=asked) - NOW
    assert dt.timedelta(seconds=least) <= waits <= dt.timedelta(seconds=least * 1.1)
