"""What ticketing reads: the joins stand here and nowhere else."""

import datetime as dt
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.people.persons import open_details
from app.people.schemas import Details
from app.ticketing.schemas import (
    CoveredEvent,
    Offer,
    OfferedQuota,
    OfferedSession,
    OfferedType,
    RegistrationOut,
    TicketSession,
    TicketView,
)
from app.ticketing.tickets import code_of, manage_url, ticket_out, unsigned

_OFFER = """
SELECT c.id AS convention, c.slug, c.number, c.title, c.zone, c.first_day, c.last_day,
  (SELECT jsonb_object_agg(e.id, e.title) FROM event e WHERE e.convention = c.id) AS event_titles,
  (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'slug', t.slug, 'number', t.number, 'role', t.role, 'mode', t.mode,
      'price', t.price, 'public', t.public, 'days', t.days, 'title', t.title, 'description', t.description,
      'events', (SELECT coalesce(jsonb_agg(v.event), '[]') FROM coverage v WHERE v.ticket_type = t.id),
      'quotas', (SELECT coalesce(jsonb_agg(u.quota ORDER BY u.quota), '[]') FROM quota_use u WHERE u.ticket_type = t.id)
    ) ORDER BY t.position) FROM ticket_type t WHERE t.convention = c.id) AS types,
  (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'event', s.event, 'slug', s.slug, 'mode', s.mode,
      'starts_at', s.starts_at, 'ends_at', s.ends_at, 'title', s.title,
      'quota', (SELECT q.id FROM quota q WHERE q.session = s.id)) ORDER BY s.starts_at, s.slug)
    FROM session s JOIN event e ON e.id = s.event WHERE e.convention = c.id) AS sessions,
  (SELECT jsonb_agg(jsonb_build_object('id', q.id, 'slug', q.slug, 'name', q.name))
    FROM quota q WHERE q.convention = c.id) AS quotas
FROM convention c WHERE c.slug = $1
"""


async def offer(slug: str) -> Offer | None:
    """Return what a convention offers, or None if there is no such convention. One statement."""
    row = await fetch_one(_OFFER, slug)
    if row is None:
        return None
    types = msgspec.json.decode(row["types"] or "[]", type=list[OfferedType])
    sessions = msgspec.json.decode(row["sessions"] or "[]", type=list[OfferedSession])
    quotas = msgspec.json.decode(row["quotas"] or "[]", type=list[OfferedQuota])
    return Offer(
        convention=row["convention"],
        slug=row["slug"],
        number=row["number"],
        title=msgspec.json.decode(row["title"]),
        zone=row["zone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        event_titles=msgspec.json.decode(row["event_titles"] or "{}", type=dict[UUID, dict[str, str]]),
        types={t.slug: t for t in types},
        sessions={s.id: s for s in sessions},
        quotas={q.id: q for q in quotas},
    )


async def places_left(convention: UUID) -> dict[UUID, int]:
    """Return how many places each quota has left now."""
    rows = await fetch("SELECT id, capacity - taken AS places FROM quota WHERE convention = $1", convention)
    return {row["id"]: row["places"] for row in rows}


_REGISTRATION = """
SELECT r.id AS registration, r.status, t.id, t.serial, t.generation, t.kid, t.state, y.slug AS ticket_type, y.number,
  c.number AS scope, p.key, coalesce(t.sealed, d.sealed) AS sealed
FROM registration r JOIN ticket t ON t.registration = r.id JOIN ticket_type y ON y.id = t.ticket_type
JOIN convention c ON c.id = r.convention JOIN person p ON p.id = t.person
LEFT JOIN person_details d ON d.person = p.id WHERE r.id = $1 ORDER BY t.position
"""
ERASED = Details(name="—", email="")
"""What is shown of a person whose details were erased."""


def _details(row: asyncpg.Record) -> Details:
    return open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else ERASED


async def registration(registration_id: UUID) -> RegistrationOut | None:
    """Return a registration with its tickets, or None. One statement."""
    rows = await fetch(_REGISTRATION, registration_id)
    if not rows:
        return None
    return RegistrationOut(
        id=registration_id,
        status=rows[0]["status"],
        manage_url=manage_url(registration_id),
        tickets=[
            ticket_out(
                ticket=row["id"],
                serial=unsigned(row["serial"]),
                code=code_of(
                    scope=row["scope"],
                    product=row["number"],
                    serial=unsigned(row["serial"]),
                    generation=row["generation"],
                    kid=row["kid"],
                ),
                ticket_type=row["ticket_type"],
                name=_details(row).name,
                state=row["state"],
            )
            for row in rows
        ],
    )


_TICKETS = """
SELECT t.id, t.registration, t.position AS place, t.serial, t.generation, t.kid, t.state, t.created_at,
  r.language, (SELECT count(*) FROM ticket o WHERE o.registration = r.id) AS party,
  y.title AS type_title, y.description AS type_description, y.mode, y.days, y.number AS product,
  c.number AS scope, c.slug AS convention_slug, c.title AS convention_title, c.zone, c.first_day, c.last_day,
  p.key, coalesce(t.sealed, d.sealed) AS sealed,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('slug', e.slug, 'title', e.title, 'mode', e.mode,
      'first_day', e.first_day, 'last_day', e.last_day, 'venue', v.name, 'address', v.address)
      ORDER BY e.position), '[]')
    FROM coverage g JOIN event e ON e.id = g.event LEFT JOIN venue v ON v.id = e.venue
    WHERE g.ticket_type = y.id) AS events,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'event', e.slug, 'slug', s.slug, 'title', s.title,
      'mode', s.mode, 'starts_at', s.starts_at, 'ends_at', s.ends_at, 'venue', v.name, 'reserved', h.id IS NOT NULL)
      ORDER BY s.starts_at, s.slug), '[]')
    FROM coverage g JOIN event e ON e.id = g.event JOIN session s ON s.event = e.id
    LEFT JOIN venue v ON v.id = s.venue LEFT JOIN reservation h ON h.session = s.id AND h.ticket = t.id
    WHERE g.ticket_type = y.id AND (h.id IS NOT NULL OR (s.mode <> 'on_site' AND y.mode <> 'on_site'
      AND (y.days = '[]' OR y.days ? to_char(s.starts_at AT TIME ZONE c.zone, 'YYYY-MM-DD'))))) AS sessions
FROM ticket t JOIN registration r ON r.id = t.registration JOIN ticket_type y ON y.id = t.ticket_type
JOIN convention c ON c.id = y.convention JOIN person p ON p.id = t.person
LEFT JOIN person_details d ON d.person = p.id
"""


async def ticket(ticket_id: UUID) -> TicketView | None:
    """Return all that a ticket's page, mail and documents say, or None. One statement."""
    row = await fetch_one(_TICKETS + "WHERE t.id = $1", ticket_id)
    return None if row is None else _view(row)


async def tickets(registration_id: UUID) -> list[TicketView]:
    """Return the same of every ticket of a registration, in the order of the party. One statement."""
    rows = await fetch(_TICKETS + "WHERE t.registration = $1 ORDER BY t.position", registration_id)
    return [_view(row) for row in rows]


def _view(row: asyncpg.Record) -> TicketView:
    details = _details(row)
    serial = unsigned(row["serial"])
    return TicketView(
        id=row["id"],
        registration=row["registration"],
        name=details.name,
        reading=details.reading,
        organisation=details.organisation,
        email=details.email,
        language=row["language"],
        state=row["state"],
        serial=f"{serial:016x}",
        code=code_of(
            scope=row["scope"], product=row["product"], serial=serial, generation=row["generation"], kid=row["kid"]
        ),
        generation=row["generation"],
        place=row["place"],
        party=row["party"],
        created_at=row["created_at"],
        type_title=msgspec.json.decode(row["type_title"]),
        type_description=msgspec.json.decode(row["type_description"]),
        mode=row["mode"],
        days=msgspec.json.decode(row["days"], type=list[dt.date]),
        convention_slug=row["convention_slug"],
        convention_title=msgspec.json.decode(row["convention_title"]),
        zone=row["zone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        events=msgspec.json.decode(row["events"], type=list[CoveredEvent]),
        sessions=msgspec.json.decode(row["sessions"], type=list[TicketSession]),
    )
