"""The use case of a gate's pack: whole, or what has changed since the pack that a phone has."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.attendance.judging.rules import Gate
from app.attendance.packs import books, keys, layout
from app.attendance.packs.books import Body, Book
from app.attendance.packs.rows import Ground, KeyRow
from app.attendance.scanning import around
from app.core.errors import NotFound
from app.core.signing import pack_key
from app.people.roles import Principal


class Built(Struct, frozen=True):
    """A pack and its number; no `content` when whoever asked lacks nothing."""

    number: int
    content: bytes | None = None


async def pack(
    *, gate: UUID, since: int | None, principal: Principal, now: dt.datetime, known: int | None = None
) -> Built:
    """Return the pack of a gate, from `since` on when that is possible; `known` is a pack that need not come again.

    Raises `NotFound` when there is no such gate, or when it is not this principal's.
    """
    found = await gate_of(gate, principal, now)
    if found is None:
        raise NotFound
    has = since if since is not None else known
    book = await books.book(found.convention, now=now, at_least=has or 0)
    ground = await _ground(book, gate, now)
    if has is not None and has <= book.read_to and not book.is_news(has):
        return Built(has)
    # The number comes first: what is read while the body is put together belongs to a higher one.
    number = book.read_to if has is not None and has >= book.number else book.number
    body = await book.body(found.event, since)
    head = _head(ground, ground.gates[gate], body, number=number, now=now)
    return Built(number, layout.write(head, body.content, pack_key(found.convention, head.kid)))


async def gate_of(gate: UUID, principal: Principal, now: dt.datetime) -> Gate | None:
    """Return a gate, None when there is none (any more); raises `NotFound` when it is not this principal's."""
    found = (await around.gates([gate], now=now)).get(gate)
    if found is not None and not principal.may_see_gate(gate=gate, organiser=found.organiser):
        raise NotFound
    return found


def newest(gate: UUID) -> int:
    """Return the number of a gate's newest pack as this process told it last, 0 when it has told none lately."""
    found = around.remembered(gate)
    return books.remembered(found.convention) if found else 0


async def _ground(book: Book, gate: UUID, now: dt.datetime) -> Ground:
    """Return what stands around the tickets, with a gate that is quite new, and with the first keys of a convention."""
    if not _is_complete(book, gate):
        for purpose in keys.PURPOSES:
            await keys.begin(scope=book.convention, purpose=purpose, now=now)
        await book.refresh(now, at_least=book.read_to + 1)
    if book.ground is None or gate not in book.ground.gates:
        raise NotFound
    return book.ground


def _is_complete(book: Book, gate: UUID) -> bool:
    ground = book.ground
    return ground is not None and gate in ground.gates and {k.purpose for k in ground.keys} == set(keys.PURPOSES)


def _head(ground: Ground, gate: Gate, body: Body, *, number: int, now: dt.datetime) -> layout.Head:
    shown = {event.id for event in ground.events if not event.draft} | {gate.event}
    doors = [door for door in ground.doors if door.event in shown]
    trusted = [key for key in ground.keys if key.purpose == "pack" and not _is_distrusted(key, now)]
    return layout.Head(
        number=number,
        since=body.since,
        made_at=now,
        kid=_signing(trusted, now),
        pack_keys=[layout.PackKey(key.kid, key.public) for key in trusted],
        keys=[_ticket_key(key) for key in ground.keys if key.purpose == "ticket"],
        convention=ground.convention,
        gate=gate,
        gates=[layout.Door(d.id, d.name, d.venue, d.event, d.opens_at, d.closes_at) for d in doors],
        venues=ground.venues,
        events=[layout.Titled(event.id, event.title) for event in ground.events if event.id in shown],
        products=ground.products,
        records=body.records,
        others=body.others,
        gone=0,
        sha256=body.sha256,
    )


def _is_distrusted(key: KeyRow, now: dt.datetime) -> bool:
    return key.distrust_after is not None and key.distrust_after <= now


def _signing(trusted: list[KeyRow], now: dt.datetime) -> int:
    """Return the pack key that began last of those that sign now."""
    live = [key for key in trusted if key.is_live(now)] or trusted
    return max(live, key=lambda key: (key.not_before, key.kid)).kid


def _ticket_key(key: KeyRow) -> layout.TicketKey:
    return layout.TicketKey(key.scope, key.kid, key.public, key.not_before, key.not_after, key.distrust_after)
