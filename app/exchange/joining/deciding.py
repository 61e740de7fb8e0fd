"""What an officer decides about cards: whether two are one event, whose value counts, whose event it is."""

import datetime as dt
from typing import Literal
from uuid import UUID

import asyncpg

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound, Outdated
from app.core.i18n import gettext as _
from app.events.errors import WrongState
from app.exchange.joining import cards, moving, records
from app.exchange.joining.cards import CHOOSABLE, Authoritative
from app.exchange.joining.differing import digest_of
from app.exchange.joining.records import Record
from app.exchange.publishing import log
from app.people.roles import Principal

Decision = Literal["same", "different"]
_LIKENESS = "SELECT * FROM likeness WHERE id = $1 FOR UPDATE"
_DECIDE = "UPDATE likeness SET decision = $2, decided_at = $3, decided_by = $4 WHERE id = $1"
_APART = """
INSERT INTO likeness (id, one, other, score, reasons, found_at, decision, decided_at, decided_by)
SELECT gen_random_uuid(), least($1, o), greatest($1, o), 0, '[]', $3, 'different', $3, $4 FROM unnest($2::uuid[]) AS o
ON CONFLICT (one, other) DO UPDATE SET decision = 'different', decided_at = $3, decided_by = $4
"""
_CHOOSE = """
INSERT INTO field_choice (id, card, field, told_by, digest, decided_at, decided_by)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)
ON CONFLICT (card, field) DO UPDATE SET told_by = excluded.told_by, digest = excluded.digest,
  decided_at = excluded.decided_at, decided_by = excluded.decided_by
"""
_RAISE = "UPDATE card SET revision = revision + 1 WHERE id = $1"


async def decide(*, likeness: UUID, decision: Decision, by: Principal, now: dt.datetime) -> UUID | None:
    """Decide whether two events are one; return the card they are on then, None when they are two.

    Raises `NotFound`, `Outdated` when somebody was faster, `WrongState` when they cannot be one: two of one source, or
    two of our own.
    """
    async with transaction():
        row = await _open(likeness)
        await fetch(_DECIDE, likeness, decision, now, by.account)
        card = await _join(row, now) if decision == "same" else None
        await _note(
            by, f"likeness.{decision}", f"likeness:{likeness}", now, one=str(row["one"]), other=str(row["other"])
        )
        await log.refresh_partners(now=now)
        return card


async def _open(likeness: UUID) -> asyncpg.Record:
    row = await fetch_one(_LIKENESS, likeness)
    if row is None:
        raise NotFound
    if row["decision"]:
        raise _outdated()
    return row


def _outdated() -> Outdated:
    return Outdated([FieldError("decision", "outdated", _("Somebody else has decided this in the meantime."))])


async def _join(row: asyncpg.Record, now: dt.datetime) -> UUID:
    found = {one.id: one for one in await records.of_ids([row["one"], row["other"]])}
    if len(found) == 1:
        [record] = found.values()
        return await _take_in(record, row["other"] if record.id == row["one"] else row["one"])
    if not found:
        raise WrongState
    await moving.join([(row["one"], row["other"], None)], now=now)
    [one, other] = await records.of_ids(list(found))
    if one.card != other.card:
        raise WrongState
    return one.card


async def _take_in(record: Record, event: UUID) -> UUID:
    """Say that what a partner tells is an event of our own."""
    if not await records.ours([event]):
        raise WrongState
    await moving.join_ours(record.id, event)
    return record.card


async def undo(*, likeness: UUID, by: Principal, now: dt.datetime) -> None:
    """Take back that two events are different: they wait again. Raises `NotFound`, `WrongState`."""
    async with transaction():
        row = await fetch_one(_LIKENESS, likeness)
        if row is None:
            raise NotFound
        if row["decision"] != "different":
            raise WrongState
        await fetch(_DECIDE, likeness, "", None, None)
        await _note(by, "likeness.undo", f"likeness:{likeness}", now, one=str(row["one"]), other=str(row["other"]))


async def split(*, card: UUID, record: UUID, seen: int, by: Principal, now: dt.datetime) -> UUID:
    """Say that a record of a card is another event; return the new card. Nothing joins them again by itself.

    Raises `NotFound`, `Outdated`, `WrongState` when it is the only one.
    """
    async with transaction():
        held = await _seen(card, seen, now)
        _of(held, record)
        others = [one.id for one in held.records if one.id != record] + ([held.ours.id] if held.ours else [])
        if not others:
            raise WrongState
        await fetch(_APART, record, others, now, by.account)
        made = await moving.split([record], now=now)
        if len(held.records) == 1:
            await fetch("DELETE FROM card WHERE id = $1", card)
        else:
            await fetch(_RAISE, card)
        await _note(by, "card.split", f"card:{card}", now, record=str(record), onto=str(made))
        await log.refresh_partners(now=now)
        return made


async def choose(*, card: UUID, field: str, record: UUID | None, seen: int, by: Principal, now: dt.datetime) -> None:
    """Choose whose value of a field counts, until one of the values changes; None leaves it to the owner again.

    `field` is one of `CHOOSABLE`, or `owner`: the city that answers for the event. Raises `NotFound`, `Outdated`,
    `Invalid`.
    """
    if field not in {*CHOOSABLE, "owner"}:
        raise Invalid([FieldError("field", "choice", _("Please choose one of the values offered."))])
    async with transaction():
        held = await _seen(card, seen, now)
        told = None if record is None else _of(held, record)
        await _choose(held, field, told, by, now)
        await fetch(_RAISE, card)
        await _note(by, "card.choose", f"card:{card}", now, field=field, record=str(record or ""))
        await log.refresh_partners(now=now)


async def _choose(held: Authoritative, field: str, told: Record | None, by: Principal, now: dt.datetime) -> None:
    if field == "owner":
        await fetch("UPDATE card SET owner = $2 WHERE id = $1", held.card, told.partner if told else None)
    elif told is None:
        await fetch("DELETE FROM field_choice WHERE card = $1 AND field = $2", held.card, field)
    else:
        await fetch(_CHOOSE, held.card, field, told.id, digest_of(field, held.heard), now, by.account)


async def _seen(card: UUID, seen: int, now: dt.datetime) -> Authoritative:
    """Return a card, locked, as it was when somebody looked at it."""
    row = await fetch_one("SELECT revision FROM card WHERE id = $1 FOR UPDATE", card)
    held = await cards.authoritative(card, now=now) if row else None
    if row is None or held is None:
        raise NotFound
    if row["revision"] != seen:
        raise Outdated([FieldError("card", "outdated", _("Somebody else has changed this card."))], row["revision"])
    return held


def _of(held: Authoritative, record: UUID) -> Record:
    found = next((one for one in held.records if one.id == record and not one.own), None)
    if found is None:
        raise NotFound
    return found


async def _note(by: Principal, action: str, subject: str, now: dt.datetime, **detail: str) -> None:
    await audit.record(actor=by.actor, action=action, subject=subject, now=now, detail=detail)
