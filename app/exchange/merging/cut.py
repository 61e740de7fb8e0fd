"""A file that breaks off in the middle of an event. Pure.

What is left of that event may lack its place, the end of its name, or the line that says whose copy it is. It is
reported as lost, and the next whole file brings it; what we hold of it already stays.
"""

import msgspec

from app.exchange.merging import rows
from app.exchange.schemas import Reading

CUT = "cut_short"
"""The finding that names the event in whose middle a file ends."""


def without_cut(reading: Reading) -> tuple[Reading, frozenset[str]]:
    """Return a reading without its half event, and the UID of that event as far as it is there."""
    halves = {one.number: one.uid for one in reading.findings if one.code == CUT}
    # By their lines: what has lost its name, or shares it with another event, goes under one that was made for it.
    whole = tuple(one for one in reading.events if one.number not in halves)
    unread = [*halves.values(), *(one.uid for one in reading.events if one.number in halves)]
    return msgspec.structs.replace(reading, events=whole), frozenset(rows.stored_uid(uid) for uid in unread if uid)
