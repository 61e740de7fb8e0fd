"""What a reading changes: nothing is lost by a broken feed, nothing is doubled, nothing old comes back."""

import datetime as dt
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.merging.newer import Version, compare
from app.exchange.merging.plan import Came, Held, Key, Plan, Reading, plan

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def version(words: str = "a", sequence: int = 0, modified: int | None = None, stamp: int | None = None) -> Version:
    """Return a version; moments as days after NOW."""
    moments = [None if days is None else NOW + days * DAY for days in (modified, stamp)]
    return Version(words.encode(), sequence, *moments)


def held(days: int, words: str = "a", *, withdrawn: bool = False) -> Held:
    return Held(version(words), NOW + days * DAY, NOW + days * DAY + HOUR, withdrawn)


def came(days: int, words: str = "a", **more: int) -> Came:
    return Came(version(words, **more), NOW + days * DAY, NOW + days * DAY + HOUR)


def feed(days: range, *without: int) -> Reading:
    return Reading(tuple((key(n), came(n)) for n in days if n not in without), size=1000)


def key(n: int) -> Key:
    return (f"u{n}", "")


def known(days: range) -> dict[Key, Held]:
    return {key(n): held(n) for n in days}


@pytest.mark.parametrize(
    ("new", "old", "answer"),
    [
        (version("a", 1), version("a"), "same"),
        (version("b", 1), version("a", 0), "newer"),
        (version("b", 0), version("a", 1), "older"),
        (version("b", 0, modified=5), version("a", 1, modified=4), "newer"),
        (version("b", 0, modified=3), version("a", 1, modified=4), "older"),
        (version("b", 0, stamp=5), version("a", 1, stamp=4), "newer"),
        (version("b", 2, modified=3), version("a", 1, modified=4), "newer"),
        (version("b", modified=5), version("a", modified=4), "newer"),
        (version("b", modified=4), version("a", modified=5), "older"),
        (version("b", modified=4, stamp=9), version("a", modified=5, stamp=8), "older"),
        (version("b", stamp=5), version("a", stamp=4), "newer"),
        (version("b", stamp=3), version("a", stamp=4), "older"),
        (version("b", modified=4, stamp=4), version("a", modified=4, stamp=4), "newer"),
        (version("b"), version("a"), "newer"),
        (version("b", modified=1), version("a"), "newer"),
    ],
)
def test_newer_version(new: Version, old: Version, answer: str) -> None:
    assert compare(new, old) == answer


def test_events_are_added_changed_and_left() -> None:
    reading = Reading(((key(1), came(1)), (key(2), came(2, "b")), (key(9), came(9))))
    found = plan(reading, known(range(1, 3)), now=NOW)
    assert (found.added, found.changed, found.gone, found.unchanged) == ((key(9),), (key(2),), (), 1)
    assert found.writes == 2


def test_unchanged_feed_writes_nothing() -> None:
    found = plan(feed(range(100)), known(range(100)), now=NOW)
    assert (found.writes, found.unchanged, found.doubt) == (0, 100, None)


def test_what_is_over_stays_and_what_is_gone_is_proposed() -> None:
    found = plan(feed(range(-5, 20), -3, 7), known(range(-5, 20)), now=NOW)
    assert (found.gone, found.doubt, found.writes) == ((key(7),), None, 1)


def test_event_that_is_going_on_is_not_over() -> None:
    now = NOW + HOUR / 2
    assert plan(feed(range(5), 0), known(range(5)), now=now).gone == (key(0),)


def test_what_lies_beyond_the_feeds_end_stays() -> None:
    assert plan(feed(range(10)), known(range(30)), now=NOW).gone == ()


@pytest.mark.parametrize(
    ("reading", "last_size", "doubt"),
    [
        (Reading((), size=10), 0, "empty"),
        (Reading(feed(range(10), 5).events, whole=False, size=1000), 0, "truncated"),
        (Reading(feed(range(10), 5).events, size=1000), 2001, "half_sized"),
        (Reading(feed(range(10), 5).events, size=1000), 2000, None),
        (feed(range(10), 2, 3, 4, 5), 0, "too_many_gone"),
        (feed(range(10), 2, 3, 4), 0, None),
    ],
)
def test_broken_reading_withdraws_nothing(reading: Reading, last_size: int, doubt: str | None) -> None:
    found = plan(reading, known(range(10)), now=NOW, last_size=last_size)
    assert found.doubt == doubt
    assert found.writes == (0 if doubt else len(found.gone))
    assert found.gone


def test_broken_reading_that_lost_nothing_is_in_no_doubt() -> None:
    assert plan(Reading((), size=0), {}, now=NOW, last_size=5000).doubt is None


def test_withdrawn_event_that_is_there_again_comes_back() -> None:
    found = plan(Reading(((key(3), came(3)),)), {key(3): held(3, withdrawn=True)}, now=NOW)
    assert (found.back, found.changed, found.unchanged) == ((key(3),), (), 0)
    assert plan(Reading(()), {key(3): held(3, withdrawn=True)}, now=NOW).gone == ()


def test_of_two_copies_in_one_feed_the_newer_counts() -> None:
    copies = [
        (key(1), came(1, "b", sequence=2)),
        (key(1), came(1, "c", sequence=1)),
        (key(1), came(1, "b", sequence=2)),
    ]
    for order in permutations(copies):
        found = plan(Reading(tuple(order)), {}, now=NOW)
        assert (found.added, found.twice) == ((key(1),), (key(1),))
    older = plan(Reading(((key(1), came(1, "c", sequence=1)),)), {key(1): Held(version("b", 2), NOW, NOW)}, now=NOW)
    assert (older.changed, older.older) == ((), (key(1),))


def apply(found: Plan, reading: Reading, before: dict[Key, Held]) -> dict[Key, Held]:
    """Do what a plan says."""
    news = dict(reading.events)
    after = dict(before)
    for one in (*found.added, *found.changed):
        after[one] = Held(news[one].version, news[one].starts, news[one].ends)
    return after


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_versions_in_any_order_with_replays_end_with_the_newest(order: list[int], replays: list[int]) -> None:
    state: dict[Key, Held] = {}
    for n in [*order, *replays]:
        reading = Reading(((key(1), came(1, f"words {n}", sequence=n // 2, modified=n)),))
        state = apply(plan(reading, state, now=NOW), reading, state)
    assert state[key(1)].version == version("words 5", 2, modified=5)
