"""Cities that exchange calendars with us, as simply as can be: what they tell, relay, and have heard of us."""

import datetime as dt
import hashlib
import random
import re
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.clock import NOW
from tests.exchange.pulling.feeds import moment

MINUTE = dt.timedelta(minutes=1)
TOKYO = ZoneInfo("Asia/Tokyo")
Relays = Literal["nothing", "renamed", "as they came"]
"""What a city does with what it hears: copies under names of its own that name the origin, or just as they came."""
PLACES = ("港", "公園", "会館")
_FOLDED = re.compile(r"\r\n[ \t]")
_EVENT = re.compile(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", re.DOTALL)


@dataclass(frozen=True)
class Said:
    """An event as somebody tells it; moments in minutes. `words` changes with every version."""

    uid: str
    title: str
    start: int
    words: str
    status: str = "CONFIRMED"
    sequence: int = 0
    stamp: int = 0
    origin: str = ""

    @property
    def shows(self) -> tuple[str, int, str, str]:
        """What a reader of a calendar sees."""
        return self.title, self.start, self.words, self.status


@dataclass
class Neighbour:
    """A partner city: its own events, and what it has heard from us, by origin."""

    name: str
    relays: Relays
    luck: random.Random
    source: UUID
    ours: str
    own: dict[str, Said] = field(default_factory=dict)
    heard: dict[str, Said] = field(default_factory=dict)
    served: list[tuple[Said, ...]] = field(default_factory=list)

    def add(self, minute: int) -> None:
        """Announce an event of its own."""
        drawn = f"{self.luck.getrandbits(64):016x}"
        title = f"{self.name} {drawn[:6]} {self.luck.choice(PLACES)}の催し"
        start = minute + self.luck.randint(30, 200) * 24 * 60
        uid = f"{drawn}@{self.name}.example"
        self.own[uid] = Said(uid, title, start, "v0", stamp=minute)

    def change(self, minute: int) -> None:
        """Move an event, call it off or on again, or say something else of it; SEQUENCE may go backwards."""
        if not self.own:
            return
        one = self.luck.choice(list(self.own.values()))
        sequence = 0 if self.luck.random() < 0.1 else one.sequence + self.luck.choice([0, 1])
        new = replace(one, words=f"v{int(one.words[1:]) + 1}", sequence=sequence, stamp=minute)
        what = self.luck.random()
        if what < 0.4:
            new = replace(new, start=one.start + self.luck.choice([-60, 60, 1440]))
        elif what < 0.5:
            new = replace(new, status="CONFIRMED" if one.status == "CANCELLED" else "CANCELLED")
        self.own[one.uid] = new

    def hear(self, feed: bytes) -> None:
        """Read what we publish to it. Nothing of its own may be in it, and nothing twice."""
        found: dict[str, Said] = {}
        for one in read(feed):
            origin = one.origin or one.uid
            assert origin not in self.own, f"{self.name} hears its own event again"
            assert origin not in found, f"{self.name} hears an event twice"
            found[origin] = one
        self.heard |= found

    def tells(self) -> tuple[Said, ...]:
        """Return what stands in its calendar now."""
        if self.relays == "nothing":
            return tuple(self.own.values())
        copies = (self._copy(origin, one) for origin, one in self.heard.items())
        return (*self.own.values(), *copies)

    def _copy(self, origin: str, one: Said) -> Said:
        if self.relays == "as they came":
            return one
        name = hashlib.sha256(f"{self.name}{origin}".encode()).hexdigest()[:20]
        return replace(one, uid=f"{name}@{self.name}.example", origin=origin)


def written(events: tuple[Said, ...]) -> bytes:
    """Return a calendar."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//City//EN"]
    for one in events:
        stamp, start, end = (moment(NOW + n * MINUTE) for n in (one.stamp, one.start, one.start + 60))
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.uid}",
            f"DTSTAMP:{stamp}",
            f"LAST-MODIFIED:{stamp}",
            f"SEQUENCE:{one.sequence}",
            f"DTSTART:{start}",
            f"DTEND:{end}",
            f"SUMMARY:{one.title}",
            f"DESCRIPTION:{one.words}",
            f"STATUS:{one.status}",
            *([f"X-MACHIGURUMI-ORIGIN:{one.origin}"] if one.origin else []),
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(feed: bytes) -> list[Said]:
    """Return the events of a calendar of ours."""
    text = _FOLDED.sub("", feed.decode())
    return [_said(block) for block in _EVENT.findall(text)]


def _said(block: str) -> Said:
    lines: dict[str, tuple[str, str]] = {}
    for line in block.split("\r\n"):
        name, _, value = line.partition(":")
        lines.setdefault(name.partition(";")[0], (name, value))
    return Said(
        uid=lines["UID"][1],
        title=lines["SUMMARY"][1],
        start=_minute(*lines["DTSTART"]),
        words=lines.get("DESCRIPTION", ("", ""))[1].partition("\\n")[0],
        status=lines["STATUS"][1],
        sequence=int(lines["SEQUENCE"][1]),
        stamp=_minute(*lines["LAST-MODIFIED"]),
        origin=lines.get("X-MACHIGURUMI-ORIGIN", ("", ""))[1],
    )


def _minute(name: str, value: str) -> int:
    """Return a moment in minutes from now; days begin, and zones are those, in Tokyo."""
    if "VALUE=DATE" in name:
        value += "T000000"
    zone = dt.UTC if value.endswith("Z") else TOKYO
    at = dt.datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=zone)
    return round((at - NOW) / MINUTE)
