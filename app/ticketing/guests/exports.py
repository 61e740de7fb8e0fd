"""Lists of guests to take along: chosen columns with needs and answers, as CSV or XLSX."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core import audit, spreadsheet
from app.core.db import transaction
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.events import desk
from app.people.residence import country_name
from app.people.roles import Principal
from app.ticketing.documents.words import STATES
from app.ticketing.guests import listed, replies
from app.ticketing.guests.listed import EVERYBODY, Guest, Wanted
from app.ticketing.guests.replies import Asked
from app.ticketing.registering import needs
from app.ticketing.registering.answers import Value

Kind = Literal["csv", "xlsx"]
COLUMNS: dict[str, str] = {
    "number": gettext_lazy("Ticket number"),
    "name": gettext_lazy("Full name"),
    "reading": gettext_lazy("Reading"),
    "organisation": gettext_lazy("Organisation"),
    "type": gettext_lazy("Ticket type"),
    "state": gettext_lazy("State"),
    "registered": gettext_lazy("Registered"),
    "email": gettext_lazy("E-mail"),
    "residence": gettext_lazy("Place of residence"),
    "child": gettext_lazy("Child"),
    "needs": gettext_lazy("Access needs"),
    "languages": gettext_lazy("Interpretation into"),
    "party": gettext_lazy("Party"),
}
"""What a list may hold of each guest beside the answers."""
USUAL = ("number", "name", "reading", "organisation", "type", "state", "registered")
"""The columns when none is chosen."""
ANSWER = "answer."

_CELLS: Mapping[str, Callable[[Guest], str]] = {
    "number": lambda g: g.serial,
    "name": lambda g: g.name,
    "reading": lambda g: g.reading,
    "organisation": lambda g: g.organisation,
    "type": lambda g: text(g.type_title),
    "state": lambda g: str(STATES.get(g.state, g.state)),
    "registered": lambda g: g.created_at.strftime("%Y-%m-%d %H:%M"),
    "email": lambda g: g.email,
    "residence": lambda g: country_name(g.residence) if g.residence else "",
    "child": lambda g: _("Yes") if g.child else "",
    "needs": lambda g: ", ".join(needs.in_words(g.needs, g.needs_note)),
    "languages": lambda g: ", ".join(g.languages),
    "party": lambda g: f"{g.registration.hex[:8]}-{g.place}",
}


class Taken(msgspec.Struct, frozen=True):
    """What is to be taken along: whom, which columns (`answer.SLUG` for a question), and as what."""

    wanted: Wanted = EVERYBODY
    columns: tuple[str, ...] = USUAL
    kind: Kind = "csv"


async def export(*, event: UUID, principal: Principal, taken: Taken, now: dt.datetime) -> bytes:
    """Return guests as a list, and write down who took which columns; raises `NotFound`.

    Unknown columns are left out; moments are by the clocks of the convention.
    """
    zone = ZoneInfo((await desk.own_event(principal=principal, event=event)).convention.zone)
    found = await listed.all_of(event=event, principal=principal, wanted=taken.wanted)
    guests = [msgspec.structs.replace(g, created_at=g.created_at.astimezone(zone)) for g in found]
    asked = {ANSWER + q.slug: q for q in await replies.questions(event=event, principal=principal)}
    columns = [name for name in dict.fromkeys(taken.columns) if name in COLUMNS or name in asked] or list(USUAL)
    chosen = [asked[name] for name in columns if name in asked]
    given = await replies.of_tickets(chosen, [g.ticket for g in guests])
    detail = {"guests": len(guests), "columns": columns, "city": listed.sees_the_citys(principal)}
    async with transaction():
        await audit.record(
            actor=principal.actor, action="guests.export", subject=f"event:{event}", now=now, detail=detail
        )
    return await asyncio.to_thread(_written, taken.kind, columns, asked, guests, given)


def _written(
    kind: Kind,
    columns: Sequence[str],
    asked: Mapping[str, Asked],
    guests: Sequence[Guest],
    given: Mapping[UUID, Mapping[UUID, Value]],
) -> bytes:
    heading = [str(COLUMNS[name]) if name in COLUMNS else text(asked[name].label) for name in columns]
    rows = _rows(columns, asked, guests, given)
    if kind == "xlsx":
        return spreadsheet.workbook(heading, rows, title=_("Guests"))
    return spreadsheet.written(heading, rows)


def _rows(
    columns: Sequence[str],
    asked: Mapping[str, Asked],
    guests: Sequence[Guest],
    given: Mapping[UUID, Mapping[UUID, Value]],
) -> Iterator[list[str]]:
    for guest in guests:
        mine = given.get(guest.ticket, {})
        yield [
            _CELLS[name](guest) if name in _CELLS else _answer(asked[name], mine.get(asked[name].id))
            for name in columns
        ]


def _answer(question: Asked, value: Value | None) -> str:
    return question.said(value) if value is not None else ""
