"""Putting an event, and deleting one: what a partner says of its own, checked as a file of a source would be."""

import datetime as dt
from typing import Literal
from uuid import uuid4

from msgspec import Struct

from app.core.db import transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.exchange.agreeing.reach import PartnerRef, SourceRef
from app.exchange.isolating import reader
from app.exchange.merging import alone, rows, store
from app.exchange.merging.own import is_ours
from app.exchange.publishing import log
from app.exchange.pulling import files, pulls
from app.exchange.pulling.pulls import PullRef
from app.exchange.pulling.reports import report
from app.exchange.pushing import held as holding
from app.exchange.pushing import sources
from app.exchange.pushing.conditions import Conditions
from app.exchange.pushing.errors import EventDeleted, OlderThanHeld, OurOwnEvent, PushPaused, VersionDiffers
from app.exchange.pushing.held import Held
from app.exchange.reading.request import Request
from app.exchange.schemas import Counts, Finding, Incoming, Kind, Reading
from app.exchange.words import said

Outcome = Literal["added", "changed", "unchanged"]


class Put(Struct, frozen=True):
    """What came of a push; `findings` were repaired."""

    outcome: Outcome
    held: Held
    findings: tuple[Finding, ...]


async def put(
    *,
    partner: PartnerRef,
    uid: str,
    body: bytes,
    kind: Kind,
    conditions: Conditions,
    now: dt.datetime,
) -> Put:
    """Take an event as it stands in `body`, with the instances of its series; those that it leaves out are deleted.

    Raises `AgreementNotValid`, `PushPaused`, `Invalid` with every finding, `VersionDiffers`, `OlderThanHeld`,
    `OurOwnEvent`.
    """
    source = await sources.open_one(partner, now)
    reading = await _read(source, body, kind, now)
    _refuse_faulty(reading, uid)
    _refuse_own(reading)
    async with transaction():
        await alone.wait(source.id)
        before = await holding.held(source.id, uid)
        if not conditions.hold(before.etag):
            raise VersionDiffers(before.etag)
        counts = await _merge(source, reading, body, now)
        if counts.older:
            raise OlderThanHeld(before.etag)
        await _drop(before, reading, now)
        after = await holding.held(source.id, uid)
    return Put(_outcome(before, after), after, reading.findings)


async def _read(source: SourceRef, body: bytes, kind: Kind, now: dt.datetime) -> Reading:
    return await reader.read(
        Request(
            kind=kind,
            body=body,
            zone=source.zone,
            language=source.language,
            known=frozenset(),
            own_host=settings().host,
            now=now,
        )
    )


def _refuse_faulty(reading: Reading, uid: str) -> None:
    """Refuse what is not one event of this name, whole and without loss; every finding is named."""
    wrong = [FieldError("body", reading.problem, said(reading.problem))] if reading.problem else []
    if reading.refused or any(one.lost for one in reading.findings):
        wrong += [FieldError(one.field or "body", one.code, said(one.code)) for one in reading.findings]
    names = {one.uid for one in reading.events}
    if not wrong and not names:
        wrong.append(FieldError("body", "empty", said("empty")))
    if names - {uid}:
        wrong.append(FieldError("uid", "mismatch", _("The UID in the body is not that of the address.")))
    if wrong:
        raise Invalid(wrong)


def _refuse_own(reading: Reading) -> None:
    if any(is_ours(one, settings().host) for one in reading.events):
        raise OurOwnEvent


async def _merge(source: SourceRef, reading: Reading, body: bytes, now: dt.datetime) -> Counts:
    """Merge a part of the source, and keep the bytes and the report as of every reading."""
    name, made = await files.keep(body, now=now), uuid4()
    merged = await store.merged(source=source.id, reading=reading, pull=made, now=now, complete=False)
    findings = (*reading.findings, *merged.findings)
    kept, found = report(findings, (), known=())
    counts = merged.counts
    outcome: pulls.Outcome = "read" if counts.added or counts.changed or counts.back else "unchanged"
    await pulls.store(
        PullRef(
            id=made,
            source=source.id,
            begun_at=now,
            ended_at=now,
            why="push",
            outcome=outcome,
            file=name,
            counts=counts,
            report=kept,
            found=found,
            changes=merged.changes,
        )
    )
    return counts


async def _drop(before: Held, reading: Reading, now: dt.datetime) -> None:
    """Delete the instances of a series that it no longer has: what is put is the whole."""
    gone = before.without({_instance(one) for one in reading.events})
    await holding.delete(gone, now=now)
    if gone:
        await log.refresh_partners(now=now)


def _instance(event: Incoming) -> str:
    return rows.key(event)[1]


def _outcome(before: Held, after: Held) -> Outcome:
    if not before.etag:
        return "added"
    return "unchanged" if before.etag == after.etag else "changed"


async def delete(*, partner: PartnerRef, uid: str, conditions: Conditions, now: dt.datetime) -> None:
    """Delete an event; a tombstone stays. Deleting it once more changes nothing.

    Raises `AgreementNotValid`, `NotFound`, `PushPaused`, `VersionDiffers`.
    """
    source = await _existing(partner, now)
    if source.paused_at is not None:
        raise PushPaused
    async with transaction():
        await alone.wait(source.id)
        found = await holding.held(source.id, uid)
        if not found.instances:
            raise NotFound
        if not conditions.hold(found.etag):
            raise VersionDiffers(found.etag)
        await holding.delete([one.id for one in found.living], now=now)
        if found.living:
            await log.refresh_partners(now=now)


async def get(*, partner: PartnerRef, uid: str, now: dt.datetime) -> Held:
    """Return a pushed event as it is held. Raises `AgreementNotValid`, `NotFound`, `EventDeleted`."""
    source = await _existing(partner, now)
    found = await holding.held(source.id, uid)
    if not found.instances:
        raise NotFound
    if not found.living:
        raise EventDeleted
    return found


async def _existing(partner: PartnerRef, now: dt.datetime) -> SourceRef:
    found = await sources.existing(partner, now)
    if found is None:
        raise NotFound
    return found
