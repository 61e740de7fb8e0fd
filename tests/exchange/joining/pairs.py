"""Labelled pairs of events: `+` the same event told twice, `-` two events.

A line is `label title ¦ when ¦ home: place; address @lat,lon ~organiser ¦ title ¦ when ¦ where`, all times in Tokyo and
in 2026: `11-21`, `11-21..11-23` (hours behind it are not read), `11-21 10:00`, `11-21 10:00-17:00`.
"""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from app.exchange.joining.likeness import Likeness, likeness, traits
from app.exchange.schemas import Incoming, Position

TOKYO = ZoneInfo("Asia/Tokyo")
_WHERE = re.compile(
    r"(?:(?P<home>[^:;@~]{1,8}):)?\s*(?P<place>[^;@~]*);?(?P<address>[^@~]*)(?:@(?P<at>[\d.,-]+))?\s*(?:~(?P<by>.*))?"
)


class Pair(Struct, frozen=True):
    """Two events, and whether they are one; `homes` are the cities that tell of them."""

    same: bool
    one: Incoming
    other: Incoming
    homes: tuple[str, str]
    line: str


def read(name: str) -> list[Pair]:
    """Return the pairs of a file beside this one."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return [parsed(line) for line in lines if line and not line.startswith("#")]


def parsed(line: str) -> Pair:
    """Return the pair that a line writes."""
    label, rest = line[0], line[1:]
    title, when, where, other, other_when, other_where = (part.strip() for part in rest.split("¦"))
    one, home = event(title, when, where)
    two, other_home = event(other, other_when, other_where)
    return Pair({"+": True, "-": False}[label], one, two, (home, other_home), line)


def event(title: str, when: str, where: str) -> tuple[Incoming, str]:
    """Return an event as a line writes it, and the city that tells of it."""
    found = _WHERE.fullmatch(where)
    assert found, where
    position = Position(*map(float, found["at"].split(","))) if found["at"] else None
    made = Incoming(
        uid=f"{title} {when}",
        title=title,
        place=found["place"].strip(),
        address=(found["address"] or "").strip(),
        position=position,
        organiser=(found["by"] or "").strip(),
        digest=title.encode(),
        **_times(when),  # type: ignore[arg-type]
    )
    return made, (found["home"] or "").strip()


def _times(when: str) -> dict[str, object]:
    if ".." in when or len(when) == 5:
        first, _, last = when.split(maxsplit=1)[0].partition("..")
        begin, end = (dt.date.fromisoformat(f"2026-{day}") for day in (first, last or first))
        midnights = [dt.datetime.combine(day, dt.time(), TOKYO).astimezone(dt.UTC) for day in (begin, end)]
        return {
            "starts_at": midnights[0],
            "ends_at": midnights[1] + dt.timedelta(days=1),
            "first_day": begin,
            "last_day": end,
        }
    day, hours = when.split()
    start, _, end_hour = hours.partition("-")
    moments = [
        dt.datetime.fromisoformat(f"2026-{day}T{hour}").replace(tzinfo=TOKYO) for hour in (start, end_hour or start)
    ]
    return {"starts_at": moments[0].astimezone(dt.UTC), "ends_at": moments[1].astimezone(dt.UTC)}


def scored(pair: Pair) -> Likeness:
    """Return how alike the two of a pair are."""
    return likeness(traits(pair.one, pair.homes[0]), traits(pair.other, pair.homes[1]))
