"""One's own data: whose it is, one archive of all that is held, and correcting what is wrong."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.core.validation import Line, Name
from app.people.holders import HOLDERS, File
from app.people.persons import address_key, open_details
from app.people.schemas import Details

PIECE = 64 * 1024
"""Bytes of the archive handed on at a time."""


class OwnPerson(msgspec.Struct, frozen=True):
    """A person with the details declared; several may share one mailbox."""

    id: UUID
    residence: str | None
    created_at: dt.datetime
    details: Details


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one may put right of oneself. The address is what one signs in with, and stays."""

    name: Name
    reading: Line = ""
    organisation: Line = ""


_PERSONS = """
SELECT p.id, p.residence, p.created_at, p.key, d.sealed FROM person p JOIN person_details d ON d.person = p.id
WHERE d.address_key = $1 AND p.key IS NOT NULL ORDER BY p.created_at, p.id
"""


async def persons_at(key: bytes) -> list[OwnPerson]:
    """Return the persons registered with the address of this keyed hash."""
    rows = await fetch(_PERSONS, key)
    return [
        OwnPerson(row["id"], row["residence"], row["created_at"], open_details(row["key"], row["sealed"]))
        for row in rows
    ]


async def persons_behind(account: UUID) -> list[OwnPerson]:
    """Return the persons registered with the address of an account."""
    row = await fetch_one("SELECT address_key FROM account WHERE id = $1 AND address_key IS NOT NULL", account)
    return await persons_at(row["address_key"]) if row else []


async def persons_by_address(address: str) -> list[OwnPerson]:
    """Return the persons registered with exactly this address, as it is normalised."""
    return await persons_at(address_key(address))


async def collect(*, persons: Sequence[UUID], actor: str, now: dt.datetime) -> list[File]:
    """Return the files of an export: everything every package holds; the audit log keeps that it was taken."""
    async with transaction():
        files = [file for holder in HOLDERS for file in await holder.export(persons)]
        for person in persons:
            await audit.record(actor=actor, action="person.export", subject=f"person:{person}", now=now)
    return [File("README.txt", _readme(files, now).encode()), *files]


def _readme(files: Sequence[File], now: dt.datetime) -> str:
    said = _("Everything Machigurumi holds about you, as of %(moment)s (UTC).", moment=f"{now:%Y-%m-%d %H:%M}")
    return "\n".join([said, "", *(file.name for file in files), ""])


class _Sink(io.RawIOBase):
    """What the archive is written to: it keeps nothing that was taken out."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """It can be written to, and not rewound."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Hold some bytes."""
        self.held += data
        return len(data)

    def take(self) -> bytes:
        """Return what is held, and forget it."""
        taken = bytes(self.held)
        self.held.clear()
        return taken


def archive(files: Sequence[File], *, now: dt.datetime) -> Iterator[bytes]:
    """Yield a ZIP archive piece by piece; nothing of it touches a disk."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.writestr(_entry(file.name, now), file.encoded())
            if len(sink.held) >= PIECE:
                yield sink.take()
    yield sink.take()


def _entry(name: str, now: dt.datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


async def correct(*, person: UUID, account: UUID, correction: Correction) -> None:
    """Put a person's name, reading and organisation right, wherever they are kept.

    Raises `NotFound` for somebody else's person, `NameTaken` when another one at this address has the name.
    """
    async with transaction():
        if person not in {one.id for one in await persons_behind(account)}:
            raise NotFound
        row = await fetch_one(
            "SELECT p.key, d.sealed FROM person p JOIN person_details d ON d.person = p.id WHERE p.id = $1"
            " FOR UPDATE OF p, d",
            person,
        )
        if row is None or row["key"] is None:
            raise NotFound
        known = open_details(row["key"], row["sealed"])
        details = msgspec.structs.replace(known, **msgspec.structs.asdict(correction))
        for holder in HOLDERS:
            await holder.correct(person, row["key"], details)
