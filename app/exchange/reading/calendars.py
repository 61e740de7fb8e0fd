"""A calendar file (RFC 5545, and what is taken for one) as events. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from msgspec import structs

from app.exchange.reading import passing
from app.exchange.reading.charsets import Read as ReadText
from app.exchange.reading.charsets import read as read_text
from app.exchange.reading.components import Calendar, Component, split
from app.exchange.reading.digests import Digests
from app.exchange.reading.events import Read, Refused, read_event
from app.exchange.reading.lines import take_apart
from app.exchange.reading.notes import Note, fit, note
from app.exchange.reading.properties import Property, parse
from app.exchange.reading.request import Request
from app.exchange.reading.spans import span, zone_of
from app.exchange.reading.times import duration
from app.exchange.reading.zones import Zones, known
from app.exchange.schemas import Finding, Incoming, Reading

_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_CALENDAR = re.compile(r"^\s*BEGIN\s*:\s*V(CALENDAR|EVENT|TODO|FREEBUSY|JOURNAL|TIMEZONE)", re.IGNORECASE)


def read_calendar(request: Request) -> Reading:
    """Return the events of a calendar; those whose digest is known are not parsed."""
    left = _left(request) if request.known else None
    if left is None:
        return read_lines(request)
    found = read_lines(structs.replace(request, body=left.body))
    return structs.replace(passing.in_place(found, left), size=len(request.body))


def _left(request: Request) -> passing.Rest | None:
    """Return what is left of a file without the events that are known; None where that does not show in its bytes."""
    events = passing.events(request.body)
    if events is None:
        return None
    frame = split(read_text(take_apart(events.frame())))
    digests = Digests(Zones(frame.zones), _usual(_properties(frame), request.zone))
    return passing.rest(events, request.known, digests)


def read_lines(request: Request) -> Reading:
    """Return the events of a calendar the long way, line by line."""
    text = read_text(take_apart(request.body))
    calendar = split(text)
    if not calendar.events and not _is_calendar(text):
        return Reading(problem="html" if _HTML.match(request.body[:4_000]) else "no_calendar", size=len(request.body))
    properties = _properties(calendar)
    usual = _usual(properties, request.zone)
    reading = _Events(request, Zones(calendar.zones), usual)
    for component in reading.new(calendar.events):
        reading.read(component, cut=calendar.cut is not None and component.number == calendar.cut.number)
    # Half an event is no reason to give a whole one another name.
    half = [one for one in reading.events if calendar.cut and one.number == calendar.cut.number]
    whole = [one for one in reading.events if one not in half] if half else reading.events
    return Reading(
        events=(*apart(whole, reading.findings), *half),
        kept=tuple(reading.kept),
        refused=reading.refused,
        findings=(
            *(Finding(0, code) for code in sorted(text.repairs)),
            *(Finding(problem.number, problem.code, problem.lost) for problem in calendar.problems),
            *reading.findings,
        ),
        whole=calendar.whole,
        size=len(request.body),
        refresh_seconds=_refresh(properties),
        name=fit(properties["X-WR-CALNAME"].text, "title", 0, [])
        if "X-WR-CALNAME" in properties
        else _name(properties),
    )


def _is_calendar(text: ReadText) -> bool:
    return any(_CALENDAR.match(line.text) for line in text.lines)


def _properties(calendar: Calendar) -> dict[str, Property]:
    """Return the properties of the calendar itself, the first of each name."""
    found = [one for line in calendar.properties if (one := parse(line.text, line.number)) is not None]
    return {one.name: one for one in reversed(found)}


def _name(properties: Mapping[str, Property]) -> str:
    found = properties.get("X-WR-CALNAME") or properties.get("NAME")
    return fit(found.text, "title", 0, []) if found else ""


def _usual(properties: Mapping[str, Property], zone: str) -> str:
    """Return the zone (IANA) of times that name none: the one of the feed, else of the source."""
    for name in ("X-WR-TIMEZONE", "TIMEZONE-ID", "TZ"):
        meant = known(properties[name].text.strip()) if name in properties else None
        if isinstance(meant, ZoneInfo):
            return meant.key
    return zone


def _refresh(properties: Mapping[str, Property]) -> int | None:
    """Return how many seconds may pass between two readings, where the feed says so."""
    for name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        span_of_it = duration(properties[name].value) if name in properties else None
        if span_of_it is not None and span_of_it.total_seconds() > 0:
            return round(span_of_it.total_seconds())
    return None


class _Events:
    """The events of one calendar, one after the other."""

    def __init__(self, request: Request, zones: Zones, usual: str) -> None:
        self.request, self.zones, self.usual = request, zones, usual
        self.events: list[Incoming] = []
        self.kept: list[bytes] = []
        self.findings: list[Finding] = []
        self.refused = 0
        self._digests = Digests(zones, usual)
        self._replaced: set[str] = set()

    def new(self, components: Sequence[Component]) -> list[Component]:
        """Return the components that have to be parsed, with the digests that we go by.

        A component whose name stands in others as well is never passed over: together they tell which one it is.
        """
        digests = [self._digest(one) for one in components]
        alone = Counter(map(named, components)) if self.request.known else Counter[tuple[str, str]]()
        found = []
        for one, digest in zip(components, digests, strict=True):
            name = named(one) if digest in self.request.known else ("", "")
            if name[0] and alone[name] == 1:
                self.kept.append(digest)
            else:
                found.append(Component(one.kind, one.number, one.lines, digest))
        return found

    def _digest(self, component: Component) -> bytes:
        return self._digests.of(component.digest, (line.text for line in component.lines if "TZID" in line.text))

    def read(self, component: Component, *, cut: bool) -> None:
        """Read an event; one at which our own code fails costs itself and not the feed."""
        try:
            found, notes = read_event(component, self.zones, usual=self.usual)
            event = self._incoming(found) if isinstance(found, Read) else None
        except Exception:  # noqa: BLE001  # whatever it is, the other events are whole
            found, notes, event = Refused(component.number, "event_unreadable"), (), None
        self._say(notes, found.uid)
        if event is not None:
            self.events.append(event)
        if isinstance(found, Refused):
            self.refused += 1
            self.findings.append(Finding(found.number, found.code, lost=True, uid=found.uid))
        elif cut:
            self.findings.append(Finding(found.number, "cut_short", lost=True, uid=found.uid))

    def _say(self, notes: Iterable[Note], uid: str) -> None:
        self.findings += [Finding(one.number, one.code, one.lost, one.field, one.written, uid) for one in notes]

    def _incoming(self, read: Read) -> Incoming:
        zone, replaced = zone_of(read.starts, self.zones, self.usual, recurs=bool(read.recurrence))
        if replaced and read.starts.zone not in self._replaced:
            self._replaced.add(read.starts.zone)
            self._say([note(read.number, "zone_replaced", field="time", written=read.starts.zone)], read.uid)
        when = span(read.starts, read.ends, zone)
        if read.called_off and read.status != "cancelled":
            self.findings.append(
                Finding(read.number, "called_off", field="title", written=read.title[:80], uid=read.uid)
            )
        return Incoming(
            uid=read.uid,
            made_uid=read.made_uid,
            recurrence_id=read.recurrence_id,
            sequence=read.sequence,
            last_modified=read.last_modified,
            stamp=read.stamp,
            starts_at=when.starts_at,
            ends_at=when.ends_at,
            first_day=when.first_day,
            last_day=when.last_day,
            zone=zone,
            title=read.title,
            title_language=read.title_language or self.request.language,
            titles=read.titles,
            description=read.description,
            place=read.place,
            address=read.address,
            position=read.position,
            url=read.url,
            organiser=read.organiser,
            contact=read.contact,
            phone=read.phone,
            email=read.email,
            categories=read.categories,
            status=read.status,
            access=read.access,
            called_off=read.called_off,
            recurrence=read.recurrence,
            origin=read.origin,
            others=read.others,
            digest=read.digest,
            number=read.number,
        )


def named(component: Component) -> tuple[str, str]:
    """Return UID and RECURRENCE-ID of a component as they are written, without parsing it."""
    uid = again = ""
    for line in component.lines:
        start = line.text[:13].upper()
        if start[:3] == "UID" and start[3:4] in {":", ";"}:
            uid = uid or line.text
        elif start == "RECURRENCE-ID":
            again = again or line.text
    return uid.partition(":")[2].strip(), again.partition(":")[2].strip()


def apart(events: Sequence[Incoming], findings: list[Finding]) -> list[Incoming]:
    """Tell apart events that share a name and are not versions of one another.

    Their starts differ, and nothing else says which is the later one. The earliest keeps the name, the others get
    their start added to it.
    """
    groups: dict[tuple[str, str], list[Incoming]] = {}
    for event in events:
        groups.setdefault((event.uid, event.recurrence_id), []).append(event)
    if len(groups) == len(events):
        return list(events)
    renamed: dict[int, str] = {}
    for group in groups.values():
        renamed |= _renamed(group, findings)
    return [structs.replace(one, uid=renamed[id(one)], made_uid=True) if id(one) in renamed else one for one in events]


def _renamed(group: Sequence[Incoming], findings: list[Finding]) -> dict[int, str]:
    """Return new names of events of one name, by the identity of the object."""
    versions = {(one.sequence, one.last_modified) for one in group}
    starts = sorted({one.starts_at for one in group})
    if len(group) == 1 or len(versions) > 1 or len(starts) == 1 or not _apart_by_title(group):
        return {}
    found = {id(one): f"{one.uid}#{one.starts_at:%Y%m%dT%H%M%SZ}" for one in group if one.starts_at != starts[0]}
    findings += [Finding(one.number, "uid_repeated", uid=one.uid) for one in group if id(one) in found]
    return found


def _apart_by_title(group: Sequence[Incoming]) -> bool:
    """Whether these are events of their own and not one that was moved: more than two, or of different titles."""
    return len(group) > 2 or len({one.title for one in group}) > 1 or any(one.made_uid for one in group)
