"""Ticket types of an event: add, change, copy, open and close their sale, order, remove."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec

from app.core import audit, once
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import moment as in_words
from app.core.i18n import text
from app.events import changes, desk
from app.events.edits import Lines
from app.events.errors import StillNeeded
from app.events.owned import Held
from app.events.slugs import candidates, proposal
from app.people.roles import Principal
from app.ticketing.registering import offers
from app.ticketing.setting_up import adoption, quotas
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import Coverable, NewTicketType, OwnType, QuotaEdit, TicketTypeEdit
from app.ticketing.setting_up.promises import broken
from app.ticketing.setting_up.repeats import made_before

COLUMNS = (
    "title", "description", "role", "mode", "entry_rule", "entry_times", "reentry", "days", "price", "tax_percent",
    "admission", "sale_from", "sale_until", "changes_until", "public",
)  # fmt: skip
MOMENTS = ("sale_from", "sale_until", "changes_until")
COUNTING = ("events", "days", "mode", "quotas")
"""Fields that decide in which quotas tickets count."""


async def add(*, event: UUID, wish: NewTicketType, principal: Principal, now: dt.datetime) -> UUID:
    """Add a ticket type and return its id; the product number of its codes is the convention's next.

    It is the organiser's when all its events are, else the city's. Raises `NotFound`, and `Invalid` with every wrong
    field. The same form sent again makes none.
    """
    made = once.row_id(wish.form, wish, principal.account)
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        if await made_before("ticket_type", made):
            return made
        holder, errors = await _check(wish, at, at.event.organiser, principal)
        if errors:
            raise Invalid(errors)
        await _insert(made, wish, at, holder)
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
    errors = [*_event_errors(wish, chosen), *_quota_errors(wish, drawn), *_sale_errors(wish)]
    return holder, errors + await _price_errors(wish, at.convention.id, holder)


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


def _sale_errors(wish: TicketTypeEdit) -> list[FieldError]:
    if wish.sale_from and wish.sale_until and wish.sale_until <= wish.sale_from:
        return [FieldError("sale_until", "order", _("The sale ends before it begins."))]
    return []


async def _price_errors(wish: TicketTypeEdit, convention: UUID, holder: UUID | None) -> list[FieldError]:
    """Nobody buys what nobody can pay: whoever holds the ticket type has to say first how."""
    if not (wish.price and wish.public) or await console.can_be_paid(convention, holder):
        return []
    words = _("Nobody could pay yet. Say first how people pay, under “Payments”, or close the sale.")
    return [FieldError("price", "unpaid", words)]


async def _insert(made: UUID, wish: TicketTypeEdit, at: Held, holder: UUID | None) -> UUID:
    """Write the row. The convention's lock gives two that are added at once two numbers."""
    await fetch_one("SELECT 1 FROM convention WHERE id = $1 FOR NO KEY UPDATE", at.convention.id)
    last = await fetch_one(
        "SELECT coalesce(max(number), 0) AS number, coalesce(max(position), 0) AS position,"
        " coalesce(array_agg(slug), '{}') AS slugs FROM ticket_type WHERE convention = $1",
        at.convention.id,
    )
    assert last is not None  # noqa: S101  # an aggregate always answers
    number = last["number"] + 1
    await fetch(
        "INSERT INTO ticket_type (id, convention, organiser, slug, number, position, revision, "
        f"{', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, 0, {_numbered(7)})",
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


def _numbered(first: int) -> str:
    return ", ".join(f"${n}" for n, _column in enumerate(COLUMNS, first))


def _free_slug(wish: TicketTypeEdit, at: Held, taken: set[str]) -> str:
    """Propose an address after event and title; what others use already gets a number."""
    title = proposal(msgspec.to_builtins(wish.title), "ticket")
    return next(c for c in candidates(f"{at.event.slug}-{title}"[:70].strip("-")) if c not in taken)


def _values(wish: TicketTypeEdit) -> list[Any]:
    """Return the values of `COLUMNS`; JSONB takes text."""
    days = sorted({day.isoformat() for day in wish.days})
    texts = {name: msgspec.json.encode(getattr(wish, name)).decode() for name in ("title", "description")}
    known = texts | {"days": msgspec.json.encode(days).decode()}
    return [known.get(name, getattr(wish, name)) for name in COLUMNS]


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
    """Change a ticket type; what its holders were promised stays, and their places are counted where they now belong.

    Raises `NotFound`, `Outdated` when somebody saved after the revision that was `seen`, and `Invalid` with every wrong
    field, every broken promise, and every quota that has too few places for the tickets that are out.
    """

    async def once() -> None:
        async with transaction():
            await _change(event, ticket_type, _sorted(wish), seen, principal, now)

    await adoption.patiently(once)
    offers.forget()


async def _change(  # noqa: PLR0917
    event: UUID, ticket_type: UUID, after: TicketTypeEdit, seen: int, principal: Principal, now: dt.datetime
) -> None:
    at = await desk.own_event(principal=principal, event=event)
    known = await of_event(event=event, ticket_type=ticket_type, principal=principal)
    moves = _counts_elsewhere(edit_of(known), after)
    if moves:
        await adoption.hold_still(at.convention.id, types=[ticket_type])
    old = await _locked(ticket_type, event, principal)
    before = edit_of(old)
    changes.refuse_outdated(seen=seen, revision=old.revision, stored=before, sent=after, names=await _names(at, before))
    holder, errors = await _check(after, at, old.organiser, principal)
    errors += broken(old, after)
    if errors:
        raise Invalid(errors)
    plan = await adoption.plan(at.convention.id) if moves else None
    await _update(ticket_type, after, holder)
    if plan:
        await adoption.adopt(convention=at.convention.id, before=plan, field="quotas", now=now, written=ticket_type)
    await _note(principal, "change", ticket_type, now, **changes.told(before, after))


def _counts_elsewhere(before: TicketTypeEdit, after: TicketTypeEdit) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in COUNTING)


def edit_of(held: OwnType) -> TicketTypeEdit:
    """Return a ticket type as its form shows it."""
    plain = {name: getattr(held, name) for name in TicketTypeEdit.__struct_fields__}
    return _sorted(msgspec.convert(plain, TicketTypeEdit))


def _sorted(wish: TicketTypeEdit) -> TicketTypeEdit:
    """Return a wish whose sets have one order and whose moments one zone, so that equal ones compare equal."""
    moments = {name: moment.astimezone(dt.UTC) for name in MOMENTS if (moment := getattr(wish, name))}
    return msgspec.structs.replace(
        wish,
        **moments,
        events=tuple(sorted(set(wish.events))),
        days=tuple(sorted(set(wish.days))),
        quotas=tuple(sorted(wish.quotas)),
    )


async def _names(at: Held, stored: TicketTypeEdit) -> dict[str, str]:
    """Return in words the ids that a form which came too late is told of."""
    events = {e.id: e.title for e in await console.coverable(at.convention.id, None)}
    quotas_named = {q.id: q.name for q in await console.quotas_to_draw_on(at.convention.id, at.event.organiser)}
    found = {
        ", ".join(map(str, ids)): ", ".join(text(known[i]) for i in ids if i in known)
        for ids, known in ((stored.events, events), (stored.quotas, quotas_named))
    }
    moments = [m for m in (stored.sale_from, stored.sale_until, stored.changes_until) if m]
    return found | {str(msgspec.to_builtins(m)): in_words(m, at.convention.zone) for m in moments}


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
        at = await desk.own_event(principal=principal, event=event)
        old = await _locked(ticket_type, event, principal)
        wish = msgspec.structs.replace(edit_of(old), public=public)
        if errors := await _price_errors(wish, at.convention.id, old.organiser):
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
        made = await _insert(uuid4(), wish, at, old.organiser)
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
        if await fetch_one("SELECT 1 FROM voucher WHERE ticket_type = $1 LIMIT 1", ticket_type):
            raise StillNeeded(_("There are vouchers for this ticket type. Close its sale instead."))
        await _unlink(ticket_type)
        await fetch("DELETE FROM ticket_type WHERE id = $1", ticket_type)
        await _note(principal, "remove", ticket_type, now)
    offers.forget()


async def _unlink(ticket_type: UUID) -> None:
    """Take the row out of what names it. A question asked with this type alone is asked no more, not of everybody."""
    await fetch(
        "UPDATE question q SET retired_at = now() WHERE q.retired_at IS NULL AND (SELECT array_agg(u.ticket_type)"
        " FROM question_use u WHERE u.question = q.id) = ARRAY[$1::uuid]",
        ticket_type,
    )
    for table in ("coverage", "quota_use", "question_use"):
        await fetch(f"DELETE FROM {table} WHERE ticket_type = $1", ticket_type)


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
