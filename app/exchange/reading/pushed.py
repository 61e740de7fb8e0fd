"""An event in our own JSON, as a partner pushes it: strict, with every field that is wrong. Pure.

The names are those that we answer with. An array holds the instances of one series, each with its `recurrence_id`.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, structs

from app.exchange.reading.calendars import read_calendar
from app.exchange.reading.fields import CALLED_OFF
from app.exchange.reading.notes import LONGEST, LONGEST_UID, Note, fit, note
from app.exchange.reading.request import Request
from app.exchange.reading.spans import DAY, Span, span
from app.exchange.reading.times import Moment
from app.exchange.reading.zones import known
from app.exchange.schemas import Access, Finding, Incoming, Position, Reading, Status, Words

_RULES = r"^(RRULE|RDATE|EXDATE)[^\r\n]*:[!-~]+$"
Moments = Annotated[dt.datetime, Meta(tz=True)]
FIELDS: Mapping[str, Any] = {
    "uid": Annotated[str, Meta(min_length=1, max_length=LONGEST_UID)],
    "recurrence_id": Annotated[str, Meta(max_length=64)],
    "sequence": Annotated[int, Meta(ge=0, le=999_999_999)],
    "last_modified": Moments,
    "starts_at": Moments,
    "ends_at": Moments,
    "first_day": dt.date,
    "last_day": dt.date,
    "zone": str,
    "title": Annotated[str, Meta(min_length=1, max_length=LONGEST["title"])],
    "title_language": Annotated[str, Meta(max_length=35)],
    "titles": Words,
    "description": Annotated[str, Meta(max_length=LONGEST["description"])],
    "place": Annotated[str, Meta(max_length=LONGEST["place"])],
    "address": Annotated[str, Meta(max_length=LONGEST["address"])],
    "latitude": Annotated[float, Meta(ge=-90, le=90)] | None,
    "longitude": Annotated[float, Meta(ge=-180, le=180)] | None,
    "url": Annotated[str, Meta(max_length=LONGEST["url"], pattern=r"^(https?://[^\s<>\"']+)?$")],
    "organiser": Annotated[str, Meta(max_length=LONGEST["organiser"])],
    "price": Annotated[str, Meta(max_length=LONGEST["price"])],
    "contact": Annotated[str, Meta(max_length=LONGEST["contact"])],
    "phone": Annotated[str, Meta(max_length=LONGEST["phone"])],
    "email": Annotated[str, Meta(max_length=LONGEST["email"])],
    "categories": Annotated[tuple[Annotated[str, Meta(max_length=LONGEST["categories"])], ...], Meta(max_length=50)],
    "status": Status,
    "access": Access,
    "recurrence": Annotated[tuple[Annotated[str, Meta(max_length=5_000, pattern=_RULES)], ...], Meta(max_length=20)],
    "origin": Annotated[str, Meta(max_length=LONGEST["origin"])],
    "others": Words,
}
NEEDED = ("uid", "title")
_LISTS = frozenset({"categories"})


def read_pushed(request: Request) -> Reading:
    """Return the event that is pushed, with the instances of its series; a calendar file is taken as well."""
    if request.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"{", b"["}:
        return read_calendar(request)
    try:
        said = msgspec.json.decode(request.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Reading(problem="not_json", size=len(request.body))
    events, findings = list[Incoming](), list[Finding]()
    told = said if isinstance(said, list) else [said]
    for number, one in enumerate(told, 1):
        event, notes = _event(one, number, request)
        uid = event.uid if event else ""
        findings += [Finding(each.number, each.code, each.lost, each.field, each.written, uid) for each in notes]
        events += [event] if event else []
    return Reading(
        events=tuple(events), refused=len(told) - len(events), findings=tuple(findings), size=len(request.body)
    )


def _event(said: object, number: int, request: Request) -> tuple[Incoming | None, list[Note]]:
    """Return an event, or None with every field that is wrong."""
    if not isinstance(said, dict):
        return None, [note(number, "field_wrong", lost=True, field="body")]
    notes = [note(number, "field_unknown", lost=True, field=str(name)[:40]) for name in said if name not in FIELDS]
    notes += [note(number, "field_missing", lost=True, field=name) for name in NEEDED if said.get(name) in (None, "")]
    values: dict[str, Any] = {}
    for name, written in said.items():
        if name in FIELDS and written is not None:
            try:
                values[name] = msgspec.convert(written, FIELDS[name], strict=True)
            except msgspec.ValidationError:
                notes.append(note(number, "field_wrong", lost=True, field=name, written=str(written)))
    notes += [note(number, code, lost=True, field=field) for field, code in _odd(said, values, request.zone)]
    return (None, _once(notes)) if notes else _made(values, number, request)


def _once(notes: list[Note]) -> list[Note]:
    return list({(one.field, one.code): one for one in notes}.values())


def _odd(said: Mapping[str, object], values: Mapping[str, Any], zone: str) -> list[tuple[str, str]]:
    """Return what does not go together: fields with codes."""
    wrong = []
    if not {"starts_at", "first_day"} & said.keys():
        wrong.append(("starts_at", "field_missing"))
    for first, last in (("starts_at", "ends_at"), ("first_day", "last_day")):
        if last in values and (first not in values or values[last] < values[first]):
            wrong.append((last, "end_before_start"))
    if {"starts_at", "first_day"} <= values.keys() and not _agree(values, values.get("zone", zone)):
        wrong.append(("first_day", "field_wrong"))
    if "zone" in values and not isinstance(known(values["zone"]), ZoneInfo):
        wrong.append(("zone", "zone_unknown"))
    wrong += [(name, "field_wrong") for name in ("titles", "others") if _too_long(values.get(name, {}))]
    return wrong + [(name, "field_missing") for name in _half(values)]


def _agree(values: Mapping[str, Any], zone: str) -> bool:
    """Whether days and moments speak of the same day, as in what we answer with ourselves."""
    place = known(zone)
    return place is not None and values["starts_at"].astimezone(place).date() == values["first_day"]


def _too_long(words: Words) -> bool:
    return len(words) > 60 or any(len(name) > 100 or len(text) > LONGEST["other"] for name, text in words.items())


def _half(values: Mapping[str, Any]) -> list[str]:
    given = [name for name in ("latitude", "longitude") if values.get(name) is not None]
    return ["longitude" if given == ["latitude"] else "latitude"] if len(given) == 1 else []


def _made(values: dict[str, Any], number: int, request: Request) -> tuple[Incoming, list[Note]]:
    notes: list[Note] = []
    place = known(values.get("zone", request.zone))
    zone = place.key if isinstance(place, ZoneInfo) else request.zone
    at = [values.pop(name, None) for name in ("latitude", "longitude")]
    times = _span(values, zone)
    texts = {
        name: fit(values.pop(name), name, number, notes) for name in sorted(LONGEST.keys() & values.keys() - _LISTS)
    }
    title = texts["title"]
    called_off = bool(CALLED_OFF.search(title)) and values.get("status", "confirmed") != "cancelled"
    notes += [note(number, "called_off", field="title", written=title)] if called_off else []
    found = Incoming(
        **({"title_language": request.language} | values | texts),
        zone=zone,
        starts_at=times.starts_at,
        ends_at=times.ends_at,
        first_day=times.first_day,
        last_day=times.last_day,
        position=Position(*at) if at[0] is not None else None,
        called_off=called_off,
        digest=b"",
    )
    digest = hashlib.sha256(b"1" + msgspec.json.encode(found)).digest()
    return structs.replace(found, digest=digest, number=number), notes


def _span(values: dict[str, Any], zone: str) -> Span:
    """Take the times out of the values: days go before their moments."""
    starts, ends, first, last, _zone = (
        values.pop(name, None) for name in ("starts_at", "ends_at", "first_day", "last_day", "zone")
    )
    if first is None:
        return span(_moment(starts), _moment(ends) if ends else None, zone)
    after = dt.datetime.combine((last or first) + DAY, dt.time())
    return span(Moment(dt.datetime.combine(first, dt.time()), None), Moment(after, None), zone)


def _moment(at: dt.datetime) -> Moment:
    utc = at.astimezone(dt.UTC)
    return Moment(utc.replace(tzinfo=None), utc, "UTC")
