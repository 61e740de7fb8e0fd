"""Taking a list in: its registrations are written slice by slice by jobs, with every rule of registering.

Ids follow from the list and its lines, and each registration has its claim: a second click, a job that runs again or a
process that is killed half way makes nothing twice and leaves nothing out.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from app.core import audit, idempotency, jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.jobs import task
from app.core.signing import derived, seal, unseal
from app.people.roles import Principal
from app.ticketing.guests.imports import kept
from app.ticketing.guests.imports.kept import PURPOSE, Outcome
from app.ticketing.guests.imports.lines import Group
from app.ticketing.guests.listed import sees_the_citys
from app.ticketing.registering import entries, offers
from app.ticketing.registering.asked import asked, settled
from app.ticketing.registering.entries import Draft, Entry
from app.ticketing.registering.register import declared
from app.ticketing.schemas import Offer
from app.ticketing.tickets import code_of, new_serial

SLICE = 200
"""Guests written in one transaction: the quotas are locked for about half a second."""
Failure = Literal["full", "known", "changed"]


class _Waiting(msgspec.Struct, frozen=True):
    """What is kept of a list that is being taken; `city` when whoever took it may give away the city's tickets."""

    groups: list[Group]
    city: bool


async def take(*, event: UUID, guest_import: UUID, mails: bool, principal: Principal, now: dt.datetime) -> None:
    """Take in the lines of a list that are in order; `mails` whether each gets the ticket by mail now.

    A second time changes nothing. Raises `NotFound`.
    """
    found = await kept.one(event=event, guest_import=guest_import, principal=principal)
    if found.taken_at:
        return
    report = await kept.report(event=event, guest_import=guest_import, principal=principal, now=now)
    waiting = _Waiting(report.read.groups, sees_the_citys(principal))
    outcome = Outcome(mails=mails, wanted=report.read.good)
    async with transaction():
        taken = await fetch_one(
            "UPDATE guest_import SET taken_at = $2, sealed = $3, outcome = $4"
            " WHERE id = $1 AND taken_at IS NULL RETURNING id",
            guest_import,
            now,
            seal(derived(PURPOSE), msgspec.msgpack.encode(waiting)) if waiting.groups else None,
            msgspec.json.encode(outcome).decode(),
        )
        if taken is None:
            return
        detail = {"import": str(guest_import), "guests": outcome.wanted, "mails": mails}
        await audit.record(
            actor=principal.actor, action="guests.import", subject=f"event:{event}", now=now, detail=detail
        )
        await _promise(guest_import, 0, now)


async def _promise(guest_import: UUID, start: int, now: dt.datetime) -> None:
    await jobs.defer(
        "ticketing.take_guests",
        key=f"guest-import:{guest_import}:{start}",
        now=now,
        guest_import=str(guest_import),
        start=start,
    )


_LOCK = """
SELECT i.sealed, i.outcome, e.id AS event, e.organiser, c.slug FROM guest_import i
JOIN event e ON e.id = i.event JOIN convention c ON c.id = e.convention WHERE i.id = $1 FOR UPDATE OF i
"""


@task
async def take_guests(*, guest_import: str, start: int, now: dt.datetime) -> None:
    """Write the registrations from the `start`th on, as many as make a slice, and promise the next slice.

    Whatever changes under its hands, such as the offer, is met by trying the job again.
    """
    await take_slice(guest_import=UUID(guest_import), start=start, now=now)


async def take_slice(*, guest_import: UUID, start: int, now: dt.datetime) -> None:
    """Do so in one transaction; a list that is taken, or gone, is left alone."""
    async with transaction():
        row = await fetch_one(_LOCK, guest_import)
        if row is None or row["sealed"] is None:
            return
        waiting = msgspec.msgpack.decode(unseal(derived(PURPOSE), row["sealed"]), type=_Waiting)
        outcome = msgspec.json.decode(row["outcome"], type=Outcome)
        part = _slice(waiting.groups, start)
        keys = [key for group in part for key in group.keys]
        known = await kept.already(row["event"], row["organiser"], keys, None, city=waiting.city)
        fresh = [group for group in part if known.isdisjoint(group.keys)]
        failed: list[tuple[int, Failure]] = [(n, "known") for g in part if g not in fresh for n in g.numbers]
        failed += await _write(guest_import, row["slug"], fresh, quiet=not outcome.mails, now=now)
        end = start + len(part)
        over = end >= len(waiting.groups)
        await fetch(
            "UPDATE guest_import SET outcome = $2, sealed = CASE WHEN $3 THEN NULL ELSE sealed END WHERE id = $1",
            guest_import,
            msgspec.json.encode(_after(outcome, part, failed)).decode(),
            over,
        )
        if not over:
            await _promise(guest_import, end, now)


def _slice(groups: Sequence[Group], start: int) -> list[Group]:
    part: list[Group] = []
    for group in groups[start:]:
        if part and sum(len(g.numbers) for g in part) + len(group.numbers) > SLICE:
            break
        part.append(group)
    return part


def _after(outcome: Outcome, part: Sequence[Group], failed: Sequence[tuple[int, Failure]]) -> Outcome:
    done = sum(len(group.numbers) for group in part) - len(failed)
    return msgspec.structs.replace(outcome, done=outcome.done + done, failed=[*outcome.failed, *failed])


async def _write(
    guest_import: UUID, convention: str, groups: Sequence[Group], *, quiet: bool, now: dt.datetime
) -> list[tuple[int, Failure]]:
    """Write registrations and return the lines that were refused, and why."""
    offers.forget()
    found = await offers.offer(convention, now=now)
    known = [g for g in groups if all(member.ticket_type in found.types for member in g.request.party)]
    failed: list[tuple[int, Failure]] = [(n, "changed") for g in groups if g not in known for n in g.numbers]
    made = [_entry(guest_import, group, found, quiet=quiet, now=now) for group in known]
    outcomes = await entries.write(made) if made else []
    return failed + [(n, "full") for g, o in zip(known, outcomes, strict=True) if o.answer is None for n in g.numbers]


def _entry(guest_import: UUID, group: Group, found: Offer, *, quiet: bool, now: dt.datetime) -> Entry:
    """Return a registration whose ids follow from the list. Nothing is to be paid or approved: it is an invitation.

    Nobody agreed to anything by standing on a list, so no consent is written; and no measure of tickets for an address
    counts here, only that the persons of two registrations differ, of which the list has been looked through.
    """
    request = msgspec.structs.replace(group.request, consents=[])
    registration = uuid5(guest_import, f"registration {group.numbers[0]}")
    people = declared(request)
    drafts = []
    for number, member, person in zip(group.numbers, request.party, people, strict=True):
        offered, serial = found.types[member.ticket_type], new_serial()
        drafts.append(
            Draft(
                id=uuid5(guest_import, f"ticket {number}"),
                serial=serial,
                code=code_of(scope=found.number, product=offered.number, serial=serial, kid=found.kid),
                offered=offered,
                details=person.details,
                places=offers.places_of(offered, (), found),
                answers=settled(asked(found, offered), member.answers),
            )
        )
    return Entry(
        id=registration,
        found=found,
        request=request,
        language=request.language,
        now=now,
        people=people,
        drafts=drafts,
        wanted=Counter(quota for draft in drafts for quota in draft.places),
        addresses=frozenset(),
        claim=idempotency.claim_of(
            scope=f"registration:{found.slug}",
            key=f"import/{guest_import}/{group.numbers[0]}",
            request=msgspec.json.encode(request),
            answer=msgspec.json.encode({"id": registration}),
        ),
        quiet=quiet,
    )
