"""Vouchers: codes that open a ticket type by invitation, or lower its price."""

import datetime as dt
import secrets
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import Text, text
from app.core.i18n import gettext as _
from app.core.signing import derived, keyed_hash, seal, unseal
from app.events import desk
from app.events.owned import Held
from app.people.roles import Principal
from app.ticketing.documents.words import yen
from app.ticketing.setting_up import console_queries as console
from app.ticketing.setting_up.edits import NewVouchers, OwnType

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, which look like digits, and no U."""
LENGTH = 10
"""Signs of a code: 50 bits, of which nobody hits one by trying while `people.limited` counts the misses."""
PAGE = 100

_READ_AS = str.maketrans("OIL", "011")


def normal(code: str) -> str:
    """Return a code as it is compared: however it was typed, without blanks and hyphens; "" when nothing is left."""
    written = unicodedata.normalize("NFKC", code).upper().translate(_READ_AS)
    return "".join(c for c in written if c.isascii() and c.isalnum())


def code_key(code: str) -> bytes:
    """Return what finds a code again in the table, however it was typed."""
    return keyed_hash("voucher", normal(code))


def sealed(code: str) -> bytes:
    """Return a code as the table keeps it, to be shown again."""
    return seal(derived("vouchers"), code.encode())


def new_code() -> str:
    """Draw a code, in two groups."""
    drawn = "".join(secrets.choice(ALPHABET) for _n in range(LENGTH))
    return f"{drawn[: LENGTH // 2]}-{drawn[LENGTH // 2 :]}"


class OwnVoucher(msgspec.Struct, frozen=True):
    """A voucher as whoever made it sees it; `type_title` None: for all their ticket types, `price` None: the type's."""

    id: UUID
    organiser: UUID | None
    code: str
    label: str
    type_title: Text | None
    price: int | None
    uses: int
    used: int
    valid_until: dt.datetime | None
    withdrawn_at: dt.datetime | None
    created_at: dt.datetime

    def state(self, now: dt.datetime) -> str:
        """Return `withdrawn`, `expired`, `used` (up) or `valid`."""
        if self.withdrawn_at:
            return "withdrawn"
        if self.valid_until and self.valid_until <= now:
            return "expired"
        return "used" if self.used >= self.uses else "valid"


class Page(NamedTuple):
    """Some vouchers of a list, and how many the list has."""

    vouchers: list[OwnVoucher]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.total // PAGE))


async def make(*, event: UUID, wish: NewVouchers, principal: Principal, now: dt.datetime) -> int:
    """Make as many codes as wished for and return how many are new; the same form sent again makes none.

    Raises `NotFound`, and `Invalid` with every wrong field.
    """
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        holder = await _holder(wish, at, principal, now)
        form = wish.form or uuid4()
        ids = [uuid5(form, str(n)) for n in range(wish.count)]
        made = await _insert(ids, wish, at, holder, now)
        if made:
            await audit.record(
                actor=principal.actor,
                action="voucher.make",
                subject=f"event:{event}",
                now=now,
                detail={"vouchers": made, "uses": wish.uses, "price": wish.fixed_price},
            )
    return made


async def _holder(wish: NewVouchers, at: Held, principal: Principal, now: dt.datetime) -> UUID | None:
    """Return whose vouchers these are: the city's for a ticket type of the city's, else the organiser's."""
    types = {t.id: t for t in await console.types_of_event(at.event.id, principal) if t.mine}
    chosen = types.get(wish.ticket_type) if wish.ticket_type else None
    errors = []
    if wish.ticket_type and chosen is None:
        errors.append(FieldError("ticket_type", "choice", _("There is no such ticket type.")))
    if wish.effect == "fixed":
        errors += _price_errors(wish, chosen)
    if wish.valid_until and wish.valid_until <= now:
        errors.append(FieldError("valid_until", "past", _("This moment has passed.")))
    if errors:
        raise Invalid(errors)
    return chosen.organiser if chosen else at.event.organiser


def _price_errors(wish: NewVouchers, chosen: OwnType | None) -> list[FieldError]:
    if wish.price is None:
        return [FieldError("price", "required", _("This is needed."))]
    if chosen and wish.price > chosen.price:
        words = _("The ticket costs %(price)s; a voucher only makes it cheaper.", price=yen(chosen.price))
        return [FieldError("price", "range", words)]
    return []


_INSERT = """
INSERT INTO voucher (id, convention, organiser, ticket_type, code_key, sealed, label, price, uses, used, valid_until,
  created_at)
SELECT v.id, $3, $4, $5, v.key, v.sealed, $6, $7, $8, 0, $9, $10
FROM unnest($1::uuid[], $2::bytea[], $11::bytea[]) AS v (id, key, sealed)
ON CONFLICT (id) DO NOTHING RETURNING id
"""


async def _insert(ids: Sequence[UUID], wish: NewVouchers, at: Held, holder: UUID | None, now: dt.datetime) -> int:
    codes = [new_code() for _id in ids]
    rows = await fetch(
        _INSERT,
        ids,
        [code_key(code) for code in codes],
        at.convention.id,
        holder,
        wish.ticket_type,
        wish.label,
        wish.fixed_price,
        wish.uses,
        wish.valid_until,
        now,
        [sealed(code) for code in codes],
    )
    return len(rows)


_OWN = """
SELECT v.id, v.organiser, v.sealed, v.label, t.title AS type_title, v.price, v.uses, v.used, v.valid_until,
  v.withdrawn_at, v.created_at
FROM voucher v LEFT JOIN ticket_type t ON t.id = v.ticket_type
WHERE v.convention = $1 AND (v.organiser = $2 OR ($3 AND v.organiser IS NULL))
"""
_COUNT = f"SELECT count(*) AS n FROM ({_OWN}) AS own"


async def page(*, event: UUID, principal: Principal, number: int = 1) -> Page:
    """Return a page of the vouchers of the event's organiser, with the city's for its officers, the newest first.

    Raises `NotFound`.
    """
    at = await desk.own_event(principal=principal, event=event)
    reach = (at.convention.id, at.event.organiser, console.may_change(principal, None))
    row = await fetch_one(_COUNT, *reach)
    total = row["n"] if row else 0
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    order = f"ORDER BY v.created_at DESC, v.label, v.id LIMIT {PAGE} OFFSET $4"
    rows = await fetch(f"{_OWN} {order}", *reach, (number - 1) * PAGE)
    return Page([_voucher(row) for row in rows], total, number)


def _voucher(row: asyncpg.Record) -> OwnVoucher:
    title = msgspec.json.decode(row["type_title"]) if row["type_title"] else None
    code = unseal(derived("vouchers"), row["sealed"]).decode()
    return msgspec.convert({**dict(row), "type_title": title, "code": code}, OwnVoucher)


async def withdraw(*, event: UUID, voucher: UUID, principal: Principal, now: dt.datetime) -> None:
    """Let nobody use a voucher any more; tickets already had with it stay. Twice is once. Raises `NotFound`."""
    async with transaction():
        at = await desk.own_event(principal=principal, event=event)
        row = await fetch_one(
            "SELECT organiser, withdrawn_at FROM voucher WHERE id = $1 AND convention = $2 FOR UPDATE",
            voucher,
            at.convention.id,
        )
        if row is None or row["organiser"] not in {at.event.organiser, None}:
            raise NotFound
        if not console.may_change(principal, row["organiser"]):
            raise NotFound
        if row["withdrawn_at"] is None:
            await fetch("UPDATE voucher SET withdrawn_at = $2 WHERE id = $1", voucher, now)
            await audit.record(actor=principal.actor, action="voucher.withdraw", subject=f"voucher:{voucher}", now=now)


async def export(*, event: UUID, principal: Principal, now: dt.datetime) -> tuple[list[str], list[list[str]]]:
    """Return heading and rows of all these vouchers for a spreadsheet, and write down who took the codes.

    Raises `NotFound`.
    """
    at = await desk.own_event(principal=principal, event=event)
    reach = (at.convention.id, at.event.organiser, console.may_change(principal, None))
    rows = await fetch(f"{_OWN} ORDER BY v.created_at, v.label, v.id", *reach)
    async with transaction():
        await audit.record(
            actor=principal.actor,
            action="voucher.export",
            subject=f"event:{event}",
            now=now,
            detail={"vouchers": len(rows)},
        )
    return _heading(), [_line(_voucher(row), now) for row in rows]


def _heading() -> list[str]:
    ends = _("Price"), _("Used"), _("Uses"), _("Valid until"), _("State")
    return [_("Code"), _("Label"), _("Ticket type"), *ends]


def _line(v: OwnVoucher, now: dt.datetime) -> list[str]:
    known = states()
    return [
        v.code,
        v.label,
        text(v.type_title) if v.type_title else "",
        "" if v.price is None else str(v.price),
        str(v.used),
        str(v.uses),
        v.valid_until.isoformat(timespec="minutes") if v.valid_until else "",
        known[v.state(now)],
    ]


def states() -> dict[str, str]:
    """Return the states of a voucher in words."""
    return {"valid": _("Valid"), "used": _("Used up"), "expired": _("Expired"), "withdrawn": _("Withdrawn")}
