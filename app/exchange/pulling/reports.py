"""The report of a reading: what was wrong in the file, what was done about it, what is lost. Pure.

Events that have not changed are not parsed again, so what was found in them comes from the report before, under the
line on which it stood then.
"""

from collections.abc import Collection, Iterable, Sequence

from app.exchange.schemas import Finding

MOST = 500
"""Findings that are kept of a reading; their number is kept of all."""


def report(
    now: Sequence[Finding], before: Iterable[Finding], *, known: Collection[str]
) -> tuple[tuple[Finding, ...], int]:
    """Return the findings to keep, in the order of the file, and how many there are; losses go before."""
    read = {one.uid for one in now if one.uid}
    carried = [one for one in before if one.uid in known and one.uid not in read]
    every = sorted({*now, *carried})
    kept = sorted(every, key=lambda one: not one.lost)[:MOST]
    return tuple(sorted(kept)), len(every)
