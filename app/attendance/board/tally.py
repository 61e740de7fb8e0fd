"""Counts of scans by gate and minute, kept by a process from one reading to the next. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct

KEPT = 49 * 60
"""Minutes that are kept: an event-day that goes over midnight, and the one before."""
LATE = dt.timedelta(seconds=90)
"""For so long a number that was skipped may still appear: a transaction takes its numbers before it commits."""
NEAR = 5_000
"""How far below the lowest number of a first reading others may still be on their way."""
ALWAYS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def minute_of(moment: dt.datetime) -> int:
    """Return the whole minutes from 1970 to this moment."""
    return int(moment.timestamp() // 60)


class Row(Struct, frozen=True):
    """Scans of one device at one gate in one minute with one answer.

    `last` is the highest number among them; `ids` are the numbers of those that came in after `Tally.listed_from`,
    `settled` is the highest of the others, or 0. `untrusted` when the clock of one was not trusted.
    """

    gate: UUID
    device: UUID
    minute: int
    status: str
    direction: str
    verdict: str
    reason: str | None
    scans: int
    last: int
    last_at: dt.datetime
    settled: int
    ids: list[int]
    untrusted: bool


class Counts(Struct):
    """What happened at a gate: entries, judged scans, refusals by reason, scans kept aside.

    `devices` says how many scans each device has sent, whatever became of them, and when the last was made.
    """

    entered: int = 0
    scans: int = 0
    aside: int = 0
    refused: dict[str, int] = {}
    devices: dict[UUID, tuple[int, dt.datetime]] = {}

    @property
    def refusals(self) -> int:
        """All refusals."""
        return sum(self.refused.values())

    def add(self, other: "Counts") -> None:
        """Add the counts of `other`."""
        self.entered += other.entered
        self.scans += other.scans
        self.aside += other.aside
        for reason, scans in other.refused.items():
            self.refused[reason] = self.refused.get(reason, 0) + scans
        for device, (scans, last_at) in other.devices.items():
            before, seen_at = self.devices.get(device, (0, last_at))
            self.devices[device] = (before + scans, max(seen_at, last_at))


def counts_of(row: Row) -> Counts:
    """Return what a row counts; an undo is no scan of a guest."""
    found = Counts(devices={row.device: (row.scans, row.last_at)})
    if row.status != "stored":
        found.aside = row.scans
        return found
    if row.direction not in {"entry", "exit"}:
        return found
    found.scans = row.scans
    if row.verdict == "refused":
        found.refused[row.reason or "refused"] = row.scans
    elif row.direction == "entry":
        found.entered = row.scans
    return found


class Tally:
    """Adds up what every reading brings; each scan is counted once, in whatever order transactions commit.

    Numbers of scans rise, but the transaction with the lower one may commit later. So what was skipped is asked for
    again (`missing`) until it has come or is too late: a number can also be lost for good.
    """

    def __init__(self) -> None:
        self.last = 0
        self.missing: dict[int, dt.datetime] = {}
        self.minutes: dict[UUID, dict[int, Counts]] = {}
        self.days: dict[UUID, tuple[int, Counts]] = {}
        self.untrusted: dict[UUID, tuple[UUID, int]] = {}
        self.read_at: dt.datetime | None = None

    def add(self, rows: Iterable[Row], *, now: dt.datetime) -> None:
        """Count the scans that a reading has found."""
        last, settled, found = self.last, self.last, set[int]()
        for row in rows:
            self._count(row)
            found.update(row.ids)
            last, settled = max(last, row.last), max(settled, row.settled)
        self._look_for_gaps(found, range(settled + 1, last + 1), now)
        if self.read_at is None or self.read_at.hour != now.hour:
            self._forget(minute_of(now) - KEPT)
        self.last, self.read_at = last, now

    def _count(self, row: Row) -> None:
        if row.untrusted:
            self.untrusted[row.device] = (row.gate, row.minute)
        new = counts_of(row)
        self.minutes.setdefault(row.gate, {}).setdefault(row.minute, Counts()).add(new)
        first, day = self.days.get(row.gate, (row.minute + 1, None))
        if day is not None and row.minute >= first:
            day.add(new)

    def listed_from(self, now: dt.datetime) -> dt.datetime:
        """Return since when scans are to be named one by one: what came in long before a first reading has settled."""
        return ALWAYS if self.is_fresh(now) else now - LATE

    def is_fresh(self, now: dt.datetime) -> bool:
        """Whether the last reading was a moment ago, so that little can be new."""
        return self.read_at is not None and now - self.read_at < LATE

    def _look_for_gaps(self, found: set[int], new: range, now: dt.datetime) -> None:
        self.missing = {n: until for n, until in self.missing.items() if n not in found and until > now}
        if not found:
            return
        first = new.start if self.is_fresh(now) else max(new.start, min(found) - NEAR)
        if len(found) < new.stop - first or min(found) < first:
            self.missing |= dict.fromkeys(set(range(first, new.stop)) - found, now + LATE)

    def _forget(self, before: int) -> None:
        for gate, minutes in self.minutes.items():
            self.minutes[gate] = {at: counts for at, counts in minutes.items() if at >= before}

    def day(self, gate: UUID, first: int) -> Counts:
        """Return what happened at a gate since the minute `first`; kept, so that asking again costs nothing."""
        asked, found = self.days.get(gate, (None, Counts()))
        if asked != first:
            found = Counts()
            for at, counts in self.minutes.get(gate, {}).items():
                if at >= first:
                    found.add(counts)
            self.days[gate] = (first, found)
        return found

    def between(self, gate: UUID, first: int, last: int) -> Mapping[int, Counts]:
        """Return the minutes of a gate from `first` to `last`, both included, in which something was scanned."""
        minutes = self.minutes.get(gate, {})
        if last - first < len(minutes):
            return {at: minutes[at] for at in range(first, last + 1) if at in minutes}
        return {at: counts for at, counts in minutes.items() if first <= at <= last}
