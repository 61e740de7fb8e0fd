"""Freezing a fiscal year for its publication in July, restating it beside that, and counting it again at any time."""

import datetime as dt
import secrets
from uuid import UUID, uuid4

from msgspec import Struct

from app.attendance.ledger import CHAIN
from app.core import audit, chain
from app.core.again import repeated
from app.core.chain import Link
from app.core.db import fetch, fetch_one
from app.kpi import queries
from app.kpi.errors import AlreadyFrozen, NothingToRestate, TooEarly
from app.kpi.fiscal import JST
from app.kpi.freezing.body import Body, Noted
from app.kpi.freezing.frozen import Stored, frozen_row, is_frozen, stored
from app.kpi.freezing.recount import recount
from app.kpi.rules import KPI2_V1

_ADD = """
INSERT INTO frozen_figure (id, fiscal_year, kind, rule, position, head, body, digest, operator, reason, counted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('frozen_figure', $1))"
REMINDED = dt.timedelta(days=30)
"""How long before the day the office is reminded."""


class Recounted(Struct, frozen=True):
    """A frozen body and the one that the ledger gives today for the same head."""

    row: Stored
    again: Body

    @property
    def is_same(self) -> bool:
        """Whether text and digest are what was frozen."""
        return (self.again.text, self.again.digest) == (self.row.body, self.row.digest)


def due(fiscal_year: int) -> dt.date:
    """The day in Japan on which a year is frozen: 30 June after its end, for the council in July."""
    return dt.date(fiscal_year + 1, 6, 30)


def is_due(fiscal_year: int, now: dt.datetime) -> bool:
    """Whether that day has come."""
    return now.astimezone(JST).date() >= due(fiscal_year)


def is_near(fiscal_year: int, now: dt.datetime) -> bool:
    """Whether the office is to be reminded."""
    return now.astimezone(JST).date() >= due(fiscal_year) - REMINDED


@repeated
async def freeze(*, fiscal_year: int, operator: str, reason: str, now: dt.datetime) -> Stored:
    """Freeze a year as the ledger stands; nobody can take it back.

    `reason` may be empty from the day on. Raises `TooEarly` for a day before without one, `AlreadyFrozen`.
    """
    await fetch(_ONE_AT_A_TIME, fiscal_year)
    if await is_frozen(fiscal_year):
        raise AlreadyFrozen
    if not is_due(fiscal_year, now) and not reason:
        raise TooEarly(due=due(fiscal_year))
    made = await _counted(fiscal_year, rule=KPI2_V1.rule, at=await chain.head(CHAIN))
    return await _keep("frozen", made, operator=operator, reason=reason, now=now)


@repeated
async def restate(*, fiscal_year: int, operator: str, reason: str, now: dt.datetime) -> Stored:
    """Publish what the ledger says now beside what was frozen, by the same rules.

    Raises `NotFrozen`, and `NothingToRestate` when it is what was published last.
    """
    await fetch(_ONE_AT_A_TIME, fiscal_year)
    first = await frozen_row(fiscal_year)
    made = await _counted(fiscal_year, rule=first.rule, at=await chain.head(CHAIN))
    if made.figure == (await latest(fiscal_year)).opened.figure:
        raise NothingToRestate
    return await _keep("restated", made, operator=operator, reason=reason, now=now)


async def latest(fiscal_year: int) -> Stored:
    """Return what was published last of a year: the restated value, else the frozen one. Raises `NotFrozen`."""
    await frozen_row(fiscal_year)
    found = await stored(fiscal_year)
    return found[1] if len(found) > 1 else found[0]


async def recomputed(row: Stored) -> Recounted:
    """Count a stored figure again from the ledger. Raises `LedgerDiffers` when the ledger lacks its head."""
    figure = await recount(fiscal_year=row.fiscal_year, rule=row.rule, head=row.at)
    return Recounted(row, Body(figure=figure, at=row.at, noted=row.opened.noted))


async def _counted(fiscal_year: int, *, rule: str, at: Link) -> Body:
    figure = await recount(fiscal_year=fiscal_year, rule=rule, head=at)
    registrations = await queries.registrations(fiscal_year=fiscal_year, home=KPI2_V1.home)
    return Body(figure=figure, at=at, noted=Noted(registrations, secrets.token_hex(32)))


async def _keep(kind: str, made: Body, *, operator: str, reason: str, now: dt.datetime) -> Stored:
    year, rule = made.figure.fiscal_year, made.figure.rule
    row = Stored(
        uuid4(), year, kind, rule, made.at.position, made.at.digest, made.text, made.digest, operator, reason, now
    )
    await fetch_one(_ADD, *(getattr(row, name) for name in Stored.__struct_fields__))
    detail = {"digest": row.digest.hex(), "position": row.position, "people": made.figure.people}
    action = "kpi.freeze" if kind == "frozen" else "kpi.restate"
    await audit.record(actor=operator, action=action, subject=f"kpi2:{year}", now=now, detail=detail)
    return row


async def stored_by_id(figure: UUID, fiscal_year: int) -> Stored | None:
    """Return one of a year's stored figures."""
    return next((row for row in await stored(fiscal_year) if row.id == figure), None)
