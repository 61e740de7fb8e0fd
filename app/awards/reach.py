"""Which awards, rounds and entries somebody may touch: other people's are not found."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.db import fetch_one
from app.core.errors import NotFound
from app.people.roles import Principal

Texts = dict[str, str]
ROLES = frozenset({"secretary", "judge", "officer", "admin"})
_words = msgspec.json.Decoder(Texts).decode


class AwardRef(msgspec.Struct, frozen=True, kw_only=True):
    """An award as the pages below it need it; `languages` in its order."""

    id: UUID
    slug: str
    convention: UUID
    convention_slug: str
    convention_title: Texts
    zone: str
    title: Texts
    languages: tuple[str, ...]
    published_at: dt.datetime | None


class RoundRef(msgspec.Struct, frozen=True, kw_only=True):
    """A round with its category and award; `rules` is the pinned text once it has opened."""

    id: UUID
    award: AwardRef
    category: UUID
    category_title: Texts
    title: Texts
    position: int
    kind: str
    method: str
    rubric: UUID | None
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    each: int
    unlinked: bool
    least: int
    most: int
    blind: bool
    peers: str
    carry: str
    carry_count: int
    best: int
    missing_rule: str
    tie_rule: str
    public_percent: int
    vote_opens_at: dt.datetime | None
    vote_closes_at: dt.datetime | None
    state: str
    rules: str | None
    opened_at: dt.datetime | None
    revision: int

    @property
    def ends_at(self) -> dt.datetime:
        """The first moment at which nothing is taken any more: the end with its grace."""
        return self.closes_at + dt.timedelta(milliseconds=self.grace_ms)


class JudgeRef(msgspec.Struct, frozen=True, kw_only=True):
    """A judge of an award: the account behind it and how others know it."""

    id: UUID
    award: UUID
    account: UUID
    pseudonym: str


_AWARD = """
SELECT a.id, a.slug, a.convention, c.slug AS convention_slug, c.title AS convention_title, c.zone, a.title,
       a.languages, a.published_at
FROM award a JOIN convention c ON c.id = a.convention
"""
_ROUND = """
SELECT r.*, g.title AS category_title, g.award AS award_id FROM award_round r JOIN award_category g ON g.id = r.category
WHERE r.id = $1
"""


async def award(name: str | UUID, principal: Principal) -> AwardRef:
    """Return an award, by id or slug, for whoever runs it or judges in it. Raises `NotFound`."""
    found = await any_award(name)
    reach = principal.scope.awards
    if principal.role not in {"secretary", "judge", "officer", "admin"} or (
        reach is not None and found.id not in reach
    ):
        raise NotFound
    return found


async def any_award(name: str | UUID) -> AwardRef:
    """Return an award, by id or slug, for nobody in particular. Raises `NotFound`."""
    column = "id" if isinstance(name, UUID) else "slug"
    row = await fetch_one(f"{_AWARD} WHERE a.{column} = $1", name)
    if row is None:
        raise NotFound
    return _award(row)


async def round_of(round_id: UUID, principal: Principal) -> RoundRef:
    """Return a round of an award that `principal` runs or judges in. Raises `NotFound`."""
    found = await any_round(round_id)
    await award(found.award.id, principal)
    return found


async def any_round(round_id: UUID) -> RoundRef:
    """Return a round for nobody in particular. Raises `NotFound`."""
    row = await fetch_one(_ROUND, round_id)
    if row is None:
        raise NotFound
    decoded: dict[str, Any] = {
        "category_title": _words(row["category_title"]),
        "title": _words(row["title"]),
        "award": await any_award(row["award_id"]),
    }
    return RoundRef(**{name: decoded.get(name, row.get(name)) for name in RoundRef.__struct_fields__})


async def judge(award_id: UUID, principal: Principal) -> JudgeRef:
    """Return `principal` as a judge of an award. Raises `NotFound` for anybody else."""
    row = await fetch_one(
        "SELECT id, award, account, pseudonym FROM judge WHERE award = $1 AND account = $2",
        award_id,
        principal.account,
    )
    if row is None or principal.role != "judge":
        raise NotFound
    return JudgeRef(**row)


def _award(row: asyncpg.Record) -> AwardRef:
    decoded = {
        "convention_title": _words(row["convention_title"]),
        "title": _words(row["title"]),
        "languages": msgspec.json.decode(row["languages"], type=tuple[str, ...]),
    }
    return AwardRef(**{**dict(row), **decoded})
