"""In what two tellings of one event differ, as far as it matters to somebody who wants to go there. Pure."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, Protocol, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from app.exchange.joining.places import same_place
from app.exchange.schemas import Incoming

Field = Literal["start", "end", "place", "status"]
DIFFERING: tuple[Field, ...] = get_args(Field)


class Telling(Protocol):
    """Somebody who tells an event."""

    @property
    def id(self) -> UUID:
        """Of the telling."""

    @property
    def event(self) -> Incoming:
        """What is told."""


def differing(events: Sequence[Incoming]) -> tuple[Field, ...]:
    """Return the fields in which any two of them differ. What only one of them says is no difference."""
    return tuple(field for field in DIFFERING if any(differ(field, a, b) for a, b in combinations(events, 2)))


def differ(field: Field, one: Incoming, other: Incoming) -> bool:
    """Whether two values of a field contradict each other. A day and a time on it do not."""
    match field:
        case "start":
            return _moments_differ(one, other, start=True)
        case "end":
            return _says_end(one) and _says_end(other) and _moments_differ(one, other, start=False)
        case "place":
            return not same_place(one, other)
        case "status":
            return one.status != other.status


def _says_end(event: Incoming) -> bool:
    return event.ends_at > event.starts_at


def _moments_differ(one: Incoming, other: Incoming, *, start: bool) -> bool:
    if one.first_day is None and other.first_day is None:
        return (one.starts_at if start else one.ends_at) != (other.starts_at if start else other.ends_at)
    return day_of(one, start=start) != day_of(other, start=start)


def day_of(event: Incoming, *, start: bool) -> dt.date:
    """Return the first or the last day of an event, by the clocks of its place."""
    if event.first_day is not None:
        return event.first_day if start else event.last_day or event.first_day
    moment = event.starts_at if start else max(event.starts_at, event.ends_at - dt.timedelta(microseconds=1))
    return moment.astimezone(ZoneInfo(event.zone)).date()


def digest_of(field: str, told: Sequence[Telling]) -> bytes:
    """Return the SHA-256 of what all of them say of a field (title, time, place or status): what a choice was about."""
    values = sorted((str(one.id), _value(field, one.event)) for one in told)
    return hashlib.sha256(msgspec.json.encode(values)).digest()


def _value(field: str, event: Incoming) -> list[str]:
    match field:
        case "time":
            return [f"{event.starts_at} {event.ends_at} {event.first_day}", *event.recurrence]
        case "place":
            return [event.place, event.address, str(event.position)]
        case _:
            return [str(getattr(event, field))]
