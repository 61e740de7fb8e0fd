"""Files of an entry: what their content says they are, under ids of our own, sealed; never shown, only handed out."""

import asyncio
import datetime as dt
import hashlib
from typing import NamedTuple
from uuid import UUID, uuid4

from app.awards.blinding import clean_file
from app.awards.entering.members import held
from app.awards.schemas import FileBody
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.signing import derived, seal, unseal
from app.ticketing.registering.uploads import ENDINGS, KINDS, file_name

LARGEST = 8 * 1024 * 1024
"""Bytes of one file."""
MOST = 6
"""Files of one entry."""
MOST_BYTES = 24 * 1024 * 1024
"""Bytes of all files of an entry together."""
PURPOSE = "entry-files"


class Handed(NamedTuple):
    """A file with its content."""

    name: str
    media_type: str
    data: bytes


_OF = """
SELECT id, name, media_type, size, digest FROM entry_file
WHERE entry = $1 AND removed_at IS NULL ORDER BY created_at, id
"""


async def bodies(entry: UUID) -> list[FileBody]:
    """Return the files of a draft, as a version names them."""
    return [
        FileBody(row["id"], _opened(row["name"]), row["media_type"], row["size"], row["digest"].hex())
        for row in await fetch(_OF, entry)
    ]


async def store(*, entry: UUID, member: UUID, name: str, media_type: str, data: bytes, now: dt.datetime) -> UUID:
    """Keep a file with the draft and return its id; the same content is kept once.

    `media_type` is what the sender calls it. Raises `Invalid` for a file that is empty or too large, neither PDF, JPEG
    nor PNG, damaged, called something else than it is, or one too many. The copy for blind rounds is made at once.
    """
    kind = kind_of(data)
    if error := _wrong(data, kind, media_type):
        raise Invalid([FieldError("file", *error)])
    shared = await asyncio.to_thread(clean_file, data, kind)
    digest = hashlib.sha256(data).digest()
    async with transaction():
        found = await held(entry, member, lock=True)
        found.entry.require_own(now)
        there = await bodies(entry)
        if known := next((one.id for one in there if one.digest == digest.hex()), None):
            return known
        if len(there) >= MOST or sum(one.size for one in there) + len(data) > MOST_BYTES:
            raise Invalid([FieldError("file", "too_many", _too_many())])
        made = await _insert(entry, Handed(file_name(name, kind), kind, data), (digest, shared), now)
        await _touch(entry, now)
    return made


def kind_of(data: bytes) -> str:
    """Return the media type that the content begins like, "" for any that is not taken."""
    return next((kind for start, kind in KINDS.items() if data.startswith(start)), "")


def _wrong(data: bytes, kind: str, declared: str) -> tuple[str, str] | None:
    if not data:
        return "required", _("This file is empty.")
    if len(data) > LARGEST:
        return "too_large", _("This file is larger than %(most)s MB.", most=LARGEST // 1024**2)
    if not kind or (declared in ENDINGS and declared != kind):
        return "kind", _("Please choose a PDF, JPEG or PNG file.")
    return None


def _too_many() -> str:
    return _("An entry has at most %(n)s files of %(most)s MB together.", n=MOST, most=MOST_BYTES // 1024**2)


async def _insert(entry: UUID, named: Handed, made_of: tuple[bytes, bytes], now: dt.datetime) -> UUID:
    """Keep a file with its digest and the copy for blind rounds, and return its id."""
    made = uuid4()
    digest, shared = made_of
    await fetch(
        "INSERT INTO entry_file (id, entry, name, media_type, size, digest, sealed, shared, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        made,
        entry,
        _sealed(named.name.encode()),
        named.media_type,
        len(named.data),
        digest,
        _sealed(named.data),
        _sealed(shared),
        now,
    )
    return made


async def remove(*, entry: UUID, member: UUID, file: UUID, now: dt.datetime) -> None:
    """Take a file out of the draft; what a version names stays with that version. Raises `NotFound`."""
    async with transaction():
        found = await held(entry, member, lock=True)
        found.entry.require_own(now)
        rows = await fetch(
            "UPDATE entry_file SET removed_at = $3 WHERE id = $1 AND entry = $2 AND removed_at IS NULL RETURNING id",
            file,
            entry,
            now,
        )
        if not rows:
            raise NotFound
        await _touch(entry, now)


async def content(file: UUID, *, entry: UUID) -> Handed:
    """Return a file of an entry as it was sent. Raises `NotFound`. Who may have it is decided before."""
    row = await fetch_one("SELECT name, media_type, sealed FROM entry_file WHERE id = $1 AND entry = $2", file, entry)
    if row is None:
        raise NotFound
    return Handed(_opened(row["name"]), row["media_type"], unseal(derived(PURPOSE), row["sealed"]))


async def _touch(entry: UUID, now: dt.datetime) -> None:
    await fetch("UPDATE award_entry SET changed_at = $2 WHERE id = $1", entry, now)


def _sealed(plain: bytes) -> bytes:
    return seal(derived(PURPOSE), plain)


def _opened(name: bytes) -> str:
    return unseal(derived(PURPOSE), name).decode()
