"""An event of a feed as we keep it: every field by its meaning, and what had to be repaired or was left out. Pure."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from app.exchange.reading import fields
from app.exchange.reading.components import Component
from app.exchange.reading.notes import LONGEST_UID, Note, clean, fit, note
from app.exchange.reading.properties import Property, parse
from app.exchange.reading.recurrence import is_readable
from app.exchange.reading.times import Moment, moment, nominal, says_time_as_day
from app.exchange.reading.zones import Zones
from app.exchange.schemas import Access, Position, Status, Words

_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
_NO_SECONDS = re.compile(r"(?<=UNTIL=)\d{8}T\d{4}(?!\d)", re.IGNORECASE)
_LONGEST_RULES = 20_000
"""Characters of all the lines of a recurrence together: 1,000 moments that are left out fit."""


class Read(Struct, frozen=True, kw_only=True):
    """An event. `ends` lies after `starts`, or there is none. `called_off` proposes a status, it never decides one.

    `recurrence` are the lines of RRULE, RDATE and EXDATE as written. `made_uid` when the feed gave none.
    """

    uid: str
    made_uid: bool
    recurrence_id: str
    sequence: int
    last_modified: dt.datetime | None
    stamp: dt.datetime | None
    starts: Moment
    ends: Moment | None
    title: str
    title_language: str
    titles: Words
    description: str
    place: str
    address: str
    position: Position | None
    url: str
    organiser: str
    contact: str
    phone: str
    email: str
    status: Status
    access: Access
    called_off: bool
    categories: tuple[str, ...]
    recurrence: tuple[str, ...]
    origin: str
    others: Words
    digest: bytes
    number: int


class Refused(Struct, frozen=True):
    """An event that could not be saved, and why."""

    number: int
    code: str
    uid: str = ""


def read_event(found: Component, zones: Zones, *, usual: str) -> tuple[Read | Refused, tuple[Note, ...]]:
    """Return the event of a component with notes for the report, or why it is refused; nothing raises."""
    own, notes = _own(found)
    first = _with_times({one.name: one for one in reversed(own)})
    starts = _time(first.get("DTSTART"), zones, usual, notes)
    if starts is None:
        code = "start_missing" if "DTSTART" not in first else "start_unreadable"
        return Refused(found.number, code, _said_uid(first)), tuple(notes)
    uid, made_uid = _uid(found.number, first, starts, notes)
    organiser, contact, phone, email = fields.people(first, notes)
    title = _words(first, "SUMMARY", "title", notes)
    if not title:
        notes.append(Note(found.number, "title_missing"))
    return (
        Read(
            uid=uid,
            made_uid=made_uid,
            recurrence_id=_recurrence_id(first, zones, usual, notes),
            sequence=_number(first.get("SEQUENCE"), notes),
            last_modified=_utc(first.get("LAST-MODIFIED"), zones),
            stamp=_utc(first.get("DTSTAMP"), zones),
            starts=starts,
            ends=_ends(first, starts, zones, usual, notes),
            title=title,
            title_language=first["SUMMARY"].parameters.get("LANGUAGE", "")[:35] if title else "",
            titles=fields.titles(own, notes),
            description=fields.description(first, notes),
            place=_words(first, "LOCATION", "place", notes),
            address=fields.address(first, notes),
            position=fields.position(first, notes),
            url=fields.url(first.get("URL"), notes),
            organiser=organiser,
            contact=contact,
            phone=phone,
            email=email,
            status=fields.status(first.get("STATUS"), notes),
            access=fields.access(first.get("CLASS")),
            called_off=bool(fields.CALLED_OFF.search(title)),
            categories=fields.categories(own, notes),
            recurrence=_recurrence(own, notes),
            origin=_words(first, "X-MACHIGURUMI-ORIGIN", "origin", notes),
            others=fields.others(own, notes),
            digest=found.digest,
            number=found.number,
        ),
        tuple(notes),
    )


def _own(found: Component) -> tuple[list[Property], list[Note]]:
    """Return the properties of the event itself, without those of its alarms."""
    own, notes, depth = list[Property](), list[Note](), 0
    for line in found.lines:
        one = parse(line.text, line.number)
        if one is None:
            if line.text.strip():
                notes.append(Note(line.number, "not_a_property", lost=True))
        elif one.name in {"BEGIN", "END"}:
            depth += 1 if one.name == "BEGIN" else -1
        elif depth == 1:
            own.append(one)
    return own, notes


def _with_times(first: dict[str, Property]) -> dict[str, Property]:
    """Return the first property of each name, start and end as times where one of them calls itself a day and is none.

    The other may be at midnight, and would be taken for a day.
    """
    pair = [first[name] for name in ("DTSTART", "DTEND") if name in first]
    if not any(map(says_time_as_day, pair)):
        return first
    plain = (Property(one.name, {"TZID": one.parameters.get("TZID", "")}, one.value, one.number) for one in pair)
    return first | {one.name: one for one in plain}


def _time(found: Property | None, zones: Zones, usual: str, notes: list[Note]) -> Moment | None:
    if found is None:
        return None
    read = moment(found, zones, usual=usual)
    if read is None:
        notes.append(note(found.number, "time_unreadable", lost=True, field="time", written=found.value))
    else:
        notes.extend(note(found.number, flag, field="time", written=_written(found)) for flag in read.flags)
    return read


def _written(found: Property) -> str:
    """Return a time with the name of its zone, which is what a report quotes."""
    zone = found.parameters.get("TZID", "")
    return f"{zone} {found.value}" if zone else found.value


def _ends(first: Mapping[str, Property], starts: Moment, zones: Zones, usual: str, notes: list[Note]) -> Moment | None:
    ends = _time(first.get("DTEND"), zones, usual, notes)
    if ends is None and "DURATION" in first:
        ends = _after(starts, first["DURATION"], zones, notes)
    if ends is None:
        return None
    if ends.is_day != starts.is_day:
        notes.append(Note(first["DTEND"].number, "end_of_another_kind", lost=True, field="time"))
        return None
    if (ends.at or ends.local) < (starts.at or starts.local):
        notes.append(
            Note(first["DTEND" if "DTEND" in first else "DURATION"].number, "end_before_start", lost=True, field="time")
        )
        return None
    return ends


def _after(starts: Moment, found: Property, zones: Zones, notes: list[Note]) -> Moment | None:
    """Return what lies so much later: days as clocks show them, so that ten o'clock stays ten o'clock."""
    span = nominal(found.value)
    try:
        if span is not None:
            return _later(starts, *span, zones)
    except OverflowError:
        pass
    notes.append(Note(found.number, "duration_unreadable", lost=True, field="time"))
    return None


def _later(starts: Moment, days: int, exact: dt.timedelta, zones: Zones) -> Moment:
    local = starts.local + dt.timedelta(days=days)
    if starts.at is None:
        return Moment(local + exact, None, starts.zone)
    at = zones.moment(local, starts.zone) if days else None
    return Moment(local + exact, (at or starts.at + dt.timedelta(days=days)) + exact, starts.zone)


def _recurrence_id(first: Mapping[str, Property], zones: Zones, usual: str, notes: list[Note]) -> str:
    """Return which instance of a series this is, in one spelling whatever the zone it is written in."""
    found = first.get("RECURRENCE-ID")
    if found is None:
        return ""
    if found.parameters.get("RANGE"):
        notes.append(note(found.number, "range_left_out", lost=True, field="time", written=found.parameters["RANGE"]))
    read = moment(found, zones, usual=usual)
    if read is None:
        return clean(found.value)[:64]
    return read.local.date().isoformat() if read.at is None else read.at.isoformat()


def _utc(found: Property | None, zones: Zones) -> dt.datetime | None:
    read = moment(found, zones, usual="UTC") if found else None
    return read.at if read else None


def _number(found: Property | None, notes: list[Note]) -> int:
    if found is None:
        return 0
    written = found.value.strip()
    if not re.fullmatch(r"\d{1,9}", written):
        notes.append(note(found.number, "sequence_unreadable", written=found.value))
        return 0
    return int(written)


def _words(first: Mapping[str, Property], name: str, field: str, notes: list[Note]) -> str:
    found = first.get(name)
    return fit(found.text, field, found.number, notes) if found else ""


def _recurrence(own: Iterable[Property], notes: list[Note]) -> tuple[str, ...]:
    kept: list[str] = []
    size = 0
    for one in (_mended(one) for one in own if one.name in {"RRULE", "RDATE", "EXDATE"}):
        size += len(one.value)
        if _OFTEN.search(one.value):
            notes.append(note(one.number, "recurs_too_often", lost=True, field="time", written=one.value))
        elif one.name == "RRULE" and not is_readable(one.value):
            notes.append(note(one.number, "rule_unreadable", lost=True, field="time", written=one.value))
        elif size > _LONGEST_RULES:
            notes.append(note(one.number, "too_long", lost=True, field="time", written=one.value))
        else:
            kept.append(_rule(one))
    return tuple(kept)


def _mended(one: Property) -> Property:
    """Return a line of a recurrence without spaces and without the escapes of texts, which its value has none of."""
    value = re.sub(r"[^!-~]", "", one.value).replace("\\;", ";").replace("\\,", ",")
    return Property(one.name, one.parameters, _NO_SECONDS.sub(r"\g<0>00", value), one.number)


def _rule(one: Property) -> str:
    """Return a line of a recurrence with what its moments need."""
    kept = "".join(f";{name}={one.parameters[name]}" for name in ("TZID", "VALUE") if one.parameters.get(name))
    return f"{one.name}{clean(kept)}:{one.value}"


def _said_uid(first: Mapping[str, Property]) -> str:
    return clean(first["UID"].text)[:LONGEST_UID] if "UID" in first else ""


def _uid(number: int, first: Mapping[str, Property], starts: Moment, notes: list[Note]) -> tuple[str, bool]:
    """Return the UID, and whether it is one that we made."""
    uid = clean(first["UID"].text) if "UID" in first else ""
    if not uid:
        notes.append(Note(number, "uid_missing"))
        return _made_uid(first, starts), True
    if len(uid) > LONGEST_UID:
        notes.append(note(first["UID"].number, "uid_too_long", written=uid))
        return f"{hashlib.sha256(uid.encode()).hexdigest()[:32]}@long-uid", True
    return uid, False


def _made_uid(first: Mapping[str, Property], starts: Moment) -> str:
    """Return a UID for an event that has none: of its title, its address and its day, so that it stays the same."""
    said = [clean(first[name].text) if name in first else "" for name in ("SUMMARY", "URL", "LOCATION")]
    named = "\0".join([*said, starts.local.date().isoformat()])
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@no-uid"
