"""Lines of a bank's statement, pasted as they are: which payments they are, and all of them confirmed at once."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from app.core.errors import DomainError
from app.people.roles import Principal
from app.ticketing.payments import settle, views
from app.ticketing.payments.desk import Desk
from app.ticketing.payments.references import found_in
from app.ticketing.payments.settle import Came
from app.ticketing.payments.views import TAKEN, PaymentView

MOST_LINES = 1000
Fit = Literal["exact", "late", "amount", "done", "unknown", "unreadable"]
"""`exact`: as it should be; `late`: it had lapsed or was canceled; `amount`: another sum; `done`: settled before;
`unknown`: no reference of ours; `unreadable`: no amount in it."""


class Match(msgspec.Struct, frozen=True):
    """A line of a statement and the payment it is."""

    number: int
    words: str
    paid_on: dt.date | None
    amount: int | None
    payment: PaymentView | None
    fit: Fit


async def match(*, text: str, at: Desk, today: dt.date) -> list[Match]:
    """Return the lines of a statement with the payments of this payee that they are, in their order."""
    lines = _lines(text)
    wanted = {reference for _number, words in lines for reference in found_in(words)}
    known = await views.by_references(wanted, convention=at.convention, organiser=at.organiser)
    seen: set[UUID] = set()
    return [_match(number, words, known, seen, today) for number, words in lines]


def _lines(text: str) -> list[tuple[int, str]]:
    numbered = enumerate(text.splitlines(), start=1)
    return [(number, line.strip()) for number, line in numbered if line.strip()][:MOST_LINES]


def _match(number: int, words: str, known: dict[str, PaymentView], seen: set[UUID], today: dt.date) -> Match:
    one = next((known[reference] for reference in found_in(words) if reference in known), None)
    cells = _cells(words, one.reference if one else "")
    amount = _meant([found for cell in cells if (found := _amount(cell)) is not None], one)
    day = next((on for cell in cells if (on := _day(cell, today)) is not None), None)
    fit = _fit(one, amount, seen)
    if one is not None:
        seen.add(one.id)
    return Match(number, words, day, amount, one, fit)


def _fit(one: PaymentView | None, amount: int | None, seen: set[UUID]) -> Fit:
    """Say how a line fits. A second line for the same payment is another amount: somebody has to look."""
    if one is None:
        return "unknown" if amount is not None else "unreadable"
    if one.state in TAKEN:
        return "done"
    if amount is None:
        return "unreadable"
    if amount != one.amount or one.id in seen:
        return "amount"
    return "exact" if one.state == "due" else "late"


def _cells(words: str, reference: str) -> list[str]:
    """Return the cells of a line, however a bank separates them, without the one that is the reference alone."""
    plain = unicodedata.normalize("NFKC", words)
    separator = next((mark for mark in ("\t", ";", ",") if mark in plain), "\t")
    cells = next(csv.reader(io.StringIO(plain), delimiter=separator), [])
    plain_reference = reference.replace("-", "")
    return [
        cell.strip() for cell in cells if re.sub(r"[^0-9A-Z]", "", cell.upper()) != plain_reference or not reference
    ]


_AMOUNT = re.compile(r"[+¥\\]?\s*¥?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.00?)?\s*円?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{1,2})[/月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


def _meant(amounts: Sequence[int], one: PaymentView | None) -> int | None:
    """Return the amount of a line: of several numbers, such as amount and balance, what is due, else the first."""
    if one is not None and one.amount in amounts:
        return one.amount
    return next((amount for amount in amounts if amount), None)


def _amount(cell: str) -> int | None:
    found = _AMOUNT.fullmatch(cell)
    return int(found[1].replace(",", "")) if found and not _is_day(cell) else None


def _is_day(cell: str) -> bool:
    found = _DAY.fullmatch(cell)
    return found is not None and found[6] is not None and 1 <= int(found[7]) <= 12 and int(found[6]) >= 2000


def _day(cell: str, today: dt.date) -> dt.date | None:
    """Return a cell as a date, never one to come; without a year it is the last such day."""
    found = _DAY.fullmatch(cell)
    if found is None:
        return None
    numbers = [int(part) for part in found.groups() if part]
    try:
        day = dt.date(*numbers) if len(numbers) == 3 else dt.date(today.year, *numbers)
        if len(numbers) == 2 and day > today:
            day = day.replace(year=today.year - 1)
    except ValueError:
        return None
    return day if day <= today else None


async def confirm_all(
    *, matches: Sequence[Match], principal: Principal, now: dt.datetime
) -> tuple[list[Match], list[Match]]:
    """Confirm every line that fits exactly, each for itself; return those that were confirmed and those that were not.

    Lines sent a second time change nothing.
    """
    done: list[Match] = []
    left: list[Match] = []
    for one in matches:
        if one.fit != "exact" or one.payment is None:
            continue
        try:
            came = Came(amount=one.amount, paid_on=one.paid_on)
            await settle.confirm(payment=one.payment.id, principal=principal, now=now, came=came)
        except DomainError:
            left.append(one)
        else:
            done.append(one)
    return done, left
