"""The log of what we publish: versions, what raises them, what leaves the calendars and when."""

import asyncio
import contextlib
import datetime as dt
import gc
import time
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest

from app.core.db import DB, fetch, transaction
from app.core.settings import settings
from app.core.web.frame import Frame
from app.exchange.publishing import log as publishing
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.events.rows import add_session, event_id, statements
from tests.exchange.publishing.planted import CONVENTION, entries, log
from tests.exchange.publishing.test_theirs import public, told

DAY = dt.timedelta(days=1)
FESTIVAL = "/calendars/yokohama-2026/yoxo-festival.ics"


async def sequence_after(http: httpx.AsyncClient, change: str) -> tuple[int, bool]:
    """Return by how much SEQUENCE rises with a change of a session, and whether its bytes change."""
    key = await add_session("walk", revision=4, venue=(await fetch("SELECT id FROM venue ORDER BY slug"))[0]["id"])
    uid = f"session-{key}@test"
    before = (await entries(http))[uid]
    await fetch(f"UPDATE session SET {change} WHERE id = $1", key)
    after = (await entries(http))[uid]
    assert before["sequence"] == 4
    return after["sequence"] - 4, after.to_ical() != before.to_ical()


@pytest.mark.parametrize(
    ("change", "rises"),
    [
        ("starts_at = starts_at - interval '1 hour'", 1),
        ("ends_at = ends_at + interval '1 hour'", 1),
        ("venue = NULL", 1),
        ('room = \'{"en": "Room 2"}\'', 1),
        ("mode = 'hybrid'", 1),
        ("canceled_at = now()", 1),
        ('title = \'{"en": "Another"}\'', 0),
        ('description = \'{"en": "More"}\'', 0),
    ],
)
async def test_sequence_rises_with_time_place_and_status_alone(
    http: httpx.AsyncClient, change: str, rises: int
) -> None:
    assert await sequence_after(http, change) == (rises, True)


@pytest.mark.parametrize(
    "change",
    ["stream_url = 'https://secret.example/1'", "revision = 9", "changed_at = now()", "languages = '[\"ja\"]'"],
)
async def test_what_does_not_show_changes_no_byte(http: httpx.AsyncClient, change: str) -> None:
    await add_session("walk")
    first = await http.get(CONVENTION)
    await fetch(f"UPDATE session SET {change} WHERE slug = 'walk'")
    again = await http.get(CONVENTION)
    assert (again.content, again.headers["etag"], again.headers["last-modified"]) == (
        first.content,
        first.headers["etag"],
        first.headers["last-modified"],
    )


async def test_change_of_a_venue_changes_what_takes_place_there_alone(http: httpx.AsyncClient, clock: Clock) -> None:
    venue = (await fetch("SELECT id FROM venue ORDER BY slug"))[0]["id"]
    here, there = await add_session("here", venue=venue), await add_session("there")
    before = await entries(http)
    clock.forward(hours=1)
    await fetch('UPDATE venue SET name = \'{"en": "New hall"}\' WHERE id = $1', venue)
    after = await entries(http)
    moved = after[f"session-{here}@test"]
    assert (moved["sequence"], moved.LAST_MODIFIED) == (1, NOW + dt.timedelta(hours=1))
    assert str(moved["location"]).startswith("New hall")
    assert after[f"session-{there}@test"].to_ical() == before[f"session-{there}@test"].to_ical()


@pytest.mark.parametrize("removal", ["DELETE FROM session WHERE slug = 'walk'", "UPDATE event SET published_at = NULL"])
async def test_what_is_taken_back_is_canceled_and_says_no_more(http: httpx.AsyncClient, removal: str) -> None:
    key = await add_session("walk", description={"en": "Bring shoes"}, room={"en": "Hall"})
    uid = f"session-{key}@test"
    before = (await entries(http))[uid]
    await fetch(removal)
    after = (await entries(http))[uid]
    assert (str(after["status"]), after["sequence"]) == ("CANCELLED", before["sequence"] + 1)
    assert (str(after["summary"]), after.start) == ("walk", before.start)
    assert not {"description", "location", "url"} & {name.lower() for name in after}


async def test_calendar_of_an_event_that_was_taken_back_says_so(http: httpx.AsyncClient) -> None:
    await http.get(FESTIVAL)
    await fetch("UPDATE event SET published_at = NULL, title = '{\"en\": \"Draft\"}' WHERE slug = 'yoxo-festival'")
    answer = await http.get(FESTIVAL)
    assert answer.status_code == 200
    assert "Draft" not in answer.text
    assert {str(one["status"]) for one in (await entries(http, FESTIVAL)).values()} == {"CANCELLED"}


async def test_published_again_it_is_confirmed_with_a_higher_sequence(http: httpx.AsyncClient) -> None:
    uid = f"event-{await event_id('yoxo-festival')}@test"
    await entries(http)
    await fetch("UPDATE event SET published_at = NULL WHERE slug = 'yoxo-festival'")
    await entries(http)
    await fetch("UPDATE event SET published_at = now() WHERE slug = 'yoxo-festival'")
    found = (await entries(http))[uid]
    assert (str(found["status"]), found["sequence"]) == ("CONFIRMED", 2)


async def test_canceled_leaves_thirty_days_after_it_is_over_and_is_forgotten_later(
    http: httpx.AsyncClient, clock: Clock
) -> None:
    key = await add_session("walk", canceled_at=NOW)
    uid, over = f"session-{key}@test", NOW + dt.timedelta(hours=3)
    clock.moment = over + 30 * DAY - dt.timedelta(seconds=1)
    assert str((await entries(http))[uid]["status"]) == "CANCELLED"
    clock.moment = gone = over + 30 * DAY
    assert uid not in await entries(http)
    assert (await log(uid))["gone_at"] == gone
    clock.moment = gone + 400 * DAY - dt.timedelta(seconds=1)
    await http.get(CONVENTION)
    row = await log(uid)
    clock.moment = gone + 400 * DAY
    await http.get(CONVENTION)
    assert await fetch("SELECT FROM publication WHERE uid = $1", uid) == []
    assert (await fetch("SELECT forgotten FROM publication_log"))[0]["forgotten"] == row["change"]


async def test_canceled_long_ago_is_never_published(http: httpx.AsyncClient, clock: Clock) -> None:
    clock.moment = NOW + 40 * DAY
    key = await add_session("walk", canceled_at=NOW)
    assert f"session-{key}@test" not in await entries(http)


async def test_changes_are_numbered_without_a_gap(http: httpx.AsyncClient) -> None:
    await add_session("walk")
    await http.get(CONVENTION)
    await fetch("UPDATE session SET starts_at = starts_at - interval '1 hour' WHERE slug = 'walk'")
    await fetch("UPDATE event SET title = '{\"en\": \"New\"}' WHERE slug = 'oto-matsuri'")
    before = (await fetch("SELECT change FROM publication_log"))[0]["change"]
    await http.get(CONVENTION)
    numbers = [row["change"] for row in await fetch("SELECT change FROM publication WHERE change > $1", before)]
    # The event's title stands in its sessions too.
    sessions = (
        await fetch("SELECT count(*) FROM session s JOIN event e ON e.id = s.event WHERE e.slug = 'oto-matsuri'")
    )[0][0]
    assert sorted(numbers) == list(range(before + 1, before + 3 + sessions))
    assert (await fetch("SELECT change FROM publication_log"))[0]["change"] == max(numbers)


async def test_nothing_changed_takes_one_statement_and_writes_nothing(http: httpx.AsyncClient) -> None:
    await http.get(CONVENTION)
    await fetch("UPDATE session SET title = title")
    await http.get(CONVENTION)
    stamps = await fetch("SELECT ctid, xmin FROM publication ORDER BY id")
    await fetch("UPDATE session SET title = title")
    await http.get(CONVENTION)
    assert await fetch("SELECT ctid, xmin FROM publication ORDER BY id") == stamps
    async with statements() as seen:
        await http.get(CONVENTION)
    assert len(seen) == 1


NEW = 'UPDATE event SET title = \'{"en": "New"}\' WHERE slug = $1'


async def test_statement_that_changes_much_leaves_one_row_to_look_past(http: httpx.AsyncClient) -> None:
    cards = [(await told(name, uid=f"{name}@example.jp"))[2] for name in ("fukuoka", "kobe", "sapporo")]
    await publishing.catch_up(now=NOW)
    assert await fetch("SELECT FROM publication_touch") == []
    await fetch("UPDATE exchanged_event SET title = '朝市'")
    [row] = await fetch("SELECT part, subjects FROM publication_touch")
    assert (row["part"], sorted(row["subjects"])) == ("card", sorted(cards))
    await fetch("UPDATE exchanged_event SET title = '夜市' WHERE false")
    assert len(await fetch("SELECT FROM publication_touch")) == 1
    assert [str(entry["summary"]) for entry in (await entries(http, public("kobe"))).values()] == ["朝市"]


async def test_who_finds_somebody_at_it_reads_what_there_is(app: Frame, committed: None) -> None:
    async with client(app) as http:
        first = await http.get(FESTIVAL)
        other = await asyncpg.connect(settings().database_url)
        await other.execute("SELECT pg_advisory_lock($1)", publishing.LOCK)
        await fetch(NEW, "yoxo-festival")
        assert (await http.get(FESTIVAL)).content == first.content
        await other.close()
        assert b"SUMMARY:New\r\n" in (await http.get(FESTIVAL)).content


async def test_many_readers_at_once_write_each_change_once(app: Frame, committed: None, clock: Clock) -> None:
    before = await publishing.current(clock())
    for slug in ("yoxo-festival", "oto-matsuri"):
        await fetch(NEW, slug)
        await asyncio.gather(*(publishing.current(clock()) for _ in range(6)))
    after = await publishing.current(clock())
    rows = await fetch("SELECT change FROM publication WHERE change > $1 ORDER BY change", before.change)
    assert [row["change"] for row in rows] == list(range(before.change + 1, after.change + 1))
    new = '{"title": "New", "kind": "event"}'
    assert len(await fetch("SELECT FROM published_text WHERE language = 'en' AND said @> $1", new)) == 2


async def test_change_that_is_taken_back_is_not_published(app: Frame, committed: None, clock: Clock) -> None:
    before = await publishing.current(clock())
    with contextlib.suppress(LookupError):
        async with transaction():
            await fetch(NEW, "yoxo-festival")
            await publishing.catch_up(now=clock())
            raise LookupError
    assert await publishing.current(clock()) == before


@contextlib.asynccontextmanager
async def held_up() -> AsyncIterator[None]:
    """Let nobody write the log on: its marks cannot be taken out."""
    other = await asyncpg.connect(settings().database_url)
    await other.execute("BEGIN; LOCK TABLE publication_touch IN SHARE MODE")
    try:
        yield
    finally:
        await other.close()


async def test_readers_get_the_last_whole_calendar_while_a_new_one_is_written(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(app) as http:
        first = await http.get(FESTIVAL)
        await fetch(NEW, "yoxo-festival")
        with monkeypatch.context() as impatient:
            impatient.setattr(publishing, "PATIENCE", 0.05)
            async with held_up():
                answers = await asyncio.gather(*(http.get(FESTIVAL) for _ in range(3 * settings().pool_size)))
                assert DB.pool is not None
                assert DB.pool.get_size() - DB.pool.get_idle_size() == 1, "one writes for all"
        assert {(one.status_code, one.content) for one in answers} == {(200, first.content)}
        assert b"SUMMARY:New\r\n" in (await http.get(FESTIVAL)).content


async def test_log_that_cannot_be_written_leaves_the_last_whole_calendar(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(app) as http:
        first = await http.get(FESTIVAL)
        await fetch(NEW, "yoxo-festival")
        with monkeypatch.context() as broken:
            broken.setattr(publishing, "LOCK", "no number")
            again = await http.get(FESTIVAL)
        assert (again.status_code, again.content) == (200, first.content)
        assert b"SUMMARY:New\r\n" in (await http.get(FESTIVAL)).content


MANY = """
INSERT INTO session (id, event, slug, mode, starts_at, ends_at, title, description, changed_at)
SELECT gen_random_uuid(), e.id, 'many-' || n, 'on_site', $2::timestamptz, $2::timestamptz + n * interval '1 minute',
  jsonb_build_object('ja', '第' || n || '回', 'en', 'Concert ' || n), '{"en": "All are welcome"}', $2
FROM generate_series(1, $1::int) n, (SELECT id FROM event WHERE slug = 'yoxo-festival') e
"""


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Leave the garbage of all the tests before where it is: to look through it takes longer than what is measured."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(("count", "most"), [(600, 0.03), pytest.param(10_000, 0.15, marks=pytest.mark.faults)])
@pytest.mark.usefixtures("committed", "no_collection")
async def test_large_programme_holds_nobody_up_who_asks_for_something_else(
    clock: Clock, count: int, most: float
) -> None:
    """What the one thread that answers everybody works, in CPU time, between two chances to answer somebody else."""
    await publishing.current(clock())
    await fetch(MANY, count, NOW)
    longest, over = 0.0, asyncio.Event()

    async def others() -> None:
        nonlocal longest
        while not over.is_set():
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    asking = asyncio.create_task(others())
    await publishing.current(clock())
    over.set()
    await asking
    assert longest < most
    assert (
        len(await fetch("SELECT FROM publication p WHERE p.uid IN (SELECT 'session-' || id || '@test' FROM session)"))
        > count
    )
