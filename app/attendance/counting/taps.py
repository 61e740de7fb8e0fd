"""Taps: somebody at a booth, or in front of a poster, says where he lives. A fact: one source makes one row."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.attendance.counting.places import Counted, counted_at_gate, counted_by_poster, event_within
from app.attendance.door.guests import require_desk
from app.attendance.errors import CountingClosed
from app.attendance.judging.clocks import scan_time
from app.attendance.schemas import ClockIn
from app.core.db import fetch
from app.core.signing import capability, open_capability
from app.people.residence import CODES
from app.people.roles import Principal

MOST_TAPS = 1000
UNSAID = "-"
"""What a button sends for somebody who would rather not say."""


class TapIn(Struct, frozen=True):
    """A tap as a device has kept it. `seq` counts its taps; `residence` is ISO 3166-1 alpha-2, null for unsaid.

    As little as possible can be wrong here: what is no code of a country counts as unsaid.
    """

    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    tapped_at: Annotated[str, msgspec.Meta(max_length=80)]
    residence: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    clock: ClockIn | None = None


class TapsIn(Struct, frozen=True):
    """An upload of 1 to 1,000 taps."""

    taps: Annotated[list[TapIn], msgspec.Meta(min_length=1, max_length=MOST_TAPS)]


class TapReceipt(Struct, frozen=True):
    """The answer to one tap: it is stored, and may leave the device."""

    seq: int
    status: Literal["stored", "already_stored"]


class TapsOut(Struct, frozen=True):
    """The answers in the order of the upload."""

    receipts: list[TapReceipt]
    server_time: dt.datetime


class _Tap(Struct, frozen=True):
    source: str
    residence: str | None
    at: dt.datetime


_STORE = """
INSERT INTO walk_up (id, event, venue, source, residence, tapped_at, received_at)
SELECT t.id, $1, $2, t.source, t.residence, t.at, $7
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) AS t (id, source, residence, at) ORDER BY t.source
ON CONFLICT (source) DO NOTHING RETURNING source
"""


async def record(*, event: UUID, taps: Sequence[TapIn], principal: Principal, now: dt.datetime) -> list[TapReceipt]:
    """Store the taps of a device, or of a lead, at an event; a tap that was sent before changes nothing.

    Raises `NotADevice`, and `NotFound` for an event that is not this principal's. The clock of the device is corrected
    as that of scans is; a time that cannot be true is replaced by the time of arrival.
    """
    place = await event_within(event, principal)
    require_desk(principal)
    made = [_of_device(tap, principal.device or principal.account, now) for tap in taps]
    new = await _store(place, list({tap.source: tap for tap in reversed(made)}.values()), now)
    receipts = []
    for tap, one in zip(taps, made, strict=True):
        receipts.append(TapReceipt(tap.seq, "stored" if one.source in new else "already_stored"))
        new.discard(one.source)
    return receipts


def _of_device(tap: TapIn, device: UUID | None, now: dt.datetime) -> _Tap:
    time = scan_time(said=tap.tapped_at, offset_ms=(tap.clock or ClockIn()).offset_ms, received_at=now)
    return _Tap(f"{device}:{tap.seq}", _residence(tap.residence), time.at)


def _residence(said: str | None) -> str | None:
    return said if said in CODES else None


async def _store(place: Counted, taps: Sequence[_Tap], now: dt.datetime) -> set[str]:
    """Store taps and return the sources that were new."""
    rows = await fetch(
        _STORE,
        place.event,
        place.venue,
        [uuid4() for _ in taps],
        [tap.source for tap in taps],
        [tap.residence for tap in taps],
        [tap.at for tap in taps],
        now,
    )
    return {row["source"] for row in rows}


class Visit(Struct, frozen=True, forbid_unknown_fields=True):
    """The form of a page that counts. `visit` is the number of that very page: one makes one tap."""

    visit: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    residence: Annotated[str, msgspec.Meta(min_length=1, max_length=2)]
    csrf: str = ""


def new_visit(event: UUID) -> str:
    """Return the number of a page just made: random, and proved to be ours."""
    return capability("walk-up", event, uuid4())


async def tap_at_poster(*, token: str, visit: Visit, now: dt.datetime) -> None:
    """Count somebody in front of a poster; the same page counts once.

    Raises `NotFound` for a token that is not ours, `CountingClosed` outside of the event's days and for a page that
    was made for another event.
    """
    await _tap(await counted_by_poster(token, now=now), "poster", visit, now)


async def tap_at_gate(*, gate: UUID, visit: Visit, principal: Principal, now: dt.datetime) -> None:
    """Count somebody at a booth; raises `NotFound`, `CountingClosed`."""
    await _tap(await counted_at_gate(gate, principal, now=now), f"gate:{gate}", visit, now)


async def _tap(place: Counted, where: str, visit: Visit, now: dt.datetime) -> None:
    opened = open_capability("walk-up", visit.visit, 2)
    if not place.is_open or opened is None or opened[0] != place.event:
        raise CountingClosed
    await _store(place, [_Tap(f"{where}:{opened[1]}", _residence(visit.residence), now)], now)
