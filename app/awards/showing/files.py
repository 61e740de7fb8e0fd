"""The files of an entry for those who may see it: in a blind round a copy that does not say who made it."""

import asyncio
from uuid import UUID

import structlog

from app.awards.blinding import Unclean, clean_file
from app.awards.entering import files
from app.awards.entering.files import Handed
from app.awards.reach import RoundRef
from app.awards.showing.entry import entry_for
from app.awards.showing.readers import Reader
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.signing import derived, seal, unseal

log = structlog.get_logger()


async def file_for(reader: Reader, *, entry: UUID, file: UUID, round: RoundRef | None) -> Handed:  # noqa: A002
    """Return a file of an entry for somebody who may see the entry. Raises `NotFound`."""
    shown = await entry_for(reader, entry, round)
    named = next((one for one in shown.files if one.id == file), None)
    if named is None:
        raise NotFound
    if not shown.blind:
        return await files.content(file, entry=entry)
    return Handed(named.name, named.media_type, await _shared(entry, file))


async def _shared(entry: UUID, file: UUID) -> bytes:
    """Return the copy for blind rounds, which is made when it is first asked for if there is none yet."""
    row = await fetch_one("SELECT shared FROM entry_file WHERE id = $1 AND entry = $2", file, entry)
    if row is None:
        raise NotFound
    if row["shared"] is not None:
        return unseal(derived(files.PURPOSE), row["shared"])
    return await _made(entry, file)


async def _made(entry: UUID, file: UUID) -> bytes:
    original = await files.content(file, entry=entry)
    try:
        copy = await asyncio.to_thread(clean_file, original.data, original.media_type)
    except Unclean:
        log.warning("file_cannot_be_shared", entry_file=str(file))
        raise NotFound from None
    sealed = seal(derived(files.PURPOSE), copy)
    await fetch("UPDATE entry_file SET shared = $2 WHERE id = $1 AND shared IS NULL", file, sealed)
    return copy
