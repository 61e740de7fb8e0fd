"""What the TZIDs of one feed mean: its own definitions first, then names that are known, else nothing. Pure.

Every feed has a map of its own, for the same name means different things in different feeds. A name that nobody knows
is flagged; its times are never taken for floating ones in silence.
"""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from app.exchange.reading.components import Component
from app.exchange.reading.properties import Property, parse
from app.exchange.reading.yearly import changes

_OFFSET = re.compile(r"^\(?(?:UTC|GMT|Z)?\s*([+-])\s*(\d{1,2}):?(\d{2})?\)?(?:\s|$)", re.IGNORECASE)
_UTC = frozenset({
    "UTC", "GMT", "Z", "UCT", "ZULU", "UNIVERSAL", "GREENWICH", "GMT0", "COORDINATED UNIVERSAL TIME",
})  # fmt: skip
NAMES: Mapping[str, str] = {
    "JST": "Asia/Tokyo",
    "JAPAN": "Asia/Tokyo",
    "JAPAN STANDARD TIME": "Asia/Tokyo",
    "JST-9": "Asia/Tokyo",
    "TOKYO": "Asia/Tokyo",
    "OSAKA, SAPPORO, TOKYO": "Asia/Tokyo",
    "東京": "Asia/Tokyo",
    "日本": "Asia/Tokyo",
    "日本標準時": "Asia/Tokyo",
    "東京 (標準時)": "Asia/Tokyo",
    "大阪、札幌、東京": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "KOREA STANDARD TIME": "Asia/Seoul",
    "SEOUL": "Asia/Seoul",
    "CHINA STANDARD TIME": "Asia/Shanghai",
    "HONG KONG": "Asia/Hong_Kong",
    "SINGAPORE STANDARD TIME": "Asia/Singapore",
    "CET": "Europe/Berlin",
    "AMSTERDAM, BERLIN, BERN, ROME, STOCKHOLM, VIENNA": "Europe/Berlin",
    "EASTERN TIME (US & CANADA)": "America/New_York",
    "CENTRAL TIME (US & CANADA)": "America/Chicago",
    "MOUNTAIN TIME (US & CANADA)": "America/Denver",
    "PACIFIC TIME (US & CANADA)": "America/Los_Angeles",
}
"""Names that stand in calendars and in no list of zones. Ambiguous abbreviations (IST, CST, BST) are none of them."""


class Rule(Struct, frozen=True):
    """From `begins` (local, before the change) on, clocks are `after` UTC; again at each of `more`, and of `also`."""

    begins: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    more: str = ""
    also: tuple[dt.datetime, ...] = ()


class Defined:
    """A zone as a feed defines it: `changes` (local, as clocks showed before them), and what holds after each."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Work out every change once, for a large feed asks thousands of times."""
        moved = sorted((change, rule.begins, rule.after, rule.before) for rule in rules for change in _changes(rule))
        self.changes = [change for change, *_ in moved]
        self.shown = [change + max(after - before, dt.timedelta()) for change, _begins, after, before in moved]
        self.offsets = [min(rules, key=lambda rule: rule.begins).before, *(after for *_, after, _before in moved)]

    def covers(self, local: dt.datetime) -> bool:
        """Whether it says what clocks do then: not before its first change, nor after its last, where it has several.

        Programs write down the changes of the years that they think of, under a name that stands for all of them.
        """
        if len(set(self.offsets)) == 1:
            return True
        return self.changes[0] <= local <= self.changes[-1]

    def offset(self, local: dt.datetime) -> dt.timedelta:
        """Return how far clocks that show `local` (naive) are ahead of UTC; in a gap, as before it."""
        return self.offsets[bisect_right(self.shown, local)]

    def said(self) -> str:
        """Return what the definition comes to, whatever its words are."""
        return repr((self.changes, self.offsets))


Zone = ZoneInfo | dt.timezone | Defined


class Zones:
    """The zones of one feed."""

    def __init__(self, definitions: Iterable[Component]) -> None:
        """Take the definitions of a feed; each is read when it is asked for, and one that is broken is left out."""
        self._written = {name: lines for one in definitions for name, lines in [_named(one)] if name}
        self._defined: dict[str, Zone | None] = {}

    def find(self, name: str) -> Zone | None:
        """Return what a TZID means in this feed; None for a name that nobody knows."""
        bare = _bare(name.replace("\\,", ","))
        if bare in self._written and bare not in self._defined:
            self._defined[bare] = _defined(self._written[bare])
        return self._defined.get(bare) or known(bare)

    def said(self, name: str) -> str:
        """Return what this feed itself says of a name, "" where it says nothing."""
        zone = self.find(name)
        return zone.said() if isinstance(zone, Defined) else ""

    def moment(self, local: dt.datetime, name: str) -> dt.datetime | None:
        """Return the moment (UTC) at which clocks of the zone show `local`; None where the zone is not known."""
        zone = self.find(name)
        if zone is None:
            return None
        if isinstance(zone, Defined) and not zone.covers(local):
            zone = known(name) or zone
        if isinstance(zone, Defined):
            return (local - zone.offset(local)).replace(tzinfo=dt.UTC)
        return local.replace(tzinfo=zone).astimezone(dt.UTC)


@cache
def known(name: str) -> ZoneInfo | dt.timezone | None:
    """Return the zone of a name: of IANA, Windows, old Mozilla and Exchange, an offset, or one of `NAMES`."""
    bare = name.strip().strip('"')
    if bare.upper().removeprefix("ETC/") in _UTC:
        return dt.UTC
    named = NAMES.get(bare.upper()) or _iana(bare) or _windows().get(bare.upper())
    if named:
        return ZoneInfo(named)
    return _by_offset(bare) if _OFFSET.match(bare) else _by_cities(bare, None)


@cache
def _windows() -> Mapping[str, str]:
    """Return zones by Windows' names (CLDR); loaded when a feed needs it, for that costs more than reading most."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    return {name.upper(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def _iana(name: str) -> str | None:
    """Return IANA's name at the end of a name such as `/mozilla.org/20050126_1/Asia/Tokyo`."""
    spelled = _spelled()
    whole = name.upper().replace(" ", "_").replace("US-", "US/", 1).strip("/")
    parts = whole.split("/")
    tails = ("/".join(parts[n:]) for n in range(len(parts) - 1))  # one word alone says too little, unless it is all
    return next((spelled[tail] for tail in (whole, *tails) if tail in spelled), None)


@cache
def _spelled() -> dict[str, str]:
    return {name.upper(): name for name in available_timezones() if name not in {"Factory", "localtime"}}


@cache
def _cities() -> dict[str, str]:
    """Return zones by their cities, those of the continents only."""
    names = sorted(name for name in available_timezones() if name.split("/")[0] in _CONTINENTS)
    return {name.rpartition("/")[2].replace("_", " ").upper(): name for name in names}


_CONTINENTS = frozenset({"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
_WINTERS = (dt.datetime(2026, 1, 1), dt.datetime(2026, 7, 1))  # noqa: DTZ001  # clocks of any place


def _by_cities(names: str, ahead: dt.timedelta | None) -> ZoneInfo | None:
    """Return the zone of `Canberra, Melbourne, Sydney`: of cities that agree, two at least where no offset is named."""
    found = [ZoneInfo(_cities()[city]) for one in names.upper().split(",") if (city := one.strip()) in _cities()]
    said = {_standard(zone) for zone in found}
    if len(said) != 1 or (ahead is None and len(found) == 1) or ahead not in {None, *said}:
        return None
    return found[0]


def _standard(zone: ZoneInfo) -> dt.timedelta:
    """Return how far clocks are ahead of UTC when it is winter."""
    return min(zone.utcoffset(one) or dt.timedelta() for one in _WINTERS)


def _by_offset(name: str) -> ZoneInfo | dt.timezone | None:
    """Return the zone of `GMT+0900` or `(UTC+09:00) Osaka, Sapporo, Tokyo`: a known place, else a bare offset."""
    found = _OFFSET.match(name)
    if found is None:
        return None
    place = name[found.end() :].strip().upper().replace(" AND ", " & ")
    if place in NAMES:
        return ZoneInfo(NAMES[place])
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14 or minutes > 59:
        return None
    ahead = dt.timedelta(hours=hours, minutes=minutes) * (-1 if found[1] == "-" else 1)
    return _by_cities(place, ahead) if place else dt.timezone(ahead)  # a place may have summer time


def _named(component: Component) -> tuple[str, list[Property]]:
    """Return the name of a VTIMEZONE, and its lines."""
    lines = [parse(line.text, line.number) for line in component.lines]
    properties = [one for one in lines if one is not None]
    return next((_bare(one.text) for one in properties if one.name == "TZID"), ""), properties


def _bare(name: str) -> str:
    return name.strip().strip('"')


def _defined(properties: Sequence[Property]) -> Zone | None:
    """Return the rules of a VTIMEZONE; where it has none that can be read, the place that it names."""
    rules = [rule for part in _parts(properties) if (rule := _rule(part)) is not None]
    if rules:
        return Defined(rules)
    located = next((one.value for one in properties if one.name in {"X-LIC-LOCATION", "X-WR-TIMEZONE"}), "")
    return known(located)


def _parts(properties: Iterable[Property]) -> list[dict[str, str]]:
    """Return the properties of each STANDARD and DAYLIGHT; those that stand there several times joined by commas."""
    parts: list[dict[str, str]] = []
    for one in properties:
        if one.name == "BEGIN" and one.value.strip().upper() in {"STANDARD", "DAYLIGHT"}:
            parts.append({})
        elif parts and one.name == "RDATE" and "RDATE" in parts[-1]:
            parts[-1]["RDATE"] += f",{one.value.strip()}"
        elif parts:
            parts[-1].setdefault(one.name, one.value.strip())
    return parts


def _rule(part: Mapping[str, str]) -> Rule | None:
    try:
        rule = Rule(
            _clocks(part["DTSTART"]),
            offset_of(part.get("TZOFFSETFROM", part["TZOFFSETTO"])),
            offset_of(part["TZOFFSETTO"]),
            part.get("RRULE", ""),
            tuple(_clocks(one) for one in part.get("RDATE", "").split(",") if one.strip()),
        )
        _changes(rule)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    return rule


def _clocks(written: str) -> dt.datetime:
    """Return what clocks of the place show. Raises `ValueError`."""
    return dt.datetime.strptime(written.strip()[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  # clocks of the place


def offset_of(written: str) -> dt.timedelta:
    """Return an offset such as `+0900` or `-033000`. Raises `ValueError`."""
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d):?(\d\d)?", written)
    if found is None:
        raise ValueError(written)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds) * (-1 if found[1] == "-" else 1)


def _changes(rule: Rule) -> list[dt.datetime]:
    """Return the changes that a rule makes, as the clocks showed them before, to the end of the century.

    Raises `ValueError` for a rule that moves clocks otherwise than on days of a year.
    """
    found = changes(rule.more, rule.begins, rule.before) if rule.more else [rule.begins]
    return sorted({*found, *rule.also})
