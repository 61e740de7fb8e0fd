"""Five cities exchange calendars over HTTP, both ways and round in circles; we are one of them.

The others change, move and call off events, let SEQUENCE go backwards, serve old files again and broken ones, and relay
what they hear. Nothing is lost, doubled or echoed, and in the end everybody knows what the city of each event says.
"""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.core.signing import new_token, token_digest
from app.core.web.frame import Frame
from app.exchange.pulling.pull import pull
from app.exchange.pulling.pulls import PullRef
from tests.clock import Clock
from tests.conftest import client
from tests.exchange import planting
from tests.exchange.cities import Answer, Asked, City, city
from tests.journeys.cities import MINUTE, Neighbour, Relays, read, written

FEED = "/events.ics"
CITIES: tuple[tuple[str, Relays], ...] = (
    ("fukuoka", "nothing"),
    ("kobe", "renamed"),
    ("sapporo", "as they came"),
    ("kyoto", "renamed"),
)
WAYS = (*("whole",) * 12, *("replay",) * 3, *("truncated",) * 2, "html", "500", "empty")


class Exchange:
    """Us and our neighbours, each behind a port of its own."""

    def __init__(self, luck: random.Random, clock: Clock, ours: City) -> None:
        self.luck, self.clock, self.ours = luck, clock, ours
        self.neighbours: list[tuple[Neighbour, City]] = []
        self.minute = 0
        self.outside = httpx.AsyncClient(trust_env=False)

    async def join(self, name: str, relays: Relays, served: City) -> None:
        """Make a neighbour a partner, with a calendar that we read and one of ours that it reads."""
        partner = await planting.partner(name)
        agreement = await planting.agreement(partner, onward=True)
        source = await planting.source(agreement, url=served.url(FEED))
        token = new_token()
        await planting.insert(
            "feed_token", agreement=agreement, digest=token_digest(token), label="x", created_at=self.clock()
        )
        self.neighbours.append((Neighbour(name, relays, self.luck, source, f"/calendars/partners/{token}.ics"), served))

    async def do_anything(self) -> None:
        """Let somebody do something, a minute later."""
        self.minute += 1
        self.clock.forward(minutes=1)
        one, served = self.luck.choice(self.neighbours)
        what = self.luck.random()
        if what < 0.02:
            one.add(self.minute)
        elif what < 0.5:
            one.change(self.minute)
        elif what < 0.53:
            await self.change_ours()
        elif what < 0.8:
            one.hear(await self.told_to(one))
        else:
            await self.read_from(one, served, self.luck.choice(WAYS))

    async def change_ours(self) -> None:
        """Say something else of an event of our own."""
        title = msgspec.json.encode({"ja": f"第{self.minute}回", "en": f"Edition {self.minute}"}).decode()
        await fetch(
            "UPDATE event SET title = $1, revision = revision + 1, changed_at = $2 WHERE id ="
            " (SELECT id FROM event WHERE published_at IS NOT NULL AND kpi_scope = 'core' ORDER BY id LIMIT 1)",
            title,
            self.clock(),
        )

    async def told_to(self, one: Neighbour) -> bytes:
        """Return what a neighbour reads of us, over HTTP."""
        answer = await self.outside.get(self.ours.url(one.ours))
        assert answer.status_code == 200
        return answer.content

    async def read_from(self, one: Neighbour, served: City, how: str = "whole") -> PullRef:
        """Read a neighbour's calendar, in whatever state it is served."""
        events = one.tells()
        if how == "replay" and one.served:
            events = self.luck.choice(one.served)
        else:
            one.served = [*one.served[-20:], events]
        body = written(events)
        if how == "truncated":
            body = body[: self.luck.randint(len(body) // 8, len(body) - 20)]
        elif how in {"html", "empty"}:
            body = b"<html>" if how == "html" else b""
        served.serve(FEED, body, status=500 if how == "500" else 200)
        found = await pull(source=one.source, now=self.clock(), why="schedule")
        if how == "whole":
            await self.is_known(one)
        return found

    async def is_known(self, one: Neighbour) -> None:
        """Check that we hold each event of a neighbour once, in the version that it tells."""
        rows = await fetch(
            "SELECT uid, title, round(extract(epoch FROM starts_at - $2) / 60)::int AS start, body ->> 'description' AS"
            " words, upper(status) AS status, state FROM exchanged_event WHERE source = $1 AND origin = '' AND NOT own",
            one.source,
            self.clock() - self.minute * MINUTE,
        )
        held = {row["uid"]: (row["title"], row["start"], row["words"], row["status"]) for row in rows}
        assert held == {uid: said.shows for uid, said in one.own.items()}
        assert {row["state"] for row in rows} <= {"shown"}

    async def settle(self) -> None:
        """Let everybody read everybody until nothing new can come."""
        for _ in range(3):
            for one, served in self.neighbours:
                self.clock.forward(minutes=1)
                self.minute += 1
                await self.read_from(one, served)
            for one, _served in self.neighbours:
                one.hear(await self.told_to(one))


@pytest.fixture
async def ours(app: Frame, committed: None) -> AsyncIterator[City]:
    """Our own city behind a port: whatever is asked there, the application answers."""
    async with client(app) as inside:

        async def answer(asked: Asked) -> Answer:
            got = await inside.request(asked.method, asked.path)
            return Answer(got.content, got.status_code, {"Content-Type": got.headers["content-type"]})

        async with city() as found:
            found.otherwise = answer
            yield found


@asynccontextmanager
async def exchange(ours: City, clock: Clock, seed: int) -> AsyncIterator[Exchange]:
    """Run all five."""
    made = Exchange(random.Random(seed), clock, ours)  # not a secret
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(made.outside)
        for name, relays in CITIES:
            await made.join(name, relays, await stack.enter_async_context(city()))
        yield made


@pytest.mark.parametrize(("count", "seed"), [(40, 7), pytest.param(10_000, 8, marks=pytest.mark.faults)])
async def test_nothing_is_lost_doubled_or_echoed_between_five_cities(
    ours: City, clock: Clock, count: int, seed: int
) -> None:
    async with exchange(ours, clock, seed) as made:
        for one, _served in made.neighbours:
            one.add(0)
        for _ in range(count):
            await made.do_anything()
        await made.settle()
        everybody = {uid: said for one, _served in made.neighbours for uid, said in one.own.items()}
        for one, _served in made.neighbours:
            theirs = {said.origin: said.shows for said in read(await made.told_to(one)) if said.origin}
            assert theirs == {uid: said.shows for uid, said in everybody.items() if uid not in one.own}
            assert {uid: one.heard[uid].shows for uid in theirs} == theirs
        await nothing_of_ours_came_back(made)


async def nothing_of_ours_came_back(made: Exchange) -> None:
    """Check that copies of our own events are known as such, and that none of them is published as somebody's."""
    rows = await fetch("SELECT title FROM exchanged_event WHERE own")
    assert rows
    own: list[set[str]] = []
    for one, _served in made.neighbours:
        found = [said.uid for said in read(await made.told_to(one)) if not said.origin]
        assert len(found) == len(set(found))
        own.append(set(found))
    assert all(names == own[0] for names in own)
    published = {row["uid"] for row in await fetch("SELECT uid FROM publication WHERE kind <> 'card'")}
    assert own[0] <= published
