"""Moving records from card to card: joined, they stand on one; split, each part on its own."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.core.db import fetch
from app.events.errors import WrongState
from app.exchange.joining.identity import By

_MEMBERS = """
SELECT e.id, e.card, e.source, e.uid, e.state IN ('shown', 'missing') AND NOT e.own AS live, c.event, c.created_at
FROM exchanged_event e JOIN card c ON c.id = e.card
WHERE e.card = ANY(SELECT card FROM exchanged_event WHERE id = ANY($1::uuid[]))
ORDER BY c.id FOR UPDATE OF c
"""
_DIFFERENT = """
SELECT one, other FROM likeness WHERE decision = 'different' AND (one = ANY($1::uuid[]) OR other = ANY($1::uuid[]))
"""
_MOVE = """
UPDATE exchanged_event e SET card = m.onto FROM unnest($1::uuid[], $2::uuid[]) AS m (gone, onto) WHERE e.card = m.gone
"""
_GONE = "DELETE FROM card WHERE id = ANY($1::uuid[])"
_RAISE = "UPDATE card SET revision = revision + 1 WHERE id = ANY($1::uuid[])"
_OURS = "UPDATE card SET event = $2 WHERE id = $1"
_KEPT = """
INSERT INTO likeness (id, one, other, score, reasons, found_at, decision, decided_at)
SELECT gen_random_uuid(), least(j.one, j.other), greatest(j.one, j.other), 1, jsonb_build_array(j.by), $4, 'same', $4
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS j (one, other, by)
ON CONFLICT (one, other) DO UPDATE SET score = 1, reasons = excluded.reasons, decision = 'same', decided_at = $4
WHERE likeness.decision = ''
"""


class Group(Struct):
    """A card on its way: its records, their sources with the UIDs they tell, our own event."""

    card: UUID
    event: UUID | None
    created_at: dt.datetime
    records: set[UUID]
    told: dict[UUID, set[str]]


async def join(pairs: Sequence[tuple[UUID, UUID, By | None]], *, now: dt.datetime) -> int:
    """Bring pairs of records onto one card each, in the caller's transaction; return how many cards that spares.

    Never two events of one source, never two events of our own, and nothing that an officer has said is different.
    What joins them is None where an officer says so.
    """
    if not pairs:
        return 0
    groups = _groups(await fetch(_MEMBERS, [one for pair in pairs for one in pair[:2]]))
    apart = await _apart(groups)
    merged: dict[UUID, UUID] = {}
    done: list[tuple[UUID, UUID, By]] = []
    for one, other, by in pairs:
        into, gone = sorted((groups[one], groups[other]), key=lambda g: (g.event is None, g.created_at, g.card))
        if into is not gone and may_join(into, gone, apart):
            _unite(groups, into, gone, merged)
            done += [(one, other, by)] if by else []
    await write(merged)
    await _keep(done, now)
    return len(merged)


def _groups(rows: Iterable[asyncpg.Record]) -> dict[UUID, Group]:
    """Return the card of each record; records of one card have one group."""
    cards: dict[UUID, Group] = {}
    for row in rows:
        group = cards.setdefault(row["card"], Group(row["card"], row["event"], row["created_at"], set(), {}))
        group.records.add(row["id"])
        if row["live"]:
            group.told.setdefault(row["source"], set()).add(row["uid"])
    return {record: group for group in cards.values() for record in group.records}


async def _apart(groups: dict[UUID, Group]) -> set[frozenset[UUID]]:
    ids = [*groups, *(group.event for group in groups.values() if group.event)]
    return {frozenset((row["one"], row["other"])) for row in await fetch(_DIFFERENT, ids)}


def may_join(one: Group, other: Group, apart: Collection[frozenset[UUID]]) -> bool:
    """Whether two cards may become one."""
    if one.event is not None and other.event is not None:
        return False
    if one.told.keys() & other.told.keys():
        return False
    first, second = ({*group.records, *([group.event] if group.event else [])} for group in (one, other))
    return not any(frozenset((a, b)) in apart for a in first for b in second)


def _unite(groups: dict[UUID, Group], into: Group, gone: Group, merged: dict[UUID, UUID]) -> None:
    into.records |= gone.records
    into.event = into.event or gone.event
    for source, uids in gone.told.items():
        into.told.setdefault(source, set()).update(uids)
    for record in gone.records:
        groups[record] = into
    merged[gone.card] = into.card


async def write(merged: dict[UUID, UUID]) -> None:
    """Move the records of cards that are gone onto those that took them in; `merged` may be a chain."""
    onto = {gone: _last(merged, gone) for gone in merged}
    if onto:
        await fetch(_MOVE, list(onto), list(onto.values()))
        await fetch(_GONE, list(onto))
        await fetch(_RAISE, list(set(onto.values())))


def _last(merged: dict[UUID, UUID], card: UUID) -> UUID:
    while card in merged:
        card = merged[card]
    return card


async def join_ours(record: UUID, event: UUID) -> None:
    """Say that the card of a record is an event of ours; with a card that is so already they become one.

    Raises `WrongState` when that cannot be: the card is another of ours, or tells of two events of one source.
    """
    mine = await fetch(
        "SELECT e.id FROM exchanged_event e JOIN card c ON c.id = e.card WHERE c.event = $1 LIMIT 1", event
    )
    groups = _groups(await fetch(_MEMBERS, [record, *(row["id"] for row in mine)]))
    group = groups[record]
    for row in mine:
        held = groups[row["id"]]
        if held is group:
            return
        if not may_join(held, group, set()):
            raise WrongState
        await write({group.card: held.card})
        return
    if group.event not in {None, event}:
        raise WrongState
    await fetch(_OURS, group.card, event)
    await fetch(_RAISE, [group.card])


async def _keep(done: Sequence[tuple[UUID, UUID, By]], now: dt.datetime) -> None:
    """Write down what was joined, and by what."""
    once = {frozenset(pair[:2]): pair for pair in done}.values()
    columns = [list(column) for column in zip(*once, strict=True)] or [[], [], []]
    await fetch(_KEPT, *columns, now)


async def split(records: Collection[UUID], *, now: dt.datetime) -> UUID:
    """Move records of one card onto a new one, in the caller's transaction; return its id."""
    made = uuid4()
    await fetch("INSERT INTO card (id, created_at, revision) VALUES ($1, $2, 0)", made, now)
    await fetch("UPDATE exchanged_event SET card = $2 WHERE id = ANY($1::uuid[])", list(records), made)
    return made
