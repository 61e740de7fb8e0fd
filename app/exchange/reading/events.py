"""An event of a feed as we keep it: every field by its meaning, and what had to be repaired or was left out. Pure."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from app.exchange.reading.components import Component
from app.exchange.reading.properties import Property, parse
from app.exchange.reading.times import Moment, duration, moment
from app.exchange.reading.zones import Zones

Status = Literal["confirmed", "tentative", "cancelled"]
Access = Literal["public", "private", "confidential"]
_STATUSES: Mapping[str, Status] = {
    "CONFIRMED": "confirmed",
    "TENTATIVE": "tentative",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}
_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
_CALLED_OFF = re.compile(r"中止|延期|見合わせ|cancel+ed|postponed|abgesagt|verschoben", re.IGNORECASE)
DAY = dt.timedelta(days=1)


class Note(Struct, frozen=True):
    """What the quality report says of a line: `code` names it; `lost` when something is not there any more."""

    number: int
    code: str
    lost: bool = False


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
    description: str
    place: str
    url: str
    status: Status
    access: Access
    called_off: bool
    categories: tuple[str, ...]
    recurrence: tuple[str, ...]
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
    first = {one.name: one for one in reversed(own)}
    uid = first["UID"].value.strip() if "UID" in first else ""
    starts = _starts(first, zones, usual, notes)
    if starts is None:
        code = "start_missing" if "DTSTART" not in first else "start_unreadable"
        return Refused(found.number, code, uid), tuple(notes)
    if not uid:
        notes.append(Note(found.number, "uid_missing"))
    title = first["SUMMARY"].text.strip() if "SUMMARY" in first else ""
    if not title:
        notes.append(Note(found.number, "title_missing"))
    return (
        Read(
            uid=uid or _made_uid(first, starts),
            made_uid=not uid,
            recurrence_id=_recurrence_id(first, zones, usual),
            sequence=_number(first.get("SEQUENCE"), notes),
            last_modified=_utc(first.get("LAST-MODIFIED"), zones),
            stamp=_utc(first.get("DTSTAMP"), zones),
            starts=starts,
            ends=_ends(first, starts, zones, usual, notes),
            title=title,
            title_language=first["SUMMARY"].parameters.get("LANGUAGE", "") if "SUMMARY" in first else "",
            description=_text(first.get("DESCRIPTION")),
            place=_text(first.get("LOCATION")),
            url=_url(first.get("URL"), notes),
            status=_status(first.get("STATUS"), notes),
            access=_access(first.get("CLASS")),
            called_off=bool(_CALLED_OFF.search(title)),
            categories=_categories(own),
            recurrence=_recurrence(own, notes),
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


def _starts(first: Mapping[str, Property], zones: Zones, usual: str, notes: list[Note]) -> Moment | None:
    return _time(first.get("DTSTART"), zones, usual, notes)


def _time(found: Property | None, zones: Zones, usual: str, notes: list[Note]) -> Moment | None:
    if found is None:
        return None
    read = moment(found, zones, usual=usual)
    if read is None:
        notes.append(Note(found.number, "time_unreadable", lost=True))
    else:
        notes.extend(Note(found.number, flag) for flag in read.flags)
    return read


def _ends(first: Mapping[str, Property], starts: Moment, zones: Zones, usual: str, notes: list[Note]) -> Moment | None:
    ends = _time(first.get("DTEND"), zones, usual, notes)
    if ends is None and "DURATION" in first:
        ends = _after(starts, first["DURATION"], notes)
    if ends is None:
        return None
    if ends.is_day != starts.is_day:
        notes.append(Note(first["DTEND"].number, "end_of_another_kind", lost=True))
        return None
    if (ends.at or ends.local) < (starts.at or starts.local):
        notes.append(Note(first["DTEND" if "DTEND" in first else "DURATION"].number, "end_before_start", lost=True))
        return None
    return ends


def _after(starts: Moment, found: Property, notes: list[Note]) -> Moment | None:
    span = duration(found.value)
    if span is None:
        notes.append(Note(found.number, "duration_unreadable", lost=True))
        return None
    try:
        return Moment(starts.local + span, None if starts.at is None else starts.at + span, starts.zone)
    except OverflowError:
        notes.append(Note(found.number, "duration_unreadable", lost=True))
        return None


def _recurrence_id(first: Mapping[str, Property], zones: Zones, usual: str) -> str:
    """Return which instance of a series this is, in one spelling whatever the zone it is written in."""
    found = first.get("RECURRENCE-ID")
    read = moment(found, zones, usual=usual) if found else None
    if read is None:
        return found.value.strip() if found else ""
    return read.local.date().isoformat() if read.at is None else read.at.isoformat()


def _utc(found: Property | None, zones: Zones) -> dt.datetime | None:
    read = moment(found, zones, usual="UTC") if found else None
    return read.at if read else None


def _number(found: Property | None, notes: list[Note]) -> int:
    if found is None:
        return 0
    if not re.fullmatch(r"\s*\d{1,9}\s*", found.value):
        notes.append(Note(found.number, "sequence_unreadable"))
        return 0
    return int(found.value)


def _text(found: Property | None) -> str:
    return found.text.strip() if found else ""


def _url(found: Property | None, notes: list[Note]) -> str:
    """Return an address that a page may link to: nothing but http and https."""
    address = found.text.strip() if found else ""
    if address and not re.match(r"https?://[^\s<>\"']+$", address, re.IGNORECASE):
        notes.append(Note(found.number if found else 0, "url_refused", lost=True))
        return ""
    return address


def _status(found: Property | None, notes: list[Note]) -> Status:
    if found is None:
        return "confirmed"
    known = _STATUSES.get(found.value.strip().upper())
    if known is None:
        notes.append(Note(found.number, "status_unknown"))
    return known or "confirmed"


def _access(found: Property | None) -> Access:
    """Return the class; one that is not known is treated as private (RFC 5545, 3.8.1.3)."""
    if found is None:
        return "public"
    words: dict[str, Access] = {"PUBLIC": "public", "CONFIDENTIAL": "confidential"}
    return words.get(found.value.strip().upper(), "private")


def _categories(own: Iterable[Property]) -> tuple[str, ...]:
    words = [word for one in own if one.name == "CATEGORIES" for word in re.split(r"(?<!\\),", one.value)]
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _recurrence(own: Iterable[Property], notes: list[Note]) -> tuple[str, ...]:
    kept = []
    for one in own:
        if one.name == "RRULE" and _OFTEN.search(one.value):
            notes.append(Note(one.number, "recurs_too_often", lost=True))
        elif one.name in {"RRULE", "RDATE", "EXDATE"}:
            zone = f";TZID={one.parameters['TZID']}" if "TZID" in one.parameters else ""
            kept.append(f"{one.name}{zone}:{one.value.strip()}")
    return tuple(kept)


def _made_uid(first: Mapping[str, Property], starts: Moment) -> str:
    """Return a UID for an event that has none: of its title, its address and its day, so that it stays the same."""
    said = [_text(first.get(name)) for name in ("SUMMARY", "URL", "LOCATION")]
    named = "\0".join([*said, starts.local.date().isoformat()])
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@no-uid"
