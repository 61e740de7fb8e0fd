"""What the programme reads: the joins stand here and nowhere else."""

import datetime as dt
from typing import TypeVar
from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one
from app.events.owned import (
    Change,
    Held,
    Listed,
    OwnConvention,
    OwnEvent,
    OwnGate,
    OwnOrganiser,
    OwnSession,
    OwnVenue,
    Rival,
)
from app.events.schemas import Convention, Event, Organiser, Programme, Session, Venue

T = TypeVar("T")

# `ctid` and `xmin` name the version of a row: whoever writes it, in whatever process, a new version has another pair.
_STAMP = """
(SELECT md5(string_agg(v, ' ' ORDER BY v COLLATE "C")) FROM (
  SELECT 'c' || c.ctid::text || c.xmin::text AS v
  UNION ALL SELECT 'v' || v.ctid::text || v.xmin::text FROM venue v WHERE v.convention = c.id
  UNION ALL SELECT 'e' || e.ctid::text || e.xmin::text || o.ctid::text || o.xmin::text
    FROM event e JOIN organiser o ON o.id = e.organiser WHERE e.convention = c.id
  UNION ALL SELECT 's' || s.ctid::text || s.xmin::text
    FROM session s JOIN event e ON e.id = s.event WHERE e.convention = c.id) AS versions)
"""

_PROGRAMME = f"""
WITH shown AS (
  SELECT e.* FROM event e JOIN convention c ON c.id = e.convention
  WHERE c.slug = $1 AND (e.published_at IS NOT NULL OR e.id = $2::uuid)
)
SELECT {_STAMP} AS stamp, jsonb_build_object(
  'convention', to_jsonb(c),
  'organisers', (SELECT coalesce(jsonb_agg(to_jsonb(o)), '[]') FROM organiser o
    WHERE EXISTS (SELECT 1 FROM shown e WHERE e.organiser = o.id)),
  'venues', (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.slug), '[]') FROM venue v
    WHERE v.convention = c.id AND (v.organiser IS NULL OR EXISTS (SELECT 1 FROM shown e WHERE e.venue = v.id)
      OR EXISTS (SELECT 1 FROM session s JOIN shown e ON e.id = s.event WHERE s.venue = v.id))),
  'events', (SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.position, e.slug), '[]') FROM shown e),
  'sessions', (SELECT coalesce(
      jsonb_agg(to_jsonb(s) - 'stream_url' ORDER BY s.starts_at, e.position, s.ends_at, e.slug, s.slug), '[]')
    FROM session s JOIN shown e ON e.id = s.event)) AS rows
FROM convention c WHERE c.slug = $1 AND (c.published_at IS NOT NULL OR $2::uuid IS NOT NULL)
"""

_STAMP_OF = f"SELECT {_STAMP} AS stamp FROM convention c WHERE c.slug = $1 AND c.published_at IS NOT NULL"

_CURRENT = """
SELECT slug FROM convention WHERE published_at IS NOT NULL
ORDER BY (last_day >= ($1 AT TIME ZONE zone)::date) DESC,
  CASE WHEN last_day >= ($1 AT TIME ZONE zone)::date THEN first_day END, last_day DESC LIMIT 1
"""

_EVENT = """
SELECT c.slug, e.id FROM event e JOIN convention c ON c.id = e.convention WHERE (e.id = $1 OR e.slug = $2)
  AND e.published_at IS NOT NULL AND c.published_at IS NOT NULL
ORDER BY (c.last_day >= ($3 AT TIME ZONE c.zone)::date) DESC, c.last_day DESC LIMIT 1
"""


class _Rows(msgspec.Struct, frozen=True):
    convention: Convention
    organisers: list[Organiser]
    venues: list[Venue]
    events: list[Event]
    sessions: list[Session]


async def stamp(slug: str) -> str | None:
    """Return what changes whenever a row of the programme does, or None if there is no such convention."""
    row = await fetch_one(_STAMP_OF, slug)
    return row["stamp"] if row else None


async def programme(slug: str, *, draft: UUID | None = None) -> Programme | None:
    """Return the whole published programme of a convention, or None if there is none. One statement.

    With `draft`, the id of an event, that event is there before it is published, and so is its convention.
    """
    row = await fetch_one(_PROGRAMME, slug, draft)
    if row is None:
        return None
    rows = msgspec.json.decode(row["rows"], type=_Rows)
    return Programme(
        stamp=row["stamp"],
        convention=rows.convention,
        organisers={o.id: o for o in rows.organisers},
        venues={v.id: v for v in rows.venues},
        events={e.id: e for e in rows.events},
        sessions={s.id: s for s in rows.sessions},
    )


async def current_convention(now: dt.datetime) -> str | None:
    """Return the slug of the convention that runs or comes next, else of the last one, else None."""
    row = await fetch_one(_CURRENT, now)
    return row["slug"] if row else None


async def published_conventions() -> list[str]:
    """Return the slugs of the published conventions, the latest first."""
    rows = await fetch("SELECT slug FROM convention WHERE published_at IS NOT NULL ORDER BY first_day DESC")
    return [row["slug"] for row in rows]


async def event_place(*, event_id: UUID | None, slug: str, now: dt.datetime) -> tuple[str, UUID] | None:
    """Return convention slug and id of an event; of several years with the slug, one not yet over goes before."""
    row = await fetch_one(_EVENT, event_id, slug, now)
    return (row["slug"], row["id"]) if row else None


_HELD = """
SELECT jsonb_build_object('event', to_jsonb(e), 'convention', to_jsonb(c), 'organiser', to_jsonb(o)) AS found
FROM event e JOIN convention c ON c.id = e.convention JOIN organiser o ON o.id = e.organiser
WHERE e.id = $1 AND ($2::uuid[] IS NULL OR e.organiser = ANY($2))
"""

_LISTED = """
SELECT coalesce(jsonb_agg(jsonb_build_object(
  'event', to_jsonb(e), 'convention', to_jsonb(c), 'organiser', to_jsonb(o),
  'sessions', (SELECT count(*) FROM session s WHERE s.event = e.id AND s.canceled_at IS NULL),
  'gates', (SELECT count(*) FROM gate g WHERE g.event = e.id)
) ORDER BY c.first_day DESC, e.position, e.slug), '[]') AS found
FROM event e JOIN convention c ON c.id = e.convention JOIN organiser o ON o.id = e.organiser
WHERE ($1::uuid[] IS NULL OR e.organiser = ANY($1)) AND ($2 = '' OR e.slug ILIKE $2
  OR EXISTS (SELECT 1 FROM jsonb_each_text(e.title) title WHERE title.value ILIKE $2))
"""

_EVENTS_IN = """
SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.position, e.slug), '[]') AS found FROM event e WHERE e.convention = $1
"""

_SESSIONS = """
SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.starts_at, s.ends_at, s.slug), '[]') AS found
FROM session s WHERE s.event = $1
"""

_VENUES = """
SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.organiser IS NULL, v.slug), '[]') AS found
FROM venue v WHERE v.convention = $1 AND (v.organiser IS NULL OR v.organiser = $2)
"""

_GATES = """
SELECT coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.position, g.slug), '[]') AS found FROM gate g WHERE g.event = $1
"""

# A room is known by its words in any language. Two sessions of one event that name no room are in the same one.
# What is not published and belongs to somebody else is nobody's business.
_RIVALS = """
SELECT coalesce(jsonb_agg(jsonb_build_object('session', mine.id, 'title', s.title, 'event_title', e.title,
  'starts_at', s.starts_at, 'ends_at', s.ends_at) ORDER BY mine.starts_at, s.starts_at), '[]') AS found
FROM session mine JOIN event own ON own.id = mine.event
JOIN session s ON s.venue = mine.venue AND s.id <> mine.id AND s.starts_at < mine.ends_at AND mine.starts_at < s.ends_at
JOIN event e ON e.id = s.event
WHERE mine.event = $1 AND mine.canceled_at IS NULL AND s.canceled_at IS NULL AND e.canceled_at IS NULL
  AND mine.mode <> 'online' AND s.mode <> 'online' AND (e.organiser = own.organiser OR e.published_at IS NOT NULL)
  AND (EXISTS (SELECT 1 FROM jsonb_each_text(mine.room) a JOIN jsonb_each_text(s.room) b USING (key, value))
    OR (mine.event = s.event AND mine.room = '{}' AND s.room = '{}'))
"""

_CONVENTIONS = "SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.first_day DESC), '[]') AS found FROM convention c"

_ORGANISERS = """
SELECT coalesce(jsonb_agg(to_jsonb(o) || jsonb_build_object(
  'events', (SELECT count(*) FROM event e WHERE e.organiser = o.id)) ORDER BY o.slug), '[]') AS found
FROM organiser o WHERE $1::uuid[] IS NULL OR o.id = ANY($1)
"""

_HISTORY = """
SELECT a.position, a.at, a.actor, a.action, a.detail, p.label
FROM audit_entry a LEFT JOIN account p ON a.actor = p.role || ':' || p.id::text
WHERE a.subject = $1 AND a.position < $2 ORDER BY a.position DESC LIMIT $3
"""


async def held(event: UUID, *, reach: list[UUID] | None, lock: bool = False) -> Held | None:
    """Return an event of these organisers (None: of any) with what it belongs to; `lock` holds its row."""
    row = await fetch_one(_HELD + ("FOR UPDATE OF e" if lock else ""), event, reach)
    return msgspec.json.decode(row["found"], type=Held) if row else None


async def events_of(*, reach: list[UUID] | None, words: str = "") -> list[Listed]:
    """Return the events of these organisers (None: of all), the latest convention first."""
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await _found(list[Listed], _LISTED, reach, f"%{escaped}%" if words else "")


async def sessions_of_event(event: UUID) -> list[OwnSession]:
    """Return the sessions of an event in the order of time."""
    return await _found(list[OwnSession], _SESSIONS, event)


async def venues_for(*, convention: UUID, organiser: UUID | None) -> list[OwnVenue]:
    """Return the venues that an organiser can choose: its own, then the city's."""
    return await _found(list[OwnVenue], _VENUES, convention, organiser)


async def gates_of(event: UUID) -> list[OwnGate]:
    """Return the gates of an event."""
    return await _found(list[OwnGate], _GATES, event)


async def rivals(event: UUID) -> list[Rival]:
    """Return what else takes place in the rooms of an event's sessions at their times."""
    return await _found(list[Rival], _RIVALS, event)


async def events_in(convention: UUID) -> list[OwnEvent]:
    """Return all events of a convention, drafts too, in the order of its programme."""
    return await _found(list[OwnEvent], _EVENTS_IN, convention)


async def conventions() -> list[OwnConvention]:
    """Return all conventions, the latest first."""
    return await _found(list[OwnConvention], _CONVENTIONS)


async def organisers(*, reach: list[UUID] | None) -> list[OwnOrganiser]:
    """Return these organisers (None: all)."""
    return await _found(list[OwnOrganiser], _ORGANISERS, reach)


async def history(subject: str, *, before: int, most: int) -> list[Change]:
    """Return the audit entries about a subject, the latest first, each with the label of the account behind it."""
    return [msgspec.convert(dict(row), Change) for row in await fetch(_HISTORY, subject, before, most)]


async def _found(kind: type[T], statement: str, *values: object) -> T:
    row = await fetch_one(statement, *values)
    assert row is not None  # noqa: S101  # an aggregate always has a row
    return msgspec.json.decode(row["found"], type=kind)
