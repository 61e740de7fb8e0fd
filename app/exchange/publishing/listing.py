"""What a reader gets of the log, one by one: what change feeds and synchronised calendars are made of."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from app.core.db import fetch, fetch_one
from app.core.i18n import DEFAULT
from app.events.ical import BARE_HEAD, FOOT, zones_block
from app.exchange.publishing import log
from app.exchange.publishing.audiences import Reader, Selection, condition, fingerprint
from app.exchange.publishing.said import Said, decoded


class Item(Struct, frozen=True, kw_only=True):
    """A publication in a language. `gone` from the calendars: then it has no bytes and says nothing.

    `ics` are its VEVENTs alone; `alone()` is a whole file. `change` is its number; `etag` is strong.
    """

    uid: str
    change: int
    gone: bool
    sequence: int
    status: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    changed_at: dt.datetime
    zone: str
    ics: bytes = b""
    said: Said | None = None

    @property
    def etag(self) -> str:
        """The entity tag of its bytes."""
        return f'"{hashlib.sha256(self.ics).hexdigest()[:32]}"'

    def alone(self) -> bytes:
        """Return it as a calendar of its own, without METHOD: a resource of a collection (RFC 4791, 4.1)."""
        zones = zones_block({self.zone}, (self.starts_at, self.ends_at))
        return b"".join([BARE_HEAD, zones, self.ics, FOOT])


class Head(Struct, frozen=True, kw_only=True):
    """How far a reader's part of the log goes: up to `change`, changed last at `changed_at`; `etag` names it.

    `selection` is another when he may have another part; and who stands below `forgotten` cannot be told what is gone.
    In both cases he reads everything once more.
    """

    etag: str
    changed_at: dt.datetime | None
    change: int
    selection: str
    forgotten: int

    def knows(self, since: int, selection: str) -> bool:
        """Whether somebody who has read up to `since` of a selection can be told what has changed."""
        return selection == self.selection and self.forgotten <= since <= self.change


_HEAD = """
SELECT coalesce(max(p.change), 0) AS change, max(p.changed_at) AS changed_at,
  coalesce((SELECT md5(string_agg(o.uid, ' ' ORDER BY o.uid COLLATE "C")) FROM publication o
    WHERE o.kind = 'card' AND o.audience = 'partner' AND o.gone_at IS NULL AND $1 = ANY(o.told_by)), '') AS left_out
FROM publication p WHERE
"""


async def head(reader: Reader, selection: Selection, *, now: dt.datetime) -> Head:
    """Return how far the log goes for a reader, once it is up to date."""
    mark = await log.current(now)
    where, values = condition(reader, selection, first=2)
    row = await fetch_one(f"{_HEAD} {where}", reader.partner, *values)
    assert row is not None  # noqa: S101  # an aggregate always has a row
    moved = mark.moved_at if reader.agreement else None
    named = fingerprint(reader, selection, f"{row['left_out']} {moved}")
    # The last change may be one that is forgotten: where the log goes must not step back by that.
    change = max(row["change"], mark.forgotten)
    etag = hashlib.sha256(f"{named} {change}".encode()).hexdigest()[:32]
    changed = [one for one in (row["changed_at"], moved) if one]
    return Head(
        etag=f'"{etag}"',
        changed_at=max(changed, default=None),
        change=change,
        selection=named,
        forgotten=mark.forgotten,
    )


_ITEMS = """
SELECT p.uid, p.change, p.gone_at IS NOT NULL AS gone, p.sequence, p.status, p.starts_at, p.ends_at, p.changed_at,
  p.zone, coalesce(own.ics, base.ics) AS ics, coalesce(own.said, base.said) AS said
FROM publication p
LEFT JOIN published_text base ON base.publication = p.id AND base.language = $1
LEFT JOIN published_text own ON own.publication = p.id AND own.language = $2
WHERE
"""


async def items(
    reader: Reader,
    selection: Selection,
    *,
    since: int | None = None,
    language: str = DEFAULT,
    limit: int | None = None,
    uids: Sequence[str] | None = None,
    gone: bool = True,
) -> list[Item]:
    """Return what stands in the log for a reader, in the order of changes.

    With `since`, what changed after that number, tombstones too unless `gone` is false; else everything that is in the
    calendars. `uids` picks some. Ask `head` first: it brings the log up to date.
    """
    where, values = condition(reader, selection, first=3)
    if since is None or not gone:
        where += " AND p.gone_at IS NULL"
    if since is not None:
        values.append(since)
        where += f" AND p.change > ${len(values) + 2}"
    if uids is not None:
        values.append(list(uids))
        where += f" AND p.uid = ANY(${len(values) + 2})"
    values.append(limit)
    rows = await fetch(f"{_ITEMS} {where} ORDER BY p.change LIMIT ${len(values) + 2}", DEFAULT, language, *values)
    return [_item(row) for row in rows]


def _item(row: Any) -> Item:
    plain = {name: row[name] for name in Item.__struct_fields__ if name not in {"ics", "said"}}
    return Item(**plain, ics=row["ics"], said=decoded(row["said"])) if row["said"] else Item(**plain)
