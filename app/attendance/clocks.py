"""When a scan happened, by the clock of a phone that may be wrong. Pure."""

import datetime as dt

from msgspec import Struct

MOST_SKEW = dt.timedelta(hours=24)
"""An offset up to this is corrected; a larger one is a clock that nobody should believe."""
AHEAD = dt.timedelta(minutes=2)
"""How far after its own arrival a corrected scan may lie."""
LONGEST_OFFLINE = dt.timedelta(days=7)


class ScanTime(Struct, frozen=True):
    """The moment to work with; not `trusted`: the moment of arrival stands in for what the device said."""

    at: dt.datetime
    trusted: bool = True
    readable: bool = True


def scan_time(*, said: str, offset_ms: float, received_at: dt.datetime) -> ScanTime:
    """Correct the wall clock of a device by its offset to the server at the last contact (milliseconds).

    A time that cannot be read, or that cannot be true, is replaced by the time of arrival, so that a wrong clock moves
    no day and no fiscal year.
    """
    try:
        wall = dt.datetime.fromisoformat(said)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is None:
        return ScanTime(received_at, trusted=False, readable=False)
    try:
        offset = dt.timedelta(milliseconds=offset_ms)
        at = wall.astimezone(dt.UTC) + offset
    except OverflowError:
        return ScanTime(received_at, trusted=False)
    believable = received_at - LONGEST_OFFLINE <= at <= received_at + AHEAD
    if abs(offset) > MOST_SKEW or not believable:
        return ScanTime(received_at, trusted=False)
    return ScanTime(at)
