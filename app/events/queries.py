"""What the programme reads: the joins stand here and nowhere else."""

import datetime as dt
from uuid import UUID

import msgspec

from app.core.db import fetch, fetch_one
from app.events.schemas import Convention, Event, Organiser, Programme, Session, Venue

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
