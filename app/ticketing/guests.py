"""The guests of an event, for its organiser: names of holders of its own ticket types, and of nobody else.

Whoever comes with a ticket of the city's, or of another organiser's, is counted and not named.
"""

import asyncio
import datetime as dt
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit, spreadsheet
from app.core.db import fetch, transaction
from app.core.i18n import Text, text
from app.core.i18n import gettext as _
from app.events import desk
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing import papers
from app.ticketing.tickets import unsigned

PAGE = 50
AT_ONCE = 2000
"""Details opened in one go, beside the loop that serves everybody else: about ten milliseconds' work."""

_GUESTS = """
SELECT k.id, k.serial, k.state, k.created_at, t.title, p.key, coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN person p ON p.id = k.person
LEFT JOIN person_details d ON d.person = p.id
WHERE t.organiser = $2 AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
  AND ($3::uuid IS NULL OR t.id = $3)
ORDER BY k.created_at DESC, k.registration, k.position
"""


class Guest(msgspec.Struct, frozen=True):
    """Somebody with a ticket of the event's own; an erased person has no name."""

    ticket: UUID
    serial: str
    name: str
    reading: str
    organisation: str
    type_title: Text
    state: str
    created_at: dt.datetime

    def matches(self, words: list[str]) -> bool:
        """Whether every word stands in the name, its reading, the organisation or the number."""
        written = folded(
            " ".join((self.name, self.reading, self.organisation, self.serial, self.serial.replace("-", "")))
        )
        return all(word in written for word in words)


class Page(NamedTuple):
    """Some guests of a list, and how many the list has."""

    guests: list[Guest]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.total // PAGE))


def folded(words: str) -> str:
    """Return words as they are compared: compatible characters and case."""
    return unicodedata.normalize("NFKC", words).casefold()


async def page(
    *, event: UUID, principal: Principal, words: str = "", ticket_type: UUID | None = None, number: int = 1
) -> Page:
    """Return a page of the guests, the newest first; raises `NotFound`."""
    rows = await _rows(event, principal, ticket_type)
    wanted = folded(words).split()
    if not wanted:
        number = min(max(number, 1), max(1, -(-len(rows) // PAGE)))
        return Page(await _opened(rows[(number - 1) * PAGE : number * PAGE]), len(rows), number)
    found = [guest for guest in await _opened(rows) if guest.matches(wanted)]
    number = min(max(number, 1), max(1, -(-len(found) // PAGE)))
    return Page(found[(number - 1) * PAGE : number * PAGE], len(found), number)


async def _rows(event: UUID, principal: Principal, ticket_type: UUID | None) -> list[asyncpg.Record]:
    at = await desk.own_event(principal=principal, event=event)
    return await fetch(_GUESTS, event, at.event.organiser, ticket_type)


async def _opened(rows: list[asyncpg.Record]) -> list[Guest]:
    found: list[Guest] = []
    for start in range(0, len(rows), AT_ONCE):
        found += await asyncio.to_thread(lambda part: [_guest(row) for row in part], rows[start : start + AT_ONCE])
    return found


def _guest(row: asyncpg.Record) -> Guest:
    details = open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else None
    return Guest(
        ticket=row["id"],
        serial=papers.grouped(f"{unsigned(row['serial']):016x}"),
        name=details.name if details else "",
        reading=details.reading if details else "",
        organisation=details.organisation if details else "",
        type_title=msgspec.json.decode(row["title"]),
        state=row["state"],
        created_at=row["created_at"],
    )


async def export(*, event: UUID, principal: Principal, now: dt.datetime) -> bytes:
    """Return all guests as CSV for a spreadsheet, and write down who took the list; raises `NotFound`."""
    guests = await _opened(await _rows(event, principal, None))
    async with transaction():
        await audit.record(
            actor=principal.actor,
            action="guests.export",
            subject=f"event:{event}",
            now=now,
            detail={"guests": len(guests)},
        )
    return written(guests)


def states() -> dict[str, str]:
    """Return the states of a ticket in words."""
    return {"valid": _("Valid"), "canceled": _("Canceled"), "blocked": _("Blocked")}


def written(guests: Iterable[Guest]) -> bytes:
    """Return guests as a list for a spreadsheet."""
    heading = _("Ticket number"), _("Name"), _("Reading"), _("Organisation"), _("Ticket type"), _("State")
    known = states()
    return spreadsheet.written([*heading, _("Registered")], (_line(guest, known) for guest in guests))


def _line(g: Guest, known: dict[str, str]) -> list[str]:
    words = (g.serial, g.name, g.reading, g.organisation, text(g.type_title), known.get(g.state, g.state))
    return [*words, g.created_at.isoformat(timespec="seconds")]
