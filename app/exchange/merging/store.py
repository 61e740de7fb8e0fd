"""Merging: what a reading says into the rows of its source, all of it or nothing, in one transaction."""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.core.db import transaction
from app.core.gentle import each
from app.core.settings import settings
from app.exchange.joining import automatic
from app.exchange.merging import alone, changes, plan, queries, rows
from app.exchange.merging.cut import without_cut
from app.exchange.merging.newer import Version
from app.exchange.merging.own import is_ours
from app.exchange.merging.plan import Came, Doubt, Held, Key
from app.exchange.merging.series import last_end
from app.exchange.merging.standing import Proposed, standing
from app.exchange.publishing import log
from app.exchange.schemas import Change, Counts, Finding, Incoming, Reading

WITHDRAWN: Final = frozenset({"missing", "withdrawn", "deleted"})
MOST_CHANGES = 200
"""Changes that a report names one by one."""


class Merged(Struct, frozen=True, kw_only=True):
    """What a reading changed: in figures, event by event, and what an officer has to look at as a whole.

    `findings` are those that only show beside what we hold; `known` are UIDs of events that had not changed.
    """

    counts: Counts
    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()
    doubt: Doubt | None = None
    known: frozenset[str] = frozenset()


async def merge(*, source: UUID, reading: Reading, pull: UUID, now: dt.datetime, complete: bool = True) -> Counts:
    """Merge a reading into the rows of its source and return the figures; see `merged`."""
    return (await merged(source=source, reading=reading, pull=pull, now=now, complete=complete)).counts


async def merged(
    *, source: UUID, reading: Reading, pull: UUID, now: dt.datetime, complete: bool = True, last_size: int = 0
) -> Merged:
    """Merge a reading into the rows of its source; nothing of it is missing from one that is not `complete`.

    `last_size` (bytes) is that of the last reading that was good. A later reading of the same source waits.
    """
    async with transaction():
        await alone.wait(source)
        work = _work(source, reading, await queries.held(source), now)
        said, cut = without_cut(reading)
        came = work.compared(said, cut, complete=complete)
        wanted = plan.plan(came, await work.versions(said), now=now, last_size=last_size)
        return await _carry_out(work, said, wanted, pull=pull, complete=complete)


class _Work(Struct):
    """What a merge stands on: the rows of the source, and those whose words stand in the file as we hold them."""

    source: UUID
    held: dict[Key, asyncpg.Record]
    known: dict[Key, asyncpg.Record]
    now: dt.datetime

    def compared(self, said: Reading, cut: frozenset[str], *, complete: bool) -> plan.Reading:
        """Return a reading as the plan takes it: what came, and what was known already."""
        known = [(key, Came(_version(row), row["starts_at"], row["ends_at"])) for key, row in self.known.items()]
        came = [(rows.key(one), Came(_told(one), one.starts_at, one.ends_at)) for one in said.events]
        unread = frozenset(rows.stored_uid(one.uid) for one in said.findings if one.lost and one.uid)
        return plan.Reading((*known, *came), said.whole, said.size, unread | cut, part=not complete)

    async def versions(self, said: Reading) -> dict[Key, Held]:
        """Return what is held, as the plan compares it; a series lasts as long as its instances."""
        there = {*map(rows.key, said.events), *self.known}
        over = [
            row["id"]
            for key, row in self.held.items()
            if row["recurs"] and row["ends_at"] <= self.now and key not in there
        ]
        lasting = {made: last_end(rows.incoming(row), self.now) for made, row in (await queries.full(over)).items()}
        return {key: _held(row, lasting.get(row["id"], row["ends_at"])) for key, row in self.held.items()}

    def ids(self, keys: Iterable[Key]) -> list[UUID]:
        """Return the rows of keys that are held."""
        return [self.held[key]["id"] for key in keys]


def _work(source: UUID, reading: Reading, held: list[asyncpg.Record], now: dt.datetime) -> _Work:
    kept = frozenset(reading.kept)
    by_key = {(row["uid"], row["recurrence_id"]): row for row in held}
    return _Work(source, by_key, {key: row for key, row in by_key.items() if row["digest"] in kept}, now)


def _version(row: Mapping[str, Any]) -> Version:
    return Version(row["digest"], row["sequence"], row["last_modified"], row["stamp"])


def _told(event: Incoming) -> Version:
    return Version(event.digest, event.sequence, event.last_modified, event.stamp)


def _held(row: Mapping[str, Any], ends: dt.datetime) -> Held:
    gone = row["state"] in WITHDRAWN or row["kept_at"] is not None
    return Held(_version(row), row["starts_at"], ends, gone, deleted=row["state"] == "deleted", own=row["own"])


async def _carry_out(work: _Work, said: Reading, wanted: plan.Plan, *, pull: UUID, complete: bool) -> Merged:
    """Write what was planned."""
    news = _newest(said)
    added = await _add(work, [news[key] for key in wanted.added])
    changed, told = await _change(work, {key: news[key] for key in wanted.changed})
    await queries.bring_back(work.ids(wanted.back), now=work.now)
    if complete:
        await _miss(work, wanted, pull)
    if added or changed:
        await automatic.link([*added, *changed], now=work.now)
    if wanted.writes:
        await log.refresh_partners(now=work.now)
    return Merged(
        counts=_counts(work, said, wanted, news),
        changes=told,
        findings=_findings(wanted, news),
        doubt=wanted.doubt,
        known=frozenset(uid for uid, _ in work.known),
    )


def _newest(said: Reading) -> dict[Key, Incoming]:
    """Return one version of each event that came in words, the one that the plan takes."""
    newest, _ = plan.newest((rows.key(one), Came(_told(one), one.starts_at, one.ends_at)) for one in said.events)
    return {key: one for one in said.events if newest[key := rows.key(one)].version.digest == one.digest}


def _is_own(event: Incoming) -> bool:
    return is_ours(event, settings().host)


def _written(event: Incoming, *, title: str = "", before: Proposed = "") -> queries.Written:
    """Return what is stored of an event; `before` is what was decided of it under a title."""
    status, proposed = standing(event, title=title, before=before)
    return queries.Written(rows.values(msgspec.structs.replace(event, status=status)), proposed, _is_own(event))


async def _add(work: _Work, news: list[Incoming]) -> list[UUID]:
    """Add events; return the ids of those that are not our own."""
    made = await each(_written, news)
    ids = await queries.add(work.source, made, now=work.now)
    return [one for one, written in zip(ids, made, strict=True) if not written.own]


async def _change(work: _Work, news: dict[Key, Incoming]) -> tuple[list[UUID], tuple[Change, ...]]:
    """Change events; return the ids of those that are not our own, and what they say otherwise."""
    before = await queries.full(work.ids(news))
    old = {key: before[work.held[key]["id"]] for key in news}
    made = {
        old[key]["id"]: _written(one, title=old[key]["title"], before=old[key]["proposed"]) for key, one in news.items()
    }
    await queries.change(made, now=work.now)
    told = (changes.between(rows.incoming(old[key]), one) for key, one in islice(news.items(), MOST_CHANGES))
    return [one for one, written in made.items() if not written.own], tuple(told)


async def _miss(work: _Work, wanted: plan.Plan, pull: UUID) -> None:
    """Propose to withdraw what is gone; all together for an officer when the reading is in doubt."""
    gone = work.ids(wanted.gone)
    if wanted.doubt:
        await queries.hold(work.source, pull=pull, doubt=wanted.doubt, ids=gone, now=work.now)
        return
    await queries.miss(gone, now=work.now)
    await queries.let_go(work.source, now=work.now)


def _counts(work: _Work, said: Reading, wanted: plan.Plan, news: Mapping[Key, Incoming]) -> Counts:
    own = {key: row["own"] for key, row in work.known.items()} | {key: _is_own(one) for key, one in news.items()}
    return Counts(
        read=len(own),
        added=len(wanted.added),
        changed=len(wanted.changed),
        unchanged=wanted.unchanged,
        back=len(wanted.back),
        missing=len(wanted.gone),
        older=len(wanted.older),
        twice=len(wanted.twice),
        refused=said.refused,
        own=sum(own.values()),
        repaired=len({one.uid or one.number for one in said.findings if not one.lost}),
    )


def _findings(wanted: plan.Plan, news: Mapping[Key, Incoming]) -> tuple[Finding, ...]:
    """Return what only shows beside what we hold: replays, and our own events."""
    older = [("older", news[key]) for key in wanted.older if key in news]
    own = [("own", one) for one in news.values() if _is_own(one)]
    return tuple(Finding(one.number, code, uid=one.uid) for code, one in (*older, *own))
