"""What stands: which entries a judge has in a round, and which judges an entry has."""

from uuid import UUID

from msgspec import Struct

from app.core.db import fetch

_OF_JUDGE = """
SELECT a.entry FROM assignment a JOIN award_entry e ON e.id = a.entry
WHERE a.judge = $1 AND a.round = $2 AND a.removed_at IS NULL ORDER BY e.number
"""
_OF_ROUND = """
SELECT a.entry, a.judge, j.pseudonym, c.label, a.source,
    coalesce(s.revision > 0, false)
        OR EXISTS (SELECT FROM comparison k WHERE k.round = a.round AND k.judge = a.judge
                   AND a.entry IN (k.first, k.second))
        OR EXISTS (SELECT FROM rank_ballot b WHERE b.round = a.round AND b.judge = a.judge
                   AND b.entries ? a.entry::text) AS begun,
    s.submitted_at IS NOT NULL AS submitted
FROM assignment a JOIN award_entry e ON e.id = a.entry JOIN judge j ON j.id = a.judge
    JOIN account c ON c.id = j.account LEFT JOIN sheet s ON s.assignment = a.id
WHERE a.round = $1 AND a.removed_at IS NULL ORDER BY e.number, j.pseudonym
"""


class Standing(Struct, frozen=True, kw_only=True):
    """An assignment that stands. `begun`: the judge has saved something about the entry in this round."""

    entry: UUID
    judge: UUID
    pseudonym: str
    label: str
    source: str
    begun: bool
    submitted: bool


async def of_judge(judge_id: UUID, round_id: UUID) -> list[UUID]:
    """Return the entries a judge has in a round, by number."""
    return [row["entry"] for row in await fetch(_OF_JUDGE, judge_id, round_id)]


async def of_round(round_id: UUID) -> dict[UUID, list[UUID]]:
    """Return the judges of each entry that has any, by number and pseudonym."""
    found: dict[UUID, list[UUID]] = {}
    for one in await standing(round_id):
        found.setdefault(one.entry, []).append(one.judge)
    return found


async def standing(round_id: UUID) -> list[Standing]:
    """Return every assignment that stands in a round, by number and pseudonym."""
    return [Standing(**row) for row in await fetch(_OF_ROUND, round_id)]
