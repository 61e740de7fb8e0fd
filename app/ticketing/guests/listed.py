"""The list of guests: who has a ticket of the event's own, found by name, type, state or need."""

import asyncio
import datetime as dt
import unicodedata
from typing import NamedTuple, get_args
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch
from app.core.i18n import Text
from app.events import desk
from app.people.persons import open_details
from app.people.roles import Principal
from app.people.schemas import Details
from app.ticketing.documents import papers
from app.ticketing.states import State
from app.ticketing.tickets import unsigned

PAGE = 50
AT_ONCE = 2000
"""Details opened in one go, beside the loop that serves everybody else: about ten milliseconds' work."""

_GUESTS = """
SELECT k.id, k.registration, k.position, k.serial, k.state, k.created_at, k.ticket_type, t.title,
  coalesce(k.residence, p.residence) AS residence, p.key, coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN person p ON p.id = k.person
LEFT JOIN person_details d ON d.person = p.id
WHERE (t.organiser = $2 OR ($3 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
  AND ($4::uuid IS NULL OR t.id = $4) AND ($5 = '' OR k.state = $5)
ORDER BY k.created_at DESC, k.registration, k.position
"""


class Wanted(msgspec.Struct, frozen=True):
    """Whom a list is to show: every word stands in the name or number, and type, state and need are these."""

    words: str = ""
    ticket_type: UUID | None = None
    state: str = ""
    need: str = ""


EVERYBODY = Wanted()


class Guest(msgspec.Struct, frozen=True):
    """Somebody with a ticket of the event's own; an erased person has no name and an empty address."""

    ticket: UUID
    registration: UUID
    serial: str
    name: str
    reading: str
    organisation: str
    email: str
    residence: str
    type_title: Text
    ticket_type: UUID
    state: str
    created_at: dt.datetime
    place: int = 1
    child: bool = False
    needs: tuple[str, ...] = ()
    needs_note: str = ""
    languages: tuple[str, ...] = ()

    def matches(self, words: list[str]) -> bool:
        """Whether every word stands in the name, its reading, the organisation, the address or the number."""
        number = (self.serial, self.serial.replace("-", ""))
        written = folded(" ".join((self.name, self.reading, self.organisation, self.email, *number)))
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
    *, event: UUID, principal: Principal, now: dt.datetime, wanted: Wanted = EVERYBODY, number: int = 1
) -> Page:
    """Return a page of the guests, the newest first, and write down that it was read; raises `NotFound`."""
    rows = await _rows(event, principal, wanted)
    if wanted.words.strip() or wanted.need:
        found = _chosen(await opened(rows), wanted)
        shown = _page(len(found), number)
        result = Page(found[shown], len(found), shown.start // PAGE + 1)
    else:
        shown = _page(len(rows), number)
        result = Page(await opened(rows[shown]), len(rows), shown.start // PAGE + 1)
    if result.guests:
        detail = {"guests": len(result.guests), "page": result.number}
        await audit.record(
            actor=principal.actor, action="guests.read", subject=f"event:{event}", now=now, detail=detail
        )
    return result


def _page(total: int, number: int) -> slice:
    """Return the part of a list that a page shows; there is always a first page."""
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    return slice((number - 1) * PAGE, number * PAGE)


def _chosen(guests: list[Guest], wanted: Wanted) -> list[Guest]:
    words = folded(wanted.words).split()
    return [g for g in guests if g.matches(words) and (not wanted.need or wanted.need in g.needs)]


async def all_of(*, event: UUID, principal: Principal, wanted: Wanted = EVERYBODY) -> list[Guest]:
    """Return every guest that is wanted, the newest first; raises `NotFound`. Whoever calls writes it down."""
    return _chosen(await opened(await _rows(event, principal, wanted)), wanted)


async def _rows(event: UUID, principal: Principal, wanted: Wanted) -> list[asyncpg.Record]:
    at = await desk.own_event(principal=principal, event=event)
    return await fetch(_GUESTS, event, at.event.organiser, sees_the_citys(principal), wanted.ticket_type, wanted.state)


def sees_the_citys(principal: Principal) -> bool:
    """Whether somebody knows the holders of the city's own tickets by name."""
    return desk.reach(principal) is None


async def opened(rows: list[asyncpg.Record]) -> list[Guest]:
    """Return the guests behind rows of `_GUESTS`."""
    found: list[Guest] = []
    for start in range(0, len(rows), AT_ONCE):
        found += await asyncio.to_thread(lambda part: [_guest(row) for row in part], rows[start : start + AT_ONCE])
    return found


_NOBODY = Details(name="", email="")


def _guest(row: asyncpg.Record) -> Guest:
    details = open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else _NOBODY
    return Guest(
        ticket=row["id"],
        registration=row["registration"],
        serial=papers.grouped(f"{unsigned(row['serial']):016x}"),
        name=details.name,
        reading=details.reading,
        organisation=details.organisation,
        email=details.email,
        residence=row["residence"] or "",
        type_title=msgspec.json.decode(row["title"]),
        ticket_type=row["ticket_type"],
        state=row["state"],
        created_at=row["created_at"],
        place=row["position"],
        child=details.child,
        needs=details.needs,
        needs_note=details.needs_note,
        languages=details.languages,
    )


_COUNTS = """
SELECT k.state, count(*) AS n FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type
WHERE (t.organiser = $2 OR ($3 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1) GROUP BY k.state
"""


async def counts(*, event: UUID, principal: Principal) -> dict[str, int]:
    """Return how many guests there are in each state; raises `NotFound`."""
    at = await desk.own_event(principal=principal, event=event)
    rows = await fetch(_COUNTS, event, at.event.organiser, sees_the_citys(principal))
    return dict.fromkeys(get_args(State), 0) | {row["state"]: row["n"] for row in rows}
