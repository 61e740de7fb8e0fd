"""When a scan happened, by the clock of a phone that may be wrong. Pure."""

import datetime as dt

from msgspec import Struct

MOST_SKEW = dt.timedelta(hours=24)
"""An offset up to this is corrected; a larger one is a clock that nobody should believe."""
AHEAD = dt.timedelta(minutes=2)
"""How far after its own arrival a corrected scan may lie."""
LONGEST_OFFLINE = dt.timedelta(days=7)
JUMP = dt.timedelta(seconds=2)
"""By how much a wall clock and a counter that agreed at the last contact may differ later."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class ScanTime(Struct, frozen=True):
    """The moment to work with; not `trusted`: the moment of arrival stands in for what the device said."""

    at: dt.datetime
    trusted: bool = True
    readable: bool = True


def scan_time(
    *,
    said: str,
    offset_ms: float,
    received_at: dt.datetime,
    counted_ms: float | None = None,
    sent_at: str | None = None,
) -> ScanTime:
    """Correct the wall clock of a device by its offset to the server at the last contact (milliseconds).

    `counted_ms` is the time (since 1970) that the wall clock would show by the device's counter, had nobody set it
    since that contact; `sent_at` what it shows while the scan is being sent. A counter may stand still while a phone
    sleeps: so where `sent_at` is known, it tells whether the clock was set at all, and the counter only when.

    A time that cannot be read, or that cannot be true, is replaced by the time of arrival, so that a wrong clock moves
    no day and no fiscal year.
    """
    wall = _read(said)
    if wall is None:
        return ScanTime(received_at, trusted=False, readable=False)
    try:
        offset = dt.timedelta(milliseconds=offset_ms)
        at = _unset(wall, offset, counted_ms, received_at, _read(sent_at or "")) + offset
    except OverflowError:
        return ScanTime(received_at, trusted=False)
    believable = received_at - LONGEST_OFFLINE <= at <= received_at + AHEAD
    if abs(offset) > MOST_SKEW or not believable:
        return ScanTime(received_at, trusted=False)
    return ScanTime(at)


def _read(said: str) -> dt.datetime | None:
    try:
        wall = dt.datetime.fromisoformat(said)
        return wall.astimezone(dt.UTC) if wall.tzinfo is not None else None
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def _unset(
    wall: dt.datetime,
    offset: dt.timedelta,
    counted_ms: float | None,
    received_at: dt.datetime,
    sent_at: dt.datetime | None,
) -> dt.datetime:
    """Return what the wall clock would have shown, had nobody set it since the last contact."""
    if counted_ms is None:
        return wall
    counted = EPOCH + dt.timedelta(milliseconds=counted_ms)
    ahead = wall - counted
    if abs(ahead) <= JUMP:
        return wall
    if sent_at is None:
        return counted
    by = sent_at - (received_at - offset)
    was_set_before = abs(by) > JUMP and abs(ahead - by) < abs(ahead)
    return wall - by if was_set_before else wall
