"""Lists on their way: read and kept sealed, looked through again whenever they are shown, thrown away or taken."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from app.core import audit, sheets
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import Text, gettext_lazy, language
from app.core.i18n import gettext as _
from app.core.retention import Kept, deletes, keeps
from app.core.sheets import Sheet
from app.core.signing import derived, seal, unseal
from app.events import desk
from app.events.owned import Held
from app.people.roles import Principal
from app.ticketing.guests.imports import lines
from app.ticketing.guests.imports.lines import Ground, Read
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.registering import offers
from app.ticketing.registering.asked import asked
from app.ticketing.schemas import Offer, OfferedQuestion
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import OwnType

MOST_LINES = 5_000
PURPOSE = "guest-imports"


class Upload(msgspec.Struct, frozen=True):
    """What is kept of a file: its rows, and the ticket type of lines that name none."""

    sheet: Sheet
    ticket_type: str


class Outcome(msgspec.Struct, frozen=True):
    """What came of a list that is taken: how many of its guests are `wanted`, and have tickets so far.

    `failed` are the lines that were not taken: full | known | changed.
    """

    mails: bool = True
    wanted: int = 0
    done: int = 0
    failed: list[tuple[int, Literal["full", "known", "changed"]]] = []

    @property
    def finished(self) -> bool:
        """Whether every line has been looked at."""
        return self.done + len(self.failed) >= self.wanted


class Import(msgspec.Struct, frozen=True):
    """A list that was brought; `taken_at` once it was said to take it, `open` while something of it is kept."""

    id: UUID
    lines: int
    created_at: dt.datetime
    taken_at: dt.datetime | None
    open: bool
    outcome: Outcome


class Short(msgspec.Struct, frozen=True):
    """Places that run out: so many of the list's guests want one, so many are left."""

    name: Text
    wanted: int
    left: int


class Report(msgspec.Struct, frozen=True):
    """A list as it was understood, with what hinders it."""

    written_in: str
    read: Read
    short: list[Short]


async def keep(*, event: UUID, data: bytes, ticket_type: UUID | None, principal: Principal, now: dt.datetime) -> UUID:
    """Read a file and keep it sealed until it is taken, a day at most; return its id.

    Raises `NotFound`, `Invalid` naming the field `file`, also for a file that cannot be read.
    """
    own = await desk.own_event(principal=principal, event=event)
    await _require_offer(own, principal, now)
    given = {t.id: t for t in await given_away(own, principal)}
    try:
        sheet = await asyncio.to_thread(sheets.read, data, most=MOST_LINES)
    except sheets.Unreadable as error:
        raise Invalid([FieldError("file", "unreadable", error.detail)]) from None
    chosen = given.get(ticket_type) if ticket_type else None
    upload = Upload(sheet, chosen.slug if chosen else "")
    made = uuid4()
    async with transaction():
        await fetch(
            "INSERT INTO guest_import (id, event, account, sealed, lines, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            made,
            event,
            principal.account,
            seal(derived(PURPOSE), msgspec.msgpack.encode(upload)),
            len(sheet.rows),
            now,
        )
        await audit.record(
            actor=principal.actor,
            action="guests.bring",
            subject=f"event:{event}",
            now=now,
            detail={"import": str(made), "lines": len(sheet.rows)},
        )
    return made


async def _require_offer(own: Held, principal: Principal, now: dt.datetime) -> None:
    """Raise `Invalid` while nobody can have a ticket of this event's own."""
    try:
        found = await _offer(own, principal, now)
    except NotFound:
        found = None
    if found is None or not found.types:
        words = _("Nobody can be added yet: publish the event, and add a ticket type of your own.")
        raise Invalid([FieldError("file", "closed", words)])


async def given_away(own: Held, principal: Principal) -> list[OwnType]:
    """Return the ticket types of an event that somebody may give away: the organiser's, and for officers the city's."""
    return [t for t in await console.types_of_event(own.event.id, principal) if t.mine]


_COLUMNS = "id, lines, created_at, taken_at, sealed IS NOT NULL AS open, outcome"
_OURS = "($2 OR NOT EXISTS (SELECT 1 FROM account a WHERE a.id = account AND a.role IN ('officer', 'admin')))"
"""Lists that the city's officers brought are of people whom the organiser does not know."""


async def recent(*, event: UUID, principal: Principal) -> list[Import]:
    """Return the lists that were brought lately, the newest first; raises `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM guest_import WHERE event = $1 AND {_OURS} ORDER BY created_at DESC LIMIT 20",
        event,
        sees_the_citys(principal),
    )
    return [_import(dict(row)) for row in rows]


async def one(*, event: UUID, guest_import: UUID, principal: Principal) -> Import:
    """Return a list that was brought to an event within reach by the organiser's people, or raise `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    row = await fetch_one(
        f"SELECT {_COLUMNS} FROM guest_import WHERE id = $1 AND event = $3 AND {_OURS}",
        guest_import,
        sees_the_citys(principal),
        event,
    )
    if row is None:
        raise NotFound
    return _import(dict(row))


def _import(row: dict[str, object]) -> Import:
    return Import(**row | {"outcome": msgspec.json.decode(str(row["outcome"]), type=Outcome)})  # type: ignore[arg-type]


async def report(*, event: UUID, guest_import: UUID, principal: Principal, now: dt.datetime) -> Report:
    """Return a list as it is understood now; raises `NotFound`, also for one that is taken or gone."""
    own = await desk.own_event(principal=principal, event=event)
    await one(event=event, guest_import=guest_import, principal=principal)
    row = await fetch_one(
        "SELECT sealed FROM guest_import WHERE id = $1 AND taken_at IS NULL AND sealed IS NOT NULL", guest_import
    )
    if row is None:
        raise NotFound
    upload = msgspec.msgpack.decode(unseal(derived(PURPOSE), row["sealed"]), type=Upload)
    found = await _offer(own, principal, now)
    read = await asyncio.to_thread(lines.understood, upload.sheet, _ground(found, upload, now))
    keys = await already(event, own.event.organiser, [k for g in read.groups for k in g.keys], principal)
    read = lines.known(read, keys)
    return Report(upload.sheet.written_in, read, await _short(found, read))


async def _offer(own: Held, principal: Principal, now: dt.datetime) -> Offer:
    """Return what is on offer, with the types alone that may be given away; `NotFound` for a draft of a convention."""
    found = await offers.offer(own.convention.slug, now=now)
    mine = {t.slug for t in await given_away(own, principal)}
    return msgspec.structs.replace(found, types={slug: t for slug, t in found.types.items() if slug in mine})


async def questions(*, event: UUID, principal: Principal, now: dt.datetime) -> list[OfferedQuestion]:
    """Return what a list may answer: what holders of the types are asked, but files. Raises `NotFound`."""
    own = await desk.own_event(principal=principal, event=event)
    try:
        return _questions(await _offer(own, principal, now))
    except NotFound:
        return []


def _questions(found: Offer) -> list[OfferedQuestion]:
    asked_of = {q.slug: q for t in found.types.values() for q in asked(found, t) if q.kind != "file"}
    return list(asked_of.values())


def _ground(found: Offer, upload: Upload, now: dt.datetime) -> Ground:
    chosen = upload.ticket_type if upload.ticket_type in found.types else ""  # it may have been removed meanwhile
    default = chosen or (next(iter(found.types)) if len(found.types) == 1 else "")
    return Ground(found, _questions(found), default, language(), now)


_KNOWN = """
SELECT DISTINCT d.match_key FROM person_details d JOIN ticket k ON k.person = d.person
JOIN ticket_type t ON t.id = k.ticket_type
WHERE d.match_key = ANY($3::bytea[]) AND k.state <> 'canceled' AND (t.organiser = $2 OR ($4 AND t.organiser IS NULL))
  AND EXISTS (SELECT 1 FROM coverage g WHERE g.ticket_type = t.id AND g.event = $1)
"""


async def already(
    event: UUID, organiser: UUID, keys: Iterable[bytes], principal: Principal | None, *, city: bool = False
) -> frozenset[bytes]:
    """Return those of the keys whose persons have a ticket of the organiser's own for the event."""
    sees = sees_the_citys(principal) if principal else city
    rows = await fetch(_KNOWN, event, organiser, list(keys), sees)
    return frozenset(row["match_key"] for row in rows)


async def _short(found: Offer, read: Read) -> list[Short]:
    wanted = Counter(
        quota
        for group in read.groups
        for member in group.request.party
        for quota in offers.places_of(found.types[member.ticket_type], (), found)
    )
    rows = await fetch("SELECT id, capacity - taken AS places FROM quota WHERE id = ANY($1::uuid[])", list(wanted))
    left = {row["id"]: row["places"] for row in rows}
    return [Short(found.quotas[q].name, n, left[q]) for q, n in wanted.items() if q in left and left[q] < n]


async def discard(*, event: UUID, guest_import: UUID, principal: Principal, now: dt.datetime) -> None:
    """Throw a list away that was not taken; again does no harm. Raises `NotFound`."""
    await one(event=event, guest_import=guest_import, principal=principal)
    async with transaction():
        gone = await fetch("DELETE FROM guest_import WHERE id = $1 AND taken_at IS NULL RETURNING id", guest_import)
        if gone:
            detail = {"import": str(guest_import)}
            await audit.record(
                actor=principal.actor, action="guests.discard", subject=f"event:{event}", now=now, detail=detail
            )


keeps(
    Kept(
        purpose=PURPOSE,
        what=gettext_lazy("Lists of guests that organisers brought, until they are taken"),
        how=gettext_lazy("deleted"),
        days=1,
        least=1,
        most=1,
        find="SELECT id FROM guest_import WHERE created_at < $1 AND (taken_at IS NULL OR sealed IS NULL"
        " OR created_at < $1 - interval '30 days')",
        forget=deletes("guest_import"),
    )
)
