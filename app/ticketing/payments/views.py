"""Payments as they are read: by their payer, by whoever is paid, and by the ways to pay."""

import datetime as dt
from collections.abc import Collection
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.i18n import Text
from app.core.signing import capability
from app.ticketing.documents.words import yen
from app.ticketing.payments.amounts import Line, Rate, rates

STATES = ("due", "paid", "lapsed", "canceled", "refund_due", "refunded")
TAKEN = frozenset({"paid", "refund_due", "refunded"})
"""States in which money has come: to say so again changes nothing."""


class PaymentView(msgspec.Struct, frozen=True):
    """A payment with its payee and the way to pay; the columns as in `tables.Payment`.

    `organiser` None is the city; `payee` is its name, `how` its instructions; `issuer` and `number` stand on receipts.
    """

    id: UUID
    registration: UUID
    organiser: UUID | None
    convention: UUID
    provider: str
    amount: int
    tax: int
    reference: str
    state: str
    due_at: dt.datetime
    reminded_at: dt.datetime | None
    settled_at: dt.datetime | None
    settled_by: str
    refunded_at: dt.datetime | None
    created_at: dt.datetime
    lines: list[Line]
    paid_on: dt.date | None
    received: int
    refund: int
    returned: int
    payee: Text
    how: Text
    issuer: str
    number: str
    zone: str
    convention_slug: str
    convention_title: Text
    language: str

    @property
    def rates(self) -> list[Rate]:
        """What is paid at each tax rate."""
        return rates(self.lines)

    @property
    def owed(self) -> int:
        """What still has to go back to the payer, in yen."""
        return max(self.refund - self.returned, 0)

    @property
    def receipt(self) -> str:
        """The address of the receipt, "" while nothing came."""
        return f"/receipts/{capability('receipt', self.id)}" if self.state in TAKEN and self.received else ""

    @property
    def sum(self) -> str:
        """The amount as people read it."""
        return yen(self.amount)

    def is_overdue(self, now: dt.datetime) -> bool:
        """Whether it should have been paid by now."""
        return self.state == "due" and self.due_at <= now


_VIEW = """
SELECT p.id, p.registration, p.organiser, r.convention, p.provider, p.amount, p.tax, p.reference, p.state, p.due_at,
  p.reminded_at, p.settled_at, p.settled_by, p.refunded_at, p.created_at, p.lines, p.paid_on, p.received, p.refund,
  p.returned, coalesce(o.name, c.title) AS payee, coalesce(m.instructions, '{}') AS how,
  coalesce(m.issuer, '') AS issuer, coalesce(m.number, '') AS number, c.zone, c.slug AS convention_slug,
  c.title AS convention_title, r.language
FROM payment p JOIN registration r ON r.id = p.registration JOIN convention c ON c.id = r.convention
LEFT JOIN organiser o ON o.id = p.organiser
LEFT JOIN payment_method m ON m.convention = r.convention AND m.organiser IS NOT DISTINCT FROM p.organiser
  AND m.provider = p.provider
"""
_JSON = ("lines", "payee", "how", "convention_title")


def read(row: asyncpg.Record) -> PaymentView:
    """Return a row as a view."""
    plain: dict[str, Any] = dict(row) | {name: msgspec.json.decode(row[name]) for name in _JSON}
    return msgspec.convert(plain, PaymentView)


async def payment(payment: UUID) -> PaymentView | None:
    """Return one payment."""
    row = await fetch_one(_VIEW + "WHERE p.id = $1", payment)
    return read(row) if row else None


async def of_registration(registration: UUID) -> list[PaymentView]:
    """Return what a registration owes or paid, the oldest first."""
    rows = await fetch(_VIEW + "WHERE p.registration = $1 ORDER BY p.created_at, p.id", registration)
    return [read(row) for row in rows]


async def of_payee(*, convention: UUID, organiser: UUID | None) -> list[PaymentView]:
    """Return all payments of a convention to one payee, the newest first."""
    rows = await fetch(
        _VIEW + "WHERE r.convention = $1 AND p.organiser IS NOT DISTINCT FROM $2 ORDER BY p.created_at DESC, p.id",
        convention,
        organiser,
    )
    return [read(row) for row in rows]


async def by_references(
    references: Collection[str], *, convention: UUID, organiser: UUID | None
) -> dict[str, PaymentView]:
    """Return those of a payee's payments that bear one of these references."""
    rows = await fetch(
        _VIEW + "WHERE p.reference = ANY($1::text[]) AND r.convention = $2 AND p.organiser IS NOT DISTINCT FROM $3",
        list(references),
        convention,
        organiser,
    )
    return {row["reference"]: read(row) for row in rows}
