"""Which of several cities answers for an event: the one in which it takes place. Pure."""

import re
from collections.abc import Sequence
from uuid import UUID

from app.exchange.joining.records import Record

_CODED = re.compile(r"(?:市区町村|地方公共団体)コード")
_LATIN = re.compile(r"[A-Za-z]")


def owner(records: Sequence[Record], chosen: UUID | None = None) -> Record | None:
    """Return the record that is believed: one that is no copy, of the city in which the event takes place.

    `records` stand in the order in which they were told; `chosen` is the partner whom an officer named. Where no city
    is found, whoever told first is believed. A copy answers only where nobody is known from whom it came.
    """
    told = [one for one in records if not one.own]
    originals = [one for one in told if not one.event.origin] or told
    if not originals:
        return None
    return max(originals, key=lambda one: (one.partner == chosen, _at_home(one, told)))


def _at_home(record: Record, told: Sequence[Record]) -> int:
    """Return how well a record's own city is known to be the place: 0 not at all, more the more exactly."""
    own = in_city(record, record)
    others = max((in_city(record, one) for one in told if one.partner != record.partner), default=0)
    return 2 * own + (1 if others and not own else 0)


def in_city(city: Record, told: Record) -> int:
    """Return whether `told` takes place in the city of `city`: 2 in that very city, 1 somewhere in its prefecture."""
    return max(_by_code(city, told), _by_words(city, told))


def _by_code(city: Record, told: Record) -> int:
    code = next((v for k, v in told.event.others.items() if _CODED.search(k)), "").strip()[:5]
    mine = city.partner_code[:5]
    if not code or not mine:
        return 0
    if code == mine:
        return 2
    return 1 if mine.endswith("000") and code[:2] == mine[:2] else 0


def _by_words(city: Record, told: Record) -> int:
    """A prefecture's name stands in front of its cities: it says less than the name of the city."""
    where = f"{told.event.address} {told.event.place}"
    for name in city.partner_name.values():
        if len(name) > 1 and _names(name, where):
            return 1 if name.endswith(("県", "府", "都", "道", "Prefecture")) else 2
    return 0


def _names(name: str, where: str) -> bool:
    if _LATIN.search(name):
        return re.search(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])", where, re.IGNORECASE) is not None
    return name in where
