"""Files that people send with the form: kept at once and sealed, until they belong to a ticket or nobody wants them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.signing import capability, derived, open_capability, seal, unseal, unwrap
from app.core.validation import Line, problems
from app.ticketing.registering.answers import Given

LARGEST = 5 * 1024 * 1024
"""Bytes of one file."""
KINDS: Final[Mapping[bytes, str]] = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
"""What a file begins with, and what it is then: what its name or its sender say is not believed."""
ENDINGS: Final = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
PURPOSE = "uploads"


class UploadGone(DomainError):
    """A file belongs to another registration by now, or was not sent in time. Nothing was written."""

    title = gettext_lazy("A file is not there any more. Please choose it again, then send the form once more.")


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    name: str
    data: bytes


class Sent(msgspec.Struct, frozen=True):
    """A file that waits for its registration, as the form shows it; `size` in bytes."""

    token: str
    name: str
    size: int


class File(msgspec.Struct, frozen=True):
    """A file with its content."""

    name: str
    media_type: str
    data: bytes


def upload_token(upload: UUID) -> str:
    """Return what the form carries in place of a file."""
    return capability("upload", upload)


def uploads_of(tokens: Collection[str]) -> list[UUID]:
    """Return the uploads that tokens name; what is no token of ours is left out."""
    return [ids[0] for token in tokens if (ids := open_capability("upload", token)) is not None]


async def store(
    *, question: UUID, name: str, data: bytes, now: dt.datetime, media_type: str = "", bears: UUID | None = None
) -> str:
    """Keep a file for an answer and return its token; with `bears` as its id, a second time changes nothing.

    `media_type` is what the sender calls it. Raises `Invalid` for a file that is empty, too large, neither PDF, JPEG
    nor PNG, or called something else than it is.
    """
    kind = next((kind for start, kind in KINDS.items() if data.startswith(start)), "")
    if error := _wrong(data, kind, media_type):
        raise Invalid([FieldError("file", *error)])
    upload = bears or uuid4()
    stored = _Stored(file_name(name, kind), data)
    await fetch(
        "INSERT INTO upload (id, question, media_type, size, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO NOTHING",
        upload,
        question,
        kind,
        len(data),
        seal(derived(PURPOSE), msgspec.msgpack.encode(stored)),
        now,
    )
    return upload_token(upload)


def _wrong(data: bytes, kind: str, declared: str) -> tuple[str, str] | None:
    if not data:
        return "required", _("This file is empty.")
    if len(data) > LARGEST:
        return "too_large", _("This file is larger than %(most)s MB.", most=LARGEST // 1024**2)
    if not kind or (declared in ENDINGS and declared != kind):
        return "kind", _("Please choose a PDF, JPEG or PNG file.")
    return None


def file_name(name: str, kind: str) -> str:
    """Return a name fit for a header and a folder: without a path, ending as its content does."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    stem = "".join(c for c in bare.rpartition(".")[0] or bare if c.isprintable() and c not in '"/\\')[:120].strip(" .")
    return f"{'file' if not stem or problems(stem, Line) else stem}{ENDINGS[kind]}"


async def waiting(tokens: Collection[str]) -> dict[str, Sent]:
    """Return the files behind tokens that belong to no ticket yet, by token."""
    wanted = uploads_of(tokens)
    if not wanted:
        return {}
    rows = await fetch("SELECT id, size, sealed FROM upload WHERE id = ANY($1::uuid[]) AND ticket IS NULL", wanted)
    return {
        token: Sent(token, _opened(derived(PURPOSE), row["sealed"]).name, row["size"])
        for row in rows
        for token in [upload_token(row["id"])]
    }


async def renew(tokens: Collection[str], *, now: dt.datetime) -> None:
    """Count the time that waiting files are kept from now: their form was saved again."""
    if ids := uploads_of(tokens):
        await fetch("UPDATE upload SET created_at = $2 WHERE id = ANY($1::uuid[]) AND ticket IS NULL", ids, now)


async def discard(token: str) -> None:
    """Delete a file that waits; one that belongs to a ticket stays."""
    await fetch("DELETE FROM upload WHERE id = ANY($1::uuid[]) AND ticket IS NULL", uploads_of([token]))


_FREE = """
SELECT u.id, u.sealed, u.ticket IS NOT NULL AS adopted
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS g (id, question, ticket)
JOIN upload u ON u.id = g.id AND u.question = g.question AND coalesce(u.ticket, g.ticket) = g.ticket
ORDER BY u.id FOR UPDATE OF u
"""
_ADOPT = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) AS g (id, question, ticket, sealed)
), replaced AS (
    DELETE FROM upload u USING given g WHERE u.ticket = g.ticket AND u.question = g.question AND u.id <> g.id
)
UPDATE upload u SET ticket = g.ticket, sealed = g.sealed FROM given g WHERE u.id = g.id AND u.ticket IS NULL
"""


async def adopt(given: Sequence[Given]) -> None:
    """Give the files among these answers to their tickets, in the caller's transaction.

    Each is sealed anew with the key of its person, so that it is forgotten with the person, and replaces an earlier
    one. Raises `UploadGone` for one that was sent for another question, or that another ticket has.
    """
    files = await _files(given)
    if not files:
        return
    named = [(upload, g.question, g.ticket) for upload, g in files.items()]
    rows = {row["id"]: row for row in await fetch(_FREE, *map(list, zip(*named, strict=True)))}
    if rows.keys() != files.keys():
        raise UploadGone
    sealed = [_resealed(rows[upload], g.key) for upload, g in files.items()]
    await fetch(_ADOPT, *map(list, zip(*named, strict=True)), sealed)


async def _files(given: Sequence[Given]) -> dict[UUID, Given]:
    """Return the answers that name a file, by upload. Raises `UploadGone` when two name the same."""
    named = [
        (ids[0], g)
        for g in given
        if isinstance(g.value, str) and (ids := open_capability("upload", g.value)) is not None
    ]
    if not named:
        return {}
    rows = await fetch(
        "SELECT id FROM question WHERE id = ANY($1::uuid[]) AND kind = 'file'", [g.question for _, g in named]
    )
    asked = {row["id"] for row in rows}
    files = [(upload, g) for upload, g in named if g.question in asked]
    if len(dict(files)) != len(files):
        raise UploadGone
    return dict(files)


def _resealed(row: asyncpg.Record, key: bytes) -> bytes:
    """Return the content under the person's key; what its ticket has already stays as it is."""
    return row["sealed"] if row["adopted"] else seal(unwrap(key), unseal(derived(PURPOSE), row["sealed"]))


_ADOPTED = """
SELECT u.media_type, u.sealed, p.key FROM upload u JOIN ticket t ON t.id = u.ticket JOIN person p ON p.id = t.person
WHERE u.id = $1
"""


async def file(upload: UUID) -> File | None:
    """Return a file that belongs to a ticket, or None when there is none, or its person was erased."""
    row = await fetch_one(_ADOPTED, upload)
    if row is None or row["key"] is None:
        return None
    stored = _opened(unwrap(row["key"]), row["sealed"])
    return File(stored.name, row["media_type"], stored.data)


def _opened(key: bytes, sealed: bytes) -> _Stored:
    return msgspec.msgpack.decode(unseal(key, sealed), type=_Stored)
