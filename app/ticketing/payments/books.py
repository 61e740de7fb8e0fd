"""A payee's books: payments with their payers, found by reference, name or amount; totals; a list for accounting."""

import asyncio
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from app.core import audit, spreadsheet
from app.core.db import fetch, transaction
from app.core.i18n import gettext as _
from app.people.persons import name_key, open_details
from app.people.roles import Principal
from app.ticketing.payments import views
from app.ticketing.payments.amounts import Line, Rate, rates
from app.ticketing.payments.desk import Desk
from app.ticketing.payments.providers import provider_of
from app.ticketing.payments.references import found_in
from app.ticketing.payments.views import TAKEN, PaymentView

PAGE = 50
AT_ONCE = 2000
"""Details opened in one go, beside the loop that serves everybody else."""


class Entry(msgspec.Struct, frozen=True):
    """A payment and whoever registered; an erased person has no name."""

    view: PaymentView
    name: str
    organisation: str

    def matches(self, wanted: str) -> bool:
        """Whether a reference, a part of the name, or the amount was meant."""
        if self.view.reference in found_in(wanted):
            return True
        digits = wanted.replace(",", "").strip("¥円 ")
        if digits.isdecimal() and int(digits) in {self.view.amount, self.view.received}:
            return True
        written = name_key(f"{self.name} {self.organisation} {self.view.reference}")
        return all(word in written for word in name_key(wanted).split())


class Totals(NamedTuple):
    """Sums in yen: what is due, what of it is overdue, what came in all, what is to go back, and what went back."""

    due: int
    overdue: int
    paid: int
    owed: int
    returned: int
    rates: list[Rate]


class Page(NamedTuple):
    """Some entries of a list, and how many the list has."""

    entries: list[Entry]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page; the first is 1."""
        return max(1, -(-self.total // PAGE))


_PAYERS = """
SELECT DISTINCT ON (r.id) r.id, h.key, coalesce(t.sealed, d.sealed) AS sealed
FROM registration r JOIN person h ON h.id = r.person LEFT JOIN person_details d ON d.person = h.id
LEFT JOIN ticket t ON t.registration = r.id AND t.person = r.person
WHERE r.id = ANY($1::uuid[]) ORDER BY r.id, t.position
"""


async def entries(found: Sequence[PaymentView]) -> list[Entry]:
    """Return payments with the names of their payers."""
    rows = {row["id"]: row for row in await fetch(_PAYERS, [one.registration for one in found])}
    entered: list[Entry] = []
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        entered += await asyncio.to_thread(lambda some: [_entry(one, rows[one.registration]) for one in some], part)
    return entered


def _entry(one: PaymentView, row: asyncpg.Record) -> Entry:
    details = open_details(row["key"], row["sealed"]) if row["key"] and row["sealed"] else None
    return Entry(one, details.name if details else "", details.organisation if details else "")


async def page(*, at: Desk, words: str = "", state: str = "", number: int = 1, now: dt.datetime) -> tuple[Page, Totals]:
    """Return a page of a payee's payments, the newest first, and the totals of all; `state` may be `overdue`."""
    everything = await views.of_payee(convention=at.convention, organiser=at.organiser)
    found = [
        one for one in everything if not state or one.state == state or (state == "overdue" and one.is_overdue(now))
    ]
    sums = totals(everything, now)
    if not words.strip():
        number = _within(number, len(found))
        return Page(await entries(found[(number - 1) * PAGE : number * PAGE]), len(found), number), sums
    matching = [entry for entry in await entries(found) if entry.matches(words)]
    number = _within(number, len(matching))
    return Page(matching[(number - 1) * PAGE : number * PAGE], len(matching), number), sums


def _within(number: int, count: int) -> int:
    return min(max(number, 1), max(1, -(-count // PAGE)))


def totals(found: Iterable[PaymentView], now: dt.datetime) -> Totals:
    """Return the sums of payments; `rates` of what was taken and is kept, each payment's tax as it was rounded."""
    all_of = list(found)
    taken = [one for one in all_of if one.state in TAKEN and one.received]
    return Totals(
        due=sum(one.amount for one in all_of if one.state == "due"),
        overdue=sum(one.amount for one in all_of if one.is_overdue(now)),
        paid=sum(one.received for one in taken),
        owed=sum(one.owed for one in all_of if one.state == "refund_due"),
        returned=sum(one.returned for one in all_of),
        rates=_added([rate for one in taken for rate in rates(kept(one))]),
    )


def kept(one: PaymentView) -> list[Line]:
    """Return the lines of a payment that was taken which do not go back; of money sent back whole there are none."""
    if one.received and one.refund >= one.received:
        return []
    return [line for line in one.lines if not line.back]


def _added(found: Iterable[Rate]) -> list[Rate]:
    sums: dict[int, tuple[int, int]] = {}
    for percent, amount, tax in found:
        before = sums.get(percent, (0, 0))
        sums[percent] = (before[0] + amount, before[1] + tax)
    return [Rate(percent, *sums[percent]) for percent in sorted(sums, reverse=True)]


def states() -> dict[str, str]:
    """Return the states of a payment in words."""
    return {
        "due": _("To be paid"),
        "paid": _("Paid"),
        "lapsed": _("Not paid in time"),
        "canceled": _("Canceled"),
        "refund_due": _("To be refunded"),
        "refunded": _("Refunded"),
    }


async def export(*, at: Desk, principal: Principal, now: dt.datetime) -> bytes:
    """Return a payee's payments as CSV with the tax of each rate, and write down who took the list."""
    found = await views.of_payee(convention=at.convention, organiser=at.organiser)
    listed = await entries(found)
    async with transaction():
        await audit.record(
            actor=principal.actor,
            action="payments.export",
            subject=f"event:{at.event}",
            now=now,
            detail={"payments": len(listed), "payee": str(at.organiser or "city")},
        )
    return written(listed)


def written(listed: Sequence[Entry]) -> bytes:
    """Return payments as a list for a spreadsheet; amounts are plain numbers of yen."""
    percents = sorted({rate.percent for entry in listed for rate in entry.view.rates}, reverse=True)
    heading = [
        *(_("Reference"), _("State"), _("Full name"), _("Organisation"), _("Way to pay"), _("Opened"), _("Due")),
        *(_("Paid on"), _("Amount in yen"), _("Tax in yen")),
        *(
            words
            for percent in percents
            for words in (_("Amount at %(n)s %%", n=percent), _("Tax at %(n)s %%", n=percent))
        ),
        *(_("Received in yen"), _("To be refunded in yen"), _("Refunded in yen"), _("Refunded on")),
    ]
    known = states()
    return spreadsheet.written(heading, (_row(entry, percents, known) for entry in listed))


def _row(entry: Entry, percents: Sequence[int], known: dict[str, str]) -> list[str]:
    one = entry.view
    by_rate = {rate.percent: rate for rate in one.rates}
    return [
        *(one.reference, known.get(one.state, one.state), entry.name, entry.organisation),
        *(str(provider_of(one.provider).title), _on(one.created_at, one.zone), _on(one.due_at, one.zone)),
        *(one.paid_on.isoformat() if one.paid_on else "", str(one.amount), str(one.tax)),
        *(
            str(getattr(by_rate[percent], part) if percent in by_rate else 0)
            for percent in percents
            for part in ("amount", "tax")
        ),
        *(str(one.received), str(one.owed), str(one.returned)),
        _on(one.refunded_at, one.zone) if one.refunded_at else "",
    ]


def _on(moment: dt.datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()
