"""What a publication says in one language: the one source of its calendar entry, its JSON and its line of a list."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from app.events.ical import Entry, Status, event_block, plain
from app.exchange.schemas import Words

Kind = Literal["event", "session", "card"]
_RULE = re.compile(r"RRULE:[A-Z0-9=;,+-]+", re.ASCII)
_DAYS = re.compile(r"(RDATE|EXDATE)(?:;TZID=([^:]*))?:(\d{8}(?:T\d{6}Z?)?(?:,\d{8}(?:T\d{6}Z?)?)*)", re.ASCII)


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A publication. Either moments with the offset of `zone` (IANA), the end exclusive, or whole days, both included.

    `part_of` is the UID of the event that a session belongs to; `origin` the name of a copy at its origin, which
    `attribution` and `licence` speak of. `instances` are single dates of a series that are otherwise than its rule
    says, `instance` is what such a date would have been (RFC 3339). Coordinates in degrees, `capacity` in people.
    `languages` of `title`, `place` (venue and address) and `attribution`, where they need not be the reader's.
    """

    uid: str
    kind: Kind
    title: str
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    zone: str = ""
    status: Status = "confirmed"
    mode: str = ""
    room: str = ""
    venue: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    description: str = ""
    url: str = ""
    categories: tuple[str, ...] = ()
    organiser: str = ""
    price: str = ""
    contact: str = ""
    phone: str = ""
    capacity: int | None = None
    part_of: str = ""
    recurrence: tuple[str, ...] = ()
    instance: str = ""
    instances: tuple["Said", ...] = ()
    origin: str = ""
    attribution: str = ""
    licence: str = ""
    languages: Words = {}


_decode = msgspec.json.Decoder(Said).decode


def decoded(said: str | bytes) -> Said:
    """Return what was stored."""
    return _decode(said)


def where(said: Said) -> str:
    """Return room, venue and address in one line, each once; empty for what has no place."""
    return ", ".join(dict.fromkeys(part for part in (said.room, said.venue, said.address) if part))


def source_line(said: Said) -> str:
    """Return whose words these are and on what terms: `Source: Fukuoka City (CC BY 4.0)`; empty for our own."""
    if said.attribution and said.licence:
        return f"{said.attribution} ({said.licence})"
    return said.attribution or said.licence


def core(said: Said) -> object:
    """Return what a change of raises SEQUENCE: time, place and status, as JSON can hold it."""
    times = (said.starts_at, said.ends_at, said.first_day, said.last_day, said.zone, said.recurrence, said.instance)
    place = (where(said), said.latitude, said.longitude, said.mode)
    return [times, place, said.status, [core(one) for one in said.instances]]


def bare(said: Said) -> Said:
    """Return what is left of something that is no longer published: that it does not take place, and what it was."""
    return Said(
        uid=said.uid,
        kind=said.kind,
        title=said.title,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        first_day=said.first_day,
        last_day=said.last_day,
        zone=said.zone,
        status="cancelled",
        recurrence=said.recurrence,
        origin=said.origin,
        attribution=said.attribution,
        licence=said.licence,
        languages={name: tag for name, tag in said.languages.items() if name != "place"},
    )


def ics(said: Said, *, sequence: int, changed_at: dt.datetime) -> bytes:
    """Return the VEVENT, and one for each date of its own, all under one UID."""
    series = (said, *said.instances)
    return b"".join(event_block(_entry(one, said.uid, sequence, changed_at)) for one in series)


def _entry(said: Said, uid: str, sequence: int, changed_at: dt.datetime) -> Entry:
    has_place = said.latitude is not None and said.longitude is not None
    return Entry(
        uid=uid,
        sequence=sequence,
        changed_at=changed_at,
        title=said.title,
        starts=_first(said.starts_at, said.first_day),
        ends=_first(said.ends_at, said.last_day),
        zone=said.zone or "UTC",
        location=where(said),
        place=(said.latitude, said.longitude) if has_place else None,  # type: ignore[arg-type]  # neither is None
        url=said.url,
        description="\n".join(part for part in (said.description, source_line(said)) if part),
        categories=said.categories,
        blocks=said.kind == "session",
        status=said.status,
        recurrence=tuple(recurring(said.recurrence, said.zone)),
        instance=_instance(said.instance),
        origin=said.origin,
    )


def _instance(written: str) -> dt.date | dt.datetime | None:
    if "T" in written:
        return dt.datetime.fromisoformat(written)
    return dt.date.fromisoformat(written) if written else None


def _first(moment: dt.datetime | None, day: dt.date | None) -> dt.date | dt.datetime:
    found = moment or day
    assert found is not None  # noqa: S101  # it has moments or days
    return found


def recurring(lines: Iterable[str], zone: str) -> Iterable[str]:
    """Yield the rules that can stand in a line, times in a zone that every reader knows; nothing else is passed on."""
    for line in lines:
        days = _DAYS.fullmatch(line)
        if days is None:
            if _RULE.fullmatch(line):
                yield line
        elif "T" not in days[3]:
            yield f"{days[1]};VALUE=DATE:{days[3]}"
        elif "Z" in days[3]:
            yield f"{days[1]}:{days[3]}"
        else:
            yield f"{days[1]};TZID={zone}:{_moved(days[3], days[2] or zone, zone)}"


def _moved(moments: str, since: str, zone: str) -> str:
    """Return local times of one zone in another; those of a zone that nobody knows are the event's own."""
    if since == zone:
        return moments
    try:
        there = ZoneInfo(since)
    except (ValueError, OSError, LookupError):
        return moments
    read = (dt.datetime.strptime(one, "%Y%m%dT%H%M%S").replace(tzinfo=there) for one in moments.split(","))
    return ",".join(one.astimezone(ZoneInfo(zone)).strftime("%Y%m%dT%H%M%S") for one in read)


def address_of(url: str) -> str:
    """Return a web address in letters that any line may have; empty when it is none."""
    try:
        parts = urlsplit(plain(url))
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return ""
    path, query, rest = (quote(part, safe="/:@!$&'()*+,;=~?%-._") for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host + port, path, query, rest))
