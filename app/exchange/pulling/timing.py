"""When a source is asked again. Pure; all spans in seconds.

A feed may wish for a time between five minutes and a day. Sources that were told the same time do not all come at
once, and one that fails is left alone for longer and longer.
"""

import datetime as dt
from uuid import UUID

SHORTEST = 300
LONGEST = 86_400
USUAL = 3600
FIRST_PAUSE = 300
"""After the first failure; each further one doubles it, but never beyond a day."""
SPREAD = 0.1
"""A tenth more at most, so that a city is never asked sooner than it wished."""


def refresh(wished: int | None) -> int:
    """Return how often a source is read, for what its file wishes; None when it wishes nothing."""
    return USUAL if wished is None else min(max(wished, SHORTEST), LONGEST)


def next_at(source: UUID, now: dt.datetime, refresh_seconds: int) -> dt.datetime:
    """Return when a source is read again that could be read."""
    return now + _spread(source, now, min(max(refresh_seconds, SHORTEST), LONGEST))


def again_at(source: UUID, now: dt.datetime, *, failures: int, retry_after: int = 0) -> dt.datetime:
    """Return when a source is read again that failed `failures` times in a row, and no sooner than it asked for."""
    pause = min(FIRST_PAUSE << min(failures - 1, 16), LONGEST)
    return now + _spread(source, now, max(pause, min(retry_after, LONGEST)))


def _spread(source: UUID, now: dt.datetime, seconds: float) -> dt.timedelta:
    """Return a span with a share of `SPREAD` on it, another one for each source and each time."""
    share = (source.int ^ int(now.timestamp()) * 0x9E3779B97F4A7C15) % 1009 / 1009
    return dt.timedelta(seconds=int(seconds * (1 + SPREAD * share)))
