"""Calendar files and lists, joined from what is stored and kept in memory as long as the log stands still."""

import datetime as dt
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from app.core.db import fetch_one
from app.core.i18n import DEFAULT
from app.events.ical import FOOT, calendar_head, zones_block
from app.exchange.publishing import log
from app.exchange.publishing.audiences import Reader, Selection, condition

ROOM = 64 * 1024 * 1024
"""Bytes of files that a process keeps; the one asked for longest ago goes first."""


class File(Struct, frozen=True):
    """A file with its strong entity tag; `changed_at` is the last change of anything in it."""

    body: bytes
    etag: str
    changed_at: dt.datetime | None


class Title(Struct, frozen=True):
    """What a calendar is called, and where it is published."""

    name: str
    zone: str
    url: str


Key = tuple[object, ...]
_kept: OrderedDict[Key, tuple[str, File]] = OrderedDict()


async def kept(key: Key, make: Callable[[log.Mark], Awaitable[File]], *, now: dt.datetime) -> File:
    """Return the file of a key: as it was made before, unless the log has moved on. One statement then.

    Made anew it is often the same to the last byte, and so is its tag.
    """
    mark = await log.current(now)
    found = _kept.get(key)
    if found is None or found[0] != mark.stamp:
        found = mark.stamp, await make(mark)
        _kept[key] = found
        while len(_kept) > 1 and sum(len(file.body) for _stamp, file in _kept.values()) > ROOM:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return found[1]


_JOINED = """
SELECT string_agg(coalesce(own.ics, base.ics), ''::bytea ORDER BY p.starts_at, p.uid COLLATE "C") AS body,
  array_agg(DISTINCT p.zone) AS zones, min(p.starts_at) AS first, max(p.ends_at) AS last
FROM publication p
JOIN published_text base ON base.publication = p.id AND base.language = $1
LEFT JOIN published_text own ON own.publication = p.id AND own.language = $2
WHERE p.gone_at IS NULL AND
"""
_CHANGED = "SELECT max(p.changed_at) AS at FROM publication p WHERE"


async def joined(reader: Reader, selection: Selection, title: Title, language: str, mark: log.Mark) -> File:
    """Return the calendar file of a selection, in the order of time."""
    where, values = condition(reader, selection, first=3)
    row = await fetch_one(f"{_JOINED} {where}", DEFAULT, language, *values)
    assert row is not None  # noqa: S101  # an aggregate always has a row
    head = calendar_head(name=title.name, language=language, zone=title.zone, url=title.url)
    span = (row["first"], row["last"]) if row["body"] else None
    body = b"".join([head, zones_block(row["zones"] or (), span), row["body"] or b"", FOOT])
    return file_of(body, await changed_at(reader, selection, mark))


async def changed_at(reader: Reader, selection: Selection, mark: log.Mark) -> dt.datetime | None:
    """Return when something of a file changed last.

    What has moved to another venue or event has left no trace where it was: so everything of the convention counts.
    """
    wide = Selection(convention=selection.convention, partner=selection.partner)
    where, values = condition(reader, wide)
    row: Any = await fetch_one(f"{_CHANGED} {where}", *values)
    moments = [row["at"], mark.moved_at if reader.agreement else None]
    return max((one for one in moments if one is not None), default=None)


def file_of(body: bytes, changed: dt.datetime | None) -> File:
    """Return a file, its tag made of its bytes: whoever sees no change gets the same tag."""
    return File(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', changed)
