"""Pulling: one reading of a source, from its address, or from a file that was handed in, to its events and a report.

Whatever the other side does, no event is lost by it: a reading that fails changes nothing but its own report and the
time of the next one. However long the other side takes, nobody else waits for it: nothing is locked, and no connection
is held, until there is something to store.
"""

import datetime as dt
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec
import structlog
from msgspec import Struct

from app.core.db import fetch, transaction
from app.core.gentle import REST, SHORT, aside
from app.core.settings import settings
from app.exchange import terms
from app.exchange.agreeing import reach
from app.exchange.agreeing.reach import SourceRef
from app.exchange.errors import AgreementNotValid, NoAddress
from app.exchange.fetching.errors import Unreachable
from app.exchange.fetching.fetch import fetch as fetch_address
from app.exchange.isolating import reader
from app.exchange.merging import queries, store
from app.exchange.merging.store import Merged
from app.exchange.pulling import files, pulls, timing
from app.exchange.pulling.pulls import PullRef, Why
from app.exchange.pulling.reports import report
from app.exchange.pulling.waiting import turn
from app.exchange.reading.request import Request
from app.exchange.schemas import Finding, Reading

log = structlog.get_logger()

SHARED: Final = frozenset({"schedule", "officer"})
"""Who is content with a reading that somebody else had begun before; a ping speaks of something newer."""
BY_HAND: Final = frozenset({"upload", "push"})
"""Readings that say nothing of the address: they leave its schedule alone."""

_GOOD = """
UPDATE source SET etag = $2, last_modified = $3, file = $4, size = $5, refresh_seconds = $6, next_at = $7,
  read_at = $8, failures = 0 WHERE id = $1
"""
_UNSURE = """
UPDATE source SET etag = '', last_modified = '', file = '', refresh_seconds = $2, next_at = $3, read_at = $4,
  failures = 0 WHERE id = $1
"""
_SAME = "UPDATE source SET next_at = $2, read_at = $3, failures = 0 WHERE id = $1"
_PUSHED = "UPDATE source SET read_at = $2 WHERE id = $1"
_FAILED = "UPDATE source SET next_at = $2, failures = least($3, 30000) WHERE id = $1"


class _Came(Struct, frozen=True, kw_only=True):
    """What came from an address, or by hand. None of the body: it is still the one of the last good reading."""

    body: bytes | None
    answered: int = 0
    etag: str = ""
    last_modified: str = ""


async def pull(*, source: UUID, now: dt.datetime, why: Why, file: bytes | None = None) -> PullRef:
    """Read a source, or a `file` that was handed in for it, and return what came of it; it is stored by then.

    Others go first, the more so where it is only the schedule. One at a time: who comes while another reads the address
    waits, and is answered with that reading. Raises `NotFound`, `AgreementNotValid`, `NoAddress`, `TooManyRequests`
    when his turn does not come, or is over too soon.
    """
    await _readable(source, now)
    with aside(REST if why == "schedule" else SHORT):
        return await _pull(source, now, why, file)


async def _pull(source: UUID, now: dt.datetime, why: Why, file: bytes | None) -> PullRef:
    async with turn(source, now=now) as mine:
        if not mine.first and why in SHARED:
            return (await pulls.latest(source, 1))[0]
        held = await _readable(source, now)
        last = await pulls.last_begun(source)
        at = now if last is None else max(now, last + dt.timedelta(microseconds=1))
        begun = PullRef(id=uuid4(), source=source, begun_at=at, ended_at=now, why=why, outcome="unchanged")
        read = await _read(held, begun, file)
        async with transaction():
            await mine.require()
            await _readable(source, now)
            found = await _stored_as(held, read)
    log.info("source_read", source=str(source), outcome=found.outcome, problem=found.problem, answered=found.answered)
    return found


async def _readable(source: UUID, now: dt.datetime) -> SourceRef:
    """Return a source. Raises `NotFound`, `AgreementNotValid`."""
    held = await reach.any_source(source)
    if terms.state(await reach.any_agreement(held.agreement), now) != "valid":
        raise AgreementNotValid
    return held


class _Read(Struct, frozen=True, kw_only=True):
    """What a reading has found, before anything of it is stored; without a `reading` nothing is new."""

    begun: PullRef
    came: _Came = _Came(body=None)
    reading: Reading | None = None
    problem: str = ""
    wait: int = 0


async def _read(held: SourceRef, begun: PullRef, file: bytes | None) -> _Read:
    """Ask the address and read what it says: all that takes its time."""
    try:
        came = await _came(held, file)
    except Unreachable as error:
        begun = _with(begun, answered=error.status)
        return _Read(begun=begun, problem=error.code, wait=error.retry_after or 0)
    begun = _with(begun, answered=came.answered)
    if came.body is None or (begun.why != "push" and files.digest(came.body) == held.file):
        return _Read(begun=begun, came=came)
    reading = await _parsed(held, came.body, begun)
    return _Read(begun=begun, came=came, reading=reading, problem=reading.problem)


async def _stored_as(held: SourceRef, read: _Read) -> PullRef:
    """Store what a reading has found, in the caller's transaction."""
    begun, reading = read.begun, read.reading
    if reading is not None and read.came.body is not None:
        begun = _with(begun, file=await files.keep(read.came.body, now=begun.ended_at))
    if read.problem:
        begun = _found(begun, reading.findings) if reading else begun
        return await _failed(held, begun, read.problem, wait=read.wait)
    return await (_taken(held, begun, reading, read.came) if reading else _unchanged(held, begun))


def _with(pull: PullRef, **values: object) -> PullRef:
    return msgspec.structs.replace(pull, **values)


async def _came(held: SourceRef, file: bytes | None) -> _Came:
    if file is not None:
        return _Came(body=file)
    if not held.url:
        raise NoAddress
    got = await fetch_address(held.url, etag=held.etag, last_modified=held.last_modified)
    return _Came(
        body=None if got.not_modified else got.body,
        answered=got.status,
        etag=got.headers.get("etag", ""),
        last_modified=got.headers.get("last-modified", ""),
    )


async def _parsed(held: SourceRef, body: bytes, begun: PullRef) -> Reading:
    """Return what a file says; what a push says again is read again, to tell whether it is a replay."""
    known = frozenset() if begun.why == "push" else await queries.digests(held.id)
    return await reader.read(
        Request(
            kind=held.kind,
            body=body,
            zone=held.zone,
            language=held.language,
            known=known,
            own_host=settings().host,
            now=begun.ended_at,
        )
    )


async def _unchanged(held: SourceRef, begun: PullRef) -> PullRef:
    await fetch(_SAME, held.id, timing.next_at(held.id, begun.ended_at, held.refresh_seconds), begun.ended_at)
    return await _stored(_with(begun, file=held.file))


async def _failed(held: SourceRef, begun: PullRef, problem: str, *, wait: int = 0) -> PullRef:
    """Note that nothing could be read; nothing else changes, but when the address is asked again."""
    if begun.why not in BY_HAND:
        failures = held.failures + 1
        again = timing.again_at(held.id, begun.ended_at, failures=failures, retry_after=wait)
        await fetch(_FAILED, held.id, again, failures)
    return await _stored(_with(begun, outcome="failed", problem=problem))


async def _stored(pull: PullRef) -> PullRef:
    await pulls.store(pull)
    return pull


async def _taken(held: SourceRef, begun: PullRef, reading: Reading, came: _Came) -> PullRef:
    """Merge a reading, or say that it cannot be stored: its words are then such as no table takes."""
    before = await pulls.last_read(held.id)
    await pulls.store(begun)  # what vanished refers to it
    try:
        async with transaction():
            merged = await store.merged(
                source=held.id,
                reading=reading,
                pull=begun.id,
                now=begun.ended_at,
                complete=begun.why != "push",
                last_size=held.size,
            )
    except (asyncpg.DataError, asyncpg.ProgramLimitExceededError) as error:
        log.error("reading_not_stored", source=str(held.id), error=type(error).__name__)  # noqa: TRY400  # no words of it
        return await _failed(held, begun, "not_stored")
    await _follow(held, begun, reading, came, is_good=reading.whole and merged.doubt is None)
    return await _stored(_told(begun, reading, merged, before.report if before else ()))


async def _follow(held: SourceRef, begun: PullRef, reading: Reading, came: _Came, *, is_good: bool) -> None:
    """Say when a source is read next, and against what; after a doubtful reading it is asked for the whole again."""
    if begun.why == "push":
        await fetch(_PUSHED, held.id, begun.ended_at)
        return
    refresh = timing.refresh(reading.refresh_seconds)
    then = timing.next_at(held.id, begun.ended_at, refresh)
    if is_good:
        of_file = (came.etag, came.last_modified, begun.file, reading.size)
        await fetch(_GOOD, held.id, *of_file, refresh, then, begun.ended_at)
    else:
        await fetch(_UNSURE, held.id, refresh, then, begun.ended_at)


def _told(begun: PullRef, reading: Reading, merged: Merged, before: tuple[Finding, ...]) -> PullRef:
    """Return a reading with its figures and its report."""
    pull = _found(begun, (*reading.findings, *merged.findings), before, known=merged.known)
    return _with(
        pull,
        outcome="held" if merged.doubt else "read",
        problem=merged.doubt or ("" if reading.whole else "truncated"),
        counts=merged.counts,
        changes=merged.changes,
    )


def _found(
    begun: PullRef,
    findings: tuple[Finding, ...],
    before: tuple[Finding, ...] = (),
    *,
    known: frozenset[str] = frozenset(),
) -> PullRef:
    kept, found = report(findings, before, known=known)
    return _with(begun, report=kept, found=found)
