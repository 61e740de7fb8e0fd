"""Conflicts of a round as those who run the award see them: without the names behind them."""

from uuid import UUID

import asyncpg
import msgspec

from app.awards.conflicts.schemas import ConflictOut, Conflicts, Undeclared
from app.awards.entering import field
from app.awards.reach import RoundRef
from app.awards.schemas import Texts
from app.awards.setting.panels import panel
from app.core.db import fetch
from app.core.errors import NotFound
from app.people.roles import Principal

_LIST = """
SELECT c.id, c.judge, j.pseudonym, a.label, c.entry, e.number, c.source, c.tie, c.state, c.score, c.found_at,
    c.decided_at, c.reason, v.body::jsonb #> '{texts,title}' AS title
FROM conflict c JOIN award_entry e ON e.id = c.entry JOIN judge j ON j.id = c.judge JOIN account a ON a.id = j.account
    LEFT JOIN entry_version v ON v.id = e.pinned
WHERE e.category = $1 AND ($2::uuid IS NULL OR c.id = $2)
ORDER BY c.state <> 'proposed', e.number, j.pseudonym, c.source, c.tie
"""
_DECLARED = """
SELECT d.judge, d.entry FROM declaration d JOIN award_entry e ON e.id = d.entry
WHERE e.category = $1 AND d.outdated_at IS NULL
UNION SELECT r.judge, r.entry FROM recusal r JOIN award_entry e ON e.id = r.entry WHERE e.category = $1
"""
_WAITING = """
SELECT a.slug, r.id AS round, count(*) AS n, min(c.found_at) AS since
FROM conflict c JOIN award_entry e ON e.id = c.entry JOIN award_category g ON g.id = e.category
    JOIN award a ON a.id = g.award
    JOIN LATERAL (SELECT id FROM award_round WHERE category = g.id AND state <> 'released'
                  ORDER BY position LIMIT 1) r ON true
WHERE c.state = 'proposed' AND e.state = 'submitted' AND ($1::uuid[] IS NULL OR a.id = ANY($1))
GROUP BY a.slug, r.id ORDER BY a.slug, r.id
"""


async def conflicts(found: RoundRef) -> Conflicts:
    """Return the conflicts of a round's category, what waits first, and who has not declared yet."""
    rows = await fetch(_LIST, found.category, None)
    return Conflicts([_out(row) for row in rows], await _undeclared(found))


async def conflict(found: RoundRef, conflict_id: UUID) -> ConflictOut:
    """Return one conflict. Raises `NotFound`."""
    rows = await fetch(_LIST, found.category, conflict_id)
    if not rows:
        raise NotFound
    return _out(rows[0])


def _out(row: asyncpg.Record) -> ConflictOut:
    said = msgspec.json.decode(row["title"] or "{}", type=dict[str, dict[str, str]])
    title: Texts = {tag: one["text"] for tag, one in said.items()}
    return ConflictOut(**{**dict(row), "title": title})


async def _undeclared(found: RoundRef) -> list[Undeclared]:
    declared = {(row["judge"], row["entry"]) for row in await fetch(_DECLARED, found.category)}
    entries = [entry.id for entry in await field.in_round(found)]
    counted = (
        Undeclared(s.judge, s.pseudonym, s.label, sum((s.judge, entry) not in declared for entry in entries))
        for s in await panel(found.id)
    )
    return [one for one in counted if one.entries]


async def waiting(principal: Principal) -> list[asyncpg.Record]:
    """Return (slug, round, n, since) of every award in reach that has conflicts to be decided."""
    return await fetch(_WAITING, principal.scope.awards)
