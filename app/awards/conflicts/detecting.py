"""Ties that names tell of: proposed to the secretary, forgotten when the names do not meet any more.

Work comes in pieces, one judge or one entry at a time: a hundred judges are a hundred jobs of a second each, and what a
profile or a member has changed is looked at soon after.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from app.awards.conflict_match.ties import Found, Party, Tie, Ties, ties
from app.awards.conflicts import keeping, parties
from app.awards.conflicts.promises import profile_changed
from app.awards.conflicts.schemas import Evidence
from app.awards.setting.judges import profiles
from app.core.db import fetch, transaction

_AWARD_OF_ENTRY = """
SELECT j.id FROM judge j JOIN award_category g ON g.award = j.award JOIN award_entry e ON e.category = g.id
WHERE e.id = $1 ORDER BY j.id
"""
_ENTRIES_OF_JUDGE = """
SELECT e.id FROM award_entry e JOIN award_category g ON g.id = e.category JOIN judge j ON j.award = g.award
WHERE j.id = $1 AND e.state = 'submitted' ORDER BY e.id
"""
_LABELS = "SELECT j.id, c.label FROM judge j JOIN account c ON c.id = j.account WHERE j.id = ANY($1::uuid[])"
_JUDGES = "SELECT id FROM judge WHERE award = $1 ORDER BY pseudonym"
_KNOWN = """
SELECT judge, entry, tie, state, sealed FROM conflict
WHERE source = 'detected' AND judge = ANY($1::uuid[]) AND entry = ANY($2::uuid[]) FOR UPDATE
"""
_RECUSED = "SELECT judge, entry FROM recusal WHERE judge = ANY($1::uuid[]) AND entry = ANY($2::uuid[])"
_FORGET = """
DELETE FROM conflict WHERE source = 'detected' AND state = 'proposed' AND judge = $1 AND entry = $2 AND tie = $3
"""

Key = tuple[UUID, UUID, Tie]


async def look_again(*, award: UUID, now: dt.datetime) -> None:
    """Have every judge of an award compared anew."""
    async with transaction():
        for row in await fetch(_JUDGES, award):
            await profile_changed(judge=row["id"], now=now)


async def detect(*, judge: UUID | None = None, entry: UUID | None = None, now: dt.datetime) -> int:
    """Compare one judge with all entries of its award, or one entry with all judges; return how many ties there are."""
    if judge is not None:
        judges, entries = [judge], [row["id"] for row in await fetch(_ENTRIES_OF_JUDGE, judge)]
    else:
        judges, entries = [row["id"] for row in await fetch(_AWARD_OF_ENTRY, entry)], [entry] if entry else []
    known, behind = await _ties_of(judges), await parties.compared(entries)
    found = await asyncio.to_thread(_compare, known, behind)  # seconds of work, while others wait for this process
    async with transaction():
        await _keep(found, judges, entries, now)
    return len(found)


async def _ties_of(judges: Sequence[UUID]) -> dict[UUID, Ties]:
    """Return the profiles of judges, with the name under which each signs in."""
    labels = {row["id"]: row["label"] for row in await fetch(_LABELS, list(judges))}
    found = await profiles(judges)
    return {
        judge: Ties(
            names=tuple(dict.fromkeys((*profile.names, labels[judge]))),
            organisations=profile.organisations,
            former=profile.former,
            groups=profile.groups,
            cities=profile.cities,
        )
        for judge, profile in found.items()
    }


def _compare(known: Mapping[UUID, Ties], behind: Mapping[UUID, Sequence[Party]]) -> dict[Key, Found]:
    return {
        (judge, entry, one.tie): one
        for judge, profile in known.items()
        for entry, some in behind.items()
        for one in ties(profile, some)
    }


async def _keep(found: Mapping[Key, Found], judges: list[UUID], entries: list[UUID], now: dt.datetime) -> None:
    """Write down what is new, drop what has gone; what was decided stays decided while it rests on the same names."""
    rows = {(row["judge"], row["entry"], row["tie"]): row for row in await fetch(_KNOWN, judges, entries)}
    recused = {(row["judge"], row["entry"]) for row in await fetch(_RECUSED, judges, entries)}
    for (judge, entry, tie), one in sorted(found.items(), key=lambda item: tuple(map(str, item[0]))):
        evidence = Evidence(judge=one.judge, party=one.party)
        if (judge, entry) not in recused and not _is_told(rows.get((judge, entry, tie)), evidence):
            await keeping.keep(
                judge=judge, entry=entry, source="detected", tie=tie, evidence=evidence, score=one.score, now=now
            )
    for judge, entry, tie in sorted(rows.keys() - found.keys(), key=str):
        await fetch(_FORGET, judge, entry, tie)


def _is_told(row: asyncpg.Record | None, evidence: Evidence) -> bool:
    return row is not None and msgspec.structs.replace(keeping.opened(row["sealed"]), note="") == evidence
