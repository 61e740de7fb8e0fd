"""What follows from registrations just written, in their transaction; nothing of it for the plain free ticket."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.core import idempotency, jobs
from app.people.persons import Enrolled
from app.ticketing.mails.promises import promise
from app.ticketing.payments import due
from app.ticketing.registering import redeeming, uploads
from app.ticketing.registering.answers import Given, write

if TYPE_CHECKING:
    from app.ticketing.registering.entries import Granted

Parties = Sequence[Sequence[Enrolled]]


async def follow(granted: "Sequence[Granted]", people: Parties) -> None:
    """Store answers, count vouchers, open payments, promise what has to be told, and answer for who waits."""
    given = list(_given(granted, people))
    if given:
        await write(given, now=granted[0].entry.now)
        await uploads.adopt(given)
    for one in granted:
        await redeeming.count(one.entry.vouchers)
        if one.status != "confirmed":
            await _pend(one)
    await _declare_moves(granted, people)


def _given(granted: "Sequence[Granted]", people: Parties) -> Iterator[Given]:
    for one, party in zip(granted, people, strict=True):
        for draft, person in zip(one.entry.drafts, party, strict=True):
            if person.key is not None:
                for question, value in draft.answers.items():
                    yield Given(ticket=draft.id, question=question, key=person.key, value=value)


async def _pend(one: "Granted") -> None:
    """Tell somebody whose tickets are not valid yet what comes next."""
    entry = one.entry
    if one.waits:
        await idempotency.restate(entry.claim, one.answer)
        await promise("waiting", registration=entry.id, now=entry.now)
        return
    if "unapproved" in one.states:
        await promise("pending", registration=entry.id, now=entry.now)
    if "unpaid" in one.states:
        await due.open_for(entry.id, provider=entry.request.payment, now=entry.now)


async def _declare_moves(granted: "Sequence[Granted]", people: Parties) -> None:
    """Promise that the ledger learns of a known person's new residence: the latest declaration is the one that counts.

    The job is the ledger's own; it is named, not imported, because attendance stands above ticketing.
    """
    for entry, person in ((one.entry, p) for one, party in zip(granted, people, strict=True) for p in party):
        if person.moved:
            source = f"residence:{entry.id.hex}:{person.id.hex}"
            start = dt.datetime.combine(entry.found.first_day, dt.time(), ZoneInfo(entry.found.zone))
            await jobs.defer(
                "attendance.record_residence",
                key=source,
                now=entry.now,
                person=str(person.id),
                scheduled_at=start.isoformat(),
                source=source,
            )
