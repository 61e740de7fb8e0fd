"""Settling: the money came, too late, in the wrong amount, or has to go back.

Whatever changes a payment locks its registration first, then the tickets: of a confirmation and a lapse at the same
moment one comes second, and finds what the other has left.
"""

import datetime as dt
from typing import Annotated, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core import audit
from app.core.again import repeated
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import DomainError, FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.signing import seal, unseal, unwrap
from app.core.validation import Line as Words
from app.people.roles import Principal
from app.ticketing.documents.words import yen
from app.ticketing.life import party
from app.ticketing.life.by import By
from app.ticketing.life.party import Party
from app.ticketing.mails.promises import promise, promise_ticket
from app.ticketing.payments import due, reinstate, views
from app.ticketing.payments.amounts import Line, total
from app.ticketing.payments.providers import provider_of
from app.ticketing.payments.views import TAKEN, PaymentView
from app.ticketing.setting_up.console_queries import may_change
from app.ticketing.states import may

Amount = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class NothingToReturn(DomainError):
    """Nothing of this payment goes back."""

    title = gettext_lazy("Nothing of this payment has to be refunded.")


class Came(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came: in yen (None: all of it), on which day (None: today), with a note.

    A wrong amount needs a `reason` to be taken all the same. `refund` sends late money back without looking for places.
    """

    amount: Amount | None = None
    paid_on: dt.date | None = None
    note: Words = ""
    reason: Words = ""
    refund: bool = False


class Notice(NamedTuple):
    """What a provider says by itself, after it has proved who it is: so many yen came for a reference."""

    reference: str
    amount: int


class _Settling(NamedTuple):
    """A locked payment, what came of it, and who says so."""

    row: asyncpg.Record
    party: Party
    came: Came
    actor: str
    now: dt.datetime

    @property
    def received(self) -> int:
        amount: int = self.row["amount"] if self.came.amount is None else self.came.amount
        return amount

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(ZoneInfo(self.party.zone)).date()


async def confirm(*, payment: UUID, principal: Principal, now: dt.datetime, came: Came = Came()) -> str:  # noqa: B008  # frozen
    """Say that the money came, and return the payment's state; a second time changes nothing.

    Tickets become valid. When it had lapsed they are taken up again if there are places, else the money is to go back.
    Raises `NotFound`, and `Invalid` for a wrong amount without a reason: that is kept as a note, nothing else changes.
    """
    await own(payment, principal)
    return await _settled(payment, came, principal.actor, now)


async def noticed(*, notice: Notice, provider: str, now: dt.datetime) -> str:
    """Settle what a provider reports, however often it does; return the payment's state.

    Money that comes too late goes back: staff see it among the refunds. Another amount than the one that is due is kept
    as a note: it goes back when the payment lapses, unless somebody takes it before. Raises `NotFound`.
    """
    row = await fetch_one("SELECT id FROM payment WHERE reference = $1 AND provider = $2", notice.reference, provider)
    if row is None:
        raise NotFound
    came = Came(amount=notice.amount, refund=True)
    state, _errors = await _try(row["id"], came, f"provider:{provider}", now)
    return state


async def own(payment: UUID, principal: Principal) -> PaymentView:
    """Return a payment to somebody for whom the principal answers, or raise `NotFound`."""
    found = await views.payment(payment)
    if found is None or not may_change(principal, found.organiser):
        raise NotFound
    return found


_LOCKED = """
SELECT p.*, h.key FROM payment p JOIN registration r ON r.id = p.registration JOIN person h ON h.id = r.person
WHERE p.id = $1 FOR UPDATE OF p
"""


async def lock(payment: UUID) -> tuple[asyncpg.Record, Party]:
    """Lock a payment's registration with its tickets, then the payment, and return both; raises `NotFound`."""
    row = await fetch_one("SELECT registration FROM payment WHERE id = $1", payment)
    if row is None:
        raise NotFound
    held = await party.lock(row["registration"])
    locked = await fetch_one(_LOCKED, payment)
    assert locked is not None  # noqa: S101  # payments are never deleted
    return locked, held


async def _settled(payment: UUID, came: Came, actor: str, now: dt.datetime) -> str:
    state, errors = await _try(payment, came, actor, now)
    if errors:
        raise Invalid(errors)
    return state


@repeated
async def _try(payment: UUID, came: Came, actor: str, now: dt.datetime) -> tuple[str, list[FieldError]]:
    """Return the state after all, and what was wrong: that is kept with the note, so nothing is raised here."""
    one = _Settling(*await lock(payment), came, actor, now)
    state: str = one.row["state"]
    if state in TAKEN:
        return state, []
    errors = _errors(one)
    if not errors:
        return await _take(one), []
    if came.amount is not None and all(error.field == "amount" for error in errors):
        await _note(one)
    return state, errors


def _errors(one: _Settling) -> list[FieldError]:
    """Say what is wrong. What goes back at once may be any amount."""
    errors = []
    if one.came.paid_on and one.came.paid_on > one.today:
        errors.append(FieldError("paid_on", "future", _("This day is still to come.")))
    goes_back = one.came.refund and one.row["state"] != "due"
    if one.received != one.row["amount"] and not one.came.reason and not goes_back:
        words = _(
            "%(received)s came, but it is %(amount)s. Wait for the rest, or give a reason to take it as it is.",
            received=yen(one.received),
            amount=yen(one.row["amount"]),
        )
        errors.append(FieldError("amount", "amount", words))
    return errors


async def _note(one: _Settling) -> None:
    """Keep what came and does not fit, so that the next one who looks knows of it."""
    await fetch_one(
        "UPDATE payment SET received = $2, paid_on = $3, sealed = coalesce($4, sealed) WHERE id = $1",
        one.row["id"],
        one.received,
        one.came.paid_on or one.today,
        _sealed(one),
    )
    await _audit(one, "payment.wrong-amount")


def _sealed(one: _Settling) -> bytes | None:
    """Return the note and the reason, sealed; nothing is kept of people who were erased."""
    words = " / ".join(part for part in (one.came.note, one.came.reason) if part)
    return seal(unwrap(one.row["key"]), words.encode()) if words and one.row["key"] else None


async def note_of(payment: UUID) -> str:
    """Return what was noted when a payment was settled."""
    row = await fetch_one(
        "SELECT p.sealed, h.key FROM payment p JOIN registration r ON r.id = p.registration"
        " JOIN person h ON h.id = r.person WHERE p.id = $1",
        payment,
    )
    return unseal(unwrap(row["key"]), row["sealed"]).decode() if row and row["sealed"] and row["key"] else ""


async def _audit(one: _Settling, action: str, **detail: object) -> None:
    await audit.record(
        actor=one.actor,
        action=action,
        subject=f"payment:{one.row['id']}",
        now=one.now,
        detail={"amount": one.row["amount"], "received": one.received, **detail},
    )


async def _take(one: _Settling) -> str:
    """Take the money, and let the tickets follow; return the payment's new state."""
    lines = msgspec.json.decode(one.row["lines"], type=list[Line])
    tickets = [line.ticket for line in lines if not line.back]
    kept = one.row["state"] == "due"
    if one.row["state"] == "lapsed" and not one.came.refund:
        kept = await reinstate.take_places(tickets, now=one.now)
    await _write(one, refund=0 if kept else one.received)
    if kept:
        await _make_valid(tickets, one)
    else:
        await promise("refund", registration=one.row["registration"], stamp=due.stamp(one.row["id"]), now=one.now)
    state = "paid" if kept else "refund_due"
    await _audit(one, "payment.confirm", was=one.row["state"], state=state)
    await due.keep_in_step(one.row["registration"])
    return state


async def _write(one: _Settling, *, refund: int) -> None:
    await fetch_one(
        "UPDATE payment SET state = $2, settled_at = $3, settled_by = $4, paid_on = $5, received = $6, refund = $7,"
        " sealed = coalesce($8, sealed) WHERE id = $1",
        one.row["id"],
        "refund_due" if refund else "paid",
        one.now,
        one.actor,
        one.came.paid_on or one.today,
        one.received,
        refund,
        _sealed(one),
    )


async def _make_valid(tickets: list[UUID], one: _Settling) -> None:
    """Make tickets valid and promise them; a blocked one stays blocked until somebody unblocks it."""
    paid = [t for t in one.party.chosen(tickets) if may("paid", t.state)]
    by = By("system" if one.actor.startswith("provider:") else one.actor)
    after = await party.move(one.party, {t.id: "valid" for t in paid}, action="paid", by=by, now=one.now)
    for ticket in after.chosen([t.id for t in paid]):
        await promise_ticket(ticket.id, revision=ticket.revision, now=one.now)


_OF_REGISTRATION = """
SELECT id, state, amount, lines, received, refund, returned FROM payment
WHERE registration = $1 AND state IN ('due', 'paid', 'refund_due', 'refunded') ORDER BY id FOR UPDATE
"""


async def follow_cancel(registration: UUID, *, now: dt.datetime) -> None:
    """Let payments follow tickets that were canceled, in the transaction that cancels them.

    What is due becomes less, or nothing; what was paid is to go back. The caller holds the registration's lock.
    """
    rows = await fetch("SELECT id FROM ticket WHERE registration = $1 AND state = 'canceled'", registration)
    gone = {row["id"] for row in rows}
    for payment in await fetch(_OF_REGISTRATION, registration):
        lines = msgspec.json.decode(payment["lines"], type=list[Line])
        if any(line.ticket in gone and not line.back for line in lines):
            follow = _owe_less if payment["state"] == "due" else _owe_back
            await follow(
                payment, [msgspec.structs.replace(li, back=li.ticket in gone) for li in lines], registration, now
            )
    await due.keep_in_step(registration)


async def _owe_less(payment: asyncpg.Record, lines: list[Line], registration: UUID, now: dt.datetime) -> None:
    left = [line for line in lines if not line.back]
    if left:
        await fetch_one(
            "UPDATE payment SET lines = $2, amount = $3, tax = $4 WHERE id = $1",
            payment["id"],
            due.written(left),
            *total(left),
        )
        return
    came = payment["received"]  # a part of it
    await fetch_one(
        "UPDATE payment SET state = $2, refund = received, settled_at = $3 WHERE id = $1",
        payment["id"],
        "refund_due" if came else "canceled",
        now,
    )
    if came:
        await promise("refund", registration=registration, stamp=due.stamp(payment["id"], came), now=now)


async def _owe_back(payment: asyncpg.Record, lines: list[Line], registration: UUID, now: dt.datetime) -> None:
    kept = sum(line.price for line in lines if not line.back)
    refund = max(payment["received"] - kept, payment["refund"])
    await fetch_one(
        "UPDATE payment SET lines = $2, refund = $3, state = CASE WHEN $3 > returned THEN 'refund_due' ELSE state END"
        " WHERE id = $1",
        payment["id"],
        due.written(lines),
        refund,
    )
    if refund > payment["refund"]:
        await promise("refund", registration=registration, stamp=due.stamp(payment["id"], refund), now=now)


async def refunded(*, payment: UUID, principal: Principal, now: dt.datetime) -> None:
    """Say that what is owed back went back; a provider that can sends it now. A second time changes nothing.

    Raises `NotFound`, and `NothingToReturn` when nothing is owed back.
    """
    found = await own(payment, principal)
    if found.state == "refunded":
        return
    if not found.owed:
        raise NothingToReturn
    await provider_of(found.provider).refund(found, amount=found.owed, key=f"{payment}:{found.refund}")
    async with transaction():
        row, _party = await lock(payment)
        gone = found.refund - row["returned"]
        if gone <= 0:
            return
        await fetch_one(
            "UPDATE payment SET returned = $2, refunded_at = $3,"
            " state = CASE WHEN refund > $2 THEN 'refund_due' ELSE 'refunded' END WHERE id = $1",
            payment,
            found.refund,
            now,
        )
        await audit.record(
            actor=principal.actor,
            action="payment.refund",
            subject=f"payment:{payment}",
            now=now,
            detail={"returned": gone},
        )
