"""Lives through histories: many of them side by side, each with its own tickets, every step of all in one group."""

import datetime as dt
from collections.abc import Sequence
from random import Random
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.attendance import ledger
from app.attendance.scanning import around, rows, scans
from app.attendance.scanning.asked import Asked
from app.attendance.schemas import ScanIn
from app.core.db import fetch
from app.people import access
from app.people.roles import Principal
from app.ticketing.tickets import code_digest, new_serial, stored
from tests.attendance.factories import gates, signed, ticket, ticket_type
from tests.attendance.scanning.histories import HOUSE, LEAD, PHONES, RECEIVED, TICKETS, Ended, Fact, History, expected
from tests.attendance.scanning.standing import counts, evidence
from tests.clock import NOW
from tests.doors import token_for

CRASHES = 0.1


class CrashError(Exception):
    """The process dies between its writing and its commit."""


class World(Struct):
    """Doors, phones and a ticket type, shared by all histories of a transaction."""

    doors: list[UUID]
    events: list[UUID]
    venues: list[UUID]
    phones: list[Principal]
    pattern: UUID
    kind: dict[str, int]
    used: int = 0

    @property
    def devices(self) -> list[UUID]:
        return [phone.device for phone in self.phones if phone.device is not None]


class Lived(Struct):
    """A history with its tickets and the number of its first scan."""

    number: int
    history: History
    first: int
    tickets: list[UUID]
    codes: list[str]


async def build() -> World:
    """Open the doors of `HOUSE` and enrol the phones."""
    everywhere = await gates()
    first = everywhere[0]
    second = next(g for g in everywhere if g.venue != first.venue and g.event != first.event)
    await fetch("UPDATE venue SET capacity = NULL")
    doors = [await _door(n, [first, second][door.event]) for n, door in enumerate(HOUSE)]
    phones = [
        await access.by_token(await token_for("lead" if n == LEAD else "staff", device=f"Phone {n}"), NOW)
        for n in range(PHONES)
    ]
    pattern = await ticket()
    kind = await ticket_type()
    around.forget()
    return World(doors, [first.event, second.event], [first.venue, second.venue], phones, pattern.id, kind)


async def _door(n: int, place: object) -> UUID:
    door, made = HOUSE[n], uuid4()
    await fetch(
        "INSERT INTO gate (id, event, venue, slug, position, name, elsewhere) VALUES ($1, $2, $3, $4, 99, '{}', $5)",
        made, place.event, place.venue, made.hex, door.elsewhere,  # type: ignore[attr-defined]
    )  # fmt: skip
    await fetch(
        "INSERT INTO gate_rule (id, gate, admits, entry_rule, entry_times, reentry)"
        " VALUES (gen_random_uuid(), $1, true, $2, $3, $4)",
        made,
        door.rule,
        door.times,
        door.reentry,
    )
    return made


_COPY = """
INSERT INTO ticket (id, registration, person, ticket_type, position, serial, generation, kid, code_digest, state,
                    residence, created_at, changed_at)
SELECT n.id, t.registration, t.person, t.ticket_type, 1, n.serial, 0, n.kid, n.digest, n.state, t.residence,
       t.created_at, n.changed_at
FROM ticket t, unnest($2::uuid[], $3::bigint[], $4::bytea[], $5::text[], $6::timestamptz[], $7::int[])
    AS n (id, serial, digest, state, changed_at, kid) WHERE t.id = $1
"""
_CANCEL = """
INSERT INTO ticket_change (id, ticket, at, actor, action, fields, person)
SELECT gen_random_uuid(), t.id, t.changed_at, 'holder', 'canceled', '[]', t.person FROM ticket t
WHERE t.id = ANY($1::uuid[]) AND t.changed_at IS NOT NULL
"""


async def prepare(world: World, numbers: Sequence[int], histories: Sequence[History]) -> list[Lived]:
    """Make the tickets of histories; a third of their codes is signed by the key of the next period."""
    lives, made = [], []
    for number, history in zip(numbers, histories, strict=True):
        serials = [new_serial() for _ in range(TICKETS)]
        kids = [serial % 3 // 2 for serial in serials]
        codes = [
            signed(world.kind["scope"], world.kind["number"], serial, kid=kid)
            for serial, kid in zip(serials, kids, strict=True)
        ]
        tickets = [uuid4() for _ in serials]
        lives.append(Lived(number, history, world.used, tickets, codes))
        world.used += len(history.facts)
        for n, one in enumerate(tickets):
            at = history.canceled.get(n)
            made.append((one, stored(serials[n]), code_digest(codes[n]), "canceled" if at else "valid", at, kids[n]))
    await fetch(_COPY, world.pattern, *(list(column) for column in zip(*made, strict=True)))
    await fetch(_CANCEL, [row[0] for row in made])
    return lives


def sent(world: World, life: Lived, fact: Fact, *, told: bool) -> ScanIn:
    """Return what the phone sends: its own wrong time, and how wrong it is."""
    skew = life.history.skews[fact.phone]
    raw: dict[str, object] = {
        "seq": life.first + fact.number,
        "gate": str(world.doors[fact.door]),
        "direction": fact.kind,
        "scanned_at": (fact.at - skew).isoformat(),
        "clock": {"offset_ms": skew / dt.timedelta(milliseconds=1)},
    }
    if told:
        raw["device_verdict"] = {"verdict": fact.final}
    if fact.of is not None:
        of = life.history.facts[fact.of]
        raw["undoes"] = {"seq": life.first + of.number, "device": str(world.devices[of.phone])}
    elif fact.by_hand:
        raw |= {"ticket": str(life.tickets[fact.ticket]), "manual": "no code"}
    else:
        raw["code"] = life.codes[fact.ticket]
    return msgspec.convert(raw, ScanIn)


async def live(world: World, lives: Sequence[Lived], *, seed: int = 0) -> None:
    """Deliver everything, one delivery of each history in a group; a group may die after its writing and come again."""
    dice = Random(seed)
    for step in range(max(len(life.history.deliveries) for life in lives)):
        asked = []
        for life in lives:
            for delivery in life.history.deliveries[step : step + 1]:
                fact = life.history.facts[delivery.fact]
                phone = world.phones[fact.phone]
                scan = sent(world, life, fact, told=delivery.told)
                asked.append(scans._asked(scan, phone, world.devices[fact.phone], RECEIVED))
        if dice.random() < CRASHES:
            await _crash(asked)
        if dice.random() < CRASHES:
            await _rotate()
        outcomes = await scans.write(asked)
        assert len(outcomes) == len(asked)


async def _rotate() -> None:
    """Let the key of the time be another one: what was issued stays good."""
    await fetch(
        "UPDATE signing_key SET distrust_after = CASE WHEN distrust_after IS NULL THEN $1::timestamptz END", NOW
    )
    around.forget()


async def _crash(asked: list[Asked]) -> None:
    """Write a group and die before the commit."""
    original = rows.store

    async def store(group: rows.Group, *, now: dt.datetime) -> bool:
        await original(group, now=now)
        raise CrashError

    rows.store = store
    try:
        await scans.write(asked)
    except CrashError:
        pass
    finally:
        rows.store = original


async def wrong(world: World, lives: Sequence[Lived]) -> list[str]:
    """Return what is not as it must be, a line for each history and for the books as a whole."""
    proofs: dict[UUID, list[tuple[int, dt.date, dt.datetime, str]]] = {}
    for entry in await evidence():
        on = (entry["scheduled_at"] + dt.timedelta(hours=9)).date()
        which = world.events.index(entry["event"])
        proof = (which, on, entry["starts_at"], entry["evidence_class"])
        proofs.setdefault(entry["ticket"], []).append(proof)
    states = {row["ticket"]: row for row in await fetch("SELECT * FROM ticket_state")}
    stored_ = {(row["device"], row["seq"]) for row in await fetch("SELECT device, seq FROM scan")}
    found = await counts()
    for life in lives:
        lost = [f for f in life.history.facts if (world.devices[f.phone], life.first + f.number) not in stored_]
        if lost:
            found.append(f"History {life.number}: lost {lost}")
        ends = expected(life.history, world.devices, life.first)
        for n, (one, end) in enumerate(zip(life.tickets, ends, strict=True)):
            if said := _differs(world, end, sorted(proofs.get(one, [])), states.get(one)):
                found.append(f"History {life.number}, ticket {n}: {said}")
    facts = sum(len(life.history.facts) for life in lives)
    if len(stored_) != facts:
        found.append(f"{len(stored_)} scans of {facts} facts")
    if (await ledger.verify()).broken:
        found.append("the chain is broken")
    return found


def _differs(world: World, end: Ended, proofs: Sequence[object], row: object) -> str:
    """Compare one ticket with what the rules alone say."""
    body = msgspec.json.decode(row["body"]) if row is not None else {}  # type: ignore[index]
    inside = body.get("inside")
    place = None
    if inside is not None:
        place = (world.doors.index(UUID(inside["gate"])), dt.datetime.fromisoformat(inside["since"]))
    entered = frozenset(
        (
            world.events.index(UUID(e["event"])),
            dt.date.fromisoformat(e["day"]),
            dt.datetime.fromisoformat(e["at"]),
            e.get("times", 1),
        )
        for e in body.get("entered", [])
    )
    if end.evidence != proofs:
        return f"evidence {proofs}, not {end.evidence}"
    if end.place != place:
        return f"is at {place}, not {end.place}"
    return "" if end.entered == entered else f"entered {entered}, not {end.entered}"
