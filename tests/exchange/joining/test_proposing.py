"""Proposals in the database: what is compared, what is kept, what is never asked."""

import datetime as dt
from collections.abc import Sequence
from time import process_time
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from app.core import jobs
from app.core.db import fetch
from app.exchange import tasks  # noqa: F401  # registers the job
from app.exchange.joining import automatic, proposing
from app.exchange.joining.blocking import Compared, pairs
from app.exchange.joining.likeness import PROPOSED, likeness, traits
from app.exchange.schemas import Incoming
from tests.clock import NOW, Clock
from tests.doors import value
from tests.exchange import planting
from tests.exchange.joining import negatives
from tests.exchange.joining import pairs as labelled

pytestmark = pytest.mark.usefixtures("http")
TITLE = "第40回 港の花火大会"


async def two(**other: object) -> tuple[UUID, UUID, UUID]:
    """Plant an event in two cities; return the second's source and both records."""
    first = await planting.event((await planting.city())[2], TITLE, place="大さん橋")
    _p, _a, source = await planting.city()
    return source, first, await planting.event(source, **{"title": TITLE, "place": "大さん橋", **other})  # type: ignore[arg-type]


async def proposed() -> set[frozenset[UUID]]:
    """Return the pairs that wait."""
    return {frozenset((row["one"], row["other"])) for row in await fetch("SELECT one, other FROM likeness")}


async def test_what_came_is_compared_by_a_job_after_the_merge(clock: Clock) -> None:
    _source, first, second = await two()
    await automatic.link([second], now=NOW)
    assert await proposed() == set()
    await jobs.drain(clock)
    assert await proposed() == {frozenset((first, second))}


async def test_looking_twice_proposes_once() -> None:
    source, first, second = await two()
    found = [await proposing.find(source=source, since=NOW, now=NOW) for _ in range(2)]
    assert (found, await proposed()) == ([1, 1], {frozenset((first, second))})


async def test_what_an_officer_has_decided_is_not_asked_again() -> None:
    source, _first, _second = await two()
    await proposing.find(source=source, since=NOW, now=NOW)
    await fetch("UPDATE likeness SET decision = 'different'")
    assert await proposing.find(source=source, since=NOW, now=NOW) == 0
    assert await value("SELECT decision FROM likeness") == "different"


async def test_a_proposal_goes_when_the_event_has_become_another() -> None:
    source, _first, second = await two()
    await proposing.find(source=source, since=NOW, now=NOW)
    await fetch("UPDATE exchanged_event SET title = '第41回 港の花火大会' WHERE id = $1", second)
    await proposing.find(source=source, since=NOW, now=NOW)
    assert await proposed() == set()


NOT_ASKED: dict[str, dict[str, object]] = {
    "our own, come back": {"own": True},
    "withdrawn": {"state": "withdrawn"},
    "over": {"starts_at": NOW - dt.timedelta(days=9)},
    "changed earlier": {"changed_at": NOW - dt.timedelta(days=1)},
}


@pytest.mark.parametrize("case", NOT_ASKED)
async def test_what_is_not_looked_at(case: str) -> None:
    source, _first, _second = await two(**NOT_ASKED[case])
    await proposing.find(source=source, since=NOW, now=NOW)
    assert await proposed() == set()


async def test_events_of_one_source_are_not_compared() -> None:
    _p, _a, source = await planting.city()
    for _ in range(2):
        await planting.event(source, TITLE, place="大さん橋")
    await proposing.find(source=source, since=NOW, now=NOW)
    assert await proposed() == set()


async def test_an_event_of_ours_is_proposed_and_not_taken() -> None:
    [ours] = await fetch("SELECT id, title, first_day FROM event WHERE published_at IS NOT NULL ORDER BY id LIMIT 1")
    _p, _a, source = await planting.city()
    named = await value("SELECT title::jsonb ->> 'ja' FROM event WHERE id = $1", ours["id"])
    where = await value(
        "SELECT name::jsonb ->> 'ja' FROM venue v JOIN event e ON e.venue = v.id WHERE e.id = $1", ours["id"]
    )
    day = ours["first_day"]
    starts = dt.datetime.combine(day, dt.time(10), dt.timezone(dt.timedelta(hours=9)))
    made = await planting.event(source, str(named), place=str(where), starts_at=starts)
    await proposing.find(source=source, since=NOW, now=NOW)
    assert frozenset((made, ours["id"])) in await proposed()
    assert await value("SELECT count(*) FROM card WHERE event IS NOT NULL") == 0


def test_blocking_loses_no_labelled_pair() -> None:
    for pair in [*labelled.read("pairs.txt"), *labelled.read("pairs_more.txt"), *labelled.read("held_out.txt")]:
        one, other = (Compared(uuid4(), traits(event, home), frozenset({uuid4()})) for event, home in sides(pair))
        if likeness(one.traits, other.traits).score >= PROPOSED:
            assert list(pairs([one], [other])) == [(one, other)], pair.line


def sides(pair: labelled.Pair) -> Sequence[tuple[Incoming, str]]:
    """Return the two sides of a pair with their cities."""
    return (pair.one, pair.homes[0]), (pair.other, pair.homes[1])


def city(many: int, seed: int) -> list[Compared]:
    """Return events of a city, seven a day."""
    found = []
    for n, (_kind, pair) in enumerate(negatives.made(many, seed)):
        later = dt.timedelta(days=n % 300)
        event = replace(
            pair.one, starts_at=pair.one.starts_at + later, ends_at=pair.one.ends_at + later, first_day=None
        )
        found.append(Compared(uuid4(), traits(event, pair.homes[0]), frozenset({uuid4()})))
    return found


@pytest.mark.faults
def test_two_cities_of_10_000_events_need_few_comparisons() -> None:
    """A hundred million pairs; looked at are fewer than 30 for each event, within a minute of CPU."""
    first, second = city(10_000, 1), city(10_000, 2)
    begun = process_time()
    compared = sum(1 for one, other in pairs(first, second) if likeness(one.traits, other.traits).score >= 0)
    assert compared < 30 * 10_000
    assert process_time() - begun < 60
