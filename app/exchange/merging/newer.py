"""Which of two versions of an event of one source is the newer one. Pure.

Higher SEQUENCE; then later LAST-MODIFIED; then later DTSTAMP; where all of these are equal and the words differ, what
came last, under a revision of our own. A SEQUENCE that goes backwards, as after a move to another program, counts only
while nothing else says that its version is the later one: otherwise no update would ever come through again.
"""

import datetime as dt
from typing import Literal

from msgspec import Struct

Answer = Literal["same", "newer", "older"]


class Version(Struct, frozen=True):
    """What tells versions apart; moments in UTC, None where the feed gave none."""

    digest: bytes
    sequence: int = 0
    last_modified: dt.datetime | None = None
    stamp: dt.datetime | None = None


def compare(came: Version, held: Version) -> Answer:
    """Return what the version that came is, beside the one that is held."""
    if came.digest == held.digest:
        return "same"
    later = _later(came.last_modified, held.last_modified) or _later(came.stamp, held.stamp)
    if came.sequence > held.sequence:
        return "newer"
    if came.sequence < held.sequence:
        return "newer" if later == "newer" else "older"
    return later or "newer"


def _later(came: dt.datetime | None, held: dt.datetime | None) -> Answer | None:
    """Return which moment is the later one; None where they are equal, or one of them is not known."""
    if came is None or held is None or came == held:
        return None
    return "newer" if came > held else "older"
