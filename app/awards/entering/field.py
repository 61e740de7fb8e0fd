"""Which entries are in a round, and which version of each is judged."""

from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import reach
from app.awards.reach import RoundRef
from app.awards.schemas import Said, Texts
from app.core.db import fetch, fetch_one, transaction


class FieldEntry(Struct, frozen=True, kw_only=True):
    """An entry as a round knows it; `digest` names the version judged, `languages` are those it is written in."""

    id: UUID
    number: int
    version: UUID
    digest: bytes
    title: Texts
    languages: tuple[str, ...]
    topics: tuple[str, ...]


class _Head(Struct, frozen=True):
    """The little of a version's text that a list needs."""

    texts: dict[str, dict[str, Said]]
    topics: tuple[str, ...] = ()


_HANDED_IN = """
SELECT e.id, e.number, v.id AS version, v.digest, v.body FROM award_entry e JOIN entry_version v ON v.id = e.pinned
WHERE e.category = $1 AND e.state = 'submitted' AND ($2::uuid[] IS NULL OR e.id = ANY($2)) ORDER BY e.number
"""
_BEFORE = "SELECT id FROM award_round WHERE category = $1 AND position < $2 ORDER BY position DESC LIMIT 1"
_head = msgspec.json.Decoder(_Head).decode


async def in_round(round: RoundRef) -> list[FieldEntry]:  # noqa: A002  # as every caller names it
    """Return the entries of a round by their number: handed in, not withdrawn, and let through by the round before."""
    through = await _let_through(round)
    ids = None if through is None else list(through)
    return [_entry(row) for row in await fetch(_HANDED_IN, round.category, ids)]


def _entry(row: asyncpg.Record) -> FieldEntry:
    head = _head(row["body"])
    title = {tag: said.text for tag, said in head.texts.get("title", {}).items()}
    return FieldEntry(
        id=row["id"],
        number=row["number"],
        version=row["version"],
        digest=row["digest"],
        title=title,
        languages=tuple(sorted({tag for said in head.texts.values() for tag in said})),
        topics=head.topics,
    )


async def _let_through(found: RoundRef) -> set[UUID] | None:
    """Return the entries that the round before lets through, None for all where there is no round before.

    A round of judging lets through whom its released result names; screening whom it passed. An eligibility round may
    also be judged by a panel: then its released result says who goes on, unless the secretary has decided otherwise.
    """
    row = await fetch_one(_BEFORE, found.category, found.position)
    if row is None:
        return None
    before = await reach.any_round(row["id"])
    carried = await _carried(before) if await _is_released(before.id) else set()
    if before.kind != "eligibility":
        return carried
    screened = await outcomes(before.id)
    passed = {entry for entry, outcome in screened.items() if outcome == "passed"}
    earlier = await _let_through(before)
    through = passed | (carried - screened.keys())
    return through if earlier is None else through & earlier


async def _is_released(round_id: UUID) -> bool:
    row = await fetch_one(
        "SELECT 1 FROM award_release WHERE round = $1 AND approved_at IS NOT NULL AND withdrawn_at IS NULL", round_id
    )
    return row is not None


async def _carried(before: RoundRef) -> set[UUID]:
    from app.awards.deciding.carrying import carried  # noqa: PLC0415  # what is decided stands on who is in a round

    return set(await carried(before))


_OUTCOMES = """
SELECT DISTINCT ON (s.entry) s.entry, s.outcome FROM screening s JOIN award_entry e ON e.id = s.entry
WHERE s.round = $1 AND s.decided_at >= e.submitted_at ORDER BY s.entry, s.id DESC
"""


async def outcomes(round_id: UUID) -> dict[UUID, str]:
    """Return the latest decision of screening about each entry, as it is handed in now: a new version is asked anew."""
    return {row["entry"]: row["outcome"] for row in await fetch(_OUTCOMES, round_id)}


async def pin(round: RoundRef) -> None:  # noqa: A002  # as every caller names it
    """Pin the versions that a round judges, in the transaction that opens it; its category is locked until its end.

    An entry handed in has its version already. From now on a trigger keeps it, unless this round is a screening.
    """
    async with transaction():
        await fetch("SELECT id FROM award_category WHERE id = $1 FOR UPDATE", round.category)
        await fetch(
            "UPDATE award_entry e SET pinned = (SELECT v.id FROM entry_version v WHERE v.entry = e.id"
            " ORDER BY v.number DESC LIMIT 1) WHERE e.category = $1 AND e.state = 'submitted' AND e.pinned IS NULL",
            round.category,
        )
