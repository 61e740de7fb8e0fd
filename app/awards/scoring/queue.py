"""What waits for a judge: its awards and rounds, and in a round its entries with how far each has come."""

import datetime as dt
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.schemas import Texts
from app.awards.scoring.amounts import Amount, amount
from app.awards.scoring.desk import Desk
from app.awards.scoring.saving import DECLARED, FREE, WORK, saved_of
from app.awards.scoring.sheet import State
from app.awards.scoring.sheets import STANDS
from app.awards.windows import Phase, phase
from app.core.db import fetch
from app.people.roles import Principal

Filter = Literal["", "open", "submitted"]
PAGE = 50
"""Entries on one page of a queue."""

_QUEUE = f"""
SELECT a.entry, e.number, {FREE} AS free, {DECLARED} AS declared, s.assignment IS NOT NULL AS kept,
    s.revision, s.saved_at, s.submitted_at,
    s."values", s.verdict, s.abstained, '' AS to_applicant, '' AS to_committee
FROM assignment a JOIN award_entry e ON e.id = a.entry LEFT JOIN sheet s ON s.assignment = a.id
WHERE a.round = $1 AND a.judge = $2 AND {STANDS} ORDER BY e.number, e.id
"""
_ROUNDS = f"""
SELECT w.slug, w.title AS award_title, r.id, r.title, g.title AS category_title, r.method, r.opens_at, r.closes_at,
    r.grace_ms, r.zone, r.state,
    count(a.id) FILTER (WHERE {WORK}) AS assigned, count(a.id) FILTER (WHERE NOT {DECLARED}) AS undeclared,
    count(s.assignment) FILTER (WHERE s.submitted_at IS NOT NULL AND {FREE}) AS submitted,
    (SELECT count(*) FROM comparison c WHERE c.round = r.id AND c.judge = j.id) AS compared,
    EXISTS (SELECT FROM rank_ballot b WHERE b.round = r.id AND b.judge = j.id AND b.submitted_at IS NOT NULL) AS ranked
FROM judge j JOIN award w ON w.id = j.award JOIN award_category g ON g.award = w.id
JOIN award_round r ON r.category = g.id AND r.opened_at IS NOT NULL
JOIN assignment a ON a.round = r.id AND a.judge = j.id JOIN award_entry e ON e.id = a.entry AND {STANDS}
LEFT JOIN sheet s ON s.assignment = a.id
WHERE j.account = $1 AND ($2::uuid[] IS NULL OR w.id = ANY($2))
GROUP BY j.id, w.id, r.id, g.id ORDER BY r.closes_at, w.slug, g.position, r.position
"""


_TAKEN = ("method", "closes_at", "zone", "assigned", "undeclared", "submitted", "compared", "ranked")


class Line(Struct, frozen=True, kw_only=True):
    """An entry in a judge's queue; `answered` of the sheet's questions."""

    entry: UUID
    number: int
    state: State
    abstained: bool
    answered: int
    saved_at: dt.datetime | None


class Queue(Struct, frozen=True, kw_only=True):
    """A judge's entries in a round, by number, and how many there are to declare for.

    Those are counted only: a list of them would tell, by what is missing afterwards, which entry a tie is about.
    """

    lines: tuple[Line, ...]
    undeclared: int

    @property
    def submitted(self) -> int:
        """How many sheets are submitted."""
        return sum(line.state == "submitted" for line in self.lines)

    def ready(self, questions: int) -> list[UUID]:
        """Return the entries whose sheet is complete and not yet submitted."""
        return [
            line.entry
            for line in self.lines
            if line.state == "begun" and (line.abstained or line.answered == questions)
        ]

    def shown(self, which: Filter) -> list[Line]:
        """Return the entries of a filter."""
        return [line for line in self.lines if which == "" or (line.state == "submitted") == (which == "submitted")]

    def beside(self, entry: UUID) -> tuple[Line | None, Line | None]:
        """Return the entries before and after one."""
        places = [n for n, line in enumerate(self.lines) if line.entry == entry]
        if not places:
            return None, None
        n = places[0]
        return (self.lines[n - 1] if n else None), (self.lines[n + 1] if n + 1 < len(self.lines) else None)

    def next_open(self, entry: UUID) -> Line | None:
        """Return the first entry after one, else from the beginning, whose sheet is not submitted."""
        n = next((n for n, line in enumerate(self.lines) if line.entry == entry), 0)
        around = (*self.lines[n + 1 :], *self.lines[:n])
        return next((line for line in around if line.state != "submitted"), None)


class Sitting(Struct, frozen=True, kw_only=True):
    """A round in which somebody judges, with how far it has come."""

    award: str
    award_title: Texts
    round: UUID
    title: Texts
    category_title: Texts
    method: str
    closes_at: dt.datetime
    zone: str
    phase: Phase
    assigned: int
    undeclared: int
    submitted: int
    compared: int
    ranked: bool

    @property
    def amount(self) -> Amount:
        """How much there is to do, and how much is done."""
        return amount(self.method, self)

    @property
    def address(self) -> str:
        """The page of its queue."""
        return f"/judging/{self.award}/{self.round}"


async def queue(sitting: Desk) -> Queue:
    """Return a judge's queue; one statement, however many entries there are."""
    rows = await fetch(_QUEUE, sitting.round.id, sitting.judge.id)
    lines = tuple(_line(sitting, row) for row in rows if row["free"])
    return Queue(lines=lines, undeclared=sum(not row["declared"] for row in rows))


def _line(sitting: Desk, row: asyncpg.Record) -> Line:
    saved = saved_of(row) if row["kept"] else None
    state: State = "new" if saved is None else ("begun" if saved.submitted_at is None else "submitted")
    return Line(
        entry=row["entry"],
        number=row["number"],
        state=state,
        abstained=saved is not None and saved.sheet.abstained,
        answered=sitting.brief.answered(saved.sheet) if saved else 0,
        saved_at=row["saved_at"],
    )


async def sittings(principal: Principal, now: dt.datetime) -> list[Sitting]:
    """Return the rounds in which somebody has entries to judge, what ends first at the top."""
    if principal.role != "judge":
        return []
    return [_sitting(row, now) for row in await fetch(_ROUNDS, principal.account, principal.scope.awards)]


def _sitting(row: asyncpg.Record, now: dt.datetime) -> Sitting:
    words = msgspec.json.Decoder(Texts).decode
    window = phase(now, row["opens_at"], row["closes_at"], row["grace_ms"])
    return Sitting(
        award=row["slug"],
        award_title=words(row["award_title"]),
        round=row["id"],
        title=words(row["title"]),
        category_title=words(row["category_title"]),
        phase=window if row["state"] == "open" else "closed",
        **{name: row[name] for name in _TAKEN},
    )
