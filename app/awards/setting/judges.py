"""Who judges: an account of the role becomes a judge of its awards, with a pseudonym and a profile."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.conflicts.promises import profile_changed
from app.awards.reach import AwardRef, JudgeRef
from app.awards.schemas import JudgeProfile
from app.awards.setting.awards import note
from app.awards.setting.edits import ProfileEdit, choices_wrong
from app.awards.topics import TOPICS
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.signing import derived, seal, unseal
from app.events.changes import refuse
from app.people.roles import Principal
from app.people.scopes import of_row

_LIST = """
SELECT j.id, j.pseudonym, j.account, c.label, j.languages, j.topics, j.sealed, c.suspended_at IS NOT NULL AS suspended,
    (SELECT count(*) FROM panel_seat s WHERE s.judge = j.id AND s.left_at IS NULL) AS seats
FROM judge j JOIN account c ON c.id = j.account WHERE j.award = $1 ORDER BY j.pseudonym
"""
_WAITING = """
SELECT c.id FROM account c WHERE c.role = 'judge' AND c.suspended_at IS NULL AND c.scope -> 'awards' ? $1::text
    AND NOT EXISTS (SELECT FROM judge j WHERE j.award = $2 AND j.account = c.id)
ORDER BY c.created_at, c.id
"""
_NUMBER = "SELECT coalesce(max(substr(pseudonym, 2)::int), 0) + 1 FROM judge WHERE award = $1"
_ADD = """
INSERT INTO judge (id, award, account, pseudonym, sealed, languages, topics, created_at)
VALUES ($1, $2, $3, $4, $5, '[]', '[]', $6)
"""
_SAVE = "UPDATE judge SET sealed = $2, languages = $3, topics = $4 WHERE id = $1"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class Sitting(Struct, frozen=True, kw_only=True):
    """A judge in the list of an award; `seats` on panels that it has not left."""

    id: UUID
    pseudonym: str
    account: UUID
    label: str
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    profile: JudgeProfile
    suspended: bool
    seats: int

    @property
    def edit(self) -> ProfileEdit:
        """The profile as its form shows it."""
        told = {"languages": self.languages, "topics": self.topics}
        return msgspec.convert(msgspec.to_builtins(self.profile) | told, ProfileEdit)


def sealed(profile: JudgeProfile) -> bytes:
    """Seal a profile as `judge.sealed` keeps it."""
    return seal(derived("judge-profiles"), msgspec.json.encode(profile))


def opened(kept: bytes) -> JudgeProfile:
    """Open what `sealed` made; what was emptied in time is an empty profile."""
    return (
        JudgeProfile() if not kept else msgspec.json.decode(unseal(derived("judge-profiles"), kept), type=JudgeProfile)
    )


async def profiles(judges: Iterable[UUID]) -> dict[UUID, JudgeProfile]:
    """Return the profiles of these judges."""
    rows = await fetch("SELECT id, sealed FROM judge WHERE id = ANY($1::uuid[])", list(judges))
    return {row["id"]: opened(row["sealed"]) for row in rows}


async def judges_of(award: UUID) -> list[Sitting]:
    """Return the judges of an award by their pseudonyms."""
    return [_sitting(row) for row in await fetch(_LIST, award)]


def _sitting(row: asyncpg.Record) -> Sitting:
    lists = {name: tuple(msgspec.json.decode(row[name])) for name in ("languages", "topics")}
    values: dict[str, Any] = {**dict(row), **lists, "profile": opened(row["sealed"])}
    return Sitting(**{name: values[name] for name in Sitting.__struct_fields__})


async def one_judge(*, award: AwardRef, judge: UUID) -> Sitting:
    """Return a judge of an award, or raise `NotFound`."""
    found = next((one for one in await judges_of(award.id) if one.id == judge), None)
    if found is None:
        raise NotFound
    return found


async def waiting(award: AwardRef) -> list[UUID]:
    """Return the accounts that may judge in an award and have no number there yet, in the order in which they came."""
    return [row["id"] for row in await fetch(_WAITING, str(award.id), award.id)]


async def number_waiting(*, principal: Principal, award: AwardRef, now: dt.datetime) -> None:
    """Make judges of the accounts that may judge in an award, such as those whose reach was widened by the office."""
    async with transaction():
        made = [await be_judge(award=award.id, account=account, now=now) for account in await waiting(award)]
        await note(principal, "judge.number", award.id, now, judges=len(made))


async def welcome(account: UUID, now: dt.datetime) -> None:
    """Make an account a judge of the awards it has just been invited to, if it is to judge at all."""
    row = await fetch_one("SELECT scope FROM account WHERE id = $1 AND role = 'judge'", account)
    for award in of_row(row).awards or () if row else ():
        await be_judge(award=award, account=account, now=now)


async def be_judge(*, award: UUID, account: UUID, now: dt.datetime) -> JudgeRef:
    """Return an account as a judge of an award; the first time it gets the next pseudonym.

    Two at once queue for the award, so that no pseudonym is given twice.
    """
    async with transaction():
        await fetch(_ONE_AT_A_TIME, f"judge {award}")
        row = await fetch_one(
            "SELECT id, award, account, pseudonym FROM judge WHERE award = $1 AND account = $2", award, account
        )
        if row is not None:
            return JudgeRef(**row)
        number = await fetch_one(_NUMBER, award)
        assert number is not None  # noqa: S101  # an aggregate has a row
        made = JudgeRef(id=uuid4(), award=award, account=account, pseudonym=f"J{number[0]:02}")
        await fetch(_ADD, made.id, award, account, made.pseudonym, sealed(JudgeProfile()), now)
        await profile_changed(judge=made.id, now=now)  # by the name of the account
        return made


async def save_profile(
    *, award: AwardRef, judge: UUID, principal: Principal, wish: ProfileEdit, now: dt.datetime
) -> None:
    """Keep what may tie a judge to entries; empty lines are left out. Raises `Invalid` for an unknown topic."""
    refuse(choices_wrong(("topics", topic, TOPICS) for topic in wish.topics))
    told = {name: _told(getattr(wish, name)) for name in JudgeProfile.__struct_fields__}
    async with transaction():
        await fetch(
            _SAVE,
            judge,
            sealed(JudgeProfile(**told)),
            msgspec.json.encode(wish.languages).decode(),
            msgspec.json.encode(_told(wish.topics)).decode(),
        )
        await note(principal, "judge.profile", award.id, now, judge=str(judge))
        await profile_changed(judge=judge, now=now)


def _told(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
