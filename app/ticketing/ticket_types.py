"""Ticket types of an event: add, change, copy, open and close their sale, order, remove."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.events import changes, desk
from app.events.edits import Lines
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.slugs import candidates, proposal
from app.people.roles import Principal
from app.ticketing import console_queries as console
from app.ticketing import offers, quotas
from app.ticketing.edits import Coverable, NewTicketType, OwnType, QuotaEdit, TicketTypeEdit
from app.ticketing.promises import broken

COLUMNS = ("title", "description", "role", "mode", "entry_rule", "days", "price", "public")


async def add(*, event: UUID, wish: NewTicketType, principal: Principal, now: dt.datetime) -> UUID:
    """Add a ticket type and return its id; the product number of its codes is the convention's next.

    It is the organiser's when all its events are, else the city's. Raises `NotFound`, and `Invalid` with every wrong
    field.
    """
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        holder, errors = await _check(wish, at, at.event.organiser, principal)
        if errors:
            raise Invalid(errors)
        made = await _insert(wish, at, holder)
        if wish.places is not None:
            own = await quotas.insert(
                edit=QuotaEdit(name=wish.title, capacity=wish.places), convention=at.convention.id, organiser=holder
            )
            await _link(made, [*wish.quotas, own], "quota_use", "quota")
        await _note(principal, "add", made, now)
    offers.forget()
    return made


async def _check(
    wish: TicketTypeEdit, at: Held, holder: UUID | None, principal: Principal
) -> tuple[UUID | None, list[FieldError]]:
    """Return who will hold the ticket type, and what is wrong with the wish."""
    reach = None if desk.reach(principal) is None else holder
    events = {e.id: e for e in await console.coverable(at.convention.id, reach)}
    chosen = [events[e] for e in wish.events if e in events]
    if any(e.organiser != holder for e in chosen):
        holder = None
    drawn = {q.id for q in await console.quotas_to_draw_on(at.convention.id, holder)}
    return holder, [*_event_errors(wish, chosen), *_quota_errors(wish, drawn), *_price_errors(wish)]


def _event_errors(wish: TicketTypeEdit, chosen: list[Coverable]) -> list[FieldError]:
    if len(chosen) != len(set(wish.events)):
        return [FieldError("events", "choice", _("There is no such event."))]
    if any(not any(e.is_on(day) for e in chosen) for day in wish.days):
        return [FieldError("days", "choice", _("None of the chosen events takes place on one of these days."))]
    return []


def _quota_errors(wish: TicketTypeEdit, drawn: set[UUID]) -> list[FieldError]:
    if set(wish.quotas) <= drawn:
        return []
    return [FieldError("quotas", "choice", _("These places are not kept by whoever holds this ticket type."))]


def _price_errors(wish: TicketTypeEdit) -> list[FieldError]:
    if not (wish.price and wish.public):
        return []
    words = _(
        "Paying is not possible here yet: only tickets for 0 yen can be on sale. Set the price to 0, or close it."
    )
    return [FieldError("price", "unpaid", words)]


async def _insert(wish: TicketTypeEdit, at: Held, holder: UUID | None) -> UUID:
    """Write the row. The convention's lock gives two that are added at once two numbers."""
    await fetch_one("SELECT 1 FROM convention WHERE id = $1 FOR NO KEY UPDATE", at.convention.id)
    last = await fetch_one(
        "SELECT coalesce(max(number), 0) AS number, coalesce(max(position), 0) AS position,"
        " coalesce(array_agg(slug), '{}') AS slugs FROM ticket_type WHERE convention = $1",
        at.convention.id,
    )
    assert last is not None  # noqa: S101  # an aggregate always answers
    number = last["number"] + 1
    made = uuid4()
    await fetch(
        "INSERT INTO ticket_type (id, convention, organiser, slug, number, position, revision, "
        f"{', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14)",
        made,
        at.convention.id,
        holder,
        _free_slug(wish, at, set(last["slugs"])),
        number,
        last["position"] + 1,
        *_values(wish),
    )
    await _link(made, wish.events, "coverage", "event")
    await _link(made, wish.quotas, "quota_use", "quota")
    return made


def _free_slug(wish: TicketTypeEdit, at: Held, taken: set[str]) -> str:
    """Propose an address after event and title; what others use already gets a number."""
    title = proposal(msgspec.to_builtins(wish.title), "ticket")
    return next(c for c in candidates(f"{at.event.slug}-{title}"[:70].strip("-")) if c not in taken)


def _values(wish: TicketTypeEdit) -> list[Any]:
    """Return the values of `COLUMNS`; JSONB takes text."""
    days = sorted({day.isoformat() for day in wish.days})
    texts = [msgspec.json.encode(part).decode() for part in (wish.title, wish.description)]
    return [*texts, wish.role, wish.mode, wish.entry_rule, msgspec.json.encode(days).decode(), wish.price, wish.public]


async def _link(ticket_type: UUID, others: Iterable[UUID], table: str, column: str) -> None:
    """Make the rows of `coverage` or `quota_use` those wished for."""
    wished = list(set(others))
    await fetch(f"DELETE FROM {table} WHERE ticket_type = $1 AND {column} <> ALL($2::uuid[])", ticket_type, wished)
    await fetch(
        f"INSERT INTO {table} (id, ticket_type, {column}) SELECT gen_random_uuid(), $1, o FROM unnest($2::uuid[]) AS o"
        f" ON CONFLICT (ticket_type, {column}) DO NOTHING",
        ticket_type,
        wished,
    )


async def _note(principal: Principal, what: str, ticket_type: UUID, now: dt.datetime, **detail: object) -> None:
    await audit.record(
        actor=principal.actor,
        action=f"ticket-type.{what}",
        subject=f"ticket-type:{ticket_type}",
        now=now,
        detail=detail,
    )


async def change(
    *, event: UUID, ticket_type: UUID, wish: TicketTypeEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    """Change a ticket type; what its holders were promised stays.

    Raises `NotFound`, `Outdated` when somebody saved after the revision that was `seen`, and `Invalid` with every wrong
    field and every broken promise.
    """
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        old = await _locked(ticket_type, event, principal)
        before, after = edit_of(old), _sorted(wish)
        changes.refuse_outdated(
            seen=seen, revision=old.revision, stored=before, sent=after, names=await _names(at, before)
        )
        holder, errors = await _check(after, at, old.organiser, principal)
        errors += broken(old, after)
        if errors:
            raise Invalid(errors)
        await _update(ticket_type, after, holder)
        await _note(principal, "change", ticket_type, now, **changes.told(before, after))
    offers.forget()


def edit_of(held: OwnType) -> TicketTypeEdit:
    """Return a ticket type as its form shows it."""
    plain = {name: getattr(held, name) for name in TicketTypeEdit.__struct_fields__}
    return _sorted(msgspec.convert(plain, TicketTypeEdit))


def _sorted(wish: TicketTypeEdit) -> TicketTypeEdit:
    """Return a wish whose sets have one order, so that equal ones compare equal."""
    return msgspec.structs.replace(
        wish,
        events=tuple(sorted(set(wish.events))),
        days=tuple(sorted(set(wish.days))),
        quotas=tuple(sorted(wish.quotas)),
    )


async def _names(at: Held, stored: TicketTypeEdit) -> dict[str, str]:
    """Return in words the ids that a form which came too late is told of."""
    events = {e.id: e.title for e in await console.coverable(at.convention.id, None)}
    quotas_named = {q.id: q.name for q in await console.quotas_to_draw_on(at.convention.id, at.event.organiser)}
    return {
        ", ".join(map(str, ids)): ", ".join(text(known[i]) for i in ids if i in known)
        for ids, known in ((stored.events, events), (stored.quotas, quotas_named))
    }


async def of_event(*, event: UUID, ticket_type: UUID, principal: Principal) -> OwnType:
    """Return a ticket type that opens this event and that the principal may change, or raise `NotFound`."""
    await desk.own_event(principal=principal, event=event)
    found = await console.own_type(ticket_type, principal)
    if event not in found.events:
        raise NotFound
    return found


async def _locked(ticket_type: UUID, event: UUID, principal: Principal) -> OwnType:
    """Return the ticket type, locked: registrations under way are counted, new ones wait."""
    await fetch_one("SELECT 1 FROM ticket_type WHERE id = $1 FOR UPDATE", ticket_type)
    return await of_event(event=event, ticket_type=ticket_type, principal=principal)


async def _update(ticket_type: UUID, wish: TicketTypeEdit, holder: UUID | None) -> None:
    values = ", ".join(f"{column} = ${n}" for n, column in enumerate(COLUMNS, 3))
    await fetch(
        f"UPDATE ticket_type SET organiser = $2, {values}, revision = revision + 1 WHERE id = $1",
        ticket_type,
        holder,
        *_values(wish),
    )
    await _link(ticket_type, wish.events, "coverage", "event")
    await _link(ticket_type, wish.quotas, "quota_use", "quota")


async def set_sale(*, event: UUID, ticket_type: UUID, public: bool, principal: Principal, now: dt.datetime) -> None:
    """Open or close the sale; closing leaves the tickets given out as they are. Raises `NotFound`, `Invalid`."""
    async with transaction():
        old = await _locked(ticket_type, event, principal)
        if errors := _price_errors(msgspec.structs.replace(edit_of(old), public=public)):
            raise Invalid(errors)
        if old.public != public:
            await fetch(
                "UPDATE ticket_type SET public = $2, revision = revision + 1 WHERE id = $1", ticket_type, public
            )
            await _note(principal, "open" if public else "close", ticket_type, now)
    offers.forget()


async def copy(*, event: UUID, ticket_type: UUID, principal: Principal, now: dt.datetime) -> UUID:
    """Copy a ticket type, not yet on sale, and return the copy's id; it draws on the same quotas."""
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        old = await _locked(ticket_type, event, principal)
        title = {tag: _("%(title)s (copy)", title=words)[:200] for tag, words in old.title.items()}
        wish = msgspec.structs.replace(edit_of(old), title=msgspec.convert(title, Lines), public=False)
        made = await _insert(wish, at, old.organiser)
        await _note(principal, "copy", made, now, of=str(ticket_type))
    offers.forget()
    return made


async def move(*, event: UUID, ticket_type: UUID, earlier: bool, principal: Principal, now: dt.datetime) -> None:
    """Let a ticket type change places with its neighbour in the list of its event; at the end nothing happens."""
    async with transaction():
        held = await _locked(ticket_type, event, principal)
        mine = [t for t in await console.types_of_event(event, principal) if t.organiser == held.organiser]
        here = next(n for n, t in enumerate(mine) if t.id == ticket_type)
        there = here + (-1 if earlier else 1)
        if not 0 <= there < len(mine):
            return
        mine[here], mine[there] = mine[there], mine[here]
        await _renumber(mine)
        await _note(principal, "move", ticket_type, now)
    offers.forget()


async def _renumber(ordered: list[OwnType]) -> None:
    """Deal the positions these rows have out again, in this order; equal ones are spread."""
    first = min(t.position for t in ordered)
    await fetch(
        "UPDATE ticket_type t SET position = o.position FROM unnest($1::uuid[], $2::int[]) AS o (id, position)"
        " WHERE t.id = o.id AND t.position <> o.position",
        [t.id for t in ordered],
        [first + n for n in range(len(ordered))],
    )


async def remove(*, event: UUID, ticket_type: UUID, principal: Principal, now: dt.datetime) -> None:
    """Remove a ticket type of which there never was a ticket; raises `NotFound`, `StillNeeded`."""
    async with transaction():
        await _locked(ticket_type, event, principal)
        if await fetch_one("SELECT 1 FROM ticket WHERE ticket_type = $1 LIMIT 1", ticket_type):
            raise StillNeeded(_("Somebody has a ticket of this type. Close its sale instead."))
        await _link(ticket_type, (), "coverage", "event")
        await _link(ticket_type, (), "quota_use", "quota")
        await fetch("DELETE FROM ticket_type WHERE id = $1", ticket_type)
        await _note(principal, "remove", ticket_type, now)
    offers.forget()


_WITHDRAW = """
WITH opening AS (
    SELECT y.id FROM ticket_type y
    WHERE EXISTS (SELECT 1 FROM coverage v WHERE v.ticket_type = y.id AND v.event = ANY($1::uuid[]))
    ORDER BY y.id FOR UPDATE OF y
)
UPDATE ticket_type y SET revision = revision + 1 FROM opening o WHERE o.id = y.id
"""


async def follow_withdrawal(*, events: Sequence[UUID]) -> None:
    """Let no offer that was read before events or sessions went be taken, whichever process remembers it.

    Registrations under way are waited for and then seen; later ones find another revision, and read the offer anew.
    """
    await fetch(_WITHDRAW, list(events))
