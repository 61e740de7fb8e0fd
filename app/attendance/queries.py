"""Reads for the gate's status and pages."""

import datetime as dt
from collections.abc import Collection
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.attendance.schemas import DeviceAtGate, GateStatus, decode_texts
from app.attendance.verdict import Gate, event_day, opening
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.people.roles import Principal

GATES = """
SELECT g.id, g.name, v.name AS venue, e.title AS event, e.id AS event_id
FROM gate g JOIN event e ON e.id = g.event JOIN venue v ON v.id = g.venue JOIN convention c ON c.id = e.convention
WHERE c.last_day >= $1 AND ($2::uuid[] IS NULL OR g.id = ANY($2)) AND ($3::uuid[] IS NULL OR e.organiser = ANY($3))
ORDER BY c.first_day, c.slug, e.position, e.id, g.position
"""

GATE = """
SELECT g.id, g.event, g.venue, e.organiser, c.number AS convention, c.zone, e.kpi_scope AS scope, g.opens_at,
       g.closes_at, g.name, v.name AS venue_name, e.title
FROM gate g JOIN event e ON e.id = g.event JOIN venue v ON v.id = g.venue JOIN convention c ON c.id = e.convention
WHERE g.id = $1
"""

INSIDE = "SELECT count(*) AS inside FROM ticket_state WHERE inside_venue = $1"

COUNTS = """
SELECT device, d.name, status, direction, verdict, reason, count(*) AS scans, max(scanned_at) AS last_scan_at
FROM scan JOIN device d ON d.id = device WHERE gate = $1 AND scanned_at >= $2
GROUP BY device, d.name, status, direction, verdict, reason
"""


class GateLine(Struct, frozen=True):
    """A gate as it is chosen from a list."""

    id: UUID
    name: dict[str, str]
    venue: dict[str, str]
    event: dict[str, str]
    event_id: UUID


class GatePage(Struct, frozen=True):
    """What the scanner's page says; `form` numbers this very page."""

    gate: Gate
    name: dict[str, str]
    venue: dict[str, str]
    event: dict[str, str]
    form: str


async def gates_of(principal: Principal, *, now: dt.datetime) -> list[GateLine]:
    """Return the gates that this principal may scan at, of conventions that are not long over."""
    scope = principal.scope
    rows = await fetch(GATES, (now - dt.timedelta(days=1)).date(), scope.gates, scope.organisers)
    return [
        GateLine(
            row["id"],
            decode_texts(row["name"]),
            decode_texts(row["venue"]),
            decode_texts(row["event"]),
            row["event_id"],
        )
        for row in rows
    ]


async def gate_page(gate: UUID, principal: Principal) -> GatePage:
    """Return the page of a gate, or raise `NotFound` when it does not exist or is not this principal's."""
    row = await fetch_one(GATE, gate)
    if row is None or not principal.may_see_gate(gate=gate, organiser=row["organiser"]):
        raise NotFound
    return GatePage(
        gate=Gate(**{name: row[name] for name in Gate.__struct_fields__ if name in row}),
        name=decode_texts(row["name"]),
        venue=decode_texts(row["venue_name"]),
        event=decode_texts(row["title"]),
        form=str(uuid4()),
    )


async def gate_status(gate: UUID, principal: Principal, *, now: dt.datetime) -> GateStatus:
    """Return a gate's figures of the present event-day; `inside` is of its whole venue, whenever people came.

    Raises `NotFound` when the gate does not exist or is not this principal's.
    """
    found = (await gate_page(gate, principal)).gate
    inside = await fetch_one(INSIDE, found.venue)
    rows = await fetch(COUNTS, gate, opening(found, event_day(found, now)))
    judged = [row for row in rows if row["status"] == "stored"]
    refused: dict[str, int] = {}
    for row in judged:
        if row["verdict"] == "refused":
            refused[row["reason"]] = refused.get(row["reason"], 0) + row["scans"]
    return GateStatus(
        gate=gate,
        inside=inside["inside"] if inside else 0,
        entered=sum(r["scans"] for r in judged if r["verdict"] == "admitted" and r["direction"] == "entry"),
        refused=dict(sorted(refused.items())),
        quarantined=sum(row["scans"] for row in rows if row["status"] == "quarantined"),
        devices=_devices([(r["device"], r["name"], r["scans"], r["last_scan_at"]) for r in rows]),
    )


def _devices(rows: list[tuple[UUID, str, int, dt.datetime]]) -> list[DeviceAtGate]:
    found: dict[UUID, DeviceAtGate] = {}
    for device, name, scans, last in rows:
        seen = found.get(device, DeviceAtGate(device, name, 0, last))
        found[device] = msgspec.structs.replace(
            seen, scans=seen.scans + scans, last_scan_at=max(seen.last_scan_at, last)
        )
    return sorted(found.values(), key=lambda device: (device.name, str(device.id)))


async def was_used(*, gate: UUID) -> bool:
    """Return whether a ticket was ever checked at a gate."""
    return await fetch_one("SELECT 1 FROM scan WHERE gate = $1 LIMIT 1", gate) is not None


async def took_part(*, tickets: Collection[UUID]) -> set[UUID]:
    """Return those of these tickets that were admitted at a gate, or are or were present online."""
    rows = await fetch(
        "SELECT ticket FROM scan WHERE ticket = ANY($1::uuid[]) AND verdict = 'admitted' AND direction = 'entry'"
        " UNION SELECT ticket FROM presence_interval WHERE ticket = ANY($1::uuid[])",
        list(tickets),
    )
    return {row["ticket"] for row in rows}


async def without_residence() -> int:
    """Count the persons with a valid ticket of whom nobody knows where they live."""
    row = await fetch_one(
        "SELECT count(DISTINCT t.person) AS people FROM ticket t JOIN person p ON p.id = t.person"
        " WHERE t.state = 'valid' AND t.residence IS NULL AND p.residence IS NULL AND p.erased_at IS NULL"
    )
    return row["people"] if row else 0
