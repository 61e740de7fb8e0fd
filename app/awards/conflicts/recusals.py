"""Who may not judge what. The one place that says so; triggers of the database say it again."""

import datetime as dt
from uuid import UUID

from app.awards.reach import RoundRef
from app.core.db import fetch, fetch_one

_FORBIDDEN = """
SELECT r.entry, r.judge FROM recusal r JOIN award_entry e ON e.id = r.entry WHERE e.category = $1
UNION
SELECT c.entry, c.judge FROM conflict c JOIN award_entry e ON e.id = c.entry
WHERE e.category = $1 AND c.state = 'proposed'
"""
_RECUSED = """
SELECT r.entry, r.judge FROM recusal r JOIN award_entry e ON e.id = r.entry WHERE e.category = $1
"""


def declared_by(judge: str, entry: str) -> str:
    """Return, as a condition of a statement, that a judge has declared for an entry; both are columns."""
    return f"EXISTS (SELECT FROM declaration d WHERE d.judge = {judge} AND d.entry = {entry} AND d.outdated_at IS NULL)"


def free_to_judge(judge: str, entry: str) -> str:
    """Return, as a condition of a statement, what `declared_free` says of a judge and an entry; both are columns.

    A tie that was declared and dismissed does not stand in the way: the secretary has looked at it.
    """
    return f"""({declared_by(judge, entry)}
    AND NOT EXISTS (SELECT FROM recusal q WHERE q.judge = {judge} AND q.entry = {entry})
    AND NOT EXISTS (SELECT FROM conflict c WHERE c.judge = {judge} AND c.entry = {entry} AND c.state = 'proposed'))"""


_FREE = f"""
SELECT s.entry FROM declaration s WHERE s.judge = $1 AND s.outdated_at IS NULL AND ($2::uuid IS NULL OR s.entry = $2)
AND {free_to_judge("s.judge", "s.entry")}
"""
_RECUSE = """
INSERT INTO recusal (judge, entry, conflict, recused_at) VALUES ($1, $2, $3, $4) ON CONFLICT (judge, entry) DO NOTHING
"""


async def forbidden(found: RoundRef) -> set[tuple[UUID, UUID]]:
    """Return the (entry, judge) pairs that may not be assigned: recusals, and proposals nobody has decided."""
    return {(row["entry"], row["judge"]) for row in await fetch(_FORBIDDEN, found.category)}


async def recused(found: RoundRef) -> set[tuple[UUID, UUID]]:
    """Return the (entry, judge) pairs that are recused for ever."""
    return {(row["entry"], row["judge"]) for row in await fetch(_RECUSED, found.category)}


async def declared_free(judge: UUID, entry: UUID) -> bool:
    """Whether a judge may see an entry: it has declared, and neither a recusal nor an open question is between."""
    return await fetch_one(_FREE, judge, entry) is not None


async def free_entries(judge: UUID) -> set[UUID]:
    """Return every entry for which `declared_free` says yes; one statement."""
    return {row["entry"] for row in await fetch(_FREE, judge, None)}


async def recuse(*, judge: UUID, entry: UUID, conflict: UUID | None, now: dt.datetime) -> None:
    """Recuse a judge in the caller's transaction, for ever; a trigger takes assignments of the pair back."""
    await fetch(_RECUSE, judge, entry, conflict, now)
