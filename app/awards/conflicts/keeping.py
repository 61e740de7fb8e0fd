"""Conflicts as rows: what they rest on is sealed, and a tie that was dismissed comes back when it rests on more."""

import datetime as dt
from uuid import UUID, uuid4

import msgspec

from app.awards.conflict_match.ties import Tie
from app.awards.conflicts.schemas import Evidence, Source, State
from app.core.db import fetch_one
from app.core.signing import derived, seal, unseal

_KEEP = """
INSERT INTO conflict (id, judge, entry, source, tie, state, sealed, score, found_at, decided_by, decided_at, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (judge, entry, source, tie) DO UPDATE SET state = EXCLUDED.state, sealed = EXCLUDED.sealed,
    score = EXCLUDED.score, found_at = EXCLUDED.found_at, decided_by = EXCLUDED.decided_by,
    decided_at = EXCLUDED.decided_at, reason = EXCLUDED.reason
WHERE conflict.state <> 'confirmed'
RETURNING id
"""


def sealed(evidence: Evidence) -> bytes:
    """Seal what a conflict rests on."""
    return seal(derived("conflicts"), msgspec.json.encode(evidence))


def opened(kept: bytes) -> Evidence:
    """Open what `sealed` made."""
    return msgspec.json.decode(unseal(derived("conflicts"), kept), type=Evidence)


async def keep(
    *,
    judge: UUID,
    entry: UUID,
    source: Source,
    tie: Tie,
    evidence: Evidence,
    now: dt.datetime,
    score: float | None = None,
    state: State = "proposed",
    account: UUID | None = None,
    reason: str = "",
) -> UUID | None:
    """Write a conflict down in the caller's transaction and return its id; None for one that is confirmed already."""
    decided = None if state == "proposed" else now
    what = (judge, entry, source, tie, state, sealed(evidence), score, now, account, decided, reason)
    row = await fetch_one(_KEEP, uuid4(), *what)
    return row["id"] if row else None
