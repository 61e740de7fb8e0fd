"""What the TZIDs of one feed mean: its own definitions first, then names that are known, else nothing. Pure.

Every feed has a map of its own, for the same name means different things in different feeds. A name that nobody knows
is flagged; its times are never taken for floating ones in silence.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
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


class Defined(Struct, frozen=True):
    """A zone as a feed defines it."""

    rules: tuple[Rule, ...]

    def offset(self, local: dt.datetime) -> dt.timedelta:
        """Return how far clocks that show `local` (naive) are ahead of UTC; in a gap, as before it."""
        changes = [(change, rule.begins, rule.after) for rule in self.rules if (change := _latest(rule, local))]
        return max(changes)[2] if changes else min(self.rules, key=lambda rule: rule.begins).before


Zone = ZoneInfo | dt.timezone | Defined


class Zones:
    """The zones of one feed."""

    def __init__(self, definitions: Iterable[Component]) -> None:
        """Read the definitions of a feed; one that cannot be read is left out."""
        self._defined = {name: zone for one in definitions for name, zone in [_defined(one)] if name and zone}

    def find(self, name: str) -> Zone | None:
        """Return what a TZID means in this feed; None for a name that nobody knows."""
        return self._defined.get(name) or known(name)

    def moment(self, local: dt.datetime, name: str) -> dt.datetime | None:
        """Return the moment (UTC) at which clocks of the zone show `local`; None where the zone is not known."""
        zone = self.find(name)
        if zone is None:
            return None
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
    windows = WINDOWS_TO_OLSON.get(bare) or NAMES.get(bare.upper())
    return ZoneInfo(windows) if windows else _by_offset(bare)


def _iana(name: str) -> str | None:
    """Return IANA's name at the end of a name such as `/mozilla.org/20050126_1/Asia/Tokyo`."""
    spelled = _spelled()
    parts = name.upper().replace(" ", "_").strip("/").split("/")
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


def _defined(component: Component) -> tuple[str, Defined | None]:
    """Return the name and the rules of a VTIMEZONE."""
    lines = [parse(line.text, line.number) for line in component.lines]
    properties = [one for one in lines if one is not None]
    name = next((one.value.strip() for one in properties if one.name == "TZID"), "")
    rules = [rule for part in _parts(properties) if (rule := _rule(part)) is not None]
    return name, Defined(tuple(rules)) if rules else None


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
        _latest(rule, begins)
    except (KeyError, ValueError, TypeError):
        return None
    return rule


def offset_of(written: str) -> dt.timedelta:
    """Return an offset such as `+0900` or `-033000`. Raises `ValueError`."""
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d):?(\d\d)?", written)
    if found is None:
        raise ValueError(written)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return dt.timedelta(hours=hours, minutes=minutes, seconds=seconds) * (-1 if found[1] == "-" else 1)


def _latest(rule: Rule, local: dt.datetime) -> dt.datetime | None:
    """Return the last change by a rule at or before `local`, None where there is none yet.

    A change is written as the clocks showed it before it.
    """
    if local < rule.begins:
        return None
    if not rule.more:
        return rule.begins
    before = rrulestr(_bounded(rule.more), dtstart=rule.begins).before(local, inc=True)
    found: dt.datetime = before or rule.begins
    return found


def _bounded(rule: str) -> str:
    """Return a rule whose UNTIL fits a naive start, and which is one of a year: nothing else moves clocks."""
    if "FREQ=YEARLY" not in rule.upper():
        raise ValueError(rule)
    return re.sub(r"(UNTIL=\d{8}(?:T\d{6})?)Z", r"\1", rule, flags=re.IGNORECASE)
