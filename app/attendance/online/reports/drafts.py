"""Reports that were looked at and not taken yet: kept sealed for a day, so that nobody has to bring a file twice."""

import datetime as dt
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.attendance.online.reports import places, taking
from app.attendance.online.reports.keeping import DRAFTS
from app.attendance.online.reports.reading import Platform
from app.attendance.online.reports.taking import Outcome, Report
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.signing import derived, seal, unseal
from app.people.roles import Principal


class Draft(Struct, frozen=True):
    """A report that waits to be taken."""

    id: UUID
    report: Report


async def keep(*, session: UUID, report: Report, principal: Principal, now: dt.datetime) -> UUID:
    """Keep a report that can be read, and return its id. Raises `NotFound` and `Invalid`."""
    await taking.look(session=session, report=report, principal=principal, now=now)
    made = uuid4()
    await fetch(
        "INSERT INTO report_draft (id, session, sealed, platform, zone, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        made,
        session,
        seal(derived(DRAFTS), report.data),
        report.platform or "",
        report.zone,
        now,
    )
    return made


async def draft_of(*, session: UUID, draft: UUID, principal: Principal) -> Draft:
    """Return a report that waits, or raise `NotFound`."""
    await places.ground_of(session, principal)
    row = await fetch_one(
        "SELECT sealed, platform, zone FROM report_draft WHERE id = $1 AND session = $2", draft, session
    )
    if row is None:
        raise NotFound
    platform = msgspec.convert(row["platform"] or None, Platform | None)
    data = unseal(derived(DRAFTS), row["sealed"])
    return Draft(draft, Report(data=data, platform=platform, zone=row["zone"]))


async def take(*, session: UUID, draft: UUID, reason: str, principal: Principal, now: dt.datetime) -> Outcome:
    """Take a report that waits. Raises `NotFound`, `ImportsClosed`."""
    async with transaction():
        found = await draft_of(session=session, draft=draft, principal=principal)
        report = msgspec.structs.replace(found.report, reason=reason)
        outcome = await taking.take(session=session, report=report, principal=principal, now=now)
        await fetch("DELETE FROM report_draft WHERE id = $1", draft)
    return outcome


async def discard(*, session: UUID, draft: UUID, principal: Principal) -> None:
    """Throw a report away that was not taken; again does no harm. Raises `NotFound` for somebody else's session."""
    await places.ground_of(session, principal)
    await fetch("DELETE FROM report_draft WHERE id = $1 AND session = $2", draft, session)
