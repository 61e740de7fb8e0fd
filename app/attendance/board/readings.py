"""What the board reads every second: two statements for a process, however many look on."""

import datetime as dt
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.board.tally import Row, Tally
from app.core.db import fetch, fetch_one

FIRST = dt.timedelta(hours=30)
"""How far the first reading goes back: an event-day that began yesterday before a night's opening is in it."""

NOWHERE = UUID(int=0)
"""Stands for gates that do not exist, or no more."""

NEW = """
SELECT gate, device, floor(date_part('epoch', scanned_at) / 60)::bigint AS minute, status, direction, verdict, reason,
    count(*) AS scans, max(id) AS last, max(scanned_at) AS last_at,
    array_agg(id) FILTER (WHERE received_at > $3) AS ids,
    coalesce(max(id) FILTER (WHERE received_at <= $3), 0) AS settled,
    bool_or(warnings <> '[]' AND warnings @> '["clock_untrusted"]') AS untrusted
FROM (
    SELECT * FROM scan WHERE id > $1 AND received_at > $4 UNION ALL SELECT * FROM scan WHERE id = ANY($2::bigint[])
) AS s GROUP BY gate, device, minute, status, direction, verdict, reason
"""
"""The scans that came in since the last reading, by number: each is read once, a day's million only at first."""

PAUSED = f"{NEW} -- after a pause"
"""The same for a reading that may find a million: another text, as PostgreSQL judges by what a statement has cost so
far whether to plan it anew, and a small reading needs the plan of a small one."""

STANDING = """
SELECT (
    SELECT coalesce(json_object_agg(venue, inside), '{}') FROM venue_inside
) AS inside, (
    SELECT coalesce(json_agg(json_build_object('id', c.device, 'name', d.name, 'gate', c.gate, 'direction',
        c.direction, 'queue', c.queue, 'battery', c.battery, 'pack', c.pack_number, 'seen_at', c.seen_at)
        ORDER BY d.name, d.id), '[]')
    FROM device_contact c JOIN device d ON d.id = c.device WHERE c.seen_at >= $1 AND d.revoked_at IS NULL
) AS devices, (
    SELECT coalesce(json_object_agg(p.number, n.tickets), '{}') FROM (
        SELECT DISTINCT pack_number AS number FROM device_contact WHERE seen_at >= $1 AND pack_number > 0
    ) AS p CROSS JOIN LATERAL (
        SELECT count(*) AS tickets FROM (
            SELECT FROM ticket WHERE changed_in >= (p.number >> 14)::text::xid8 LIMIT 100
        ) AS newer
    ) AS n
) AS behind, (
    SELECT coalesce(json_object_agg(gate, scans), '{}') FROM (
        SELECT coalesce(g.id, '00000000-0000-0000-0000-000000000000') AS gate, count(*) AS scans
        FROM scan s LEFT JOIN gate g ON g.id = s.gate
        WHERE s.status = 'quarantined' AND NOT EXISTS (SELECT FROM scan_settlement x WHERE x.scan = s.id)
        GROUP BY g.id
    ) AS q
) AS aside, (
    SELECT coalesce(json_agg(json_build_object('gate', gate, 'minute', minute, 'entries', after - before)), '[]')
    FROM (
        SELECT s.gate, floor(date_part('epoch', s.scanned_at) / 60)::bigint AS minute,
            (s.verdict = 'admitted')::int AS before, (
                (s.verdict = 'admitted' OR x.shown @> '{admitted}') AND NOT x.shown && '{refused,undone}'
            )::int AS after
        FROM (
            SELECT scan, array_agg(shown) AS shown FROM (
                SELECT f.scan, f.verdict::text AS shown FROM scan_final f WHERE f.received_at >= $1
                UNION ALL
                SELECT t.id, 'undone' FROM scan u JOIN scan t
                    ON t.device = coalesce(u.undoes_device, u.device) AND t.seq = u.undoes_seq
                WHERE u.undoes_seq IS NOT NULL AND u.status = 'stored' AND u.verdict = 'admitted'
                    AND u.received_at >= $1
            ) AS said GROUP BY scan
        ) AS x JOIN scan s ON s.id = x.scan WHERE s.status = 'stored' AND s.direction = 'entry'
    ) AS later WHERE after <> before
) AS corrections
"""


class Heard(Struct, frozen=True):
    """What a device said of itself last; `battery` in percent, `pack` 0 when it has none."""

    id: UUID
    name: str
    gate: UUID | None
    direction: str
    queue: int
    battery: int | None
    pack: int
    seen_at: dt.datetime


class Correction(Struct, frozen=True):
    """What became known later of a scan at this gate in this minute.

    `entries` -1: it was taken back, or the device had turned the guest away; 1: the device had let the guest in.
    """

    gate: UUID
    minute: int
    entries: int


class Standing(Struct, frozen=True):
    """How things stand: people inside by venue, devices, scans kept aside by gate, corrections of what was counted.

    `behind` says by number of a pack how many tickets have changed since, at most 100.
    """

    inside: dict[UUID, int]
    devices: list[Heard]
    behind: dict[int, int]
    aside: dict[UUID, int]
    corrections: list[Correction]


async def read_new(tally: Tally, *, now: dt.datetime) -> list[Row]:
    """Return the scans that the tally has not counted yet."""
    sql = NEW if tally.is_fresh(now) else PAUSED
    rows = await fetch(sql, tally.last, list(tally.missing), tally.listed_from(now), now - FIRST)
    return [Row(**{**row, "ids": row["ids"] or []}) for row in rows]


async def read_standing(*, now: dt.datetime) -> Standing:
    """Return how things stand at this moment."""
    row = await fetch_one(STANDING, now - FIRST)
    assert row is not None  # noqa: S101  # a SELECT without FROM always answers
    fields = msgspec.structs.fields(Standing)
    return Standing(**{field.name: msgspec.json.decode(row[field.name], type=field.type) for field in fields})
