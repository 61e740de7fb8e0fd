"""The use case of `POST /api/v1/scans`: every scan is stored once, judged once, and answered for ever the same.

A scan is known by (device, seq). Nothing a device sends is refused as such: what cannot be judged is quarantined,
with a reason, and stored all the same; only then may the device forget it.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance import desk, scan_rows
from app.attendance.clocks import scan_time
from app.attendance.desk import About, Asked, Outcome
from app.attendance.errors import NotADevice
from app.attendance.ledger import append
from app.attendance.schemas import ClockIn, Guest, Receipt, ScanIn
from app.attendance.verdict import BY_STATE, Direction
from app.core.db import DB, transaction
from app.core.groups import Collector
from app.core.i18n import text
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing.codes import BadCode, Parsed, parse

MOST_IN_A_GROUP = 2000
MOST_TRIES = 3
TYPED = -1
"""Codes typed on the page without scripts are numbered downwards from here, the page's own scans upwards from 1."""
REUSED = -(2**62)
"""A scan under a number that another one bears already is stored downwards from here, found again by its content."""


class _Overtaken(Exception):
    """Another transaction stored one of our scans between our look and our INSERT; a second look will see it."""


async def record(*, scans: Sequence[ScanIn], principal: Principal, now: dt.datetime) -> list[Receipt]:
    """Store and judge scans of the device behind `principal`; return their receipts in the same order.

    Raises `NotADevice` when the account has no enrolled device. Requests that wait while others are being written are
    written together with them; inside a transaction of the caller the scans are written there.
    """
    if principal.device is None:
        raise NotADevice
    asked = [_asked(scan, principal, principal.device, now) for scan in scans]
    inside = DB.current_transaction.get() is not None
    outcomes = await (write(asked) if inside else _collector.ask(asked))
    return [_receipt(one, outcome) for one, outcome in zip(asked, outcomes, strict=True)]


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


def _asked(scan: ScanIn, principal: Principal, device: UUID, now: dt.datetime) -> Asked:
    offset = (scan.clock or ClockIn()).offset_ms
    return Asked(
        scan=scan,
        principal=principal,
        device=device,
        received_at=now,
        time=scan_time(said=scan.scanned_at, offset_ms=offset, received_at=now),
        digest=_digest(scan),
        code_digest=hashlib.sha256(scan.code.encode()).digest(),
        parsed=_parsed(scan.code),
    )


def _digest(scan: ScanIn) -> bytes:
    """Cover what was seen; the clock's counters and the device's own opinion may change between two uploads."""
    said = scan.scanned_at if scan.seq >= 0 else ""
    return hashlib.sha256(msgspec.json.encode([scan.place, scan.code, scan.direction, said])).digest()


def _parsed(code: str) -> Parsed | None:
    try:
        return parse(code)
    except BadCode:
        return None


def _receipt(asked: Asked, outcome: Outcome) -> Receipt:
    return Receipt(
        seq=asked.scan.seq,
        status=outcome.status,
        verdict=outcome.verdict,
        reason=outcome.reason,
        warnings=outcome.warnings,
        ticket=_guest(outcome.about) if outcome.about else None,
    )


def _guest(about: About) -> Guest:
    erased = about.key is None or about.sealed is None
    name = "" if erased else open_details(about.key, about.sealed).name  # type: ignore[arg-type]
    return Guest(name=name, ticket_type=text(about.title), party=about.party, inside=about.inside)


async def write(asked: list[Asked]) -> list[Outcome]:
    """Write one group of scans in one transaction and return an outcome for each, in the same order."""
    for _try in range(MOST_TRIES):
        try:
            async with transaction():
                return await _write(asked)
        except _Overtaken:
            continue
    raise _Overtaken


_collector: Collector[Asked, Outcome] = Collector(write, most=MOST_IN_A_GROUP)


class _Sorted(Struct, frozen=True):
    """A group by what is to be done: `new` by first arrival, the others by position in the group."""

    new: dict[tuple[UUID, int], Asked]
    reused: list[int]


async def _write(asked: list[Asked]) -> list[Outcome]:
    await scan_rows.lock(
        serials=sorted({one.serial for one in asked if one.serial is not None}),
        entered=sorted({one.scan.place for one in asked if one.scan.direction == "entry"}),
    )
    known = await scan_rows.known([one.key for one in asked])
    sorted_ = _sort(asked, {key: row["request"] for key, row in known.items()})
    new = sorted(sorted_.new.values(), key=lambda one: one.mark)
    table = await _look(asked, new)
    made = {one.key: table.judge(one) for one in new}
    reused = {index: table.set_aside(asked[index], "seq_reused", _reused_seq(asked[index])) for index in sorted_.reused}
    if await scan_rows.insert(table.rows) < len(made):
        raise _Overtaken
    await scan_rows.insert(table.aside)
    await scan_rows.keep_states(table.states())
    await append(table.entries, now=asked[0].received_at)
    return [
        reused[index] if index in reused else table.answer(one, made=made, known=known, first=sorted_.new)
        for index, one in enumerate(asked)
    ]


async def _look(asked: list[Asked], new: list[Asked]) -> desk.Desk:
    """Read everything that the verdicts and the receipts depend on; the tickets are locked already."""
    serials = sorted({one.serial for one in asked if one.serial is not None})
    gates = sorted({one.scan.place for one in asked})
    tickets = await scan_rows.tickets(serials)
    found_gates, products = await scan_rows.around(gates=gates, types=list({row["ticket_type"] for row in tickets}))
    books = {row["serial"]: desk.book(row, products[row["ticket_type"]]) for row in tickets}
    ours = {serial: book.code_digest for serial, book in books.items()}
    strange = any(one.parsed is not None and ours.get(one.serial or 0) != one.code_digest for one in asked)
    keys = await scan_rows.keys(asked[0].received_at) if strange else {}
    table = desk.Desk(gates=found_gates, books=books, keys=keys)
    await _unfold_late(new, table)
    return table


async def _unfold_late(new: list[Asked], table: desk.Desk) -> None:
    """Fetch the history of every ticket that a scan arrives for which happened before the last one known."""
    late = {book.holder.id: book for one in new if (book := table.book_of(one)) and book.comes_late(one)}
    if not late:
        return
    rows = await scan_rows.history(tickets=sorted(late), by_state=BY_STATE)
    gates, _products = await scan_rows.around(gates=list({row["gate"] for row in rows}), types=[])
    for row in rows:
        if row["gate"] in gates:
            book = late[row["ticket"]]
            book.history.append(desk.seen_again(row, gates[row["gate"]], book.holder.product.entry_rule))


def _sort(asked: list[Asked], known: dict[tuple[UUID, int], bytes]) -> _Sorted:
    new: dict[tuple[UUID, int], Asked] = {}
    reused = []
    for index, one in enumerate(asked):
        before = known.get(one.key) or (new[one.key].digest if one.key in new else None)
        if before is None:
            new[one.key] = one
        elif before != one.digest:
            reused.append(index)
    return _Sorted(new, reused)


def _reused_seq(one: Asked) -> int:
    content = hashlib.sha256(one.scan.seq.to_bytes(8, signed=True) + one.digest).digest()
    return REUSED - (int.from_bytes(content[:8]) >> 2)
