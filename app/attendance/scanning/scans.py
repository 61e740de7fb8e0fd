"""The use case of `POST /api/v1/scans`: every scan is stored once, judged once, and answered for ever the same.

A scan is known by (device, seq). Nothing a device sends is refused as such: what cannot be judged is quarantined,
with a reason, and stored all the same; only then may the device forget it.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from operator import attrgetter
from uuid import UUID

import asyncpg
import msgspec

from app.attendance.errors import NotADevice
from app.attendance.judging.clocks import scan_time
from app.attendance.judging.fold import Direction, Key
from app.attendance.judging.reasons import explain
from app.attendance.scanning import around, facts, groups, rows
from app.attendance.scanning.asked import About, Asked, Outcome
from app.attendance.scanning.desk import Desk
from app.attendance.scanning.groups import Overtaken
from app.attendance.scanning.place_names import named
from app.attendance.schemas import ClockIn, Guest, Receipt, ScanIn
from app.core.db import DB, transaction
from app.core.groups import Collector
from app.core.i18n import Text, text
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing.codes import BadCode, Parsed, parse
from app.ticketing.tickets import stored

MOST_IN_A_GROUP = 500
"""A group holds up every scan that comes while it is being judged and stored: this many take some 50 ms."""
MOST_TRIES = 3
QUEUE = 50
"""An upload of so many scans is a queue that a phone has held back."""
TYPED = -1
"""Codes typed on the page without scripts are numbered downwards from here, the page's own scans upwards from 1."""


async def record(
    *, scans: Sequence[ScanIn], principal: Principal, now: dt.datetime, sent_at: str | None = None
) -> list[Receipt]:
    """Store and judge scans of the device behind `principal`; return their receipts in the same order.

    `sent_at` is the device's wall clock of this moment. Raises `NotADevice` when the account has no enrolled device.
    Requests that wait while others are being written are written together with them; inside a transaction of the
    caller the scans are written there.
    """
    if principal.device is None:
        raise NotADevice
    asked = [_asked(scan, principal, principal.device, now, sent_at) for scan in scans]
    inside = DB.current_transaction.get() is not None
    outcomes = await (write(asked) if inside else _writer(len(asked)).ask(asked))
    names = await named(outcomes, now=now)
    return [_receipt(one, outcome, names) for one, outcome in zip(asked, outcomes, strict=True)]


async def record_typed(
    *, gate: UUID, code: str, direction: Direction, form: str, principal: Principal, now: dt.datetime
) -> Receipt:
    """Store and judge a code that was typed on the page without scripts.

    The server numbers it: by the number of the form and what was typed, so that a reload is the same scan and two tabs
    never meet.
    """
    content = hashlib.sha256(f"{form}\0{direction}\0{code}".encode()).digest()
    seq = TYPED - (int.from_bytes(content[:8]) >> 3)
    scan = ScanIn(seq=seq, code=code, gate=str(gate), direction=direction, scanned_at=now.isoformat())
    [receipt] = await record(scans=[scan], principal=principal, now=now)
    return receipt


def _asked(scan: ScanIn, principal: Principal, device: UUID, now: dt.datetime, sent_at: str | None = None) -> Asked:
    clock, place, parsed = scan.clock or ClockIn(), scan.place, _parsed(scan.code)
    return Asked(
        scan=scan,
        principal=principal,
        device=device,
        place=place,
        received_at=now,
        time=scan_time(
            said=scan.scanned_at,
            offset_ms=clock.offset_ms,
            received_at=now,
            counted_ms=None if clock.anchor_ms is None else clock.anchor_ms + clock.monotonic_ms,
            sent_at=sent_at,
        ),
        digest=_digest(scan, place),
        code_digest=hashlib.sha256(scan.code.encode()).digest(),
        parsed=parsed,
        serial=None if parsed is None else stored(parsed.payload.serial),
    )


def _digest(scan: ScanIn, place: UUID) -> bytes:
    """Cover what was seen; the clock's counters and the device's own opinion may change between two uploads."""
    said = scan.scanned_at if scan.seq >= 0 else ""
    seen: list[object] = [place, scan.code, scan.direction, said]
    if scan.ticket is not None or scan.undoes is not None:
        seen += [scan.by_hand, scan.manual, scan.undoes]
    return hashlib.sha256(msgspec.json.encode(seen)).digest()


def _parsed(code: str) -> Parsed | None:
    try:
        return parse(code)
    except BadCode:
        return None


def _receipt(asked: Asked, outcome: Outcome, names: Mapping[str, Text]) -> Receipt:
    return Receipt(
        seq=asked.scan.seq,
        status=outcome.status,
        verdict=outcome.verdict,
        reason=outcome.reason,
        warnings=outcome.warnings,
        ticket=_guest(outcome.about) if outcome.about else None,
        facts=outcome.facts,
        explanation=explain(outcome.reason, outcome.facts, at=asked.time.at, zone=outcome.zone, names=names),
    )


def _guest(about: About) -> Guest:
    erased = about.key is None or about.sealed is None
    name = "" if erased else open_details(about.key, about.sealed).name  # type: ignore[arg-type]
    return Guest(
        name=name,
        ticket_type=text(about.title),
        party=about.party,
        inside=about.inside,
        id=about.ticket,
        language=about.language,
    )


async def write(asked: list[Asked]) -> list[Outcome]:
    """Write one group of scans, all or nothing, and return an outcome for each, in the same order.

    Nothing is locked while it is judged, and whoever is overtaken judges again. Whoever is overtaken every time makes
    the others wait.
    """
    for _try in range(MOST_TRIES):
        with suppress(Overtaken):
            if DB.current_transaction.get() is None:
                return await _write(asked)
            async with transaction():
                return await _write(asked)
    for _try in range(MOST_TRIES):
        with suppress(Overtaken):
            async with transaction():
                await _lock(asked)
                return await _write(asked)
    raise asyncpg.SerializationError("Overtaken too often.")


_collector: Collector[Asked, Outcome] = Collector(write, most=MOST_IN_A_GROUP)
_of_queues: Collector[Asked, Outcome] = Collector(write, most=MOST_IN_A_GROUP, writers=3)
"""Writes what phones have held back, side by side: one group is judged while others are looked up and stored."""


def _writer(count: int) -> Collector[Asked, Outcome]:
    """Return who writes an upload: nobody who stands at a door waits behind the queue of another phone."""
    return _collector if count < QUEUE else _of_queues


async def _lock(asked: list[Asked]) -> None:
    await rows.lock(
        serials=[one.serial for one in asked if one.serial is not None],
        tickets=[one.scan.by_hand for one in asked if one.scan.by_hand is not None],
        entered=[one.place for one in asked if one.scan.direction == "entry"],
    )


async def _write(asked: list[Asked]) -> list[Outcome]:
    now = asked[0].received_at
    gates = await around.gates({one.place for one in asked}, now=now)
    looked = await groups.look(asked, gates)
    known = {one.key: row for one, row in zip(asked, looked, strict=True) if row["request"] is not None}
    table = await groups.open_desk(asked, looked, gates=gates, now=now)
    if odd := _odd(asked, looked, table):
        return await _apart(asked, odd)
    sorted_ = groups.sort(asked, known)
    new = sorted(sorted_.new.values(), key=attrgetter("mark"))
    made = {one.key: table.judge(one) for one in new}
    reused = {
        index: table.set_aside(asked[index], "seq_reused", groups.reused_seq(asked[index])) for index in sorted_.reused
    }
    if made or reused:
        await groups.store(table, now=now)
    return [
        reused[index] if index in reused else table.answer(one, made=made, known=known, first=sorted_.first)
        for index, one in enumerate(asked)
    ]


def _odd(asked: list[Asked], looked: list[asyncpg.Record], table: Desk) -> set[Key]:
    """Return the scans that touch the past, with all others of the same tickets: these are judged together."""
    odd = [(one.key, row["id"]) for one, row in zip(asked, looked, strict=True) if not table.is_plain(one, row)]
    if not odd:
        return set()
    keys, tickets = {key for key, _ticket in odd}, {ticket for _key, ticket in odd if ticket is not None}
    return keys | {one.key for one, row in zip(asked, looked, strict=True) if row["id"] in tickets}


async def _apart(asked: list[Asked], odd: set[Key]) -> list[Outcome]:
    """Write the plain scans of a group first, then those that touch the past. The order of facts does not matter."""
    plain = [one for one in asked if one.key not in odd]
    answers = iter(await _write(plain) if plain else ())
    others = iter(await facts.write([one for one in asked if one.key in odd]))
    return [next(others if one.key in odd else answers) for one in asked]
