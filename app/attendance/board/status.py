"""A gate at a glance, from the counts that its process keeps: as quick after a million scans as after ten."""

import datetime as dt
from uuid import UUID

from app.attendance.board.figures import corrected
from app.attendance.board.ground import day_began
from app.attendance.board.live import LIVE
from app.attendance.board.tally import Counts, minute_of
from app.attendance.queries import gate_page
from app.attendance.schemas import DeviceAtGate, GateStatus
from app.core.db import fetch
from app.people.roles import Principal

NAMES = "SELECT id, name FROM device WHERE id = ANY($1::uuid[])"


async def gate_status(gate: UUID, principal: Principal, *, now: dt.datetime) -> GateStatus:
    """Return a gate's figures of the present event-day, at most a second old; `inside` is of its whole venue.

    Raises `NotFound` when the gate does not exist or is not this principal's.
    """
    found = (await gate_page(gate, principal)).gate
    standing, tally = await LIVE.counts(now=now)
    first = minute_of(day_began(found, now))
    day = tally.day(gate, first)
    return GateStatus(
        gate=gate,
        inside=standing.inside.get(found.venue, 0),
        entered=day.entered + corrected(standing, gate, first),
        refused=dict(sorted(day.refused.items())),
        quarantined=day.aside,
        devices=await _devices(day),
    )


async def _devices(day: Counts) -> list[DeviceAtGate]:
    names = {row["id"]: row["name"] for row in await fetch(NAMES, list(day.devices))}
    found = [DeviceAtGate(one, names[one], scans, last_at) for one, (scans, last_at) in day.devices.items()]
    return sorted(found, key=lambda device: (device.name, str(device.id)))
