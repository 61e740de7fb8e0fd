"""Rounds of ranks: each judge puts the entries assigned to it in order, the best first."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.scoring.desk import Desk
from app.awards.scoring.pairs import require_open
from app.awards.scoring.sheets import STANDS, judged_by
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound, Outdated
from app.core.i18n import gettext as _
from app.people.roles import Principal

_BALLOT = "SELECT entries, revision, saved_at, submitted_at FROM rank_ballot WHERE round = $1 AND judge = $2"
_KEEP = """
INSERT INTO rank_ballot AS b (id, round, judge, entries, revision, saved_at, submitted_at)
VALUES ($1, $2, $3, $4, 1, $5, $6)
ON CONFLICT (round, judge) DO UPDATE SET entries = EXCLUDED.entries, revision = b.revision + 1,
    saved_at = EXCLUDED.saved_at, submitted_at = EXCLUDED.submitted_at
WHERE b.revision = $7
RETURNING revision
"""
_COUNTED = f"""
SELECT b.judge, j.pseudonym, b.entries, array_agg(a.entry) AS standing
FROM rank_ballot b JOIN judge j ON j.id = b.judge
JOIN assignment a ON a.round = b.round AND a.judge = b.judge JOIN award_entry e ON e.id = a.entry
WHERE b.round = $1 AND b.submitted_at IS NOT NULL AND {STANDS}
GROUP BY b.id, j.pseudonym ORDER BY j.pseudonym
"""
_ids = msgspec.json.Decoder(tuple[UUID, ...]).decode


class Ordered(NamedTuple):
    """A submitted order of a judge, the best first: of those entries only that are still in and still the judge's."""

    judge: UUID
    pseudonym: str
    entries: tuple[UUID, ...]


class Order(Struct, frozen=True, kw_only=True):
    """A judge's order on its way: what was kept, then what was assigned since, by number."""

    entries: tuple[UUID, ...]
    revision: int = 0
    saved_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    added: frozenset[UUID] = frozenset()


async def order(sitting: Desk) -> Order:
    """Return a judge's order; entries that it may judge no more are left out."""
    mine = await judged_by(sitting)
    row = await fetch_one(_BALLOT, sitting.round.id, sitting.judge.id)
    if row is None:
        return Order(entries=tuple(mine), added=frozenset(mine))
    kept = [one for one in _ids(row["entries"]) if one in mine]
    added = [one for one in mine if one not in kept]
    found = {name: row[name] for name in ("revision", "saved_at", "submitted_at")}
    return Order(entries=(*kept, *added), added=frozenset(added), **found)


def moved(entries: Sequence[UUID], entry: UUID, by: int) -> tuple[UUID, ...]:
    """Return an order with one entry moved up (negative) or down; it stops at the ends."""
    rest = [one for one in entries if one != entry]
    place = max(0, min(len(rest), list(entries).index(entry) + by))
    return (*rest[:place], entry, *rest[place:])


async def keep(
    *, sitting: Desk, entries: Sequence[UUID], seen: int, submit: bool, principal: Principal, now: dt.datetime
) -> int:
    """Keep an order that was made from revision `seen`; with `submit` it counts. Return its new revision.

    A change to a submitted order counts at once; the same again changes nothing. Raises `RoundClosed`, `Outdated`, and
    `Invalid` unless the order holds exactly the judge's entries.
    """
    if sitting.round.method != "ranks":
        raise NotFound
    async with transaction():
        await require_open(sitting.round, now)
        held = await order(sitting)
        if sorted(entries) != sorted(held.entries):
            words = _("The entries that are yours have changed. Please look at the order again.")
            raise Invalid([FieldError("entries", "changed", words)])
        if seen <= held.revision and _says(held, entries, submit=submit):
            return held.revision
        since = (held.submitted_at or now) if submit else held.submitted_at
        text = msgspec.json.encode(list(entries)).decode()
        row = await fetch_one(_KEEP, uuid4(), sitting.round.id, sitting.judge.id, text, now, since, seen)
        if row is None or row["revision"] != seen + 1:
            raise Outdated([], held.revision)
        if since is not None:
            await _write_down(sitting, principal, now, row["revision"])
    return int(row["revision"])


def _says(held: Order, entries: Sequence[UUID], *, submit: bool) -> bool:
    """Whether just this is kept already."""
    return tuple(entries) == held.entries and not held.added and (held.submitted_at is not None or not submit)


async def _write_down(sitting: Desk, principal: Principal, now: dt.datetime, revision: int) -> None:
    await audit.record(
        actor=principal.actor,
        action="award.order",
        subject=f"round:{sitting.round.id}",
        now=now,
        detail={"judge": str(sitting.judge.id), "revision": revision},
    )


async def ballots(found: RoundRef) -> list[Ordered]:
    """Return the submitted orders of a round, by pseudonym."""
    rows = await fetch(_COUNTED, found.id)
    return [
        Ordered(row["judge"], row["pseudonym"], tuple(one for one in _ids(row["entries"]) if one in row["standing"]))
        for row in rows
    ]
