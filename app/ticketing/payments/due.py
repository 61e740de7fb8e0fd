"""What a registration owes: one payment for each payee, with a reference and a moment when it lapses."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core import jobs
from app.core.db import fetch, fetch_one
from app.core.i18n import clock, day, text
from app.ticketing import states
from app.ticketing.documents.words import yen
from app.ticketing.mails.promises import promise
from app.ticketing.payments import views
from app.ticketing.payments.amounts import Line, Rate, total
from app.ticketing.payments.providers import PROVIDERS, Provider, provider_of
from app.ticketing.payments.references import new_reference
from app.ticketing.payments.views import PaymentView

DAYS = 10
"""Days to pay where the payee has not said."""
REMIND_AFTER = 0.6
"""Of the time to pay, when a payer is reminded."""

_UNPAID = """
SELECT t.id, t.price, y.tax_percent AS percent, y.organiser, y.convention, c.zone,
  coalesce((SELECT min(d.day::date) FROM jsonb_array_elements_text(y.days) AS d (day)),
    (SELECT min(e.first_day) FROM coverage g JOIN event e ON e.id = g.event WHERE g.ticket_type = y.id),
    c.first_day) AS first_day
FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type JOIN convention c ON c.id = y.convention
WHERE t.registration = $1 AND t.state = 'unpaid' AND t.price > 0 AND NOT EXISTS (
  SELECT FROM payment p WHERE p.registration = $1 AND p.state = 'due'
    AND p.lines @> jsonb_build_array(jsonb_build_object('ticket', t.id)))
ORDER BY t.position
"""
_METHODS = """
SELECT provider, days FROM payment_method
WHERE convention = $1 AND organiser IS NOT DISTINCT FROM $2 AND enabled
"""
_OPEN = """
INSERT INTO payment (id, registration, organiser, provider, amount, tax, reference, state, due_at, settled_by,
  created_at, lines, received, refund, returned)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'due', $8, '', $9, $10, 0, 0, 0) ON CONFLICT (reference) DO NOTHING RETURNING id
"""
_ADD = "UPDATE payment SET lines = $2, amount = $3, tax = $4, due_at = $5, reminded_at = NULL WHERE id = $1"
_DUE = """
SELECT id, provider, lines, due_at FROM payment
WHERE registration = $1 AND organiser IS NOT DISTINCT FROM $2 AND state = 'due' FOR UPDATE
"""


async def open_for(registration: UUID, *, provider: str, now: dt.datetime) -> list[UUID]:
    """Ask for the price of every unpaid ticket of a registration that nobody asks for yet; return the payments.

    In the caller's transaction, which holds the registration's lock or has just made it. One payment for each payee; a
    ticket that comes later joins what is still due. `provider` is the way wished for; a payee who does not offer it is
    paid in the first way it does offer.
    """
    owed: defaultdict[UUID | None, list[asyncpg.Record]] = defaultdict(list)
    for row in await fetch(_UNPAID, registration):
        owed[row["organiser"]].append(row)
    opened = [await _ask(registration, payee, rows, wished=provider, now=now) for payee, rows in owed.items()]
    if opened:
        await keep_in_step(registration)
    return opened


async def _ask(
    registration: UUID, payee: UUID | None, rows: Sequence[asyncpg.Record], *, wished: str, now: dt.datetime
) -> UUID:
    before = await fetch_one(_DUE, registration, payee)
    way, days = await _way(rows[0]["convention"], payee, before["provider"] if before else wished)
    first_day = min(row["first_day"] for row in rows)
    due_at = way.due(now=now, days=days, first_day=first_day, zone=rows[0]["zone"])
    lines = [Line(row["id"], row["price"], row["percent"]) for row in rows]
    if before:
        lines = [*msgspec.json.decode(before["lines"], type=list[Line]), *lines]
        due_at = max(due_at, before["due_at"])
        payment: UUID = before["id"]
        await fetch_one(_ADD, payment, written(lines), *total(lines), due_at)
    else:
        payment = await _insert(registration, payee, way.name, lines, due_at=due_at, now=now)
    await _promise(payment, registration, due_at, amount=total(lines)[0], now=now)
    return payment


def written(lines: Sequence[Line]) -> str:
    """Return lines as the table keeps them."""
    return msgspec.json.encode(lines).decode()


async def _way(convention: UUID, payee: UUID | None, wished: str) -> tuple[Provider, int]:
    """Return the way to pay and the days for it."""
    offered = {row["provider"]: row["days"] for row in await fetch(_METHODS, convention, payee)}
    names = [name for name in (wished, *PROVIDERS) if name in offered and name in PROVIDERS]
    way = provider_of(names[0] if names else wished)
    return way, offered.get(way.name, DAYS)


async def _insert(
    registration: UUID, payee: UUID | None, way: str, lines: list[Line], *, due_at: dt.datetime, now: dt.datetime
) -> UUID:
    payment, (amount, tax), kept = uuid4(), total(lines), written(lines)
    while not await fetch_one(
        _OPEN, payment, registration, payee, way, amount, tax, new_reference(), due_at, now, kept
    ):
        pass  # somebody has this reference; there are three thousand million
    return payment


async def _promise(payment: UUID, registration: UUID, due_at: dt.datetime, *, amount: int, now: dt.datetime) -> None:
    """Promise the mail, the reminder, and that it lapses; a later moment has jobs of its own."""
    remind_at = now + (due_at - now) * REMIND_AFTER
    for name, due in (("remind_payment", remind_at), ("lapse_payment", due_at)):
        await jobs.defer(
            f"ticketing.{name}",
            key=f"{name}:{payment}:{due_at.isoformat()}",
            now=now,
            due=due,
            payment=str(payment),
        )
    await promise("payment_due", registration=registration, stamp=stamp(payment, amount), now=now)


def stamp(payment: UUID, detail: object = "") -> str:
    """Return the `stamp` of a mail about a payment: it begins with the payment's id, up to the colon."""
    return f"{payment}:{detail}"


async def of_stamp(stamp: str) -> PaymentView | None:
    """Return the payment that a mail is about."""
    return await views.payment(UUID(stamp.partition(":")[0]))


async def of_registration(registration: UUID) -> list[PaymentView]:
    """Return what a registration owes or paid, the oldest first."""
    return await views.of_registration(registration)


async def keep_in_step(registration: UUID) -> None:
    """Let a registration's status follow its tickets, and its `expires_at` the earliest payment that is due.

    While it waits or has an offer, the moment is the offer's; without an unpaid ticket there is nothing to lapse, as
    when those that are to be paid are blocked.
    """
    found = [row["state"] for row in await fetch("SELECT state FROM ticket WHERE registration = $1", registration)]
    await fetch_one(
        "UPDATE registration SET status = $2::text, expires_at = CASE WHEN $2::text IN ('waiting', 'offered')"
        " THEN expires_at WHEN $3::bool"
        " THEN (SELECT min(due_at) FROM payment WHERE registration = $1 AND state = 'due') END WHERE id = $1",
        registration,
        states.status_of(found),
        "unpaid" in found,
    )


class Words(msgspec.Struct, frozen=True):
    """A payment in the reader's language, amounts written out.

    `until` is the last day, or the moment if it is not the end of a day; `rates` are percent, amount, tax; `how` says
    how to pay, a line each; `back` is what goes back to the payer.
    """

    payee: str
    amount: str
    tax: str
    rates: list[tuple[int, str, str]]
    reference: str
    way: str
    until: str
    how: list[str]
    back: str


def words(view: PaymentView) -> Words:
    """Return what pages and mails say of a payment."""
    way = provider_of(view.provider)
    return Words(
        payee=text(view.payee),
        amount=yen(view.amount),
        tax=yen(view.tax),
        rates=[rate_words(rate) for rate in view.rates],
        reference=view.reference,
        way=str(way.title),
        until=until(view.due_at, view.zone),
        how=way.instructions(view),
        back=yen(view.owed or view.refund),
    )


def rate_words(rate: Rate) -> tuple[int, str, str]:
    """Return a tax rate in percent, what is paid at it, and the tax in that."""
    return rate.percent, yen(rate.amount), yen(rate.tax)


def until(moment: dt.datetime, zone: str) -> str:
    """Say until when: the end of a day is that day, not the next one at midnight."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.time() == dt.time():
        return day(local.date() - dt.timedelta(days=1))
    return f"{day(local.date())}, {clock(moment, zone)}"
