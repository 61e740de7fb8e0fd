"""What the result of a round rests on, read from the tables."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

import asyncpg
import msgspec

from app.awards.deciding.carrying import carried
from app.awards.entering import field
from app.awards.reach import RoundRef
from app.awards.releasing.bundle import Certified, Compared, Decided, Given, Inputs, Judged, Ordered
from app.awards.schemas import Decision
from app.awards.scoring import orders, pairs, sheets
from app.awards.scoring.sheets import STANDS, SheetRow
from app.awards.setting import rules
from app.core.db import fetch, fetch_one

_SEATED = "SELECT j.pseudonym FROM panel_seat p JOIN judge j ON j.id = p.judge WHERE p.round = $1"
_ASSIGNED = f"""
SELECT a.entry, j.pseudonym FROM assignment a JOIN judge j ON j.id = a.judge JOIN award_entry e ON e.id = a.entry
WHERE a.round = $1 AND {STANDS}
"""
_CERTIFIED = """
SELECT wishes, certificate FROM assignment_run WHERE round = $1 AND taken_at IS NOT NULL
ORDER BY taken_at DESC, id LIMIT 1
"""
_DECIDED = "SELECT decision, minutes FROM deliberation WHERE round = $1 ORDER BY id DESC LIMIT 1"
_LATER = "SELECT 1 FROM award_round WHERE category = $1 AND position > $2 LIMIT 1"


async def inputs(found: RoundRef, *, votes: Mapping[UUID, int] | None) -> Inputs:
    """Return everything that the result of a round rests on; it has been opened."""
    assert found.rules is not None  # noqa: S101  # pinned when it opened
    competing = await field.in_round(found)
    mine = {one.id for one in competing}
    assigned = [(row["entry"], row["pseudonym"]) for row in await fetch(_ASSIGNED, found.id) if row["entry"] in mine]
    seated = {row["pseudonym"] for row in await fetch(_SEATED, found.id)}
    return Inputs(
        award=found.award.slug,
        category=found.category_title,
        round=found.id,
        title=found.title,
        rules=rules.decode(found.rules),
        entries=[Judged(one.id, one.number, one.digest.hex()) for one in competing],
        judges=sorted(seated | {judge for _entry, judge in assigned}),
        assigned=assigned,
        certified=_certified(await fetch_one(_CERTIFIED, found.id)),
        sheets=[_sheet(row) for row in await sheets.submitted(found) if row.entry in mine],
        comparisons=await _compared(found, mine),
        orders=await _ordered(found, mine),
        votes=votes,
        decided=_decided(await fetch_one(_DECIDED, found.id)),
        goes_on=None if await is_last(found) else await carried(found),
    )


async def _compared(found: RoundRef, mine: set[UUID]) -> list[Compared]:
    return [
        Compared(judge=one.pseudonym, first=one.first, second=one.second, better=one.better)
        for one in await pairs.comparisons(found)
        if {one.first, one.second} <= mine
    ]


async def _ordered(found: RoundRef, mine: set[UUID]) -> list[Ordered]:
    return [
        Ordered(judge=one.pseudonym, entries=tuple(entry for entry in one.entries if entry in mine))
        for one in await orders.ballots(found)
    ]


async def is_last(found: RoundRef) -> bool:
    """Whether no round follows in the category: then the best of this one have won."""
    return await fetch_one(_LATER, found.category, found.position) is None


def _sheet(row: SheetRow) -> Given:
    """Leave the comments and the hour out: they could tell who the judge is."""
    return Given(
        entry=row.entry,
        judge=row.pseudonym,
        version=row.version.hex(),
        values=row.values,
        verdict=row.verdict,
        abstained=row.abstained,
    )


def _certified(row: asyncpg.Record | None) -> Certified | None:
    return None if row is None else Certified(_digest(row["wishes"]), _digest(row["certificate"]))


def _decided(row: asyncpg.Record | None) -> Decided | None:
    if row is None:
        return None
    decision = msgspec.json.decode(row["decision"], type=Decision)
    reasons = msgspec.json.encode(decision.reasons, order="sorted").decode()
    return Decided(places=decision.places, minutes=_digest(row["minutes"]), reasons=_digest(reasons))


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
