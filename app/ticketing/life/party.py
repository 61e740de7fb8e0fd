"""A registration with its tickets as they are changed: locked, read, and moved from state to state.

Locks are taken in one order everywhere: the registration, its tickets, holds, quotas, persons, vouchers.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.ticketing.life import history
from app.ticketing.life.by import By
from app.ticketing.states import HOLDING, MOVES, Action, NotNow, State, may, status_of


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A locked ticket with what its type and its person say; `key` is the person's, None when it was erased.

    `first_day` is the first on which it opens anything; `number` is the product of its code.
    """

    id: UUID
    person: UUID
    key: bytes | None
    ticket_type: UUID
    slug: str
    organiser: UUID | None
    number: int
    admission: str
    changes_until: dt.datetime | None
    first_day: dt.date
    position: int
    serial: int
    generation: int
    kid: int
    state: State
    residence: str | None
    sealed: bytes | None
    places: list[UUID]
    voucher: UUID | None
    price: int
    revision: int

    @property
    def holds(self) -> bool:
        """Whether it takes its places."""
        return self.state in HOLDING


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A locked registration with all its tickets in their order."""

    id: UUID
    convention: UUID
    slug: str
    number: int
    zone: str
    first_day: dt.date
    person: UUID
    status: str
    language: str
    expires_at: dt.datetime | None
    revision: int
    tickets: list[Held]

    def ticket(self, ticket: UUID) -> Held:
        """Return a ticket of the party, or raise `NotFound`."""
        found = next((one for one in self.tickets if one.id == ticket), None)
        if found is None:
            raise NotFound
        return found

    def chosen(self, tickets: Collection[UUID] | None) -> list[Held]:
        """Return these tickets of the party, all without a choice; raises `NotFound` for a stranger's."""
        return self.tickets if tickets is None else [self.ticket(one) for one in dict.fromkeys(tickets)]

    def until(self, ticket: Held) -> dt.datetime:
        """Return until when a holder may change, pass on and cancel a ticket."""
        begins = dt.datetime.combine(ticket.first_day, dt.time(), ZoneInfo(self.zone))
        return ticket.changes_until or begins.astimezone(dt.UTC)


_REGISTRATION = """
SELECT r.id, r.convention, r.person, r.status, r.language, r.expires_at, r.revision, c.slug, c.number, c.zone,
    c.first_day
FROM registration r JOIN convention c ON c.id = r.convention WHERE r.id = $1 FOR UPDATE OF r
"""
_TICKETS = """
SELECT t.id, t.person, p.key, t.ticket_type, y.slug, y.organiser, y.number, y.admission, y.changes_until, coalesce(
    (SELECT min(d)::date FROM jsonb_array_elements_text(y.days) AS d),
    (SELECT min(e.first_day) FROM coverage g JOIN event e ON e.id = g.event WHERE g.ticket_type = y.id),
    c.first_day) AS first_day, t.position, t.serial, t.generation, t.kid, t.state, t.residence, t.sealed, t.places,
    t.voucher, t.price, t.revision
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN convention c ON c.id = y.convention
JOIN person p ON p.id = t.person WHERE t.registration = $1 ORDER BY t.position, t.id FOR UPDATE OF t
"""


async def lock(registration: UUID) -> Party:
    """Lock a registration and its tickets in the caller's transaction and return them; raises `NotFound`."""
    row = await fetch_one(_REGISTRATION, registration)
    if row is None:
        raise NotFound
    return Party(**row, tickets=[Held(**ticket) for ticket in await fetch(_TICKETS, registration)])


async def lock_of(ticket: UUID) -> tuple[Party, Held]:
    """Lock the registration of a ticket with all its tickets; raises `NotFound`."""
    row = await fetch_one("SELECT registration FROM ticket WHERE id = $1", ticket)
    if row is None:
        raise NotFound
    party = await lock(row["registration"])
    return party, party.ticket(ticket)


_MOVE = """
UPDATE ticket t SET state = m.state, revision = t.revision + 1, changed_at = $3
FROM unnest($1::uuid[], $2::text[]) AS m (id, state) WHERE t.id = m.id
"""
_STATUS = """
UPDATE registration SET status = $2, expires_at = CASE WHEN $3 THEN expires_at END, revision = revision + 1
WHERE id = $1
"""
_LAPSING = frozenset({"offered", "unpaid"})
"""States that end by themselves when the time of the registration is over."""


async def move(
    party: Party,
    to: Mapping[UUID, State],
    *,
    action: Action,
    by: By,
    now: dt.datetime,
    fields: tuple[str, ...] = (),
) -> Party:
    """Bring tickets of a locked party into other states, each with a line of history; return the party as it is then.

    `fields` names what is changed beside the state. Raises `NotNow` when the action is not possible in a ticket's
    state. Places, payments and mails are the caller's.
    """
    moving = [ticket for ticket in party.tickets if ticket.id in to]
    for ticket in moving:
        refuse_state(ticket, action)
        if to[ticket.id] not in MOVES[action][ticket.state]:
            raise AssertionError(f"{action} does not lead from {ticket.state} to {to[ticket.id]}.")
    await fetch(_MOVE, [t.id for t in moving], [to[t.id] for t in moving], now)
    await history.record([history.Change(t.id, t.person, action, by, fields) for t in moving], now=now)
    tickets = [
        msgspec.structs.replace(t, state=to[t.id], revision=t.revision + 1) if t.id in to else t for t in party.tickets
    ]
    return await _restate(msgspec.structs.replace(party, tickets=tickets))


async def _restate(party: Party) -> Party:
    states = [ticket.state for ticket in party.tickets]
    lapsing = not _LAPSING.isdisjoint(states)
    await fetch(_STATUS, party.id, status_of(states), lapsing)
    return msgspec.structs.replace(
        party,
        status=status_of(states),
        expires_at=party.expires_at if lapsing else None,
        revision=party.revision + 1,
    )


def refuse_state(ticket: Held, action: Action) -> None:
    """Raise `NotNow` when an action is not possible in the state of a ticket."""
    if not may(action, ticket.state):
        raise NotNow


def live(tickets: Sequence[Held]) -> list[Held]:
    """Return those that are not canceled."""
    return [ticket for ticket in tickets if ticket.state != "canceled"]
