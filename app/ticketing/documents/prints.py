"""What an organiser prints for the doors: badges, and the list that works when the network is down.

Names of holders of the event's own ticket types, and of nobody else; whoever answers for another type may choose it.
"""

import asyncio
import datetime as dt
import unicodedata
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from app.core import audit
from app.core.collation import sort_key
from app.core.db import fetch, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import Text, clock, day, in_zone, language, ngettext, text
from app.core.i18n import gettext as _
from app.events import desk, queries
from app.events.owned import Held
from app.people.persons import open_details
from app.people.roles import Principal
from app.ticketing.documents import papers, words
from app.ticketing.documents.badges import Badge, badges_pdf
from app.ticketing.documents.guest_list import Columns, Heading, Line, list_pdf
from app.ticketing.states import SHOWN
from app.ticketing.tickets import code_of, unsigned

MOST_BADGES: Final = 1000
MOST_LINES: Final = 3000
"""In one document: half a second's work, and less than 500 MB of memory for as long."""
BADGED: Final = frozenset({"valid", "unpaid"})
"""Who gets a badge beforehand; to whoever has not paid it is handed out at the desk."""
HIRAGANA: Final = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}

_GUESTS = """
SELECT k.id, k.serial, k.generation, k.kid, k.state, t.title, t.role, t.number AS product, c.number AS scope,
  p.key, coalesce(k.sealed, d.sealed) AS sealed
FROM ticket k JOIN ticket_type t ON t.id = k.ticket_type JOIN convention c ON c.id = t.convention
JOIN person p ON p.id = k.person LEFT JOIN person_details d ON d.person = p.id
WHERE EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
  AND ($2::uuid[] IS NULL OR t.organiser = ANY($2))
  AND CASE WHEN $3::uuid IS NULL AND $4::uuid IS NULL THEN t.organiser = $5
    ELSE ($3 IS NULL OR t.id = $3) AND ($4 IS NULL OR k.id = $4) END
  AND ($6::text IS NULL OR t.days = '[]' OR t.days ? $6) AND k.state = ANY($7::text[])
"""


class PrintWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to print: guests with one `ticket_type` or all own ones, one `ticket` alone, or those of one `day`.

    `gate` stands above the list. What does not go into one document comes in parts, the first being 1.
    """

    size: Literal["card", "business", "a7", "a6"] = "card"
    ticket_type: UUID | None = None
    ticket: UUID | None = None
    day: dt.date | None = None
    gate: UUID | None = None
    part: Annotated[int, msgspec.Meta(ge=1, le=999)] = 1


class Guest(msgspec.Struct, frozen=True):
    """A guest to be printed; `number` in groups of four. An erased person has no name."""

    name: str
    reading: str
    organisation: str
    role: str
    title: Text
    state: str
    number: str
    code: str


async def badges(*, event: UUID, wish: PrintWish, principal: Principal, now: dt.datetime) -> bytes:
    """Return badges as PDF and write down who took them; raises `NotFound`, and `Invalid` when there is nobody."""
    own = await desk.own_event(principal=principal, event=event)
    guests = [guest for guest in await _guests(own, wish, principal, BADGED) if guest.name]
    chosen, _parts = _part(guests, wish.part, MOST_BADGES)
    await _note("guests.badges", len(chosen), event=event, principal=principal, now=now)
    return await asyncio.to_thread(
        badges_pdf,
        [_badge(guest) for guest in chosen],
        size=wish.size,
        convention=text(own.convention.title),
        language=language(),
        alt=_("Ticket code"),
        now=now,
    )


async def guest_list(*, event: UUID, wish: PrintWish, principal: Principal, now: dt.datetime) -> bytes:
    """Return the list as PDF and write down who took it; raises `NotFound`, and `Invalid` when there is nobody."""
    own = await desk.own_event(principal=principal, event=event)
    guests = await _guests(own, wish, principal, SHOWN)
    chosen, parts = _part(guests, wish.part, MOST_LINES)
    heading = await _heading(own, wish, len(guests), parts, now)
    await _note("guests.list", len(chosen), event=event, principal=principal, now=now)
    return await asyncio.to_thread(
        list_pdf,
        [_line(guest) for guest in chosen],
        heading=heading,
        columns=_columns(),
        language=language(),
        now=now,
    )


async def _guests(own: Held, wish: PrintWish, principal: Principal, kept: frozenset[str]) -> list[Guest]:
    """Return the guests in the order of their names for the reader's language."""
    rows = await fetch(
        _GUESTS,
        own.event.id,
        desk.reach(principal),
        wish.ticket_type,
        wish.ticket,
        own.event.organiser,
        wish.day.isoformat() if wish.day else None,
        sorted(kept),
    )
    return await asyncio.to_thread(_opened, rows, language())


def _opened(rows: list[asyncpg.Record], tag: str) -> list[Guest]:
    return sorted((_guest(row) for row in rows), key=lambda guest: _order(guest, tag))


def _order(guest: Guest, tag: str) -> tuple[str, str]:
    """Return where a guest stands: Japanese and Latin lists go by the reading, which says how a name is looked for."""
    looked_for = guest.reading if tag in {"ja", "en", "de"} and guest.reading else guest.name
    plain = unicodedata.normalize("NFKC", looked_for).casefold().translate(HIRAGANA if tag == "ja" else {})
    return sort_key(plain, tag), guest.number


def _guest(row: asyncpg.Record) -> Guest:
    details = open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else None
    serial = unsigned(row["serial"])
    return Guest(
        name=details.name if details else "",
        reading=details.reading if details else "",
        organisation=details.organisation if details else "",
        role=row["role"],
        title=msgspec.json.decode(row["title"]),
        state=row["state"],
        number=papers.grouped(f"{serial:016x}"),
        code=code_of(
            scope=row["scope"], product=row["product"], serial=serial, generation=row["generation"], kid=row["kid"]
        ),
    )


def _part(guests: list[Guest], number: int, most: int) -> tuple[list[Guest], int]:
    """Return the guests of one part, and how many parts there are; raises `Invalid` for a part without anybody."""
    parts = -(-len(guests) // most)
    if not guests:
        raise Invalid([FieldError("ticket_type", "empty", _("There is nobody to print."))])
    if number > parts:
        raise Invalid([FieldError("part", "range", ngettext("There is %(n)s part.", "There are %(n)s parts.", parts))])
    return guests[(number - 1) * most : number * most], parts


async def _note(action: str, guests: int, *, event: UUID, principal: Principal, now: dt.datetime) -> None:
    async with transaction():
        detail = {"guests": guests}
        await audit.record(actor=principal.actor, action=action, subject=f"event:{event}", now=now, detail=detail)


def _badge(guest: Guest) -> Badge:
    return Badge(guest.name, guest.role, text(guest.title), guest.code, guest.reading, guest.organisation)


def _line(guest: Guest) -> Line:
    return Line(
        name=guest.name or _("Erased"),
        ticket_type=text(guest.title),
        number=guest.number[:9],
        reading=guest.reading,
        organisation=guest.organisation,
        remark="" if guest.state == "valid" else str(words.STATES[guest.state]),
    )


def _columns() -> Columns:
    return Columns(_("Inside"), _("Full name"), _("Organisation"), _("Ticket type"), _("Ticket number"))


async def _heading(own: Held, wish: PrintWish, guests: int, parts: int, now: dt.datetime) -> Heading:
    zone = own.convention.zone
    facts = (
        text(own.convention.title),
        day(wish.day) if wish.day else "",
        await _gate_words(own.event.id, wish.gate),
        _("Part %(n)s of %(last)s", n=wish.part, last=parts) if parts > 1 else "",
    )
    moment = f"{day(in_zone(now, zone).date())}, {clock(now, zone)}"
    return Heading(
        title=text(own.event.title),
        printed=_("Printed: %(moment)s", moment=moment),
        count=ngettext("%(n)s guest", "%(n)s guests", guests),
        facts=tuple(fact for fact in facts if fact),
    )


async def _gate_words(event: UUID, gate: UUID | None) -> str:
    found = next((one for one in await queries.gates_of(event) if one.id == gate), None) if gate else None
    return text(found.name) if found else ""


async def choices(own: Held, principal: Principal) -> dict[str, Any]:
    """Return what the form offers: ticket types within reach that open the event, its days, its gates."""
    types = await fetch(_TYPES, own.event.id, desk.reach(principal))
    first, last = own.event.first_day, own.event.last_day
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        "types": [(row["id"], text(msgspec.json.decode(row["title"]))) for row in types],
        "days": [(one.isoformat(), day(one)) for one in days],
        "gates": [(gate.id, text(gate.name)) for gate in await queries.gates_of(own.event.id)],
    }


_TYPES = """
SELECT t.id, t.title FROM ticket_type t
WHERE EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
  AND ($2::uuid[] IS NULL OR t.organiser = ANY($2)) ORDER BY t.organiser IS NULL, t.position, t.slug
"""
