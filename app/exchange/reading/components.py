"""The components of a calendar, each for itself: one that is broken costs itself and not the feed. Pure.

A digest covers what an event says and not when it was written down, so that only events that changed are parsed.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from app.exchange.reading.charsets import Read, Text

EVENT, ZONE, CALENDAR = "VEVENT", "VTIMEZONE", "VCALENDAR"
_VOLATILE = re.compile(
    r"^(DTSTAMP|X-(MICROSOFT|MS)-[A-Z-]*|X-LIC-ERROR|X-WR-RELCALID|X-GENERATED-[A-Z-]*|X-EXPORT-[A-Z-]*)[;:]",
    re.IGNORECASE,
)
"""Lines that change with every export, though nothing has changed."""
_MARK = re.compile(r"^\s*(BEGIN|END)\s*:\s*([A-Za-z0-9-]+)\s*$", re.IGNORECASE)
_NAMED = re.compile(r"^([A-Za-z0-9_.-]+)\s*[;:]")
_NAMES = frozenset({
    "ACTION", "ATTACH", "ATTENDEE", "BEGIN", "CALSCALE", "CATEGORIES", "CLASS", "COLOR", "COMMENT", "COMPLETED",
    "CONFERENCE", "CONTACT", "CREATED", "DAYLIGHT", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "DUE", "DURATION",
    "END", "EXDATE", "EXRULE", "FREEBUSY", "GEO", "IMAGE", "LAST-MODIFIED", "LOCATION", "METHOD", "NAME", "ORGANIZER",
    "PERCENT-COMPLETE", "PRIORITY", "PRODID", "RDATE", "RECURRENCE-ID", "REFRESH-INTERVAL", "RELATED-TO", "REPEAT",
    "REQUEST-STATUS", "RESOURCES", "RRULE", "SEQUENCE", "SOURCE", "STATUS", "STRUCTURED-DATA", "STYLED-DESCRIPTION",
    "SUMMARY", "TRANSP", "TRIGGER", "TZ", "TZID", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "TZURL", "UID", "URL",
    "VERSION",
})  # fmt: skip
"""What begins a line behind a text whose new lines were written as they are: `日時: 10:00` and `Tel: 045` do not."""
_PARAMETER = re.compile(r"^[A-Z][A-Z0-9-]+;[A-Z][A-Z0-9-]+=[^:]*:")
"""What nobody writes within a text: `NON-SMOKING;VALUE=BOOLEAN:TRUE`."""
_TAKES_MORE = re.compile(r"^(DESCRIPTION|SUMMARY|LOCATION|COMMENT|CONTACT|X-ALT-DESC)[;:]", re.IGNORECASE)
"""Only texts go on, and no mark."""


class Problem(Struct, frozen=True):
    """What was wrong and what was done: `code` names it, `lost` when something is not there any more."""

    number: int
    code: str
    lost: bool = False


class Component(Struct, frozen=True, gc=False):
    """A component with its own lines, those of its parts included; `number` is its first line in the file."""

    kind: str
    number: int
    lines: tuple[Text, ...]
    digest: bytes


class Calendar(Struct, frozen=True):
    """A file as components: its own properties, events, zones, the number of all others, and what was wrong.

    `whole` when the calendar has its end; `cut` is the last event, whose own end is missing with everything behind it.
    """

    properties: tuple[Text, ...]
    events: tuple[Component, ...]
    zones: tuple[Component, ...]
    others: int
    problems: tuple[Problem, ...]
    whole: bool = True
    cut: Component | None = None


def split(read: Read) -> Calendar:
    """Return the components of a file; nothing raises, whatever the file is."""
    problems = [Problem(lost.number, lost.reason, lost=True) for lost in read.lost]
    problems += [Problem(number, "character_missing", lost=True) for number in read.marred]
    taking = _Taking(problems=problems)
    for line in _joined(read.lines, taking.problems):
        taking.take(line)
    cut = bool(taking.open)
    taking.close()
    found = [Component(kind, lines[0].number, tuple(lines), digest(lines)) for kind, lines in taking.found]
    events, zones = (tuple(one for one in found if one.kind == kind) for kind in (EVENT, ZONE))
    return Calendar(
        properties=tuple(taking.properties),
        events=events,
        zones=zones,
        others=len(found) - len(events) - len(zones),
        problems=tuple(sorted(taking.problems, key=lambda problem: problem.number)),
        whole=not taking.inside and not cut,
        cut=events[-1] if cut and events and found[-1] is events[-1] else None,
    )


def digest(lines: Sequence[Text]) -> bytes:
    """Return the SHA-256 of what a component says: without stamps, and without spaces at the ends of lines."""
    said = [line.text.rstrip() for line in lines if not _VOLATILE.match(line.text)]
    return hashlib.sha256("\n".join(said).encode()).digest()


class _Taking(Struct):
    """A walk through the lines: what is open, innermost last, what has been found, and whether a calendar is open."""

    problems: list[Problem]
    properties: list[Text] = []
    found: list[tuple[str, list[Text]]] = []
    open: list[str] = []
    lines: list[Text] = []
    inside: bool = False

    def take(self, line: Text) -> None:
        """Take the next line."""
        mark = _MARK.match(line.text)
        if mark is None:
            self._say(line)
        elif mark[1].upper() == "BEGIN":
            self._begin(line, mark[2].upper())
        else:
            self._end(line, mark[2].upper())

    def close(self, number: int | None = None) -> None:
        """End what is open; a component whose own end is missing is whole all the same."""
        if self.open:
            self.problems.append(Problem(number or self.lines[-1].number, "end_missing"))
            self._done()

    def _done(self) -> None:
        self.found.append((self.open[0], self.lines))
        self.open, self.lines = [], []

    def _say(self, line: Text) -> None:
        if self.open:
            self.lines.append(line)
        elif _NAMED.match(line.text):
            self.properties.append(line)
        elif line.text.strip():
            self.problems.append(Problem(line.number, "not_a_property", lost=True))

    def _begin(self, line: Text, kind: str) -> None:
        if kind in {EVENT, ZONE, CALENDAR}:
            self.close(line.number)
        if kind == CALENDAR:
            self.inside = True
        else:
            self.open.append(kind)
            self.lines.append(line)

    def _end(self, line: Text, kind: str) -> None:
        if kind == CALENDAR:
            self.close(line.number)
            self.inside = False
        elif kind in self.open:
            self.lines.append(line)
            del self.open[len(self.open) - self.open[::-1].index(kind) :]
            if len(self.open) == 1:
                self._done()
            else:
                self.open.pop()
        else:
            self.problems.append(Problem(line.number, "end_without_begin"))


def _joined(lines: Sequence[Text], problems: list[Problem]) -> Iterator[Text]:
    """Join lines that are no property to the one before: texts whose new lines were written as they are."""
    last: Text | None = None
    more: list[str] = []
    for line in lines:
        if last is not None and _goes_on(last, line.text):
            more.append(line.text.strip())
            problems.append(Problem(line.number, "fold_missing"))
            continue
        if last is not None:
            yield Text(last.number, "\\n".join([last.text, *more])) if more else last
        last, more = line, []
    if last is not None:
        yield Text(last.number, "\\n".join([last.text, *more])) if more else last


def _goes_on(last: Text, text: str) -> bool:
    """Whether a line belongs to the text before it: that takes more, and this is no property that anybody knows."""
    if not text.strip() or not _TAKES_MORE.match(last.text):
        return False
    named = _NAMED.match(text.lstrip())
    if named is None:
        return True
    if _PARAMETER.match(text):
        return False
    if last.text[:4].isupper() and not named[1].isupper():
        return True  # `Location: Hall` within a description of a file that writes LOCATION
    return named[1].upper() not in _NAMES and not named[1].upper().startswith("X-")
