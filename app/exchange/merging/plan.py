"""What one reading of a source changes. Pure.

Disappearance is no cancellation: what is over, or lies outside of what the feed shows, stays; the rest becomes
`withdrawn?`, for an officer. A reading that looks broken withdraws nothing, and a large loss is held as a whole.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from app.exchange.merging.newer import Answer, Version, compare

Key = tuple[str, str]
"""UID and RECURRENCE-ID ("" for a series or a single event) within one source."""
Doubt = Literal["empty", "truncated", "half_sized", "too_many_gone"]

MOST_GONE = 0.3
"""More than this share of what is still to come, gone at once, is held for an officer."""
FEW = 3
"""Of so few events a share says nothing: up to this many may go at once."""
HALF = 0.5


class Held(Struct, frozen=True):
    """An event as we hold it; it lies between `starts` and `ends`, in UTC. `withdrawn` when it is proposed, or done.

    `deleted` by a push: only a version that is no replay brings it back. `own` is a copy of ours: nobody misses it.
    """

    version: Version
    starts: dt.datetime
    ends: dt.datetime
    withdrawn: bool = False
    deleted: bool = False
    own: bool = False


class Came(Struct, frozen=True):
    """An event as a reading brought it."""

    version: Version
    starts: dt.datetime
    ends: dt.datetime


class Reading(Struct, frozen=True):
    """A reading: events in the order of the file, whether the file has its end, its size in bytes.

    `unread` are the UIDs of events that are there and cannot be read. Of a `part`, such as one pushed event, nothing
    is missing.
    """

    events: tuple[tuple[Key, Came], ...]
    whole: bool = True
    size: int = 0
    unread: frozenset[str] = frozenset()
    part: bool = False


class Plan(Struct, frozen=True, kw_only=True):
    """What is to be done. `gone` are to be proposed as withdrawn; with a `doubt` they wait, all together.

    `back` were withdrawn and are there again; `older` are copies of what we know better; `twice` came more than once.
    """

    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    back: tuple[Key, ...]
    gone: tuple[Key, ...]
    older: tuple[Key, ...]
    twice: tuple[Key, ...]
    unchanged: int
    doubt: Doubt | None = None

    @property
    def writes(self) -> int:
        """How many rows this changes."""
        return len(self.added) + len(self.changed) + len(self.back) + (0 if self.doubt else len(self.gone))


def newest(events: Iterable[tuple[Key, Came]]) -> tuple[dict[Key, Came], tuple[Key, ...]]:
    """Return one version of each event, the newest, and which came more than once."""
    found: dict[Key, Came] = {}
    twice: dict[Key, None] = {}
    for key, came in events:
        if key in found:
            twice[key] = None
        if key not in found or compare(came.version, found[key].version) == "newer":
            found[key] = came
    return found, tuple(twice)


def plan(reading: Reading, held: Mapping[Key, Held], *, now: dt.datetime, last_size: int = 0) -> Plan:
    """Return what a reading changes beside what is held; `last_size` is that of the last reading that was good."""
    came, twice = newest(reading.events)
    said = {key: _said(one, held[key]) for key, one in came.items() if key in held}
    gone = () if reading.part else _gone(reading, came, held, now)
    return Plan(
        added=tuple(key for key in came if key not in held),
        changed=tuple(key for key, answer in said.items() if answer == "newer"),
        back=tuple(key for key, answer in said.items() if answer != "newer" and _comes_back(held[key], answer)),
        gone=gone,
        older=tuple(key for key, answer in said.items() if answer == "older" and not _comes_back(held[key], answer)),
        twice=twice,
        unchanged=sum(answer == "same" and not held[key].withdrawn for key, answer in said.items()),
        doubt=_doubt(reading, held, gone, now, last_size),
    )


def _said(came: Came, held: Held) -> Answer:
    """Return what a version is; where the event was deleted, the same words under an earlier stamp are a replay."""
    new, old = came.version, held.version
    if held.deleted and new.digest == old.digest:
        return "older" if new.stamp and old.stamp and new.stamp <= old.stamp else "same"
    return compare(new, old)


def _comes_back(held: Held, answer: Answer) -> bool:
    return held.withdrawn and not (held.deleted and answer == "older")


def _gone(reading: Reading, came: Mapping[Key, Came], held: Mapping[Key, Held], now: dt.datetime) -> tuple[Key, ...]:
    """Return what should still be in the feed and is not: to come, and within what the feed shows at present."""
    until = max((one.starts for one in came.values()), default=None)
    return tuple(
        key
        for key, one in held.items()
        if key not in came
        and key[0] not in reading.unread
        and not (one.withdrawn or one.own)
        and one.ends > now
        and (until is None or one.starts <= until)
    )


def _doubt(
    reading: Reading, held: Mapping[Key, Held], gone: tuple[Key, ...], now: dt.datetime, last_size: int
) -> Doubt | None:
    if not gone:
        return None
    if not reading.events:
        return "empty"
    if not reading.whole:
        return "truncated"
    if reading.size < last_size * HALF:
        return "half_sized"
    coming = sum(one.ends > now and not (one.withdrawn or one.own) for one in held.values())
    return "too_many_gone" if len(gone) > max(FEW, coming * MOST_GONE) else None
