"""The audit of a frozen year's sample: drawn once from the frozen head, looked at record by record, then closed."""

import datetime as dt
from uuid import UUID, uuid4

from msgspec import Struct

from app.attendance.ledger_entry import Evidence
from app.core import audit as log
from app.core.again import repeated
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.validation import Paragraph
from app.kpi import queries
from app.kpi.corrections import same_person, standing
from app.kpi.counting import CountedPerson, counted_people
from app.kpi.errors import AlreadyAudited, AuditClosed, AuditOpen
from app.kpi.freezing.frozen import frozen_row
from app.kpi.freezing.recount import counted_at
from app.kpi.freezing.sampling import Estimate, Finding, draw, estimate, seed_of
from app.kpi.live import live
from app.kpi.rules import RULE_SETS
from app.kpi.tally import group
from app.people.persons import details_of
from app.people.schemas import Details

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('sampling_audit', $1))"
_ADD = """
INSERT INTO sampling_audit (id, fiscal_year, rule, position, head, counted, seed, size, drawn_by, drawn_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_ADD_ITEMS = """
INSERT INTO audit_item (id, audit, position, person)
SELECT gen_random_uuid(), $1, n, person FROM unnest($2::uuid[]) WITH ORDINALITY AS drawn (person, n)
"""
_COLUMNS = "id, fiscal_year, rule, position, head, counted, seed, size, drawn_by, drawn_at, closed_at"
_AUDIT = f"SELECT {_COLUMNS} FROM sampling_audit WHERE id = $1"
_OF_YEAR = f"SELECT {_COLUMNS} FROM sampling_audit WHERE fiscal_year = $1"
_LOCKED = f"{_AUDIT} FOR UPDATE"
_ITEMS = """
SELECT position, person, finding, note, looked_by, looked_at FROM audit_item WHERE audit = $1 ORDER BY position
"""
_ITEM = """
SELECT position, person, finding, note, looked_by, looked_at FROM audit_item WHERE audit = $1 AND position = $2
"""
_LOOK = """
UPDATE audit_item SET finding = $3, note = $4, looked_by = $5, looked_at = $6 WHERE audit = $1 AND position = $2
RETURNING position
"""
_NEXT = "SELECT min(position) AS position FROM audit_item WHERE audit = $1 AND finding IS NULL"


class Audit(Struct, frozen=True):
    """A sample of `size` of the `counted` people of a frozen year; `head` and `seed` draw it again."""

    id: UUID
    fiscal_year: int
    rule: str
    position: int
    head: bytes
    counted: int
    seed: int
    size: int
    drawn_by: str
    drawn_at: dt.datetime
    closed_at: dt.datetime | None


class Item(Struct, frozen=True):
    """A record of a sample (`position` from 1), and what was found; `finding` None until somebody has looked."""

    position: int
    person: UUID
    finding: Finding | None
    note: str
    looked_by: str | None
    looked_at: dt.datetime | None


class Look(Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer finds of a record."""

    finding: Finding
    note: Paragraph = ""


class Worksheet(Struct, frozen=True):
    """A sample and how far it has come; `so_far` None before the first finding."""

    audit: Audit
    items: tuple[Item, ...]
    so_far: Estimate | None

    @property
    def looked(self) -> int:
        """How many records have a finding."""
        return sum(item.finding is not None for item in self.items)


class Sheet(Struct, frozen=True):
    """All that there is about one record: why it counts, its evidence up to the frozen head, its pseudonyms.

    `details` name the person for the officer who looks; empty once erased.
    """

    audit: Audit
    item: Item
    counted: CountedPerson | None
    evidence: tuple[Evidence, ...]
    details: dict[UUID, Details]


@repeated
async def begin(*, fiscal_year: int, operator: str, now: dt.datetime) -> UUID:
    """Draw the sample of a frozen year; raises `NotFrozen`, `AlreadyAudited`, `LedgerDiffers`."""
    await fetch(_ONE_AT_A_TIME, fiscal_year)
    row = await frozen_row(fiscal_year)
    if await fetch_one(_OF_YEAR, fiscal_year):
        raise AlreadyAudited
    people = await counted_at(fiscal_year=fiscal_year, rule=row.rule, head=row.at)
    seed = seed_of(row.head)
    sample, made = draw(people, seed=seed), uuid4()
    values = (fiscal_year, row.rule, row.position, row.head, len(people), seed, len(sample), operator, now)
    await fetch(_ADD, made, *values)
    await fetch(_ADD_ITEMS, made, sample)
    await log.record(
        actor=operator, action="kpi.sample", subject=f"kpi2:{fiscal_year}", now=now, detail={"size": len(sample)}
    )
    return made


async def of_year(fiscal_year: int) -> Audit | None:
    """Return the audit of a year, if its sample is drawn."""
    row = await fetch_one(_OF_YEAR, fiscal_year)
    return Audit(**row) if row else None


async def worksheet(audit: UUID) -> Worksheet:
    """Return a sample with its findings; raises `NotFound`."""
    found = await _audit(audit, _AUDIT)
    items = tuple(Item(**row) for row in await fetch(_ITEMS, audit))
    return Worksheet(found, items, _so_far(items, found.counted))


async def _audit(audit: UUID, sql: str) -> Audit:
    row = await fetch_one(sql, audit)
    if row is None:
        raise NotFound
    return Audit(**row)


def _so_far(items: tuple[Item, ...], counted: int) -> Estimate | None:
    findings: dict[Finding, int] = {}
    for item in items:
        if item.finding is not None:
            findings[item.finding] = findings.get(item.finding, 0) + 1
    return estimate(findings, counted=counted) if findings else None


async def sheet(*, audit: UUID, position: int, operator: str, now: dt.datetime) -> Sheet:
    """Return one record with its evidence and the person's details; the audit log keeps who opened them.

    Raises `NotFound`.
    """
    found, item = await _audit(audit, _AUDIT), await _item(audit, position)
    entries = await _evidence(item.person, found)
    stands_for = same_person(standing(entries))
    names = {e.person for e in entries if stands_for(e.person) == stands_for(item.person)} | {item.person}
    counted = counted_people(entries, fiscal_year=found.fiscal_year, rules=RULE_SETS[found.rule])
    await log.record(actor=operator, action="kpi.look", subject=f"audit:{audit}:{position}", now=now)
    return Sheet(
        audit=found,
        item=item,
        counted=next((one for one in counted if one.person == item.person), None),
        evidence=tuple(e for e in entries if e.person in names or e.other in names),
        details=await details_of(names),
    )


async def _item(audit: UUID, position: int) -> Item:
    row = await fetch_one(_ITEM, audit, position)
    if row is None:
        raise NotFound
    return Item(**row)


async def _evidence(person: UUID, audit: Audit) -> list[Evidence]:
    """Everything up to the frozen head about a person and all whose entries decide about him."""
    members = group((await live(audit.fiscal_year)).kin, person)
    return await queries.ledger_of(members, fiscal_year=audit.fiscal_year, upto=audit.position)


async def look(*, audit: UUID, position: int, found: Look, operator: str, now: dt.datetime) -> int | None:
    """Write down a finding; return the next record without one. Raises `NotFound`, `AuditClosed`."""
    async with transaction():
        if (await _audit(audit, _LOCKED)).closed_at is not None:
            raise AuditClosed
        row = await fetch_one(_LOOK, audit, position, found.finding, found.note, operator, now)
        if row is None:
            raise NotFound
        following = await fetch_one(_NEXT, audit)
        return following["position"] if following else None


async def close(*, audit: UUID, operator: str, now: dt.datetime) -> int:
    """Let the findings stand and be published; return the fiscal year.

    Raises `NotFound`, `AuditClosed`, and `AuditOpen` while a record has no finding.
    """
    async with transaction():
        found = await _audit(audit, _LOCKED)
        if found.closed_at is not None:
            raise AuditClosed
        following = await fetch_one(_NEXT, audit)
        if following and following["position"] is not None:
            raise AuditOpen(position=following["position"])
        await fetch("UPDATE sampling_audit SET closed_at = $2 WHERE id = $1", audit, now)
        await log.record(actor=operator, action="kpi.audited", subject=f"kpi2:{found.fiscal_year}", now=now)
    return found.fiscal_year
