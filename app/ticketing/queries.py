"""What ticketing reads: the joins stand here and nowhere else."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.signing import derived, unseal
from app.people.persons import open_details
from app.people.schemas import Details
from app.ticketing.closure import closed
from app.ticketing.schemas import (
    CoveredEvent,
    Known,
    Offer,
    OfferedEvent,
    OfferedPayment,
    OfferedQuestion,
    OfferedQuota,
    OfferedSession,
    OfferedType,
    RegistrationOut,
    TicketSession,
    TicketView,
)
from app.ticketing.tickets import code_of, manage_url, ticket_out, unsigned

_KID = """
SELECT k.kid FROM signing_key k WHERE k.purpose = 'ticket' AND k.scope = {scope} AND k.not_before <= $2
  AND (k.not_after IS NULL OR k.not_after > $2) AND (k.distrust_after IS NULL OR k.distrust_after > $2)
ORDER BY k.not_before DESC, k.kid DESC LIMIT 1
"""
"""The key that signs codes: of those that are good now the one that began last."""

# On offer is what opens an event that is published and still takes place; drafts are named nowhere.
_OFFER = f"""
WITH open AS (
  SELECT e.id, e.slug, e.title, e.position, e.organiser, e.venue, e.first_day, e.last_day
  FROM event e JOIN convention c ON c.id = e.convention
  WHERE c.slug = $1 AND c.published_at IS NOT NULL AND e.published_at IS NOT NULL AND e.canceled_at IS NULL
), types AS (
  SELECT t.*, coalesce(array_agg(o.id), '{{}}') AS events, min(o.position) AS event_position, min(o.slug) AS event_slug,
    max(o.last_day) AS ends
  FROM ticket_type t JOIN coverage v ON v.ticket_type = t.id JOIN open o ON o.id = v.event GROUP BY t.id
)
SELECT c.id AS convention, c.slug, c.number, c.title, c.zone, c.first_day, c.last_day,
  ({_KID.format(scope="c.number")}) AS kid,
  (SELECT jsonb_object_agg(o.id, jsonb_build_object('slug', o.slug, 'title', o.title, 'organiser', o.organiser,
      'venue', o.venue, 'first_day', o.first_day, 'last_day', o.last_day)) FROM open o) AS events,
  (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'slug', t.slug, 'number', t.number, 'role', t.role, 'mode', t.mode,
      'price', t.price, 'public', t.public, 'days', t.days, 'title', t.title, 'description', t.description,
      'revision', t.revision, 'citywide', t.organiser IS NULL, 'ends', t.ends, 'events', to_jsonb(t.events),
      'organiser', t.organiser, 'tax_percent', t.tax_percent, 'admission', t.admission, 'sale_from', t.sale_from,
      'sale_until', t.sale_until, 'changes_until', t.changes_until,
      'quotas', (SELECT coalesce(jsonb_agg(u.quota ORDER BY u.quota), '[]') FROM quota_use u WHERE u.ticket_type = t.id)
    ) ORDER BY t.organiser IS NOT NULL, CASE WHEN t.organiser IS NOT NULL THEN t.event_position END,
      CASE WHEN t.organiser IS NOT NULL THEN t.event_slug END, t.position, t.slug) FROM types t) AS types,
  (SELECT jsonb_agg(jsonb_build_object('id', s.id, 'event', s.event, 'slug', s.slug, 'mode', s.mode,
      'starts_at', s.starts_at, 'ends_at', s.ends_at, 'title', s.title,
      'quota', (SELECT q.id FROM quota q WHERE q.session = s.id)) ORDER BY s.starts_at, s.slug)
    FROM session s JOIN open o ON o.id = s.event WHERE s.canceled_at IS NULL) AS sessions,
  (SELECT jsonb_agg(jsonb_build_object('id', q.id, 'slug', q.slug, 'name', coalesce(s.title, q.name),
      'within', q.within, 'organiser', q.organiser, 'day', q.day, 'venue', q.venue))
    FROM quota q LEFT JOIN session s ON s.id = q.session WHERE q.convention = c.id) AS quotas,
  (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'slug', a.slug, 'kind', a.kind, 'label', a.label, 'hint', a.hint,
      'required', a.required, 'organiser', a.organiser, 'event', a.event, 'options', a.options,
      'shown_when', a.shown_when,
      'types', (SELECT coalesce(jsonb_agg(u.ticket_type), '[]') FROM question_use u WHERE u.question = a.id)
    ) ORDER BY a.event IS NOT NULL, a.position, a.slug)
    FROM question a WHERE a.convention = c.id AND a.retired_at IS NULL
      AND (a.event IS NULL OR a.event IN (SELECT id FROM open))) AS questions,
  (SELECT jsonb_agg(jsonb_build_object('organiser', m.organiser, 'provider', m.provider,
      'instructions', m.instructions, 'days', m.days) ORDER BY m.organiser, m.provider)
    FROM payment_method m WHERE m.convention = c.id AND m.enabled) AS payments
FROM convention c WHERE c.slug = $1 AND c.published_at IS NOT NULL
"""


async def offer(slug: str, now: dt.datetime) -> Offer | None:
    """Return what a convention offers, or None if there is no such convention. One statement."""
    row = await fetch_one(_OFFER, slug, now)
    if row is None:
        return None
    types = msgspec.json.decode(row["types"] or "[]", type=list[OfferedType])
    sessions = msgspec.json.decode(row["sessions"] or "[]", type=list[OfferedSession])
    quotas = msgspec.json.decode(row["quotas"] or "[]", type=list[OfferedQuota])
    events = msgspec.json.decode(row["events"] or "{}", type=dict[UUID, OfferedEvent])
    types, sessions = closed(types, sessions, quotas=quotas, events=events)
    return Offer(
        convention=row["convention"],
        slug=row["slug"],
        number=row["number"],
        kid=row["kid"] or 0,
        title=msgspec.json.decode(row["title"]),
        zone=row["zone"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        events=events,
        types={t.slug: t for t in types},
        sessions={s.id: s for s in sessions},
        quotas={q.id: q for q in quotas},
        questions=msgspec.json.decode(row["questions"] or "[]", type=list[OfferedQuestion]),
        payments=msgspec.json.decode(row["payments"] or "[]", type=list[OfferedPayment]),
    )


async def places_left(convention: UUID) -> dict[UUID, int]:
    """Return how many places each quota has left now."""
    rows = await fetch("SELECT id, capacity - taken AS places FROM quota WHERE convention = $1", convention)
    return {row["id"]: row["places"] for row in rows}


async def kid(scope: int, now: dt.datetime) -> int:
    """Return the key that signs the codes of a convention (by its number) now; 0 for one without keys."""
    row = await fetch_one(_KID.format(scope="$1"), scope, now)
    return row["kid"] if row else 0


_REGISTRATION = """
SELECT r.id AS registration, r.status, r.expires_at, t.id, t.serial, t.generation, t.kid, t.state,
  CASE WHEN EXISTS (SELECT FROM ticket_change h WHERE h.ticket = t.id AND h.action = 'transferred')
    THEN t.person END AS holder, y.slug AS ticket_type, y.number, c.number AS scope, p.key,
  coalesce(t.sealed, d.sealed) AS sealed
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
        expires_at=rows[0]["expires_at"],
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
                holder=row["holder"],
            )
            for row in rows
        ],
    )


_TICKETS = """
SELECT t.id, t.registration, t.position AS place, t.serial, t.generation, t.kid, t.state, t.created_at, t.revision,
  t.changed_at, t.price, t.tax, coalesce(t.residence, p.residence) AS residence,
  CASE WHEN EXISTS (SELECT FROM ticket_change h WHERE h.ticket = t.id AND h.action = 'transferred')
    THEN t.person END AS holder, r.status, r.expires_at, r.language,
  y.slug AS ticket_type, y.organiser, y.changes_until,
  (SELECT count(*) FROM ticket o WHERE o.registration = r.id) AS party,
  y.title AS type_title, y.description AS type_description, y.mode, y.days, y.number AS product,
  c.number AS scope, c.slug AS convention_slug, c.title AS convention_title, c.zone, c.first_day, c.last_day,
  p.key, coalesce(t.sealed, d.sealed) AS sealed,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('slug', e.slug, 'title', e.title, 'mode', e.mode,
      'first_day', e.first_day, 'last_day', e.last_day, 'venue', v.name, 'address', v.address, 'revision', e.revision,
      'canceled', e.canceled_at IS NOT NULL) ORDER BY e.position), '[]')
    FROM coverage g JOIN event e ON e.id = g.event LEFT JOIN venue v ON v.id = e.venue
    WHERE g.ticket_type = y.id AND e.published_at IS NOT NULL) AS events,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'event', e.slug, 'slug', s.slug, 'title', s.title,
      'mode', s.mode, 'starts_at', s.starts_at, 'ends_at', s.ends_at, 'venue', v.name, 'reserved', h.id IS NOT NULL,
      'revision', s.revision)
      ORDER BY s.starts_at, s.slug), '[]')
    FROM coverage g JOIN event e ON e.id = g.event JOIN session s ON s.event = e.id
    LEFT JOIN venue v ON v.id = s.venue LEFT JOIN reservation h ON h.session = s.id AND h.ticket = t.id
    WHERE g.ticket_type = y.id AND e.published_at IS NOT NULL AND e.canceled_at IS NULL AND s.canceled_at IS NULL
      AND (h.id IS NOT NULL OR (s.mode <> 'on_site' AND y.mode <> 'on_site'
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


async def tickets_of_persons(persons: Sequence[UUID]) -> list[TicketView]:
    """Return the tickets of these persons by party, the newest convention first. One statement."""
    order = "ORDER BY c.last_day DESC, c.slug, r.created_at DESC, r.id, t.position"
    return [_view(row) for row in await fetch(f"{_TICKETS} WHERE t.person = ANY($1::uuid[]) {order}", list(persons))]


_KNOWN = """
SELECT a.address, k.key, k.sealed, k.residence FROM account a LEFT JOIN LATERAL (
  SELECT p.key, d.sealed, p.residence FROM person_details d JOIN person p ON p.id = d.person
  JOIN registration r ON r.person = p.id WHERE d.address_key = a.address_key ORDER BY r.created_at DESC LIMIT 1
) k ON true WHERE a.id = $1
"""


async def known(account: UUID) -> Known | None:
    """Return what somebody signed in would type again: of the last registration, else the address alone."""
    row = await fetch_one(_KNOWN, account)
    if row is None or (row["address"] is None and row["key"] is None):
        return None
    address = unseal(derived("accounts"), row["address"]).decode() if row["address"] else ""
    if not (row["key"] and row["sealed"]):
        return Known(email=address)
    details = _details(row)
    return Known(
        email=address or details.email,
        name=details.name,
        reading=details.reading,
        organisation=details.organisation,
        residence=row["residence"] or "",
    )


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
        status=row["status"],
        revision=row["revision"],
        changed_at=row["changed_at"],
        expires_at=row["expires_at"],
        price=row["price"],
        tax=row["tax"],
        residence=row["residence"] or "",
        child=details.child,
        needs=details.needs,
        needs_note=details.needs_note,
        languages=details.languages,
        ticket_type=row["ticket_type"],
        organiser=row["organiser"],
        changes_until=row["changes_until"],
        holder=row["holder"],
    )
