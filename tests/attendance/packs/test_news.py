"""What is told after the first pack, for real, with many transactions: nothing is missed, nothing told twice."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

from app.attendance.packs import books, layout, rows
from app.core.db import DB, fetch, transaction
from app.core.web.frame import Frame
from app.ticketing.life import block, cancel, reissue, transfer
from app.ticketing.life.by import By
from app.ticketing.life.edits import NewHolder
from tests.attendance.factories import Made, Place, covered_gate, ticket
from tests.attendance.packs.test_packs import fetched, record_of, tags
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value

pytestmark = pytest.mark.committed
DESK = {"queue": 0, "direction": "entry", "battery": 80}


@pytest.fixture
async def phone(app: Frame, no_others: None, committed: None) -> AsyncIterator[httpx.AsyncClient]:
    """A phone at work, everything committed."""
    async with client(app, await token_for("staff")) as found:
        yield found


async def told(phone: httpx.AsyncClient, gate: Place) -> int:
    """Return the number that a contact tells."""
    answer = await phone.post(f"/api/v1/gates/{gate.id}/contact", json=DESK)
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["pack_number"]
    return found


async def status(phone: httpx.AsyncClient, gate: Place, since: int) -> int:
    """Return the status of asking for what is new."""
    answer = await phone.get(f"/api/v1/gates/{gate.id}/pack", params={"since": since})
    return answer.status_code


async def test_delta_holds_what_has_changed_and_nothing_else(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    made = [await ticket() for _ in range(5)]
    first = await fetched(phone, gate)
    assert (first.head.since, tags(first)) == (None, {layout.tag_of(m.serial) for m in made})
    clock.forward(seconds=1)
    assert await status(phone, gate, first.head.number) == 304
    await fetch("UPDATE ticket SET state = 'canceled' WHERE id = $1", made[0].id)
    added = await ticket()
    clock.forward(seconds=1)
    delta = await fetched(phone, gate, first.head.number)
    assert (delta.head.since, tags(delta)) == (
        first.head.number, {layout.tag_of(made[0].serial), layout.tag_of(added.serial)},
    )  # fmt: skip
    assert delta.head.number > first.head.number
    assert layout.line_of(record_of(delta, made[0])).status == "canceled"
    clock.forward(seconds=1)
    assert await status(phone, gate, delta.head.number) == 304
    whole = await fetched(phone, gate)
    assert len(tags(whole)) == 6
    assert record_of(whole, made[0]) == record_of(delta, made[0])


async def test_entity_tag_saves_a_whole_pack(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await ticket()
    path = f"/api/v1/gates/{gate.id}/pack"
    tag = (await phone.get(path)).headers["etag"]
    clock.forward(seconds=1)
    again = await phone.get(path, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await ticket()
    clock.forward(seconds=1)
    assert (await phone.get(path, headers={"if-none-match": tag})).status_code == 200
    assert (await phone.get(path, headers={"if-none-match": "nonsense"})).status_code == 200


async def test_number_stands_still_while_nothing_changes(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await ticket()
    first = (await fetched(phone, gate)).head.number
    for _ in range(3):
        await fetch("UPDATE person SET residence = residence")  # other work goes on
        clock.forward(seconds=1)
        assert await told(phone, gate) == first


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gate SET closes_at = '18:00' WHERE id = $1",
        "UPDATE venue SET capacity = coalesce(capacity, 0) + 1 WHERE id = (SELECT venue FROM gate WHERE id = $1)",
        "UPDATE ticket_type SET entry_rule = 'once' WHERE $1::uuid IS NOT NULL",
    ],
)
async def test_changed_rules_are_news(phone: httpx.AsyncClient, clock: Clock, change: str) -> None:
    gate = await covered_gate("citywide-pass")
    made = [await ticket() for _ in range(3)]
    first = await fetched(phone, gate)
    before = await fetch("SELECT id, closes_at FROM gate"), await fetch("SELECT id, capacity FROM venue")
    rules = await fetch("SELECT id, entry_rule FROM ticket_type")
    try:
        await fetch(change, gate.id)
        clock.forward(seconds=1)
        assert await told(phone, gate) > first.head.number
        delta = await fetched(phone, gate, first.head.number)
        assert (delta.head.since, tags(delta)) == (first.head.number, set())
        assert (delta.head.gate, delta.head.products) != (first.head.gate, first.head.products)
        assert len(made) == 3
    finally:
        for row in before[0]:
            await fetch("UPDATE gate SET closes_at = $2 WHERE id = $1", row["id"], row["closes_at"])
        for row in before[1]:
            await fetch("UPDATE venue SET capacity = $2 WHERE id = $1", row["id"], row["capacity"])
        for row in rules:
            await fetch("UPDATE ticket_type SET entry_rule = $2 WHERE id = $1", row["id"], row["entry_rule"])


async def test_ticket_type_that_opens_another_event_makes_packs_whole(phone: httpx.AsyncClient, clock: Clock) -> None:
    """Its tickets move from one part of the body to the other without having changed."""
    gate = await covered_gate("citywide-pass")
    await ticket()
    first = await fetched(phone, gate)
    [row] = await fetch("DELETE FROM coverage WHERE event = $1 AND ticket_type IN ("
                        "SELECT id FROM ticket_type WHERE slug = 'citywide-pass') RETURNING *", gate.event)  # fmt: skip
    try:
        clock.forward(seconds=1)
        second = await fetched(phone, gate, first.head.number)
        assert (second.head.since, len(second.records), len(second.others)) == (None, 0, 1)
    finally:
        await fetch("INSERT INTO coverage (id, ticket_type, event) VALUES ($1, $2, $3)", *row)


async def test_what_commits_late_is_never_missed(phone: httpx.AsyncClient, clock: Clock) -> None:
    """Two transactions, the first open while packs are made: whatever order they end in, the phone learns of both."""
    gate = await covered_gate("citywide-pass")
    slow, quick, later = await ticket(), await ticket(), await ticket()
    for _ in range(8):
        await ticket()
    pool = DB.pool
    assert pool is not None
    first = await fetched(phone, gate)
    held: asyncpg.Connection = await pool.acquire()
    opened = held.transaction()
    await opened.start()
    await held.execute("UPDATE ticket SET state = 'blocked' WHERE id = $1", slow.id)
    numbers = [first.head.number]
    try:
        for made in (quick, later):
            await fetch("UPDATE ticket SET state = 'blocked' WHERE id = $1", made.id)
            clock.forward(seconds=1)
            assert await told(phone, gate) > numbers[-1], "a revocation has to be news while a writer is open"
            delta = await fetched(phone, gate, numbers[-1])
            assert layout.tag_of(made.serial) in tags(delta)
            assert layout.tag_of(slow.serial) not in tags(delta)
            numbers.append(delta.head.number)
        await opened.commit()
    finally:
        await pool.release(held)
    clock.forward(seconds=1)
    assert await told(phone, gate) > numbers[-1]
    delta = await fetched(phone, gate, numbers[-1])
    assert layout.line_of(record_of(delta, slow)).status == "blocked"
    clock.forward(seconds=1)
    assert await status(phone, gate, delta.head.number) == 304


async def test_numbers_of_readings_rise_with_every_commit(no_others: None, committed: None) -> None:
    """Whatever is open meanwhile: readings are ordered, and those between two commits are equal."""
    made = [await ticket() for _ in range(4)]
    assert DB.pool is not None
    held = [await DB.pool.acquire() for _ in made]
    open_ones = [connection.transaction() for connection in held]
    numbers: list[Any] = []

    async def read() -> None:
        first = await value(f"SELECT {rows.NUMBER}")
        assert first == await value(f"SELECT {rows.NUMBER}")
        numbers.append(first)

    for connection, opened, one in zip(held, open_ones, made, strict=True):
        await opened.start()
        await connection.execute("UPDATE ticket SET state = 'blocked' WHERE id = $1", one.id)
    await read()
    for place in (2, 0, 3, 1):
        await open_ones[place].commit()
        await read()
    for connection in held:
        await DB.pool.release(connection)
    assert numbers == sorted(set(numbers))


async def test_any_number_of_finished_transactions_is_written_and_ever_more_roughly(
    no_others: None, committed: None
) -> None:
    most = [100 * 2**doubling for doubling in range(30)]
    counts = sorted({*range(2 * rows.ONE_BY_ONE), *most, *(count + count // 1_400 + 1 for count in most)})
    found = await fetch(f"SELECT n, {rows.written('n')} AS written FROM unnest($1::bigint[]) n", counts)
    numbers: dict[int, int] = {row["n"]: row["written"] for row in found}
    assert all(numbers[count] == count for count in range(rows.ONE_BY_ONE + 1))
    assert list(numbers.values()) == sorted(numbers.values())
    assert numbers[counts[-1]] == (1 << rows.BITS) - 1
    for count in most:
        if count < 2_000_000:
            assert numbers[count + count // 1_400 + 1] > numbers[count], count


async def test_what_came_while_numbers_stood_still_is_told_when_they_rise(
    rollback: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do when very many transactions have finished above an open one; here, as long as the test says so."""
    monkeypatch.setattr(rows, "_GROUND", rows._GROUND.replace(rows.NUMBER, "current_setting('test.number')::bigint"))
    gate, made = await covered_gate("citywide-pass"), await ticket()
    book, told_then = books.Book(gate.number), []
    stands = 1 << rows.BITS
    for second, (state, number) in enumerate(
        [("valid", stands), ("blocked", stands), ("blocked", stands), ("blocked", stands + 1), ("blocked", stands + 2)]
    ):
        await fetch("UPDATE ticket SET state = $2 WHERE id = $1", made.id, state)
        await fetch(f"SET LOCAL test.number = {number}")
        await book.refresh(NOW + dt.timedelta(seconds=second))
        told_then.append(book.number - stands)
    assert told_then == [0, 0, 0, 1, 1]


NEW = NewHolder(name="Somebody Else", email="else@example.org", residence="JP")
BY = By("account:1")
REVOCATIONS: dict[str, tuple[Callable[[Made], Awaitable[None]], tuple[str, int]]] = {
    "canceled": (lambda made: cancel.cancel(registration=made.registration, by=BY, now=NOW), ("canceled", 0)),
    "blocked": (lambda made: block.block(ticket=made.id, by=BY, now=NOW), ("blocked", 0)),
    "passed on": (lambda made: transfer.transfer(ticket=made.id, to=NEW, by=BY, now=NOW), ("valid", 1)),
    "reissued": (lambda made: reissue.reissue(ticket=made.id, by=BY, now=NOW), ("valid", 1)),
}


@pytest.mark.parametrize("how", REVOCATIONS)
async def test_revocation_reaches_a_polling_phone_within_five_seconds(
    phone: httpx.AsyncClient, clock: Clock, how: str
) -> None:
    """A phone polls every 3 s; what it hears is at most 1 s old; the delta comes at once: 3 + 1 and the round trips."""
    gate, made = await covered_gate("citywide-pass"), await ticket()
    for _ in range(4):
        await ticket()
    revoke, expected = REVOCATIONS[how]
    number = (await fetched(phone, gate)).head.number
    # The worst moment: somebody asked just before the ticket is canceled, and the phone asks just before that is old.
    assert await told(phone, gate) == number
    await revoke(made)
    changed_at = clock.moment
    clock.forward(seconds=0.999)
    assert await told(phone, gate) == number
    clock.forward(seconds=3)
    assert await told(phone, gate) > number
    delta = await fetched(phone, gate, number)
    line = layout.line_of(record_of(delta, made))
    assert (line.status, line.generation) == expected
    assert clock.moment - changed_at < dt.timedelta(seconds=5)


async def test_first_reading_keeps_no_phone_waiting(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await ticket()
    assert await told(phone, gate) == 0
    await asyncio.gather(*books._readings.values())
    assert await told(phone, gate) > 0


async def test_forty_phones_read_a_convention_once(app: Frame, phone: httpx.AsyncClient, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    await ticket()
    found = await asyncio.gather(*(fetched(phone, gate) for _ in range(40)))
    assert len({pack.head.number for pack in found}) == 1
    assert len(books._shelf) == 1


async def test_those_who_waited_for_a_reading_do_not_read_again(no_others: None, committed: None, clock: Clock) -> None:
    gate = await covered_gate("citywide-pass")
    book = await books.book(gate.number, now=NOW)
    moments = [NOW - dt.timedelta(seconds=0.9), NOW + dt.timedelta(seconds=0.9), NOW - dt.timedelta(seconds=1)]
    found = []
    for moment in moments:
        await book.refresh(moment)
        found.append(book.read_at)
    assert found == [NOW, NOW, moments[2]]


async def test_transaction_that_is_rolled_back_is_in_no_pack(phone: httpx.AsyncClient, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket()
    first = await fetched(phone, gate)
    with pytest.raises(ZeroDivisionError):
        await _blocked_in_vain(made)
    clock.forward(seconds=1)
    assert await status(phone, gate, first.head.number) == 304


async def _blocked_in_vain(made: Made) -> None:
    async with transaction():
        await fetch("UPDATE ticket SET state = 'blocked' WHERE id = $1", made.id)
        raise ZeroDivisionError
