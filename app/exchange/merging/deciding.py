"""What an officer decides: whether an event that is missing is withdrawn, and whether one called off is canceled."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.events.errors import WrongState
from app.exchange.merging import alone, waiting
from app.exchange.publishing import log
from app.people.roles import Principal

Decision = Literal["keep", "withdraw"]

_KEEP = "UPDATE exchanged_event SET state = 'shown', state_at = $2, kept_at = $2 WHERE id = ANY($1::uuid[])"
_WITHDRAW = "UPDATE exchanged_event SET state = 'withdrawn', state_at = $2, kept_at = NULL WHERE id = ANY($1::uuid[])"
_DECIDED = "UPDATE vanishing SET decision = $2, decided_at = $3, decided_by = $4 WHERE id = $1"
_STILL_GONE = """
SELECT id FROM exchanged_event WHERE id = ANY($1::uuid[]) AND state IN ('shown', 'missing') AND kept_at IS NULL
"""
_ACCEPT = """
UPDATE exchanged_event SET proposed = 'accepted', status = 'cancelled', changed_at = $2, revision = revision + 1
WHERE id = $1
"""
_REFUSE = "UPDATE exchanged_event SET proposed = 'refused' WHERE id = $1"
_OF_EVENT = """
SELECT e.source, e.state, e.proposed, s.partner FROM exchanged_event e JOIN source s ON s.id = e.source WHERE e.id = $1
"""


async def decide_vanishing(*, vanishing: UUID, decision: Decision, by: Principal, now: dt.datetime) -> None:
    """Keep or withdraw all that vanished at once. Raises `NotFound`, `WrongState` when it does not wait any more."""
    async with transaction():
        await alone.wait((await waiting.vanishing(vanishing)).source)
        found = await waiting.vanishing(vanishing)
        if found.decision:
            raise WrongState
        await fetch(_DECIDED, vanishing, decision, now, by.account)
        gone = [row["id"] for row in await fetch(_STILL_GONE, list(found.events))]
        await fetch(_statement(decision), gone, now)
        await _note(by, f"events.{decision}", found.source, now, vanishing=str(vanishing), events=len(gone))
        await log.refresh_partners(now=now)


async def decide_missing(*, event: UUID, decision: Decision, by: Principal, now: dt.datetime) -> None:
    """Keep or withdraw one event that is missing. Raises `NotFound`, `WrongState` when it does not wait any more."""
    async with transaction():
        row = await _locked(event)
        if row["state"] != "missing":
            raise WrongState
        await fetch(_statement(decision), [event], now)
        await _note(by, f"event.{decision}", row["source"], now, event=str(event))
        await log.refresh_partners(now=now)


async def decide_status(*, event: UUID, accept: bool, by: Principal, now: dt.datetime) -> None:
    """Let an event be canceled whose title says so, or not; that stands for as long as the title does.

    Raises `NotFound`, `WrongState` when nothing is proposed any more.
    """
    async with transaction():
        row = await _locked(event)
        if row["proposed"] != "cancelled":
            raise WrongState
        await (fetch(_ACCEPT, event, now) if accept else fetch(_REFUSE, event))
        await _note(by, "event.cancel" if accept else "event.uphold", row["source"], now, event=str(event))
        await log.refresh_partners(now=now)


def _statement(decision: Decision) -> str:
    return _KEEP if decision == "keep" else _WITHDRAW


async def _locked(event: UUID) -> asyncpg.Record:
    """Return an event while no reading of its source can change it."""
    first = await fetch_one(_OF_EVENT, event)
    if first is None:
        raise NotFound
    await alone.wait(first["source"])
    row = await fetch_one(_OF_EVENT, event)
    if row is None:
        raise NotFound
    return row


async def _note(by: Principal, action: str, source: UUID, now: dt.datetime, **detail: Any) -> None:
    said: Mapping[str, object] = detail
    await audit.record(actor=by.actor, action=action, subject=f"source:{source}", now=now, detail=said)
