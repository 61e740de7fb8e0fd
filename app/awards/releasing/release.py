"""Releasing a result: one person proposes it, another one approves it, and everything appears at that moment.

The proposal seals the bundle. Approval makes it again from the tables and compares every byte, so nobody approves what
has changed since. Then, in one transaction: the result, the certificates, and a mail to every applicant.
"""

import asyncio
import datetime as dt
from collections.abc import Mapping
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.entering import members
from app.awards.reach import RoundRef, Texts, any_round
from app.awards.releasing import bundle, gathering, making, votes
from app.awards.releasing.bundle import Inputs
from app.awards.releasing.errors import (
    AlreadyProposed,
    NothingDecided,
    OtherPersonNeeded,
    ProposalOvertaken,
    RoundRunning,
)
from app.awards.schemas import Result
from app.core import audit, jobs
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.people.roles import Principal
from app.people.sessions import accounts_of_human

RUNNERS = frozenset({"secretary", "officer", "admin"})

_STANDS = """
SELECT w.id, w.round, w.proposed_by, w.proposed_at, w.approved_by, w.approved_at, w.digest, w.result,
    p.label AS proposer, q.label AS approver
FROM award_release w JOIN account p ON p.id = w.proposed_by LEFT JOIN account q ON q.id = w.approved_by
WHERE w.round = $1 AND w.withdrawn_at IS NULL
"""
_ADD = """
INSERT INTO award_release (id, round, proposed_by, proposed_at, bundle, digest, result)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_APPROVE = "UPDATE award_release SET approved_by = $2, approved_at = $3, result = $4 WHERE id = $1"
_RELEASED = "UPDATE award_round SET state = 'released', revision = revision + 1 WHERE id = $1"


class Proposal(Struct, frozen=True, kw_only=True):
    """A result that was proposed and not withdrawn; released once it is approved."""

    id: UUID
    round: UUID
    proposed_by: UUID
    proposed_at: dt.datetime
    proposer: str
    approved_by: UUID | None
    approved_at: dt.datetime | None
    approver: str | None
    digest: bytes
    result: Result

    @property
    def released(self) -> bool:
        """Whether everybody sees it."""
        return self.approved_at is not None


async def standing(round_id: UUID) -> Proposal | None:
    """Return the proposal of a round that stands."""
    row = await fetch_one(_STANDS, round_id)
    return None if row is None else _proposal(row)


def _proposal(row: asyncpg.Record) -> Proposal:
    return Proposal(**{**dict(row), "result": msgspec.json.decode(row["result"], type=Result)})


@repeated
async def propose(
    *, found: RoundRef, principal: Principal, words: Mapping[UUID, Texts] = {}, now: dt.datetime
) -> UUID:  # read only
    """Seal the bundle of a closed round and propose its result, with the jury's words on each winner.

    Raises `RoundRunning`, `AlreadyProposed`, `NothingDecided`.
    """
    account, locked = _runner(principal), await _locked(found.id)
    if locked.state != "closed" or not votes.is_over(locked, now):
        raise AlreadyProposed if locked.state == "released" else RoundRunning
    if await standing(found.id):
        raise AlreadyProposed
    given = await gathering.inputs(locked, votes=await votes.tally(locked, now=now))
    if given.decided is None:
        raise NothingDecided
    made, data = uuid4(), await asyncio.to_thread(bundle.sealed, given)
    digest = bundle.digest(data)
    result = await making.result(made, locked, given, words=words, digest=digest, now=now)
    text = msgspec.json.encode(result).decode()
    await fetch(_ADD, made, found.id, account, now, data, digest, text)
    await _record(principal, "propose", locked, now, release=str(made), digest=digest.hex())
    return made


@repeated
async def approve(*, found: RoundRef, release: UUID, principal: Principal, now: dt.datetime) -> None:
    """Release a result that somebody else proposed. Raises `OtherPersonNeeded`, `ProposalOvertaken`."""
    account, locked = _runner(principal), await _locked(found.id)
    one = await standing(found.id)
    if one is None or one.id != release or one.released:
        raise ProposalOvertaken
    if one.proposed_by in {account, *await accounts_of_human(account)}:
        raise OtherPersonNeeded
    given = await _unchanged(locked, one)
    result = msgspec.structs.replace(one.result, released_at=now)
    await fetch(_APPROVE, release, account, now, msgspec.json.encode(result).decode())
    await fetch(_RELEASED, found.id)
    await _tell(release, given, now)
    await _record(principal, "approve", locked, now, release=str(release), digest=one.digest.hex())


async def _unchanged(found: RoundRef, one: Proposal) -> Inputs:
    """Return what a proposal rests on, or raise `ProposalOvertaken` when its bundle would be another one today.

    The votes are those that were counted for the proposal: a ticket canceled since was valid then.
    """
    row = await fetch_one("SELECT bundle FROM award_release WHERE id = $1", one.id)
    kept: bytes = row["bundle"] if row else b""
    counted = bundle.votes_in(kept)
    given = await gathering.inputs(found, votes=counted)
    if await asyncio.to_thread(bundle.sealed, given) != kept or bundle.digest(kept) != one.digest:
        raise ProposalOvertaken
    return given


async def _tell(release: UUID, given: Inputs, now: dt.datetime) -> None:
    """Promise a mail to every member of every entry of the round."""
    found = await members.of_entries([one.id for one in given.entries])
    payloads = {
        f"award-result:{release}:{one.id}": {"release": str(release), "member": str(one.id)}
        for rows in found.values()
        for one in rows
    }
    await jobs.defer_each("awards.send_result", payloads, now=now)


@repeated
async def withdraw(*, found: RoundRef, release: UUID, principal: Principal, now: dt.datetime) -> None:
    """Withdraw a proposal that is not approved. Raises `ProposalOvertaken` when there is none."""
    _runner(principal)
    locked = await _locked(found.id)
    sql = (
        "UPDATE award_release SET withdrawn_at = $3 WHERE id = $1 AND round = $2 AND approved_at IS NULL"
        " AND withdrawn_at IS NULL RETURNING id"
    )
    if await fetch_one(sql, release, found.id, now) is None:
        raise ProposalOvertaken
    await _record(principal, "withdraw", locked, now, release=str(release))


def _runner(principal: Principal) -> UUID:
    """Return the account of somebody who runs awards, or raise `NotFound`: judges reach rounds as well."""
    if principal.role not in RUNNERS or principal.account is None:
        raise NotFound
    return principal.account


async def _locked(round_id: UUID) -> RoundRef:
    """Return a round; until the transaction ends nothing that refers to it comes in."""
    await fetch_one("SELECT 1 FROM award_round WHERE id = $1 FOR UPDATE", round_id)
    return await any_round(round_id)


async def _record(principal: Principal, act: str, found: RoundRef, now: dt.datetime, **detail: str) -> None:
    await audit.record(
        actor=principal.actor,
        action=f"award_release.{act}",
        subject=f"award:{found.award.id}",
        now=now,
        detail={"round": str(found.id), **detail},
    )
