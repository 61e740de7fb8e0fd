"""Versions of an entry: made word for word, signed off by every member, and with the last signature handed in."""

import datetime as dt
import hashlib
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards.conflicts.promises import parties_changed
from app.awards.entering import files, promises
from app.awards.entering.complete import evidence_of, missing
from app.awards.entering.entries import EntryRef
from app.awards.entering.errors import AnotherVersion, LeadOnly, NotAwaited
from app.awards.entering.members import Held, MemberRow, held, led
from app.awards.schemas import EntryBody
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import Invalid, NotFound


class VersionRow(Struct, frozen=True):
    """A version: `digest` is the SHA-256 of its text."""

    id: UUID
    number: int
    digest: bytes
    submitted_at: dt.datetime


def encode(body: EntryBody) -> str:
    """Return the canonical text of an entry: what is said in the same words has the same digest."""
    return msgspec.json.encode(body, order="sorted").decode()


def digest_of(text: str) -> bytes:
    """Return the digest that names a text."""
    return hashlib.sha256(text.encode()).digest()


async def body_of(version: UUID) -> EntryBody:
    """Return what a version says. Raises `NotFound`."""
    row = await fetch_one("SELECT body FROM entry_version WHERE id = $1", version)
    if row is None:
        raise NotFound
    return msgspec.json.decode(row["body"], type=EntryBody)


async def of(entry: UUID) -> list[VersionRow]:
    """Return the versions of an entry, the latest first."""
    rows = await fetch(
        "SELECT id, number, digest, submitted_at FROM entry_version WHERE entry = $1 ORDER BY number DESC", entry
    )
    return [VersionRow(**row) for row in rows]


async def latest(entry: UUID) -> VersionRow | None:
    """Return the latest version of an entry."""
    return next(iter(await of(entry)), None)


async def drafted(found: Held) -> EntryBody:
    """Return what a version would say if it were made of the draft now."""
    form = found.entry.form
    return EntryBody(
        texts=form.texts,
        members=tuple(member.body for member in found.members),
        topics=form.topics,
        links=form.links,
        files=tuple(await files.bodies(found.entry.id)),
        evidence=evidence_of(found.entry)[0],
    )


async def hand_in(*, entry: UUID, member: UUID, now: dt.datetime) -> bytes:
    """Make a version of the draft, signed by the lead, and ask the others to sign; return its digest.

    The entry counts once everybody has signed that very version, so the last signature hands it in: the lead cannot
    forget to, and nobody signs words that change under his hands. Until then the version before stands. The same words
    handed in again are the same version. Raises `Invalid` with all that is missing, `EntriesClosed`, `LeadOnly`.
    """
    async with transaction():
        found = await led(entry, member, now)
        body = await drafted(found)
        if wrong := missing(found, body):
            raise Invalid(wrong)
        text = encode(body)
        digest = digest_of(text)
        last = await latest(entry)
        if last is None or last.digest != digest:
            await _add(entry, text, digest, 1 if last is None else last.number + 1, now)
        await _sign(found.me, digest, now)
        await _ask(found, digest, now)
        await _settle(entry, digest, now)
    return digest


async def _add(entry: UUID, text: str, digest: bytes, number: int, now: dt.datetime) -> None:
    await fetch(
        "INSERT INTO entry_version (id, entry, number, body, digest, submitted_at) VALUES ($1, $2, $3, $4, $5, $6)",
        uuid4(),
        entry,
        number,
        text,
        digest,
        now,
    )


async def _ask(found: Held, digest: bytes, now: dt.datetime) -> None:
    """Write to those who have not signed this version yet; to each once for each version."""
    for one in found.members:
        if one.id != found.me.id and one.signed_digest != digest:
            await promises.promise("sign", one.id, now=now, stamp=digest.hex()[:16])


async def _sign(member: MemberRow, digest: bytes, now: dt.datetime) -> None:
    await fetch(
        "UPDATE entry_member SET signed_at = $3, signed_digest = $2, declined_at = NULL WHERE id = $1"
        " AND signed_digest IS DISTINCT FROM $2",
        member.id,
        digest,
        now,
    )


async def sign(*, entry: UUID, member: UUID, digest: bytes, now: dt.datetime) -> None:
    """Sign off the latest version, which must be the one with this digest.

    Raises `AnotherVersion`, `EntriesClosed` when it is too late, `NotAwaited` before a first version.
    """
    async with transaction():
        found = await held(entry, member, lock=True)
        found.entry.require_changeable(now)
        last = await latest(entry)
        if last is None:
            raise NotAwaited
        if last.digest != digest:
            raise AnotherVersion
        await _sign(found.me, digest, now)
        await _settle(entry, digest, now)


_STANDS = """
UPDATE award_entry e SET state = 'submitted', submitted_at = $3, pinned = v.id
FROM entry_version v WHERE e.id = $1 AND v.entry = e.id AND v.digest = $2 AND e.pinned IS DISTINCT FROM v.id
AND v.number = (SELECT max(number) FROM entry_version WHERE entry = e.id)
AND NOT EXISTS (SELECT FROM entry_member m WHERE m.entry = e.id AND m.removed_at IS NULL
                AND m.signed_digest IS DISTINCT FROM $2)
RETURNING e.id
"""


async def _settle(entry: UUID, digest: bytes, now: dt.datetime) -> None:
    """Hand the version in if it is the latest and everybody has signed it; then all are told."""
    if await fetch_one(_STANDS, entry, digest, now) is None:
        return
    await fetch("DELETE FROM entry_member WHERE entry = $1 AND removed_at IS NOT NULL", entry)
    await parties_changed(entry=entry, now=now)
    for row in await fetch("SELECT id FROM entry_member WHERE entry = $1", entry):
        await promises.promise("submitted", row["id"], now=now, stamp=digest.hex()[:16])


async def decline(*, entry: UUID, member: UUID, now: dt.datetime) -> None:
    """Refuse to be a member of this entry, or to be nominated; what has no lead any more is withdrawn.

    A version that the member has signed stands: taking that back is withdrawing the entry.
    """
    async with transaction():
        found = await held(entry, member, lock=True)
        if found.entry.state != "draft":
            raise NotAwaited
        await fetch("UPDATE entry_member SET declined_at = $2, signed_at = NULL, signed_digest = NULL WHERE id = $1",
                    member, now)  # fmt: skip
        if found.me.lead:
            await _withdraw(found.entry, now)
        else:
            lead = next(one for one in found.members if one.lead)
            await promises.promise("declined", lead.id, now=now, stamp=str(member))


async def withdraw(*, entry: UUID, member: UUID, now: dt.datetime) -> None:
    """Withdraw an entry, at any time before a result names it. Only the lead may; all are told."""
    async with transaction():
        found = await held(entry, member, lock=True)
        if not found.me.lead:
            raise LeadOnly
        if found.entry.state == "withdrawn":
            return
        await _withdraw(found.entry, now)
        for one in found.members:
            await promises.promise("withdrawn", one.id, now=now)


async def _withdraw(entry: EntryRef, now: dt.datetime) -> None:
    await fetch(
        "UPDATE award_entry SET state = 'withdrawn', withdrawn_at = $2, changed_at = $2 WHERE id = $1", entry.id, now
    )
