"""What the board reads beside the ledger's figures."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.board.ground import read_ground
from app.core.db import fetch, fetch_one
from app.kpi.board.alarms import BEATS_SILENT, SCANS_SILENT, SESSION_BEGAN, Closing, Feed, Standing, Waiting
from app.kpi.board.forecast import RECENT_DAYS, Expected
from app.kpi.fiscal import bounds, day_of
from app.kpi.rules import Rules

Words = dict[str, str]

VENUES = """
WITH named AS MATERIALIZED (
    SELECT position, string_to_array(source, ':') AS parts FROM ledger_entry
    WHERE person = ANY($1::uuid[]) AND mode = 'on_site' AND source ^@ 'scan:'
), settled AS MATERIALIZED (
    SELECT position, string_to_array(source, ':') AS parts FROM ledger_entry
    WHERE person = ANY($1::uuid[]) AND mode = 'on_site' AND source ^@ 'settled:'
)
SELECT n.position, g.venue FROM named n JOIN scan s ON s.device = parts[2]::uuid AND s.seq = parts[3]::bigint
JOIN gate g ON g.id = s.gate
UNION ALL
SELECT n.position, g.venue FROM settled n JOIN scan s ON s.id = parts[2]::bigint JOIN gate g ON g.id = s.gate
"""
NAMES = """
SELECT 'event' AS kind, id, title AS name FROM event WHERE id = ANY($1::uuid[])
UNION ALL SELECT 'venue', id, name FROM venue WHERE id = ANY($2::uuid[])
"""
EXPECTED = """
WITH kinds AS (
    SELECT t.id, greatest(min(e.first_day), (SELECT min(d::date) FROM jsonb_array_elements_text(t.days) d)) AS first,
        least(max(e.last_day), (SELECT max(d::date) FROM jsonb_array_elements_text(t.days) d)) AS last
    FROM ticket_type t JOIN coverage c ON c.ticket_type = t.id JOIN event e ON e.id = c.event
    WHERE e.kpi_scope = ANY($4::text[]) AND t.role = ANY($5::text[]) AND e.canceled_at IS NULL
        AND e.first_day >= $1 AND e.first_day < $2
    GROUP BY t.id
), people AS (
    SELECT t.person, min(k.first) AS first, max(k.last) AS last, min(t.created_at) AS since
    FROM ticket t JOIN kinds k ON k.id = t.ticket_type
    WHERE t.state IN ('valid', 'blocked') AND t.residence <> $6 GROUP BY t.person
)
SELECT count(*) FILTER (WHERE last < $3) AS over,
    count(s) FILTER (WHERE last < $3) AS over_seen,
    count(*) FILTER (WHERE last >= $3 AND first <= $3) AS begun,
    count(s) FILTER (WHERE last >= $3 AND first <= $3) AS begun_seen,
    count(*) FILTER (WHERE first > $3) AS ahead,
    count(s) FILTER (WHERE first > $3) AS ahead_seen,
    count(*) FILTER (WHERE since > $7) AS recent,
    coalesce((SELECT max(e.last_day) FROM event e WHERE e.kpi_scope = ANY($4::text[]) AND e.canceled_at IS NULL
        AND e.first_day >= $1 AND e.first_day < $2), $3) AS until
FROM people LEFT JOIN unnest($8::uuid[]) s ON s = person
"""
STANDING = """
SELECT (
    SELECT json_build_object('n', count(*), 'since', min(d.found_at)) FROM double d
    JOIN person a ON a.id = d.first JOIN person b ON b.id = d.second
    WHERE d.decision IS NULL AND a.erased_at IS NULL AND b.erased_at IS NULL
) AS doubles, (
    SELECT json_build_object('n', count(*), 'since', min(r.imported_at))
    FROM reported_stay s JOIN platform_report r ON r.id = s.report WHERE s.state IN ('unknown', 'review')
) AS stays, (
    SELECT coalesce(json_agg(json_build_object('title', e.title, 'last_day', e.last_day)
        ORDER BY e.last_day, e.position, e.id), '[]')
    FROM event e WHERE e.mode <> 'on_site' AND e.kpi_scope = ANY($2::text[]) AND e.canceled_at IS NULL
        AND e.last_day BETWEEN $1::date - 30 AND $1::date
) AS imports, (
    SELECT coalesce(json_agg(y.year ORDER BY y.year), '[]') FROM unnest($3::int[], $4::timestamptz[],
        $5::timestamptz[]) AS y (year, begins, ends)
    WHERE NOT EXISTS (SELECT FROM frozen_figure f WHERE f.fiscal_year = y.year AND f.kind = 'frozen')
        AND EXISTS (SELECT FROM ledger_entry l WHERE l.scheduled_at >= y.begins AND l.scheduled_at < y.ends)
) AS unfrozen
"""
SESSIONS = """
SELECT e.id AS event, e.title, count(*) AS n FROM session s JOIN event e ON e.id = s.event
WHERE s.mode <> 'on_site' AND s.canceled_at IS NULL AND e.canceled_at IS NULL AND e.kpi_scope = ANY($4::text[])
    AND s.starts_at <= $2 AND s.ends_at > $1 AND NOT EXISTS (
        SELECT FROM presence_interval p WHERE p.session = s.id AND p.ended_at IS NULL AND p.beat_at > $3)
GROUP BY e.id, e.title, e.position ORDER BY e.position, e.id
"""
SCANNED = """
SELECT gate FROM unnest($1::uuid[]) AS gate
WHERE EXISTS (SELECT FROM scan s WHERE s.gate = gate AND s.scanned_at > $2 AND s.scanned_at <= $3)
"""
CONVENTIONS = "SELECT slug FROM convention WHERE first_day <= $1::date + 1 AND last_day >= $1::date - 1 ORDER BY slug"


class Names(Struct, frozen=True):
    """What events and venues are called, by their id as text."""

    event: dict[str, Words]
    venue: dict[str, Words]


async def venues_of(persons: Collection[UUID]) -> dict[int, UUID]:
    """Return the venue behind each on-site entry of these pseudonyms, by position; none where the gate is gone."""
    return {row["position"]: row["venue"] for row in await fetch(VENUES, list(persons))}


async def names(*, events: Iterable[str], venues: Iterable[str]) -> Names:
    """Return the names of events and venues; what was deleted has none."""
    found = Names({}, {})
    wanted = [[UUID(one) for one in ids if one] for ids in (events, venues)]
    for row in await fetch(NAMES, *wanted):
        getattr(found, row["kind"])[str(row["id"])] = msgspec.json.decode(row["name"], type=Words)
    return found


async def expected(*, fiscal_year: int, seen: Collection[UUID], rules: Rules, now: dt.datetime) -> Expected:
    """Return how many people registered from overseas, and how many of them are among those `seen`."""
    first, after = (day_of(moment) for moment in bounds(fiscal_year))
    today = day_of(now)
    row = await fetch_one(
        EXPECTED, first, after, today, sorted(rules.headline_scopes), sorted(rules.countable_roles), rules.home,
        now - dt.timedelta(days=RECENT_DAYS), list(seen),
    )  # fmt: skip
    assert row is not None  # noqa: S101  # an aggregate always has a row
    numbers = dict(row)
    return Expected(days_left=max(0, (numbers.pop("until") - today).days), **numbers)


class _Queue(Struct):
    n: int
    since: dt.datetime | None


async def standing(*, years: Iterable[int], rules: Rules, now: dt.datetime) -> Standing:
    """Return how things stand but for the ledger's check; `years` are the fiscal years that may have to be frozen."""
    spans = [(year, *bounds(year)) for year in years]
    columns = [list(column) for column in zip(*spans, strict=True)] or [[], [], []]
    row = await fetch_one(STANDING, day_of(now), sorted(rules.headline_scopes), *columns)
    assert row is not None  # noqa: S101  # a SELECT without FROM always answers
    queues = [msgspec.json.decode(row[name], type=_Queue) for name in ("doubles", "stays")]
    return Standing(
        queues=[Waiting(queue.n, queue.since) for queue in queues],
        feeds=[*await _silent_gates(now), *await _silent_sessions(rules, now)],
        imports=msgspec.json.decode(row["imports"], type=list[Closing]),
        unfrozen=msgspec.json.decode(row["unfrozen"], type=list[int]),
    )


async def _silent_gates(now: dt.datetime) -> list[Feed]:
    """Events whose gates have been open for a while, all of them without one scan in that time."""
    grounds = [await read_ground(row["slug"]) for row in await fetch(CONVENTIONS, day_of(now))]
    began = now - SCANS_SILENT
    doors = [
        (event, door)
        for ground in grounds
        if ground is not None
        for event in ground.events
        for door in ground.doors
        if door.event == event.id and door.is_open(now) and door.is_open(began)
    ]
    scanned = {row["gate"] for row in await fetch(SCANNED, [door.id for _, door in doors], began, now)}
    alive = {event.id for event, door in doors if door.id in scanned}
    silent = Counter(event.id for event, _ in doors if event.id not in alive)
    titles = {event.id: event.title for event, _ in doors}
    return [Feed("gates_silent", titles[event], gates) for event, gates in silent.items()]


async def _silent_sessions(rules: Rules, now: dt.datetime) -> list[Feed]:
    since = now - BEATS_SILENT
    rows = await fetch(SESSIONS, now, now - SESSION_BEGAN, since, sorted(rules.headline_scopes))
    return [Feed("sessions_silent", msgspec.json.decode(row["title"], type=Words), row["n"]) for row in rows]
