"""The certificate of attendance: what the ledger says one person did under one ticket, at events that are over.

Only what was measured stands in it: days on which a gate admitted the ticket, and minutes followed on line, overlaps
counted once, corrections taken into account. Its code names ticket and person and proves that we made it; whoever
follows it reads what the ledger says today, so nothing is kept and nothing can be forged.
"""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.schemas import decode_texts
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.settings import settings
from app.core.signing import capability, open_capability
from app.people.persons import open_details
from app.ticketing.life import holder_queries

PURPOSE = "certificate"

_HOLDER = """
SELECT p.id, p.key, coalesce(CASE WHEN t.person = p.id THEN t.sealed END, d.sealed) AS sealed, g.language,
       c.title, c.zone, c.slug
FROM ticket t JOIN registration g ON g.id = t.registration JOIN ticket_type y ON y.id = t.ticket_type
     JOIN convention c ON c.id = y.convention JOIN person p ON p.id = $2 LEFT JOIN person_details d ON d.person = p.id
WHERE t.id = $1
"""
_VOIDS = """
WITH RECURSIVE voids AS (
    SELECT v.position, v.subject FROM ledger_entry l JOIN ledger_entry v ON v.subject = l.position AND v.kind = 'void'
    WHERE l.person = $2 AND l.ticket = $1
    UNION
    SELECT v.position, v.subject FROM voids w JOIN ledger_entry v ON v.subject = w.position AND v.kind = 'void'
) SELECT position, subject FROM voids WHERE subject < position ORDER BY position DESC
"""
# As in the counting rules: what rests on somebody's word counts when he signed it and said why.
_FACTS = """
facts AS (
    SELECT l.*, e.title AS event_title, c.zone FROM ledger_entry l JOIN event e ON e.id = l.event
    JOIN convention c ON c.id = e.convention
    WHERE l.person = $2 AND l.ticket = $1 AND l.position <> ALL($3::bigint[]) AND l.other IS NULL
      AND e.last_day < ($4::timestamptz AT TIME ZONE c.zone)::date AND l.scheduled_at IS NOT NULL
      AND (l.evidence_class IN ('A', 'C', 'D')
           OR (l.evidence_class IN ('B', 'E') AND l.operator <> '' AND l.reason <> ''))
)
"""
_DAYS = f"""
WITH {_FACTS}
SELECT (scheduled_at AT TIME ZONE zone)::date AS day, event_title AS event FROM facts
WHERE mode = 'on_site' AND kind IN ('scan', 'manual')
GROUP BY day, event, event_title ORDER BY day, event
"""
_SESSIONS = f"""
WITH {_FACTS}, stays AS (
    SELECT *, tstzrange(starts_at, ends_at) AS span FROM facts
    WHERE mode = 'online' AND kind IN ('presence', 'import') AND starts_at < ends_at
), followed AS (
    SELECT event, session, event_title, min(scheduled_at) AS starts_at, range_agg(span) AS spans FROM stays
    GROUP BY event, session, event_title
), whole AS (SELECT range_agg(span) AS spans FROM stays), measured AS (
    SELECT f.*, (SELECT sum(extract(epoch FROM upper(s) - lower(s))) FROM unnest(f.spans) s)::int / 60 AS minutes
    FROM followed f
)
SELECT m.starts_at, m.event_title AS event, coalesce(s.title, m.event_title) AS title, m.minutes,
       (SELECT sum(extract(epoch FROM upper(s) - lower(s))) FROM whole, unnest(whole.spans) s)::int / 60 AS whole
FROM measured m LEFT JOIN session s ON s.id = m.session WHERE m.minutes > 0 ORDER BY m.starts_at, m.session
"""

Texts = dict[str, str]


class Day(Struct, frozen=True):
    """A day on which a gate of an event admitted somebody."""

    day: dt.date
    event: Texts


class Followed(Struct, frozen=True):
    """A session that somebody followed on line for so many whole minutes."""

    starts_at: dt.datetime
    event: Texts
    title: Texts
    minutes: int


class Certificate(Struct, frozen=True):
    """What is certified; `name` is "" once the person was erased. `language` is that of the registration.

    `minutes` on line in all: the sum of the sessions, or less when they were followed side by side.
    """

    code: str
    name: str
    organisation: str
    language: str
    convention: Texts
    zone: str
    days: list[Day]
    sessions: list[Followed]
    minutes: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to certify."""
        return not self.days and not self.sessions

    @property
    def address(self) -> str:
        """Where anybody who has the code can check it."""
        return f"{settings().base_url}/certificates/{self.code}"


async def of_ticket(*, token: str, now: dt.datetime) -> Certificate:
    """Return the certificate behind the holder's own link to a ticket, or raise `NotFound`; it may be empty."""
    holder, person = await holder_queries.ticket_behind(token), await holder_queries.person_of_ticket(token)
    if person is None:
        raise NotFound
    return await _certificate(holder.id, person, now)


async def by_code(*, code: str, now: dt.datetime) -> Certificate:
    """Return what the ledger says today of what a certificate certified, or raise `NotFound`."""
    ids = open_capability(PURPOSE, code, 2)
    if ids is None:
        raise NotFound
    ticket, person = ids
    return await _certificate(ticket, person, now)


async def _certificate(ticket: UUID, person: UUID, now: dt.datetime) -> Certificate:
    row = await fetch_one(_HOLDER, ticket, person)
    if row is None:
        raise NotFound
    details = open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else None
    gone = voided([(void["position"], void["subject"]) for void in await fetch(_VOIDS, ticket, person)])
    asked = (ticket, person, gone, now)
    followed = await fetch(_SESSIONS, *asked)
    return Certificate(
        code=capability(PURPOSE, ticket, person),
        name=details.name if details else "",
        organisation=details.organisation if details else "",
        language=row["language"],
        convention=decode_texts(row["title"]),
        zone=row["zone"],
        days=[Day(day["day"], decode_texts(day["event"])) for day in await fetch(_DAYS, *asked)],
        sessions=[
            Followed(one["starts_at"], decode_texts(one["event"]), decode_texts(one["title"]), one["minutes"])
            for one in followed
        ],
        minutes=min(sum(one["minutes"] for one in followed), followed[0]["whole"] if followed else 0),
    )


def voided(voids: list[tuple[int, int]]) -> list[int]:
    """Return the positions that (position, subject) pairs, youngest first, take out; a voided void takes out none."""
    gone: set[int] = set()
    for position, subject in voids:
        if position not in gone:
            gone.add(subject)
    return sorted(gone)
