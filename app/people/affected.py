"""After a leak: whose data could a device, an account, a browser or a file have reached, between two moments?"""

import datetime as dt
from uuid import UUID

import msgspec

from app.core import audit
from app.core.db import fetch, transaction
from app.people.holders import HOLDERS, Kind, Trace
from app.people.persons import details_of

REPORT_FROM = 100
"""People from whom on a public body reports a leak to the commission (Enforcement Rules of the APPI, article 43)."""
LARGE_FROM = 1_000
"""People from whom on anybody has to, whatever the cause (article 7)."""
MOST_LISTED = 1_000


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the form asks; moments carry an offset."""

    kind: Kind
    subject: UUID
    since: dt.datetime
    until: dt.datetime
    csrf: str = ""


class Affected(msgspec.Struct, frozen=True):
    """How many people, and their pseudonyms in order."""

    persons: list[UUID]

    @property
    def must_report(self) -> bool:
        """Whether a public body has to report to the commission."""
        return len(self.persons) >= REPORT_FROM

    @property
    def is_large(self) -> bool:
        """Whether there are so many that everybody would have to."""
        return len(self.persons) >= LARGE_FROM


async def subjects() -> list[tuple[str, str]]:
    """Return (number, name) of devices and of accounts with a role, to choose from."""
    rows = await fetch(
        "(SELECT id, name FROM device ORDER BY enrolled_at DESC LIMIT 500) UNION ALL"
        " (SELECT id, label || ' (' || role || ')' FROM account WHERE role <> 'attendee' AND label <> ''"
        " ORDER BY label LIMIT 500)"
    )
    return [(str(row["id"]), row["name"]) for row in rows]


async def affected(*, question: Question, actor: str, now: dt.datetime) -> Affected:
    """Find everybody whose data was within reach; the audit log keeps question and count."""
    trace = Trace(question.kind, question.subject, question.since, question.until)
    found: set[UUID] = set()
    async with transaction():
        for holder in HOLDERS:
            found |= await holder.reached(trace)
        await audit.record(
            actor=actor,
            action="privacy.affected",
            subject=f"{question.kind}:{question.subject}",
            now=now,
            detail={"since": question.since, "until": question.until, "people": len(found)},
        )
    return Affected(sorted(found))


class Named(msgspec.Struct, frozen=True):
    """Somebody to be told; name and address are empty when erased."""

    id: UUID
    name: str = ""
    email: str = ""


async def named(*, persons: list[UUID], actor: str, now: dt.datetime) -> list[Named]:
    """Return who these people are, for whoever has to tell them; the audit log keeps that it was looked at."""
    await audit.record(
        actor=actor, action="privacy.affected-list", subject="persons", now=now, detail={"n": len(persons)}
    )
    known = await details_of(persons)
    return [
        Named(person, known[person].name, known[person].email) if person in known else Named(person)
        for person in persons
    ]
