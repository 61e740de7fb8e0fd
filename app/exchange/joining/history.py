"""What was decided of cards: which records were joined or kept apart, when, by what, and how to take it back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.exchange.joining import records, view
from app.exchange.joining.records import Record
from app.exchange.joining.schemas import DecidedOut, TellingOut
from app.exchange.joining.view import Reader

SHOWN: Final = 50
"""So many decisions at most, the latest."""
_COLUMNS = "SELECT id, one, other, score, reasons, decision, decided_at, decided_by IS NULL AS by_rule FROM likeness"
_OF_CARD = f"""
{_COLUMNS} WHERE decision <> '' AND (one = ANY($1::uuid[]) OR other = ANY($1::uuid[]))
ORDER BY decided_at DESC, id LIMIT {SHOWN}
"""
_LATELY = f"{_COLUMNS} WHERE decision <> '' ORDER BY decided_at DESC, id LIMIT {SHOWN}"
_TOLD = (
    "SELECT id FROM exchanged_event WHERE card = $1 UNION SELECT event FROM card WHERE id = $1 AND event IS NOT NULL"
)


async def of_card(card: UUID, who: Reader) -> list[DecidedOut]:
    """Return what was decided of what a card tells, the latest first; nothing for partners, who decide nothing."""
    if who.partners is not None:
        return []
    told = [row["id"] for row in await fetch(_TOLD, card)]
    return await _decided(await fetch(_OF_CARD, told), who)


async def lately(who: Reader) -> list[DecidedOut]:
    """Return what was decided of any card, the latest first; nothing for partners."""
    return await _decided(await fetch(_LATELY), who) if who.partners is None else []


async def _decided(rows: Sequence[Mapping[str, Any]], who: Reader) -> list[DecidedOut]:
    ids = {key for row in rows for key in (row["one"], row["other"])}
    found = {one.id: one for one in await records.of_ids(list(ids))}
    told = await _told(found.values(), ids, who)
    cards = {key: one.card for key, one in found.items()} | await _cards_of_ours(ids)
    return [_out(row, found, told, cards) for row in rows if row["one"] in told and row["other"] in told]


async def _told(found: Iterable[Record], ids: Iterable[UUID], who: Reader) -> dict[UUID, TellingOut]:
    """Return what is or was told, also by those who tell of it no more."""
    said = {one.id: view.telling(one, who) for one in found}
    ours = {one.id: view.telling_of_ours(one) for one in (await records.ours(ids)).values()}
    return {key: one for key, one in (said | ours).items() if one is not None}


async def _cards_of_ours(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    rows = await fetch("SELECT event, id FROM card WHERE event = ANY($1::uuid[])", list(ids))
    return {row["event"]: row["id"] for row in rows}


def _out(
    row: Mapping[str, Any], found: Mapping[UUID, Record], told: Mapping[UUID, TellingOut], cards: Mapping[UUID, UUID]
) -> DecidedOut:
    first, second = sorted((row["one"], row["other"]), key=lambda key: _came(found.get(key)))
    return DecidedOut(
        id=row["id"],
        decision=row["decision"],
        by_rule=row["by_rule"],
        score=row["score"],
        reasons=msgspec.json.decode(row["reasons"]),
        decided_at=row["decided_at"],
        card=cards.get(second) or cards[first],
        onto=cards.get(first),
        one=told[first],
        other=told[second],
    )


def _came(record: Record | None) -> tuple[bool, Any]:
    """Return when a record came: what came later joined what was there, and ours was there before all."""
    return (record is not None, record.first_seen_at if record else None)
