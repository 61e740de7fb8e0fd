"""Holds: places kept while somebody fills in the form, for a while."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID, uuid4

import msgspec

from app.core import jobs
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.signing import capability, open_capability
from app.ticketing.life import places
from app.ticketing.registering import offers
from app.ticketing.schemas import LARGEST_PARTY, HoldOut, Offer

LASTS = dt.timedelta(minutes=15)
"""For how long places are kept for somebody who fills in the form."""


def hold_token(hold: UUID) -> str:
    """Return the token that stands for a hold."""
    return capability("hold", hold)


def hold_of(token: str) -> UUID | None:
    """Return the hold that a token names."""
    ids = open_capability("hold", token) if token else None
    return ids[0] if ids else None


@repeated
async def hold(*, convention: str, wanted: Mapping[str, int], now: dt.datetime, bears: UUID | None = None) -> HoldOut:
    """Keep places for so many tickets of each type, all or none of them; `bears` is the id of the form's draft.

    Raises `NotFound`, `Invalid` for a type that cannot be had now, and `SoldOut`, naming what is full.
    """
    found = await offers.offer(convention, now=now)
    if errors := _errors(found, wanted, now):
        raise Invalid(errors)
    counted = sum((Counter(dict.fromkeys(found.types[t].quotas, n)) for t, n in wanted.items()), Counter[UUID]())
    made = bears or uuid4()
    await _give_up(made, now)
    if full := await places.take(counted):
        raise offers.sold_out(found, counted, full)
    await _keep(made, found, counted, now)
    return HoldOut(hold=hold_token(made), expires_at=now + LASTS)


def _errors(found: Offer, wanted: Mapping[str, int], now: dt.datetime) -> list[FieldError]:
    errors = [e for slug in wanted for e in offers.type_errors(f"wanted.{slug}", slug, found, now)]
    if not 1 <= sum(wanted.values()) <= LARGEST_PARTY or any(n < 0 for n in wanted.values()):
        errors.append(FieldError("wanted", "range", _("A party has 1 to %(most)s people.", most=LARGEST_PARTY)))
    return errors


async def _keep(made: UUID, found: Offer, counted: Counter[UUID], now: dt.datetime) -> None:
    await fetch(
        "INSERT INTO hold (id, convention, places, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        made,
        found.convention,
        _encoded(counted),
        now,
        now + LASTS,
    )
    await _promise_end(made, now + LASTS, now)


def _encoded(counted: Mapping[UUID, int]) -> str:
    return msgspec.json.encode({str(quota): n for quota, n in sorted(counted.items())}).decode()


async def _promise_end(hold: UUID, due: dt.datetime, now: dt.datetime) -> None:
    await jobs.defer("ticketing.lapse_hold", key=f"hold-end:{hold}:{due.isoformat()}", now=now, due=due, hold=str(hold))


@repeated
async def release(*, hold: UUID, now: dt.datetime) -> None:
    """Give the places of a hold back; one that is gone does no harm."""
    await _give_up(hold, now)


@repeated
async def lapse(*, hold: UUID, now: dt.datetime) -> None:
    """Give the places of a hold back whose time is over."""
    row = await fetch_one("SELECT expires_at FROM hold WHERE id = $1 FOR UPDATE", hold)
    if row is not None and row["expires_at"] <= now:
        await _give_up(hold, now)


async def _give_up(hold: UUID, now: dt.datetime) -> None:
    row = await fetch_one("DELETE FROM hold WHERE id = $1 RETURNING places", hold)
    if row is not None:
        await places.give_back(msgspec.json.decode(row["places"], type=dict[UUID, int]), now=now)


async def locked(holds: Collection[UUID]) -> dict[UUID, Counter[UUID]]:
    """Lock holds in the order of their ids and return the places that each keeps. One that is over may still serve."""
    if not holds:
        return {}
    rows = await fetch("SELECT id, places FROM hold WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(holds))
    return {row["id"]: Counter(msgspec.json.decode(row["places"], type=dict[UUID, int])) for row in rows}


async def used(*, hold: UUID, rest: Counter[UUID], now: dt.datetime) -> None:
    """Take a locked hold away whose places went to tickets; a `rest` is given back to whoever waits, by a job."""
    if not rest.total():
        await fetch("DELETE FROM hold WHERE id = $1", hold)
        return
    await fetch("UPDATE hold SET places = $2, expires_at = $3 WHERE id = $1", hold, _encoded(rest), now)
    await _promise_end(hold, now, now)
