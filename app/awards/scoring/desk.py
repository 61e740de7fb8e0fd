"""The desk a judge sits at: a round that has opened, its pinned rubric, and who the judge is."""

import datetime as dt
from functools import lru_cache
from uuid import UUID

from msgspec import Struct

from app.awards import reach
from app.awards.reach import JudgeRef, RoundRef
from app.awards.rubric import Rubric
from app.awards.scoring.sheet import Brief
from app.awards.setting import rules
from app.awards.windows import Phase, accepts, phase
from app.core.errors import NotFound
from app.people.roles import Principal

WITH_RUBRIC = frozenset({"scores", "pass_fail"})


class Desk(Struct, frozen=True, kw_only=True):
    """A judge in a round, with what sheets are held against there."""

    judge: JudgeRef
    round: RoundRef
    brief: Brief

    @property
    def address(self) -> str:
        """The page of the judge's queue."""
        return f"/judging/{self.round.award.slug}/{self.round.id}"


async def desk(*, award: str, round_id: UUID, principal: Principal) -> Desk:
    """Return the judge's desk in a round of an award (by slug); `NotFound` for others, and before the round opened."""
    found = await opened_round(award=award, round_id=round_id, principal=principal)
    judge = await reach.judge(found.award.id, principal)
    return Desk(judge=judge, round=found, brief=brief_of(found))


async def opened_round(*, award: str, round_id: UUID, principal: Principal) -> RoundRef:
    """Return a round that has opened, of an award that `principal` runs or judges in. Raises `NotFound`."""
    found = await reach.round_of(round_id, principal)
    if found.award.slug != award or found.rules is None:
        raise NotFound
    return found


def brief_of(found: RoundRef) -> Brief:
    """Return what sheets are held against; pairs and orders need no rubric. Raises `NotFound` for a draft."""
    if found.rules is None:
        raise NotFound
    return Brief(found.method, _pinned(found.rules) if found.method in WITH_RUBRIC else None)


@lru_cache(maxsize=64)
def _pinned(text: str) -> Rubric | None:
    return rules.decode(text).rubric


def phase_of(found: RoundRef, now: dt.datetime) -> Phase:
    """Return where a moment lies in the window of a round; one that the secretary has closed is closed."""
    return phase(now, found.opens_at, found.closes_at, found.grace_ms) if found.state == "open" else "closed"


def takes(found: RoundRef, now: dt.datetime) -> bool:
    """Whether sheets are taken in a round at a moment."""
    return found.state == "open" and accepts(now, found.opens_at, found.closes_at, found.grace_ms)
