"""Odd scans: what was kept aside, let in although the rules said no, or told by a clock that nobody believes.

A lead of the staff looks at each once and settles it: it counts, it does not, or it was only seen. A settlement is a
fact like any other. `counted` makes evidence of class B in the operator's name, unless the scan is evidence already;
`dismissed` voids what evidence there is, and keeps it from coming back.
"""

import datetime as dt
from typing import Annotated, Literal, get_args
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta, Struct

from app.attendance import ledger
from app.attendance.errors import AlreadySettled
from app.attendance.judging.fold import seen_at
from app.attendance.judging.rules import Gate
from app.attendance.ledger import Entry
from app.attendance.scanning import around, pasts, rows
from app.attendance.scanning.asked import operator
from app.attendance.scanning.books import Book, book
from app.attendance.scanning.evidence import evidence
from app.attendance.schemas import decode_texts
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.people.roles import Principal, Scope

Decision = Literal["counted", "dismissed", "seen"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
SHOWN = 100
LOOKED_THROUGH = 1000
"""Of so many of the newest odd scans those of a lead's gates are shown; the others come when these are settled."""

ODD = """
SELECT s.id, s.device, s.seq, s.gate, s.ticket, s.direction, s.scanned_at, s.received_at, s.status, s.verdict, s.reason,
       s.warnings, d.name AS device_name, a.scope, g.id AS known_gate, g.name AS gate_name, e.organiser, c.zone
FROM scan s JOIN device d ON d.id = s.device JOIN account a ON a.id = d.account
LEFT JOIN gate g ON g.id = s.gate LEFT JOIN event e ON e.id = g.event LEFT JOIN convention c ON c.id = e.convention
WHERE (s.status = 'quarantined' OR s.warnings <> '[]' OR s.id IN (SELECT f.scan FROM scan_final f))
  AND NOT EXISTS (SELECT FROM scan_settlement x WHERE x.scan = s.id) AND ($1::bigint IS NULL OR s.id = $1)
ORDER BY s.received_at DESC, s.id DESC LIMIT $2
"""

SETTLE = """
INSERT INTO scan_settlement (id, scan, decision, operator, reason, settled_at)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (scan) DO NOTHING RETURNING id
"""


class OddScan(Struct, frozen=True):
    """A scan that somebody should look at. `gate_name` is empty when there is no such gate (any more)."""

    id: int
    device: UUID
    seq: int
    gate: UUID
    ticket: UUID | None
    direction: str
    scanned_at: dt.datetime
    received_at: dt.datetime
    status: str
    verdict: str
    reason: str | None
    warnings: tuple[str, ...]
    device_name: str
    gate_name: dict[str, str]
    zone: str

    @property
    def may_count(self) -> bool:
        """Whether it may become evidence: it is an entry with the code of a ticket of ours."""
        return self.ticket is not None and self.direction == "entry"


class Settlement(Struct, frozen=True):
    """What a lead decides. `gate` is where the scan counts, when its own gate is gone."""

    scan: int
    decision: Decision
    reason: Annotated[str, Meta(min_length=1, max_length=400)]
    gate: UUID | None = None


async def odd_scans(principal: Principal) -> list[OddScan]:
    """Return the odd scans of the principal's gates that nobody has settled, the newest first."""
    found = await fetch(ODD, None, LOOKED_THROUGH)
    return [_odd(row) for row in found if _reaches(principal, row)][:SHOWN]


async def odd_scan(scan: int, principal: Principal) -> OddScan:
    """Return one of them, or raise `NotFound`."""
    row = await fetch_one(ODD, scan, 1)
    if row is None or not _reaches(principal, row):
        raise NotFound
    return _odd(row)


async def settle(settlement: Settlement, *, principal: Principal, now: dt.datetime) -> None:
    """Settle a scan, once; raises `NotFound` for other people's, `Invalid` for what cannot be evidence."""
    async with transaction():
        scan = await odd_scan(settlement.scan, principal)
        if scan.ticket is not None:
            await rows.lock(serials=[], tickets=[scan.ticket], entered=[])
        gate = await _place(scan, settlement, principal, now) if settlement.decision == "counted" else None
        said = (settlement.decision, principal.actor, settlement.reason, now)
        if await fetch_one(SETTLE, scan.id, *said) is None:
            raise AlreadySettled
        if scan.ticket is not None:
            await ledger.append(await _entries(scan, scan.ticket, gate, settlement, principal, now), now=now)
        detail = {"decision": settlement.decision}
        await audit.record(
            actor=principal.actor, action="scan.settled", subject=f"scan:{scan.id}", now=now, detail=detail
        )


async def _place(scan: OddScan, settlement: Settlement, principal: Principal, now: dt.datetime) -> Gate:
    """Return the gate at which a scan counts: its own, else the one that was chosen."""
    if not scan.may_count:
        raise Invalid([FieldError("decision", "not_evidence", _("Only an entry with a ticket of ours can count."))])
    wanted = scan.gate if scan.gate_name or settlement.gate is None else settlement.gate
    found = (await around.gates([wanted], now=now)).get(wanted)
    if found is None or not principal.may_see_gate(gate=found.id, organiser=found.organiser):
        raise Invalid([FieldError("gate", "required", _("Choose the gate at which it happened."))])
    return found


async def _entries(  # noqa: PLR0917  # one of each thing that a settlement rests on
    scan: OddScan, ticket: UUID, gate: Gate | None, settlement: Settlement, principal: Principal, now: dt.datetime
) -> list[Entry]:
    """Return what the settlement appends to the ledger."""
    one = await _book(ticket, scan, now)
    past, key = one.past, (scan.device, scan.seq)
    assert past is not None  # noqa: S101  # opened a moment ago
    found = past.corrections()
    if gate is None or key in past.counted():
        return found
    seen = seen_at(gate, one.holder.product, at=scan.scanned_at, device=key[0], seq=key[1], direction="entry")
    who, why = operator(principal.account), settlement.reason
    proof = evidence(seen, gate, one.holder, one.person_at(seen.at), operator=who, reason=why)
    return [*found, msgspec.structs.replace(proof, source=f"settled:{scan.id}")]


async def _book(ticket: UUID, scan: OddScan, now: dt.datetime) -> Book:
    [row] = await rows.look([rows.Looked(scan.device, scan.seq, None, ticket, None)])
    products = await around.products([row["ticket_type"]], now=now)
    found = book(row, products[row["ticket_type"]])
    await pasts.open_all({ticket: found}, [], now=now)
    return found


def _reaches(principal: Principal, row: asyncpg.Record) -> bool:
    """Whether a scan is the principal's to settle: by its gate, or by the phone when the gate is gone."""
    if row["known_gate"] is not None:
        return principal.may_see_gate(gate=row["gate"], organiser=row["organiser"])
    mine, theirs = principal.scope, msgspec.json.decode(row["scope"], type=Scope)
    return _meet(mine.gates, theirs.gates) and _meet(mine.organisers, theirs.organisers)


def _meet(mine: tuple[UUID, ...] | None, theirs: tuple[UUID, ...] | None) -> bool:
    return mine is None or (theirs is not None and set(theirs) <= set(mine))


def _odd(row: asyncpg.Record) -> OddScan:
    return OddScan(
        id=row["id"],
        device=row["device"],
        seq=row["seq"],
        gate=row["gate"],
        ticket=row["ticket"],
        direction=row["direction"],
        scanned_at=row["scanned_at"],
        received_at=row["received_at"],
        status=row["status"],
        verdict=row["verdict"],
        reason=row["reason"],
        warnings=tuple(msgspec.json.decode(row["warnings"], type=list[str])),
        device_name=row["device_name"],
        gate_name=decode_texts(row["gate_name"]) if row["gate_name"] else {},
        zone=row["zone"] or "Asia/Tokyo",
    )
