"""Arithmetic on stretches of time: what two tabs, two devices or two people have measured, counted once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same moments as disjoint intervals in order of time; touching intervals become one."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def shared(first: Iterable[Interval], second: Iterable[Interval]) -> list[Interval]:
    """The moments that lie in both; where they only touch, nothing is shared."""
    theirs = union(second)
    return [(max(a, c), min(b, d)) for a, b in union(first) for c, d in theirs if max(a, c) < min(b, d)]


def length(intervals: Iterable[Interval]) -> timedelta:
    """Time covered, overlaps once."""
    covered, until = timedelta(), None
    for start, end in sorted(intervals):
        if until is None or start >= until:
            covered, until = covered + (end - start), end
        elif end > until:
            covered, until = covered + (end - until), end
    return covered
