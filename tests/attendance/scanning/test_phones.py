"""Phones against several processes, for real: networks that cut, answers that get lost, everything at once."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from random import Random
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from app.attendance import ledger
from app.attendance.scanning import around, scans
from app.attendance.scanning.asked import Asked
from app.attendance.schemas import DeviceVerdict, ScanIn, Undoes
from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import access
from app.people.roles import Principal
from tests.attendance.factories import covered_gate, gates, ticket
from tests.attendance.scanning.standing import counts, evidence
from tests.clock import NOW
from tests.doors import token_for, value

pytestmark = pytest.mark.committed
LATER = NOW + dt.timedelta(hours=20)
SECOND = dt.timedelta(seconds=1)


class Phone(Struct):
    """A phone at a door with what it has scanned; it sends through a process of its own."""

    principal: Principal
    queue: list[ScanIn]

    @property
    def device(self) -> UUID:
        assert self.principal.device is not None
        return self.principal.device

    def asked(self, sent: Sequence[ScanIn]) -> list[Asked]:
        return [scans._asked(scan, self.principal, self.device, LATER) for scan in sent]


@pytest.fixture
async def phones(app: Frame, committed: None) -> AsyncIterator[list[Phone]]:
    """Five phones, in a town where no venue counts."""
    before = await fetch("SELECT id, capacity FROM venue")
    await fetch("UPDATE venue SET capacity = NULL")
    around.forget()
    yield [Phone(await access.by_token(await token_for("staff", device=f"Phone {n}"), NOW), []) for n in range(5)]
    for row in before:
        await fetch("UPDATE venue SET capacity = $2 WHERE id = $1", row["id"], row["capacity"])
    around.forget()


async def _day(phones: list[Phone], each: int, seed: int) -> dict[UUID, int]:
    """Let guests walk in and out of two venues past five phones, and return how many must be inside each at the end."""
    dice = Random(seed)
    here = await covered_gate("citywide-pass")
    there = next(g for g in await gates() if g.venue != here.venue and g.event != here.event)
    guests = [await ticket() for _ in range(each // 6)]
    place: dict[UUID, UUID | None] = {}
    for seq in range(each):
        for n, phone in enumerate(phones):
            guest, at = dice.choice(guests), NOW + (5 * seq + n) * SECOND
            inside = place.get(guest.id)
            gate = next((g for g in (here, there) if g.venue == inside), None) if dice.random() < 0.4 else None
            direction = "exit" if gate else "entry"
            gate = gate or (there if inside == here.venue else here)
            place[guest.id] = None if direction == "exit" else gate.venue
            said = dice.choice([None, DeviceVerdict("admitted")])
            phone.queue.append(_scan(seq, guest.code, gate.id, direction, at, said))
    venues = list(place.values())
    return {g.venue: venues.count(g.venue) for g in (here, there)}


def _scan(  # noqa: PLR0917  # as it is read
    seq: int, code: str, gate: UUID, direction: str, at: dt.datetime, said: DeviceVerdict | None
) -> ScanIn:
    return ScanIn(
        seq=seq,
        code=code,
        gate=str(gate),
        direction=direction,  # type: ignore[arg-type]
        scanned_at=at.isoformat(),
        device_verdict=said,
    )


async def _send(phone: Phone, dice: Random, most: int) -> None:
    """Send everything, in batches, until every receipt is there: 40 % of them are cut, before or after the writing."""
    waiting, done = list(phone.queue), set[int]()
    while waiting:
        batch = waiting[: dice.randint(1, most)]
        batch += dice.choices(phone.queue, k=len(batch) // 10)
        cut = dice.random() < 0.4
        if cut and dice.random() < 0.5:
            continue
        try:
            outcomes = await scans.write(phone.asked(batch))
        except asyncpg.LockNotAvailableError:  # answered by 503: come again
            continue
        assert {outcome.status for outcome in outcomes} <= {"stored", "already_stored"}
        if not cut:
            done |= {scan.seq for scan in batch}
            waiting = [scan for scan in waiting if scan.seq not in done]


async def _five_phones(phones: list[Phone], each: int, most: int) -> None:
    inside = await _day(phones, each, seed=each)
    await asyncio.gather(*(_send(phone, Random(n), most) for n, phone in enumerate(phones)))
    assert await value("SELECT count(*) FROM scan") == 5 * each
    kept = {row["venue"]: row["inside"] for row in await fetch("SELECT * FROM venue_inside WHERE inside > 0")}
    assert kept == {venue: n for venue, n in inside.items() if n}
    assert await counts() == []
    entries = sum(scan.direction == "entry" for phone in phones for scan in phone.queue)
    assert len(await evidence()) == entries
    assert (await ledger.verify()).broken == 0


async def test_head_counts_are_exact_though_the_network_is_cut(phones: list[Phone]) -> None:
    await _five_phones(phones, 300, most=60)


@pytest.mark.faults
async def test_head_counts_are_exact_after_thirty_thousand_scans(phones: list[Phone]) -> None:
    await _five_phones(phones, 6000, most=1000)


async def test_undo_and_its_scan_at_the_same_moment_end_the_same(phones: list[Phone]) -> None:
    """Neither may miss the other, whichever commits first."""
    gate = await covered_gate("citywide-pass")
    phone = phones[0]
    for n in range(25):
        made = await ticket()
        one = _scan(2 * n, made.code, gate.id, "entry", NOW, None)
        back = ScanIn(
            seq=2 * n + 1,
            gate=str(gate.id),
            direction="undo",
            scanned_at=(NOW + SECOND).isoformat(),
            undoes=Undoes(2 * n),
        )
        await asyncio.gather(scans.write(phone.asked([one])), scans.write(phone.asked([back])))
    assert await value("SELECT count(*) FROM scan") == 50
    assert await value("SELECT count(*) FROM ticket_state WHERE inside_venue IS NOT NULL") == 0
    assert (await evidence(), await counts()) == ([], [])


async def test_final_verdicts_from_twelve_connections_are_one(phones: list[Phone]) -> None:
    gate, made, phone = await covered_gate("citywide-pass"), await ticket(), phones[0]
    await scans.write(phone.asked([_scan(1, made.code, gate.id, "entry", NOW, None)]))
    final = _scan(1, made.code, gate.id, "entry", NOW, DeviceVerdict("refused", "already_admitted"))
    found = await asyncio.gather(*(scans.write(phone.asked([final])) for _ in range(12)))
    assert {(one.status, one.verdict, one.reason) for [one] in found} == {
        ("already_stored", "refused", "already_admitted")
    }
    assert await value("SELECT count(*) FROM scan_final") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == 2
    assert (await evidence(), await counts()) == ([], [])
