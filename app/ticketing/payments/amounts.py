"""Amounts in yen, and the consumption tax that they contain: pure."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import msgspec

from app.ticketing.schemas import tax_in


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ticket of a payment: its price in yen with `percent` of tax in it; `back` once it is to be refunded."""

    ticket: UUID
    price: int
    percent: int
    back: bool = False


class Rate(NamedTuple):
    """What is paid at one tax rate: `amount` in yen, of which `tax`."""

    percent: int
    amount: int
    tax: int


def rates(lines: Iterable[Line]) -> list[Rate]:
    """Return what lines come to, the highest tax rate first.

    Tax is rounded once for each rate of a payment, never for each ticket: so a qualified invoice wants it.
    """
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.percent] = sums.get(line.percent, 0) + line.price
    return [Rate(percent, sums[percent], tax_in(sums[percent], percent)) for percent in sorted(sums, reverse=True)]


def total(lines: Iterable[Line]) -> tuple[int, int]:
    """Return the amount of lines and the tax contained in it."""
    found = rates(lines)
    return sum(r.amount for r in found), sum(r.tax for r in found)
