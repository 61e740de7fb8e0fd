"""The history of tickets: what happened to them, by whom and why; and the same in words for their holder."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import get_args
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch
from app.core.i18n import gettext as _
from app.core.signing import seal, unseal, unwrap
from app.ticketing.life.by import By
from app.ticketing.states import Action


class Change(msgspec.Struct, frozen=True):
    """What happens to a ticket; `person` held it before, `fields` is what was changed, by name."""

    ticket: UUID
    person: UUID
    action: Action
    by: By
    fields: tuple[str, ...] = ()


class HistoryLine(msgspec.Struct, frozen=True):
    """One thing that happened to a ticket, the `position`th of its party; `words` in the reader's language.

    `action` is `issued` or one of `states.ACTIONS`, `actor` holder | system | staff: holders are told no accounts.
    """

    at: dt.datetime
    ticket: UUID
    position: int
    action: str
    actor: str
    words: str
    fields: list[str] = []
    reason: str = ""


_RECORD = """
INSERT INTO ticket_change (id, ticket, at, actor, action, fields, person, sealed)
SELECT gen_random_uuid(), h.ticket, $7, h.actor, h.action, h.fields::jsonb, h.person, h.sealed
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::bytea[])
    AS h (ticket, actor, action, fields, person, sealed)
"""


async def record(changes: Sequence[Change], *, now: dt.datetime) -> None:
    """Write what happened, in the transaction in which it happens; one row for each ticket and action.

    A reason is sealed with the key of the person who held the ticket, and dropped when that person was erased.
    """
    keys = await _keys({change.person for change in changes if change.by.reason})
    await fetch(
        _RECORD,
        [change.ticket for change in changes],
        [change.by.actor for change in changes],
        [change.action for change in changes],
        [msgspec.json.encode(change.fields).decode() for change in changes],
        [change.person for change in changes],
        [_sealed(keys.get(change.person), change.by.reason) for change in changes],
        now,
    )


async def _keys(persons: Iterable[UUID]) -> dict[UUID, bytes | None]:
    wanted = list(persons)
    rows = await fetch("SELECT id, key FROM person WHERE id = ANY($1::uuid[])", wanted) if wanted else []
    return {row["id"]: row["key"] for row in rows}


def _sealed(key: bytes | None, reason: str) -> bytes | None:
    return seal(unwrap(key), reason.encode()) if key and reason else None


_OF = """
SELECT t.id AS ticket, t.position, t.created_at, t.state, h.at, h.actor, h.action, h.fields, h.sealed, p.key
FROM ticket t LEFT JOIN ticket_change h ON h.ticket = t.id LEFT JOIN person p ON p.id = h.person
WHERE t.registration = $1 ORDER BY t.position, h.at, array_position($2::text[], h.action::text)
"""
"""What happens at one moment is told in the order in which it can happen."""


async def of_registration(registration: UUID) -> list[HistoryLine]:
    """Return what happened to a registration's tickets, the oldest first, each beginning with its issue."""
    return _lines(await fetch(_OF, registration, get_args(Action)))


async def of_ticket(ticket: UUID) -> list[HistoryLine]:
    """Return what happened to one ticket, the oldest first."""
    return _lines(await fetch(_OF.replace("t.registration = $1", "t.id = $1"), ticket, get_args(Action)))


def _lines(rows: Sequence[asyncpg.Record]) -> list[HistoryLine]:
    lines: list[HistoryLine] = []
    for ticket in dict.fromkeys(row["ticket"] for row in rows):
        mine = [row for row in rows if row["ticket"] == ticket]
        lines.append(_issued(mine))
        lines += [_line(row) for row in mine if row["action"]]
    return sorted(lines, key=lambda line: (line.at, line.position))


def _issued(rows: Sequence[asyncpg.Record]) -> HistoryLine:
    """Return the first line; what came later tells whether a ticket was issued at once."""
    known = {row["action"] for row in rows} | {rows[0]["state"]}
    if known & {"waiting", "offered"}:
        words = _("Put on the waiting list")
    elif known & {"unapproved", "approved", "refused"}:
        words = _("Asked for")
    else:
        words = _("Issued")
    first = rows[0]
    return HistoryLine(first["created_at"], first["ticket"], first["position"], "issued", "holder", words)


def _line(row: asyncpg.Record) -> HistoryLine:
    actor = row["actor"] if row["actor"] in {"holder", "system"} else "staff"
    fields: list[str] = msgspec.json.decode(row["fields"])
    reason = unseal(unwrap(row["key"]), row["sealed"]).decode() if row["key"] and row["sealed"] else ""
    return HistoryLine(
        at=row["at"],
        ticket=row["ticket"],
        position=row["position"],
        action=row["action"],
        actor=actor,
        words=told(row["action"], actor=actor, fields=fields, reason=reason),
        fields=fields,
        reason=reason,
    )


_WORDS: dict[str, Callable[[], str]] = {
    "offered": lambda: _("Places were offered"),
    "accepted": lambda: _("The places offered were taken"),
    "declined": lambda: _("The places offered were declined"),
    "approved": lambda: _("Approved"),
    "refused": lambda: _("Not approved"),
    "paid": lambda: _("Paid"),
    "lapsed": lambda: _("Lapsed: the time was over"),
    "changed": lambda: _("Details changed"),
    "transferred": lambda: _("Passed on to somebody else"),
    "reissued": lambda: _("New code; the one before opens nothing any more"),
    "blocked": lambda: _("Blocked"),
    "unblocked": lambda: _("Not blocked any more"),
    "canceled": lambda: _("Ticket canceled"),
}
_BY_STAFF: dict[str, Callable[[], str]] = {
    "changed": lambda: _("Details changed by the organiser"),
    "transferred": lambda: _("Passed on to somebody else by the organiser"),
    "reissued": lambda: _("New code made by the organiser; the one before opens nothing any more"),
    "blocked": lambda: _("Blocked by the organiser"),
    "canceled": lambda: _("Canceled by the organiser"),
}
_FIELDS: dict[str, Callable[[], str]] = {
    "name": lambda: _("Full name"),
    "reading": lambda: _("Reading"),
    "organisation": lambda: _("Organisation"),
    "email": lambda: _("E-mail"),
    "residence": lambda: _("Country or region of residence"),
    "child": lambda: _("Child"),
    "needs": lambda: _("Access needs"),
    "needs_note": lambda: _("Access needs"),
    "languages": lambda: _("Languages"),
    "sessions": lambda: _("Sessions"),
    "answers": lambda: _("Answers"),
}


def told(action: str, *, actor: str, fields: Sequence[str] = (), reason: str = "") -> str:
    """Return what happened in the reader's language: "Details changed (Name, Sessions)", "Blocked: Lost badge"."""
    words = (_BY_STAFF.get(action) if actor == "staff" else None) or _WORDS[action]
    said = words()
    if named := dict.fromkeys(_FIELDS[field]() for field in fields if field in _FIELDS):
        said = _("%(what)s (%(fields)s)", what=said, fields=", ".join(named))
    return _("%(what)s: %(reason)s", what=said, reason=reason) if reason else said
