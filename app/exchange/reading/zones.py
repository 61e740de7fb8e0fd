"""What the TZIDs of one feed mean: its own definitions first, then names that are known, else nothing. Pure.

Every feed has a map of its own, for the same name means different things in different feeds. A name that nobody knows
is flagged; its times are never taken for floating ones in silence.
"""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from msgspec import Struct

from app.exchange.reading.components import Component
from app.exchange.reading.properties import Property, parse

_OFFSET = re.compile(r"^\(?(?:UTC|GMT|Z)?\s*([+-])\s*(\d{1,2}):?(\d{2})?\)?(?:\s|$)", re.IGNORECASE)
_UTC = frozenset({"UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", "COORDINATED UNIVERSAL TIME"})
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
    "PACIFIC TIME (US & CANADA)": "America/Los_Angeles",
}
"""Names that stand in calendars and in no list of zones. Ambiguous abbreviations (IST, CST, BST) are none of them."""


class Rule(Struct, frozen=True):
    """From `begins` (local, before the change) on, clocks are `after` UTC; again at each of `more`."""

    begins: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    more: str = ""


class Defined:
    """A zone as a feed defines it: `changes` (local, as clocks showed before them), and what holds after each."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Work out every change once, for a large feed asks thousands of times."""
        changes = sorted((change, rule.begins, rule.after) for rule in rules for change in _changes(rule))
        self.changes = [change for change, _begins, _after in changes]
        self.offsets = [min(rules, key=lambda rule: rule.begins).before, *(after for *_, after in changes)]

    def covers(self, local: dt.datetime) -> bool:
        """Whether it says what clocks do then: not before its first change, nor after its last, where it has several.

        Programs write down the changes of the years that they think of, under a name that stands for all of them.
        """
        if len(set(self.offsets)) == 1:
            return True
        return self.changes[0] <= local <= self.changes[-1]

    def offset(self, local: dt.datetime) -> dt.timedelta:
        """Return how far clocks that show `local` (naive) are ahead of UTC; in a gap, as before it."""
        return self.offsets[bisect_right(self.changes, local)]

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
    iana = _iana(bare)
    if iana:
        return ZoneInfo(iana)
    if bare.upper() in _UTC:
        return dt.UTC
    named = NAMES.get(bare.upper()) or _windows().get(bare)
    return ZoneInfo(named) if named else _by_offset(bare)


@cache
def _windows() -> Mapping[str, str]:
    """Return zones by Windows' names (CLDR); loaded when a feed needs it, for that costs more than reading most."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    names: Mapping[str, str] = WINDOWS_TO_OLSON
    return names


def _iana(name: str) -> str | None:
    """Return IANA's name at the end of a name such as `/mozilla.org/20050126_1/Asia/Tokyo`."""
    spelled = _spelled()
    parts = name.upper().replace(" ", "_").replace("US-", "US/", 1).strip("/").split("/")
    tails = ("/".join(parts[n:]) for n in range(len(parts)))
    return next((spelled[tail] for tail in tails if tail in spelled and tail not in {"JAPAN", "CET"}), None)


@cache
def _spelled() -> dict[str, str]:
    return {name.upper(): name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}


def _by_offset(name: str) -> ZoneInfo | dt.timezone | None:
    """Return the zone of `GMT+0900` or `(UTC+09:00) Osaka, Sapporo, Tokyo`: a known place, else a bare offset."""
    found = _OFFSET.match(name)
    if found is None:
        return None
    place = name[found.end() :].strip()
    if NAMES.get(place.upper()):
        return ZoneInfo(NAMES[place.upper()])
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours > 14 or minutes > 59 or place:
        return None  # a place that is not known may have summer time
    return dt.timezone((dt.timedelta(hours=hours, minutes=minutes)) * (-1 if found[1] == "-" else 1))


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
    parts: list[dict[str, str]] = []
    for one in properties:
        if one.name == "BEGIN" and one.value.strip().upper() in {"STANDARD", "DAYLIGHT"}:
            parts.append({})
        elif parts:
            parts[-1].setdefault(one.name, one.value.strip())
    return parts


def _rule(part: Mapping[str, str]) -> Rule | None:
    try:
        begins = dt.datetime.strptime(part["DTSTART"][:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007  # clocks of the place
        rule = Rule(begins, offset_of(part.get("TZOFFSETFROM", part["TZOFFSETTO"])), offset_of(part["TZOFFSETTO"]),
                    part.get("RRULE", ""))  # fmt: skip
        _changes(rule)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    return rule


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
    if not rule.more:
        return [rule.begins]
    words = rule.more.upper()
    if "FREQ=YEARLY" not in words:
        raise ValueError(rule.more)
    count = re.search(r"COUNT=(\d{1,3})(?!\d)", words)
    until = re.search(r"UNTIL=(\d{8}(?:T\d{6})?)", words)
    bare = ";".join(part for part in words.split(";") if part and not part.startswith(_NOT_TAKEN))
    found = rrulestr(f"{bare};UNTIL={until[1] if until else LAST}", dtstart=rule.begins)
    days = list(islice(found, int(count[1]) if count else MOST_CHANGES))
    return days if days[:1] == [rule.begins] else [rule.begins, *days]


_NOT_TAKEN = ("COUNT=", "UNTIL=", "BYHOUR=", "BYMINUTE=", "BYSECOND=")
"""Parts of a rule that are bounded otherwise, or stand in its beginning as well."""
LAST = "21000101T000000"
MOST_CHANGES = 1_000
