"""Results that were released, as everybody reads them: before that moment there is nothing to find.

The result of a round that others follow is public only once the last one's is: it could tell the judges of a blind
final who stands behind what they judge.
"""

import datetime as dt
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import reach
from app.awards.reach import AwardRef, Texts
from app.awards.schemas import Result
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound

_COLUMNS = """
SELECT w.id, w.round, w.digest, w.result, r.title, g.id AS category, g.title AS category_title, g.award
FROM award_release w JOIN award_round r ON r.id = w.round JOIN award_category g ON g.id = r.category
WHERE w.approved_at IS NOT NULL AND w.withdrawn_at IS NULL
"""
# A later round without a result of its own keeps the one before it from the public.
_PUBLIC = f"""
{_COLUMNS} AND EXISTS (
    SELECT FROM award_release x JOIN award_round l ON l.id = x.round
    WHERE l.category = g.id AND x.approved_at IS NOT NULL AND x.withdrawn_at IS NULL
        AND NOT EXISTS (SELECT FROM award_round n WHERE n.category = g.id AND n.position > l.position)
)
"""
_OF_AWARD = f"{_PUBLIC} AND g.award = $1 ORDER BY g.position, g.slug, r.position DESC"
_OF_ROUND = f"{_PUBLIC} AND w.round = $1 AND g.award = $2"
_BY_ID = f"{_COLUMNS} AND w.id = $1"
_OF_ENTRY = f"""
{_COLUMNS} AND g.id = (SELECT category FROM award_entry WHERE id = $1) ORDER BY r.position DESC
"""


class Released(Struct, frozen=True, kw_only=True):
    """A released result with what it is the result of."""

    id: UUID
    round: UUID
    award: UUID
    category: UUID
    digest: bytes
    title: Texts
    category_title: Texts
    result: Result


class _Entries(Struct, frozen=True):
    """The little of a bundle that says who was in it."""

    entries: list[dict[str, str | int]]


def _released(row: asyncpg.Record) -> Released:
    texts = {name: msgspec.json.decode(row[name], type=Texts) for name in ("title", "category_title")}
    return Released(**{**dict(row), **texts, "result": msgspec.json.decode(row["result"], type=Result)})


async def of_award(award: AwardRef) -> list[Released]:
    """Return the results of an award that everybody may read, by category, the last round first."""
    return [_released(row) for row in await fetch(_OF_AWARD, award.id)] if award.published_at else []


async def public_award(slug: str) -> tuple[AwardRef, list[Released]]:
    """Return an award with its results, or raise `NotFound` before there is one."""
    found = await reach.any_award(slug)
    results = await of_award(found)
    if not results:
        raise NotFound
    return found, results


async def of_round(slug: str, round_id: UUID) -> Released:
    """Return the public result of a round, or raise `NotFound`."""
    found = await reach.any_award(slug)
    row = await fetch_one(_OF_ROUND, round_id, found.id)
    if row is None or found.published_at is None:
        raise NotFound
    return _released(row)


async def bundle_of(release: UUID) -> bytes:
    """Return the bundle of a result byte for byte, for somebody who may read it."""
    row = await fetch_one("SELECT bundle FROM award_release WHERE id = $1", release)
    if row is None:
        raise NotFound
    found: bytes = row["bundle"]
    return found


async def by_id(release: UUID) -> Released:
    """Return a released result, also of a round that others follow. Raises `NotFound`."""
    row = await fetch_one(_BY_ID, release)
    if row is None:
        raise NotFound
    return _released(row)


async def of_entry(entry: UUID) -> list[Released]:
    """Return the released results of the rounds that an entry was in, the last first: for its own members."""
    rows = await fetch(_OF_ENTRY, entry)
    return [_released(row) for row in rows if await _was_in(row["id"], entry)]


async def _was_in(release: UUID, entry: UUID) -> bool:
    found = msgspec.json.decode(await bundle_of(release), type=_Entries)
    return any(one["id"] == str(entry) for one in found.entries)


def released_on(results: list[Released]) -> dt.datetime:
    """Return when the latest of some results was released."""
    return max(one.result.released_at for one in results)
