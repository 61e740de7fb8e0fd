"""Where the year may end: a range from registrations and the share of them that came so far, never one number. Pure.

Both ends are drawn wide on purpose. The share of those who come is known from people whose days are over, so it has an
interval of its own (Wilson, 95 %); how many of the people still expected come varies around any share (binomial, 95 %).
The low end takes the low share and nobody else who registers; the high end the high share, and people who go on
registering as in the last four weeks until the last day of the programme. Whatever lies outside that, a storm or a
campaign, is outside the range; so the assumption is always shown with it.
"""

import math
from typing import Literal

from msgspec import Struct

Z = 1.959964
"""Standard deviations of an interval of 95 %."""
ENOUGH = 30
"""From so many people whose days are over, what they did speaks of the others."""
RECENT_DAYS = 28

Against = Literal["below", "within", "above"]


class Expected(Struct, frozen=True, kw_only=True):
    """People registered from overseas under a role that counts, by pseudonym, and those of them counted already.

    `over` have tickets whose last day is past, `begun` those whose first day has come, `ahead` the others. `recent`
    registered in the last `RECENT_DAYS` days; `days_left` until the last day of the year's programme.
    """

    over: int = 0
    over_seen: int = 0
    begun: int = 0
    begun_seen: int = 0
    ahead: int = 0
    ahead_seen: int = 0
    recent: int = 0
    days_left: int = 0


class Forecast(Struct, frozen=True, kw_only=True):
    """People at the end of the year, from `low` to `high`, with what that rests on.

    `share_low` to `share_high` of those registered come, known from `known` people: those whose days are `over`, or,
    while these are too few, all whose first day has come (`begun`), who may still come, so that nothing bounds the
    share from above. `waiting` are registered and not counted yet, `joining` those who may still register.
    """

    low: int
    high: int
    share_low: float
    share_high: float
    basis: Literal["over", "begun"]
    known: int
    waiting: int
    joining: int


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return Wilson's interval of 95 % for a share; of nobody, from 0 to 1."""
    if not of:
        return 0.0, 1.0
    share, square = hits / of, Z * Z / of
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def forecast(people: int, expected: Expected) -> Forecast | None:
    """Return the range for a year in which `people` are counted, or None when it would be no range: nobody is due."""
    e = expected
    registered, seen = e.begun + e.ahead, e.begun_seen + e.ahead_seen
    joining = math.ceil(e.recent * e.days_left / RECENT_DAYS)
    basis, share_low, share_high = _shares(e)
    low = people + max(0, _fewest(registered, share_low) - seen)
    high = people + max(0, min(registered + joining, _most(registered + joining, share_high)) - seen)
    if low == high:
        return None
    return Forecast(
        low=low,
        high=high,
        share_low=share_low,
        share_high=share_high,
        basis=basis,
        known=e.over if basis == "over" else e.over + e.begun,
        waiting=registered - seen,
        joining=joining,
    )


def _shares(e: Expected) -> tuple[Literal["over", "begun"], float, float]:
    """Return what the share of those who come rests on, and its bounds.

    Of people whose days go on more may come than have, so what they did bounds the share from below alone; where
    more of them came than of those whose days are over, the upper bound is at least that of theirs.
    """
    if e.over < ENOUGH:
        return "begun", wilson(e.over_seen + e.begun_seen, e.over + e.begun)[0], 1.0
    low, high = wilson(e.over_seen, e.over)
    return "over", low, max(high, wilson(e.begun_seen, e.begun)[1]) if e.begun_seen else high


def _fewest(of: int, share: float) -> int:
    return max(0, math.floor(of * share - Z * math.sqrt(of * share * (1 - share))))


def _most(of: int, share: float) -> int:
    return math.ceil(of * share + Z * math.sqrt(of * share * (1 - share)))


def against(found: Forecast, target: int) -> Against:
    """Say where the range lies as seen from a target: a target at its low end is reached by all of it."""
    if found.high < target:
        return "below"
    return "above" if found.low >= target else "within"
