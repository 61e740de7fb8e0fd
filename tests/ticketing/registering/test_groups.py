"""Registrations that are written together: each all or nothing, in their order, as if they had come alone."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import httpx
import msgspec
import pytest

from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from app.ticketing.errors import OfferChanged
from app.ticketing.registering import entries, offers
from app.ticketing.registering import register as registering
from app.ticketing.registering.entries import Entry, Outcome
from app.ticketing.schemas import RegistrationRequest
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.wishes import member, register, wish


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the groups that are written."""
    seen: list[int] = []
    write = entries.write

    async def counted(group: list[Entry]) -> list[Outcome]:
        seen.append(len(group))
        return await write(group)

    monkeypatch.setattr(registering._collector, "_write", counted)
    return seen


async def at_once(app: Frame, *bodies: dict[str, object], keys: list[str] | None = None) -> list[httpx.Response]:
    async with client(app) as http:
        names = keys or [str(n) for n in range(len(bodies))]
        return await asyncio.gather(*(register(http, b, key=k) for b, k in zip(bodies, names, strict=True)))


def party(n: int, *, size: int = 1, **more: object) -> dict[str, object]:
    return wish(*(member(name=f"n{n}-{m}", **more) for m in range(size)), email=f"p{n}@example.org")


async def test_what_waits_is_written_together(app: Frame, committed: None, sizes: list[int]) -> None:
    answers = await at_once(app, *(party(n) for n in range(60)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(sizes) < 60
    assert sum(sizes) == 60
    assert await value("SELECT count(DISTINCT person) FROM ticket") == 60
    assert await value("SELECT count(*) FROM job WHERE name = 'ticketing.send_ticket'") == 60


async def test_every_party_of_a_group_is_whole_or_refused(app: Frame, committed: None, sizes: list[int]) -> None:
    await fetch("UPDATE quota SET capacity = 25 WHERE slug = 'citywide'")
    try:
        answers = await at_once(app, *(party(n, size=1 + n % 7) for n in range(40)))
        status = Counter(answer.status_code for answer in answers)
        assert set(status) == {201, 409}
        assert max(sizes) > 1
        assert sum(sizes) == 40, "counted right within the group: nothing had to be written again one by one"
        taken = sum(len(answer.json()["tickets"]) for answer in answers if answer.status_code == 201)
        assert taken == await value("SELECT count(*) FROM ticket")
        assert taken == await value("SELECT taken FROM quota WHERE slug = 'citywide'")
        assert taken == 25  # parties of one come last and fill what is left
        assert await value("SELECT count(*) FROM stored_answer WHERE scope LIKE 'registration:%'") == status[201]
    finally:
        await fetch("UPDATE quota SET taken = 0, capacity = 20000 WHERE slug = 'citywide'")


async def test_a_refused_key_may_come_again(app: Frame, committed: None, sizes: list[int]) -> None:
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'citywide'")
    try:
        first = await at_once(app, *(party(n) for n in range(8)))
        late = next(n for n, answer in enumerate(first) if answer.status_code == 409)
        assert first[late].json()["type"] == "/problems/sold-out"
        await fetch("UPDATE quota SET capacity = 2 WHERE slug = 'citywide'")
        [again] = await at_once(app, party(late), keys=[str(late)])
        assert again.status_code == 201
    finally:
        await fetch("UPDATE quota SET taken = 0, capacity = 20000 WHERE slug = 'citywide'")


async def test_twins_in_one_group_get_the_same_bytes(app: Frame, committed: None, sizes: list[int]) -> None:
    answers = await at_once(app, *([party(1)] * 10 + [party(2)] * 10), keys=["one"] * 10 + ["two"] * 10)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 2
    assert await value("SELECT count(*) FROM ticket") == 2


async def test_one_key_for_two_requests_of_a_group(app: Frame, committed: None, sizes: list[int]) -> None:
    answers = await at_once(app, *(party(n) for n in range(6)), party(7), keys=[*"abcdef", "a"])
    assert [answer.status_code for answer in answers[1:6]] == [201] * 5
    assert sorted([answers[0].status_code, answers[6].status_code]) == [201, 422]
    refused = answers[0] if answers[0].status_code == 422 else answers[6]
    assert refused.json()["type"] == "/problems/key-reused"


async def test_one_person_in_two_requests_of_a_group_is_one_person(
    app: Frame, committed: None, sizes: list[int]
) -> None:
    answers = await at_once(app, *[party(1)] * 12, party(2))
    assert {answer.status_code for answer in answers} == {201}
    assert await value("SELECT count(*) FROM person") == 2
    assert await value("SELECT count(*) FROM ticket") == 13


async def test_each_hears_of_a_full_quota_in_its_own_language(app: Frame, committed: None, sizes: list[int]) -> None:
    await fetch("UPDATE quota SET capacity = 0 WHERE slug = 'citywide'")
    try:
        async with client(app) as http:
            answers = await asyncio.gather(
                *(
                    http.post(
                        "/api/v1/conventions/yokohama-2026/registrations",
                        json=party(n),
                        headers={"idempotency-key": str(n), "accept-language": tag},
                    )
                    for n, tag in enumerate(["ja", "en"] * 5)
                )
            )
        details = {(n % 2, answer.json()["detail"]) for n, answer in enumerate(answers)}
        assert len(details) == 2
        assert any("残りの席が足りません" in words for n, words in details if n == 0)
    finally:
        await fetch("UPDATE quota SET taken = 0, capacity = 20000 WHERE slug = 'citywide'")


async def test_the_measure_of_an_address_holds_within_a_group(
    app: Frame, committed: None, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "MOST_TICKETS", 3)
    answers = await at_once(app, *[party(1)] * 8, party(2))
    assert Counter(answer.status_code for answer in answers) == {201: 4, 429: 5}
    assert answers[-1].status_code == 201
    assert await value("SELECT count(*) FROM ticket") == 4


async def test_group_by_an_old_and_a_new_offer_is_not_written_by_the_new_one(rollback: None) -> None:
    async def entry(name: str) -> Entry:
        found = await offers.offer("yokohama-2026", now=NOW)
        asked = msgspec.convert(wish(member(name=name), email=f"{name}@example.org"), RegistrationRequest)
        return registering._entry(found, asked, {}, key=name, now=NOW)

    offers.forget()
    old = await entry("old")
    await fetch("UPDATE ticket_type SET revision = revision + 1 WHERE slug = 'citywide-pass'")
    offers.forget()
    new = await entry("new")
    with pytest.raises(OfferChanged):
        await entries.write([old, new])
    assert [one.answer is not None for one in await entries.write([new])] == [True]
    offers.forget()


class Held:
    """A quota that somebody else keeps locked, and how long each try to get it is patient; `tries` counts them."""

    def __init__(self, *patience: str) -> None:
        self.patience = patience
        self.tries = 0
        self.lost = asyncio.Event()
        self._write = registering._collector._write

    async def write(self, group: list[Entry]) -> list[Outcome]:
        """Write as ever, but wait for locks only as long as this try does."""
        patience = self.patience[self.tries]
        self.tries += 1
        try:
            async with transaction() as connection:
                await connection.execute(f"SET LOCAL lock_timeout = '{patience}'")
                return await self._write(group)
        except asyncpg.LockNotAvailableError:
            self.lost.set()
            raise

    @contextlib.asynccontextmanager
    async def until(self, free: asyncio.Event) -> AsyncIterator[None]:
        """Keep the quota until `free` is set."""
        locked = asyncio.Event()

        async def keep() -> None:
            async with transaction():
                await fetch("SELECT FROM quota WHERE slug = 'citywide' FOR UPDATE")
                locked.set()
                await free.wait()

        keeping = asyncio.create_task(keep())
        await locked.wait()
        try:
            yield
        finally:
            free.set()
            await keeping


async def test_quota_that_was_not_to_be_had_in_time_is_asked_for_once_more(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held("20ms", "4s")
    monkeypatch.setattr(registering._collector, "_write", held.write)
    async with held.until(held.lost):
        [answer] = await at_once(app, party(1))
    assert (answer.status_code, held.tries) == (201, 2)
    assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 1


async def test_who_cannot_be_served_for_a_lock_is_told_to_come_back(
    app: Frame, committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(*["20ms"] * registering.TRIES, "4s")
    monkeypatch.setattr(registering._collector, "_write", held.write)
    async with held.until(asyncio.Event()):
        [answer] = await at_once(app, party(1))
    assert (answer.status_code, answer.headers["retry-after"], held.tries) == (503, "5", registering.TRIES)
    assert answer.json()["type"] == "/problems/busy"
    assert await value("SELECT count(*) FROM ticket") == 0
    [answer] = await at_once(app, party(1))
    assert answer.status_code == 201, "the same key is free to come again"
