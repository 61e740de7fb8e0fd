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
_NAMED = re.compile(r"^[A-Za-z0-9-]+[;:]")


class Problem(Struct, frozen=True):
    """What was wrong and what was done: `code` names it, `lost` when something is not there any more."""

    number: int
    code: str
    lost: bool = False


class Component(Struct, frozen=True):
    """A component with its own lines, those of its parts included; `number` is its first line in the file."""

    kind: str
    number: int
    lines: tuple[Text, ...]
    digest: bytes


class Calendar(Struct, frozen=True):
    """A file as components: its own properties, events, zones, the number of all others, and what was wrong."""

    properties: tuple[Text, ...]
    events: tuple[Component, ...]
    zones: tuple[Component, ...]
    others: int
    problems: tuple[Problem, ...]


def split(read: Read) -> Calendar:
    """Return the components of a file; nothing raises, whatever the file is."""
    taking = _Taking(problems=[Problem(lost.number, lost.reason, lost=True) for lost in read.lost])
    for line in _joined(read.lines, taking.problems):
        taking.take(line)
    taking.close()
    found = [Component(kind, lines[0].number, tuple(lines), digest(lines)) for kind, lines in taking.found]
    events, zones = (tuple(one for one in found if one.kind == kind) for kind in (EVENT, ZONE))
    return Calendar(
        properties=tuple(taking.properties),
        events=events,
        zones=zones,
        others=len(found) - len(events) - len(zones),
        problems=tuple(sorted(taking.problems, key=lambda problem: problem.number)),
    )


def digest(lines: Sequence[Text]) -> bytes:
    """Return the SHA-256 of what a component says: without stamps, and without spaces at the ends of lines."""
    said = [line.text.rstrip() for line in lines if not _VOLATILE.match(line.text)]
    return hashlib.sha256("\n".join(said).encode()).digest()


class _Taking(Struct):
    """A walk through the lines: what is open, innermost last, and what has been found so far."""

    problems: list[Problem]
    properties: list[Text] = []
    found: list[tuple[str, list[Text]]] = []
    open: list[str] = []
    lines: list[Text] = []

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
        if kind != CALENDAR:
            self.open.append(kind)
            self.lines.append(line)

    def _end(self, line: Text, kind: str) -> None:
        if kind == CALENDAR:
            self.close(line.number)
        elif kind in self.open:
            self.lines.append(line)
            del self.open[self.open.index(kind) + 1 :]
            if len(self.open) == 1:
                self._done()
            else:
                self.open.pop()
        else:
            self.problems.append(Problem(line.number, "end_without_begin"))


def _joined(lines: Sequence[Text], problems: list[Problem]) -> Iterator[Text]:
    """Join lines that are no property to the one before: texts whose new lines were written as they are."""
    last: Text | None = None
    for line in lines:
        text = line.text
        if last is not None and text.strip() and not _NAMED.match(text.lstrip()) and _takes_more(last.text):
            last = Text(last.number, f"{last.text}\\n{text.strip()}")
            problems.append(Problem(line.number, "fold_missing"))
            continue
        if last is not None:
            yield last
        last = line
    if last is not None:
        yield last


def _takes_more(text: str) -> bool:
    """Whether a line may go on: only texts do, and no mark."""
    return bool(re.match(r"^(DESCRIPTION|SUMMARY|LOCATION|COMMENT|CONTACT|X-ALT-DESC)[;:]", text, re.IGNORECASE))
