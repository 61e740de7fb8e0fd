"""What each source tells of a card, and our own event beside it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.core.db import fetch
from app.core.gentle import each
from app.core.i18n import text, text_language
from app.events.addresses import full
from app.exchange.merging.rows import incoming
from app.exchange.schemas import Incoming, Position, Words

LIVE = frozenset({"shown", "missing"})
"""States in which a source still tells of an event; `missing` until an officer has decided."""
_words = msgspec.json.Decoder(Words).decode


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An event as one source tells it. `own` is ours that came back: it tells nothing.

    A source is `opened` when somebody has looked at what it brings; `language` is the one that it is written in.
    """

    id: UUID
    card: UUID
    source: UUID
    source_name: str
    language: str = ""
    partner: UUID
    partner_slug: str
    partner_name: Words
    partner_code: str
    agreement: UUID
    event: Incoming
    state: str
    own: bool
    first_seen_at: dt.datetime
    changed_at: dt.datetime
    opened: bool = True

    @property
    def live(self) -> bool:
        """Whether its source still tells of it."""
        return self.state in LIVE and not self.own


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a convention of ours, as others would tell it; `path` is its page."""

    id: UUID
    event: Incoming
    path: str
    published: bool
    changed_at: dt.datetime


_RECORDS = """
SELECT e.*, s.name AS source_name, s.language, s.partner, s.agreement, s.live_at IS NOT NULL AS opened,
       p.slug AS partner_slug, p.name AS partner_name, p.code AS partner_code
FROM exchanged_event e JOIN source s ON s.id = e.source JOIN partner p ON p.id = s.partner
"""
_OURS = """
SELECT e.id, e.slug, e.title, e.first_day, e.last_day, e.mode, e.published_at, e.canceled_at, e.changed_at, c.zone,
       c.slug AS convention, v.name, v.address, v.latitude, v.longitude, o.name AS organiser
FROM event e JOIN convention c ON c.id = e.convention JOIN organiser o ON o.id = e.organiser
     LEFT JOIN venue v ON v.id = e.venue
"""


async def of_cards(cards: Sequence[UUID]) -> list[Record]:
    """Return everything that is told of some cards, by whoever told first."""
    sql = f"{_RECORDS} WHERE e.card = ANY($1::uuid[]) ORDER BY e.card, e.first_seen_at, e.id"
    return await each(as_record, await fetch(sql, cards))


async def of_ids(ids: Sequence[UUID]) -> list[Record]:
    """Return records by their ids."""
    sql = f"{_RECORDS} WHERE e.id = ANY($1::uuid[]) ORDER BY e.first_seen_at, e.id"
    return await each(as_record, await fetch(sql, ids))


async def every() -> list[Record]:
    """Return everything that is told of any card."""
    return await each(as_record, await fetch(f"{_RECORDS} ORDER BY e.card, e.first_seen_at, e.id"))


async def ours(ids: Iterable[UUID]) -> dict[UUID, Ours]:
    """Return events of our own by id."""
    rows = await fetch(f"{_OURS} WHERE e.id = ANY($1::uuid[])", list(ids))
    return {row["id"]: _ours(row) for row in rows}


async def ours_around(first: dt.date, last: dt.date) -> list[Ours]:
    """Return the events of our own that everybody can see and that touch these days."""
    sql = f"{_OURS} WHERE e.published_at IS NOT NULL AND e.first_day <= $2 AND e.last_day >= $1 ORDER BY e.id"
    return [_ours(row) for row in await fetch(sql, first, last)]


def as_record(row: Mapping[str, Any]) -> Record:
    """Return a row of `exchanged_event` with its source and partner."""
    made: dict[str, Any] = {"event": incoming(row), "partner_name": _words(row["partner_name"])}
    values: dict[str, Any] = {name: made.get(name, row.get(name)) for name in Record.__struct_fields__}
    return Record(**values)


def _ours(row: Mapping[str, Any]) -> Ours:
    zone, title = ZoneInfo(row["zone"]), _words(row["title"])
    path = f"/{row['convention']}/events/{row['slug']}"
    event = Incoming(
        uid="",
        starts_at=_midnight(row["first_day"], zone),
        ends_at=_midnight(row["last_day"] + dt.timedelta(days=1), zone),
        first_day=row["first_day"],
        last_day=row["last_day"],
        zone=row["zone"],
        title=text(title),
        title_language=text_language(title),
        titles=title,
        place=_said(row["name"]),
        address=_said(row["address"]),
        position=_position(row),
        organiser=_said(row["organiser"]),
        url=full(path),
        status="cancelled" if row["canceled_at"] else "confirmed",
        digest=b"",
    )
    published = row["published_at"] is not None
    return Ours(id=row["id"], event=event, path=path, published=published, changed_at=row["changed_at"])


def _position(row: Mapping[str, Any]) -> Position | None:
    if row["latitude"] is None or row["longitude"] is None:
        return None
    return Position(row["latitude"], row["longitude"])


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _said(words: str | None) -> str:
    return text(_words(words)) if words else ""
