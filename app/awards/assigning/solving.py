"""Runs of the optimisation: asked for, worked out by a job, then taken or discarded by the secretary."""

import datetime as dt
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.assigning import child, writing
from app.awards.assigning.asked import Asked, Keep, decode, encode, panels_of
from app.awards.assigning.child import Answer, Question
from app.awards.assigning.errors import ProposalDecided, ProposalOutdated
from app.awards.assigning.ground import asked, locked
from app.awards.reach import RoundRef
from app.core import audit, jobs
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.people.roles import Principal

State = Literal["asked", "solved", "impossible", "late", "taken", "discarded"]
SECONDS = 30.0
"""How long the optimisation may take; with all around it less than a job may (`jobs.LONGEST`)."""
_ONE = "SELECT id, round, state, wishes, certificate, asked_at, solved_at, taken_at FROM assignment_run"
_ADD = """
INSERT INTO assignment_run (id, round, state, wishes, certificate, account, asked_at)
VALUES ($1, $2, 'asked', $3, '', $4, $5)
"""
_DECIDE = "UPDATE assignment_run SET state = $2, taken_at = $3 WHERE id = $1"
OPEN: frozenset[State] = frozenset({"asked", "solved", "impossible", "late"})
"""States of a run that nobody has decided about."""


class Run(Struct, frozen=True, kw_only=True):
    """A run: what was asked, and the answer once there is one."""

    id: UUID
    round: UUID
    state: State
    asked: Asked
    answer: Answer | None
    asked_at: dt.datetime
    solved_at: dt.datetime | None
    taken_at: dt.datetime | None


async def ask(
    *, found: RoundRef, keep: Keep, leaving: UUID | None = None, principal: Principal, now: dt.datetime
) -> UUID:
    """Ask for a proposal; one that is being worked out for the same wishes is returned, any other is discarded.

    With `leaving` that judge keeps only what was submitted, and others take the rest. Raises `NothingToAssign`,
    `AssigningOver`, and `NotFound` for a judge who does not sit.
    """
    async with transaction():
        known = await locked(found)
        if leaving is not None and leaving not in known.judges:
            raise NotFound
        wishes = encode(asked(known, keep=keep, leaving=leaving))
        last = await _latest(found.id)
        if last is not None and last["state"] == "asked" and last["wishes"] == wishes:
            return UUID(str(last["id"]))
        await fetch(
            "UPDATE assignment_run SET state = 'discarded' WHERE round = $1 AND state = ANY($2)", found.id, list(OPEN)
        )
        made = uuid4()
        await fetch(_ADD, made, found.id, wishes, principal.account, now)
        await jobs.defer("awards.solve_assignment", run=str(made), now=now)
        await _note(principal, "assignment.ask", found.id, now, run=made)
        return made


async def solve(*, run: UUID, now: dt.datetime) -> None:
    """Work out a run that still waits, and keep the answer."""
    row = await fetch_one(f"{_ONE} WHERE id = $1 AND state = 'asked'", run)
    if row is None:
        return
    answer = await child.ask(Question(decode(row["wishes"]), SECONDS))
    state = "solved" if answer.certificate else "impossible" if answer.clashes else "late"
    await fetch(
        "UPDATE assignment_run SET state = $2, certificate = $3, solved_at = $4 WHERE id = $1 AND state = 'asked'",
        run,
        state,
        msgspec.json.encode(answer, order="sorted").decode(),
        now,
    )


async def latest(round_id: UUID) -> Run | None:
    """Return the run of a round that was asked for last, if any."""
    row = await _latest(round_id)
    return None if row is None else _run(row)


async def _latest(round_id: UUID) -> asyncpg.Record | None:
    return await fetch_one(f"{_ONE} WHERE round = $1 ORDER BY asked_at DESC, id DESC LIMIT 1", round_id)


async def one(*, found: RoundRef, run: UUID) -> Run:
    """Return a run of a round. Raises `NotFound`."""
    row = await fetch_one(f"{_ONE} WHERE id = $1 AND round = $2", run, found.id)
    if row is None:
        raise NotFound
    return _run(row)


def _run(row: asyncpg.Record) -> Run:
    answer = msgspec.json.decode(row["certificate"], type=Answer) if row["certificate"] else None
    same = {name: row[name] for name in ("id", "round", "state", "asked_at", "solved_at", "taken_at")}
    return Run(**same, asked=decode(row["wishes"]), answer=answer)


async def take(*, found: RoundRef, run: UUID, principal: Principal, now: dt.datetime) -> None:
    """Let a proposal stand: pairs that are not in it are taken back.

    Raises `ProposalOutdated` when the same question would be another one now, `ProposalDecided` when it is not open.
    """
    async with transaction():
        known = await locked(found)
        proposal = await _open(found, run, {"solved"})
        answer, old = proposal.answer, proposal.asked
        leaving = UUID(old.leaving) if old.leaving else None
        if answer is None or encode(asked(known, keep=old.keep, leaving=leaving)) != encode(old):
            raise ProposalOutdated
        change = await writing.let_stand(
            known, panels_of(answer.panels), source="solved", reason="solved again", now=now, stamp=str(run)
        )
        await fetch(_DECIDE, run, "taken", now)
        await _note(principal, "assignment.take", found.id, now, run=run, added=change.added, removed=change.removed)


async def discard(*, found: RoundRef, run: UUID, principal: Principal, now: dt.datetime) -> None:
    """Let a proposal go, also while it is being worked out. Raises `ProposalDecided`, `NotFound`."""
    async with transaction():
        await locked(found)
        await _open(found, run, OPEN)
        await fetch(_DECIDE, run, "discarded", None)
        await _note(principal, "assignment.discard", found.id, now, run=run)


async def _open(found: RoundRef, run: UUID, states: frozenset[State] | set[State]) -> Run:
    await fetch_one("SELECT 1 FROM assignment_run WHERE id = $1 FOR UPDATE", run)
    proposal = await one(found=found, run=run)
    if proposal.state not in states:
        raise ProposalDecided
    return proposal


async def _note(principal: Principal, action: str, round_id: UUID, now: dt.datetime, **detail: object) -> None:
    said = {name: str(value) if isinstance(value, UUID) else value for name, value in detail.items()}
    await audit.record(actor=principal.actor, action=action, subject=f"round:{round_id}", now=now, detail=said)
