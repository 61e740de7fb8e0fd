"""Who of a panel has how much done: for the secretary, without a single score."""

import datetime as dt
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.scoring.amounts import Amount, amount
from app.awards.scoring.saving import DECLARED, FREE, WORK
from app.awards.scoring.sheets import STANDS
from app.core.db import fetch

AT_WORK = f"""
WITH work AS (
    SELECT a.judge, count(*) FILTER (WHERE {WORK}) AS assigned,
        count(*) FILTER (WHERE NOT {DECLARED}) AS undeclared,
        count(s.assignment) FILTER (WHERE s.submitted_at IS NULL AND {FREE}) AS begun,
        count(s.assignment) FILTER (WHERE s.submitted_at IS NOT NULL AND {FREE}) AS submitted,
        max(s.saved_at) AS saved_at
    FROM assignment a JOIN award_entry e ON e.id = a.entry LEFT JOIN sheet s ON s.assignment = a.id
    WHERE a.round = $1 AND {STANDS} GROUP BY a.judge
), pairs AS (
    SELECT c.judge, count(*) AS compared, max(c.made_at) AS made_at
    FROM comparison c WHERE c.round = $1 GROUP BY c.judge
)
SELECT j.id AS judge, j.pseudonym, j.account, k.label, coalesce(w.assigned, 0) AS assigned,
    coalesce(w.undeclared, 0) AS undeclared, coalesce(w.begun, 0) AS begun, coalesce(w.submitted, 0) AS submitted,
    coalesce(p.compared, 0) AS compared, b.submitted_at IS NOT NULL AS ranked,
    greatest(w.saved_at, p.made_at, b.saved_at) AS saved_at
FROM judge j JOIN account k ON k.id = j.account LEFT JOIN work w ON w.judge = j.id LEFT JOIN pairs p ON p.judge = j.id
LEFT JOIN rank_ballot b ON b.round = $1 AND b.judge = j.id
WHERE w.judge IS NOT NULL OR EXISTS (
    SELECT FROM panel_seat t WHERE t.round = $1 AND t.judge = j.id AND t.left_at IS NULL
)
ORDER BY j.pseudonym
"""


class AtWork(Struct, frozen=True, kw_only=True):
    """A judge in a round; `saved_at` is when it last wrote something."""

    judge: UUID
    pseudonym: str
    account: UUID
    label: str
    method: str
    assigned: int
    undeclared: int
    begun: int
    submitted: int
    compared: int
    ranked: bool
    saved_at: dt.datetime | None

    @property
    def amount(self) -> Amount:
        """How much there is to do, and how much is done."""
        return amount(self.method, self)


async def at_work(found: RoundRef) -> list[AtWork]:
    """Return the judges of a round by pseudonym, those who left it without anything to judge excepted."""
    return [_at_work(row, found.method) for row in await fetch(AT_WORK, found.id)]


def _at_work(row: asyncpg.Record, method: str) -> AtWork:
    return AtWork(method=method, **row)


def whole(judges: list[AtWork]) -> Amount:
    """Return the work of all of them."""
    return Amount(sum(one.amount.done for one in judges), sum(one.amount.all for one in judges))
