"""The yearly audit of counted records: which are looked at, and what that says about all of them. Pure.

The sample follows from the frozen head alone: records in the order of SHA-256(seed, pseudonym), the first `SIZE`. The
head is fixed before anybody can know the order, and anybody who holds the ledger draws the same sample in any language.

The estimate is of the share of counted records that should not count. A double is wrong once: of the records of one
human being the one with the smallest pseudonym is right, every other is wrong, so the share is exactly that by which
the number is too high. What was missed altogether is not seen by looking at what was counted.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Literal, get_args
from uuid import UUID

from msgspec import Struct

SIZE = 400
Z = 1.959963984540054
"""Standard normal quantile of a two-sided 95 % interval."""

Finding = Literal["right", "double", "not_overseas", "not_there", "unclear"]
FINDINGS: tuple[Finding, ...] = get_args(Finding)
WRONG: tuple[Finding, ...] = ("double", "not_overseas", "not_there")


class Interval(Struct, frozen=True):
    """A share between 0 and 1 with the bounds of its 95 % interval."""

    share: float
    low: float
    high: float


class Estimate(Struct, frozen=True):
    """What a sample says. `looked` records of `counted` were judged, `wrong` are wrong, `unclear` could not be judged.

    `share` of the number is wrong by this estimate, within `low` and `high` (95 %).
    """

    counted: int
    looked: int
    wrong: int
    unclear: int
    share: float
    low: float
    high: float


def seed_of(head: bytes) -> int:
    """Return the seed that a ledger head gives: 63 bits, so that a database's integer holds it."""
    return int.from_bytes(hashlib.sha256(b"machigurumi kpi sample\n" + head).digest()[:8]) >> 1


def draw(people: Iterable[UUID], *, seed: int, size: int = SIZE) -> list[UUID]:
    """Return the sample in its order; all people when there are no more than `size`."""
    start = hashlib.sha256(seed.to_bytes(8))

    def place(person: UUID) -> bytes:
        ranked = start.copy()
        ranked.update(person.bytes)
        return ranked.digest()

    return sorted(set(people), key=place)[:size]


def estimate(findings: Mapping[Finding, int], *, counted: int) -> Estimate:
    """Return what the findings (how many of each) say of all that is counted.

    Records that stay unclear are taken both ways: the lower bound holds if all of them are right, the upper one if all
    are wrong. The share is that among the clear ones. `ValueError` without findings.
    """
    looked, unclear = sum(findings.values()), findings.get("unclear", 0)
    wrong, clear = sum(findings.get(one, 0) for one in WRONG), looked - unclear
    return Estimate(
        counted=counted,
        looked=looked,
        wrong=wrong,
        unclear=unclear,
        share=wrong / clear if clear else 0.0,
        low=wilson(wrong, looked, counted=counted).low,
        high=wilson(wrong + unclear, looked, counted=counted).high,
    )


def wilson(wrong: int, looked: int, *, counted: int) -> Interval:
    """Wilson's score interval for a sample without replacement: what was looked at is known for certain.

    The sample weighs as much as one of `looked` x (counted - 1) / (counted - looked) records drawn with replacement; a
    sample of all has no error. Bounds go outwards to whole records, for nothing in between can be true.
    E. B. Wilson, JASA 22 (1927); the finite population as in W. G. Cochran, Sampling Techniques.
    """
    if not 0 <= wrong <= looked <= counted or not looked:
        raise ValueError(f"{wrong} wrong of {looked} of {counted}")
    share = wrong / looked
    if looked == counted:
        return Interval(share, share, share)
    weight = looked * (counted - 1) / (counted - looked)
    centre = (share + Z * Z / (2 * weight)) / (1 + Z * Z / weight)
    half = Z * math.sqrt(share * (1 - share) / weight + (Z / (2 * weight)) ** 2) / (1 + Z * Z / weight)
    least = max(wrong, math.floor(counted * (centre - half)))
    most = min(counted - (looked - wrong), math.ceil(counted * (centre + half)))
    return Interval(share, least / counted, most / counted)
