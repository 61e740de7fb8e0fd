"""Signs of life of the phones, each three seconds, and what they are told in return. One statement for a group of them.

Who was let in and out is told as `moves`, so that a phone that loses its network knows who is inside. A cursor holds
the number of a reading (`rows.NUMBER`) and its time: what was not committed then has been written by a transaction from
`lowest_open` on, and was received no more than `LATEST` before.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.attendance.packs import books, build, layout, rows
from app.core.db import DB, fetch_one
from app.core.groups import Collector
from app.people.roles import Principal
from app.ticketing.tickets import unsigned

MOST_IN_A_GROUP = 500
LATEST = dt.timedelta(seconds=60)
"""How long it may take from the arrival of a scan until it is stored, at most; statements end sooner."""
FIRST = dt.timedelta(hours=20)
"""How far back a phone is told that has heard nothing yet: the longest day of an event."""

_FULL_XID = "(n.next + (({0}.xmin::text::bigint - n.next + 2147483648) & 4294967295) - 2147483648)"
"""A row knows the last 32 bits of the transaction that wrote it: the one of that name that is nearest to the next."""
_CONTACT = f"""
WITH said AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::smallint[], $6::bigint[])
        AS a (device, gate, direction, queue, battery, pack_number)
), kept AS (
    INSERT INTO device_contact (device, gate, direction, queue, battery, pack_number, seen_at)
    SELECT device, gate, direction, queue, battery, pack_number, $7 FROM said ORDER BY device
    ON CONFLICT (device) DO UPDATE SET gate = EXCLUDED.gate, direction = EXCLUDED.direction, queue = EXCLUDED.queue,
        battery = EXCLUDED.battery, pack_number = EXCLUDED.pack_number, seen_at = EXCLUDED.seen_at
), doors AS MATERIALIZED (
    SELECT g.id, g.event, v.capacity, coalesce(i.inside, 0) AS inside
    FROM gate g JOIN venue v ON v.id = g.venue LEFT JOIN venue_inside i ON i.venue = v.id
    WHERE g.id = ANY($9::uuid[])
), n AS MATERIALIZED (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
), touched AS (
    SELECT s.id, {_FULL_XID.format("s")} AS written_in FROM n, scan s WHERE s.received_at >= $8
    UNION ALL
    SELECT f.scan, {_FULL_XID.format("f")} FROM n, scan_final f WHERE f.received_at >= $8
    UNION ALL
    SELECT t.id, {_FULL_XID.format("u")}
    FROM n, scan u JOIN scan t ON t.device = coalesce(u.undoes_device, u.device) AND t.seq = u.undoes_seq
    WHERE u.received_at >= $8 AND u.undoes_seq IS NOT NULL
), moves AS (
    SELECT s.device, s.seq, g.event, s.gate, s.direction, s.scanned_at AS at, k.serial, x.written_in, EXISTS (
        SELECT FROM scan_final f WHERE f.scan = s.id AND f.verdict = 'refused'
    ) OR EXISTS (
        SELECT FROM scan u WHERE u.undoes_seq = s.seq AND u.undoes_device = s.device
            AND u.status = 'stored' AND u.verdict = 'admitted'
    ) AS undone
    FROM (SELECT id, max(written_in) AS written_in FROM touched GROUP BY id) x
    JOIN scan s ON s.id = x.id JOIN ticket k ON k.id = s.ticket JOIN gate g ON g.id = s.gate
    WHERE g.event IN (SELECT event FROM doors) AND s.status = 'stored' AND s.direction IN ('entry', 'exit') AND (
        s.verdict = 'admitted' OR EXISTS (SELECT FROM scan_final f WHERE f.scan = s.id AND f.verdict = 'admitted'))
)
SELECT {rows.NUMBER} AS number, (SELECT coalesce(json_agg(doors), '[]') FROM doors) AS doors,
    (SELECT coalesce(json_agg(moves ORDER BY event, at, device), '[]') FROM moves) AS moves
"""  # constants of ours

Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class ContactIn(Struct, frozen=True):
    """What a phone says of itself: scans not yet sent, battery in percent, the number of its pack (0: none).

    `moves_since` is the `moves_cursor` of the answer before, null at first.
    """

    queue: Count
    direction: Literal["entry", "exit"]
    pack_number: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    battery: Annotated[int, Meta(ge=0, le=100)] | None = None
    moves_since: Annotated[str, Meta(max_length=80)] | None = None


class Move(Struct, frozen=True, omit_defaults=True):
    """Somebody let in or out by another phone; `tag` as in packs. `undone` when that was taken back.

    `device` and `seq` name the phone's own scan that somebody else may have taken back; its others it knows.
    """

    tag: str
    direction: str
    at: dt.datetime
    gate: UUID
    undone: bool = False
    device: UUID | None = None
    seq: int | None = None


class ContactOut(Struct, frozen=True):
    """What a phone hears: the newest pack's number (0: unknown yet), people inside the venue, what others did."""

    server_time: dt.datetime
    pack_number: int
    inside: int
    capacity: int | None
    moves: list[Move]
    moves_cursor: str


class _Cursor(Struct, frozen=True):
    """Up to which reading a phone has heard of moves: its number, and its time in seconds since 1970."""

    number: int = 0
    seconds: int = 0

    def __str__(self) -> str:
        return f"{self.number:x}-{self.seconds:x}"

    @classmethod
    def of(cls, said: str | None) -> "_Cursor":
        """Read a cursor; words that are none begin anew."""
        number, _, seconds = (said or "").partition("-")
        try:
            return cls(int(number, 16), int(seconds, 16))
        except ValueError:
            return cls()

    def since(self, now: dt.datetime) -> dt.datetime:
        """Return from when on received scans may be news."""
        try:
            heard = dt.datetime.fromtimestamp(self.seconds, dt.UTC) - LATEST
        except (ValueError, OverflowError, OSError):
            heard = dt.datetime.min.replace(tzinfo=dt.UTC)
        return max(min(heard, now), now - FIRST)


class _Asked(Struct, frozen=True):
    device: UUID | None
    gate: UUID
    said: ContactIn
    cursor: _Cursor
    now: dt.datetime


class _Door(Struct, frozen=True):
    id: UUID
    event: UUID
    capacity: int | None
    inside: int


class _Moved(Struct, frozen=True):
    device: UUID
    seq: int
    event: UUID
    gate: UUID
    direction: str
    at: dt.datetime
    serial: int
    written_in: int
    undone: bool


class _Heard(Struct, frozen=True):
    """What the database knows for one phone."""

    door: _Door | None
    moves: list[_Moved]
    number: int


_doors = msgspec.json.Decoder(list[_Door])
_moves = msgspec.json.Decoder(list[_Moved])


async def keep(*, gate: UUID, said: ContactIn, principal: Principal, now: dt.datetime) -> ContactOut:
    """Note that a phone is at work, and tell it what is new; a browser that is no phone of ours is told as well.

    Of a gate that is no more nothing is known. Raises `NotFound` for a gate out of scope.
    """
    found = await build.gate_of(gate, principal, now)
    asked = _Asked(principal.device, gate, said, _Cursor.of(said.moves_since), now)
    inside = DB.current_transaction.get() is not None
    [heard] = await (_write([asked]) if inside else _collector.ask([asked]))
    return ContactOut(
        server_time=now,
        pack_number=await books.number(found.convention, now=now) if found else 0,
        inside=heard.door.inside if heard.door else 0,
        capacity=heard.door.capacity if heard.door else None,
        moves=[_move(moved, principal.device) for moved in heard.moves],
        moves_cursor=str(_Cursor(heard.number, int(now.timestamp()))),
    )


def _move(moved: _Moved, listener: UUID | None) -> Move:
    own = moved.device == listener
    return Move(
        tag=layout.tag_of(unsigned(moved.serial)).hex(),
        direction=moved.direction,
        at=moved.at,
        gate=moved.gate,
        undone=moved.undone,
        device=moved.device if own else None,
        seq=moved.seq if own else None,
    )


async def _write(asked: list[_Asked]) -> list[_Heard]:
    """Keep what the phones said, the last of each, and return what each has to hear."""
    last = list({one.device: one for one in asked if one.device is not None}.values())
    row = await fetch_one(
        _CONTACT,
        [one.device for one in last],
        [one.gate for one in last],
        [one.said.direction for one in last],
        [one.said.queue for one in last],
        [one.said.battery for one in last],
        [one.said.pack_number for one in last],
        max(one.now for one in asked),
        min(one.cursor.since(one.now) for one in asked),
        [one.gate for one in asked],
    )
    assert row is not None  # noqa: S101  # a SELECT of values always answers
    doors = {door.id: door for door in _doors.decode(row["doors"])}
    moves = _by_event(_moves.decode(row["moves"]))
    return [_heard(one, doors.get(one.gate), moves, row["number"]) for one in asked]


def _by_event(moves: Iterable[_Moved]) -> dict[UUID, list[_Moved]]:
    return {event: list(group) for event, group in groupby(moves, key=lambda moved: moved.event)}


def _heard(one: _Asked, door: _Door | None, moves: dict[UUID, list[_Moved]], number: int) -> _Heard:
    """A phone knows what it did itself, but not that a lead has taken it back."""
    there: Sequence[_Moved] = moves.get(door.event, []) if door else []
    start = rows.lowest_open(one.cursor.number)
    told = [m for m in there if m.written_in >= start and (m.device != one.device or m.undone)]
    return _Heard(door, told, number)


_collector: Collector[_Asked, _Heard] = Collector(_write, most=MOST_IN_A_GROUP)
