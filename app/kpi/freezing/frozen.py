"""Reading what was frozen: the figure of a year, the value restated beside it, what its audit found."""

import datetime as dt
from functools import lru_cache
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.core.chain import Link
from app.core.db import fetch, fetch_one
from app.kpi.counting import CountryRow, Figure
from app.kpi.errors import NotFrozen
from app.kpi.fiscal import bounds
from app.kpi.freezing import body as bodies
from app.kpi.freezing.body import Body
from app.kpi.freezing.sampling import Estimate, Finding, estimate
from app.kpi.publishing.folding import WORLD, PublicRow, regions
from app.kpi.schemas import Frozen, Restated, SampleAudit

_STORED = """
SELECT id, fiscal_year, kind, rule, position, head, body, digest, operator, reason, counted_at FROM frozen_figure
WHERE fiscal_year = $1 ORDER BY kind = 'frozen' DESC, counted_at DESC, position DESC
"""
_LATEST = """
(SELECT id, fiscal_year, kind, rule, position, head, body, digest, operator, reason, counted_at
 FROM frozen_figure WHERE fiscal_year = $1 AND kind = 'frozen')
UNION ALL
(SELECT id, fiscal_year, kind, rule, position, head, body, digest, operator, reason, counted_at
 FROM frozen_figure WHERE fiscal_year = $1 AND kind = 'restated' ORDER BY counted_at DESC, position DESC LIMIT 1)
"""
_CONCERNS = """
position > $3 AND position <= $4
AND (scheduled_at IS NULL OR (scheduled_at >= $1 AND scheduled_at < $2)
     OR kind IN ('void', 'merge', 'split', 'residence', 'role'))
"""
_SINCE_BY_KIND = f"SELECT kind, count(*) AS entries FROM ledger_entry WHERE {_CONCERNS} GROUP BY kind ORDER BY kind"
_SINCE = f"""
SELECT position, kind, evidence_class, recorded_at, person, ticket, subject, other, operator, reason
FROM ledger_entry WHERE {_CONCERNS} ORDER BY position LIMIT $5
"""
_FINDINGS = """
SELECT a.counted, a.closed_at, i.finding, count(*) AS records FROM sampling_audit a JOIN audit_item i ON i.audit = a.id
WHERE a.fiscal_year = $1 AND a.closed_at IS NOT NULL AND i.finding IS NOT NULL GROUP BY a.id, i.finding
"""


class Stored(Struct, frozen=True):
    """A row of what was frozen (`kind` frozen) or published beside it later (restated)."""

    id: UUID
    fiscal_year: int
    kind: str
    rule: str
    position: int
    head: bytes
    body: str
    digest: bytes
    operator: str
    reason: str
    counted_at: dt.datetime

    @property
    def at(self) -> Link:
        """The head of the ledger that was counted up to."""
        return Link(self.position, self.head)

    @property
    def opened(self) -> Body:
        """The body, read."""
        return _read(self.body)


class Late(Struct, frozen=True):
    """An entry of the ledger since the freeze that may have changed the year: a correction, or late evidence."""

    position: int
    kind: str
    evidence_class: str
    recorded_at: dt.datetime
    person: UUID
    ticket: UUID | None
    subject: int | None
    other: UUID | None
    operator: str | None
    reason: str | None


_between: dict[UUID, dict[str, int]] = {}


@lru_cache(maxsize=64)
def _read(text: str) -> Body:
    return bodies.read(text)


async def stored(fiscal_year: int) -> list[Stored]:
    """Return the frozen figure of a year, then what was restated, the latest first; empty while the year is open."""
    return [_stored(row) for row in await fetch(_STORED, fiscal_year)]


async def frozen_row(fiscal_year: int) -> Stored:
    """Return the frozen figure of a year. Raises `NotFrozen`."""
    found = await stored(fiscal_year)
    if not found:
        raise NotFrozen
    return found[0]


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(**row)


async def frozen(fiscal_year: int) -> Frozen | None:
    """Return what the API shows of a frozen year, every country; None while the year is open."""
    found = {row["kind"]: _stored(row) for row in await fetch(_LATEST, fiscal_year)}
    if "frozen" not in found:
        return None
    first, later = found["frozen"], found.get("restated")
    restated = await _restated(first, later) if later else None
    return _frozen(first, restated, await audit_of(fiscal_year))


def _frozen(row: Stored, restated: Restated | None, audit: SampleAudit | None) -> Frozen:
    figure, noted = row.opened.figure, row.opened.noted
    return Frozen(
        rule=figure.rule,
        people=figure.people,
        on_site=figure.on_site,
        online=figure.online,
        both=figure.both,
        core_only=figure.core_only,
        visits=figure.visits,
        participations=figure.participations,
        registrations=noted.registrations,
        unknown_residence=figure.unknown_residence,
        by_country=country_rows(figure),
        sensitivity=figure.sensitivity,
        position=row.position,
        ledger_head=row.head.hex(),
        digest=row.digest.hex(),
        frozen_at=row.counted_at,
        restated=restated,
        audit=audit,
    )


def country_rows(figure: Figure) -> tuple[PublicRow, ...]:
    """Return every country with its region: for officers only."""
    return tuple(_country_row(row) for row in figure.by_country)


def _country_row(row: CountryRow) -> PublicRow:
    region = regions().get(row.country, WORLD)
    return PublicRow(
        country=row.country, region=region, people=row.people, on_site=row.on_site, online=row.online, both=row.both
    )


async def _restated(first: Stored, later: Stored) -> Restated:
    figure = later.opened.figure
    return Restated(
        people=figure.people,
        on_site=figure.on_site,
        online=figure.online,
        both=figure.both,
        position=later.position,
        ledger_head=later.head.hex(),
        digest=later.digest.hex(),
        reason=later.reason,
        entries=await _entries_between(first, later),
        restated_at=later.counted_at,
    )


async def _entries_between(first: Stored, later: Stored) -> dict[str, int]:
    """What lies between two rows that never change is counted once in a process."""
    if later.id not in _between:
        _between[later.id] = await late_by_kind(first, upto=later.position)
    return _between[later.id]


async def late_by_kind(row: Stored, *, upto: int) -> dict[str, int]:
    """Count the ledger's entries since the freeze that concern the year, by kind."""
    found = await fetch(_SINCE_BY_KIND, *bounds(row.fiscal_year), row.position, upto)
    return {one["kind"]: one["entries"] for one in found}


async def late_entries(row: Stored, *, upto: int, limit: int) -> list[Late]:
    """Return the first of the ledger's entries since the freeze that concern the year."""
    return [Late(**one) for one in await fetch(_SINCE, *bounds(row.fiscal_year), row.position, upto, limit)]


async def audit_of(fiscal_year: int) -> SampleAudit | None:
    """Return what the closed audit of a year found; None before that."""
    rows = await fetch(_FINDINGS, fiscal_year)
    if not rows:
        return None
    findings: dict[Finding, int] = {row["finding"]: row["records"] for row in rows}
    return sample_audit(estimate(findings, counted=rows[0]["counted"]), rows[0]["closed_at"])


def sample_audit(found: Estimate, audited_at: dt.datetime) -> SampleAudit:
    """Return an estimate as it is published: shares with four decimals."""
    return SampleAudit(
        looked=found.looked,
        wrong=found.wrong,
        unclear=found.unclear,
        share=round(found.share, 4),
        low=round(found.low, 4),
        high=round(found.high, 4),
        audited_at=audited_at,
    )


async def is_frozen(fiscal_year: int) -> bool:
    """Whether a year is frozen."""
    sql = "SELECT 1 FROM frozen_figure WHERE fiscal_year = $1 AND kind = 'frozen'"
    return await fetch_one(sql, fiscal_year) is not None
