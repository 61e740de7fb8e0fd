"""What a ranking says: a line for each entry, how the judges compare, and what would change the order. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from app.awards.tie_break import Points, settle

Basis = Literal["calibrated", "raw", "strength", "schulze", "verdict", "mixed"]
"""What the order rests on."""


class Line(Struct, frozen=True, kw_only=True):
    """An entry. `place` is the order advised, shared where even the tie-break rule cannot tell.

    `shared_place` is shared with all that the scores cannot tell apart. `raw` and `calibrated` are 0 to 100, `interval`
    90 %, `top` the probability of being among the best. `strength` is a part of 1, in rounds of pairs and ranks.
    `mixed` is 0 to 100. Whatever cannot be said is None.
    """

    entry: str
    number: int
    place: int | None = None
    shared_place: int | None = None
    sheets: int = 0
    abstained: int = 0
    raw: float | None = None
    raw_place: int | None = None
    calibrated: float | None = None
    interval: tuple[float, float] | None = None
    top: float | None = None
    strength: float | None = None
    passed: int = 0
    failed: int = 0
    public_place: int | None = None
    mixed: float | None = None


class Refusal(Struct, frozen=True):
    """Why there is no calibrated order: `parts` are the entries that cannot be compared with each other.

    disconnected: no shared judges between the parts; too_few: nothing is left to measure by; unbounded: between the
    parts the votes all go one way, or there are none; nothing: nobody has submitted anything that counts.
    """

    kind: Literal["disconnected", "too_few", "unbounded", "nothing"]
    parts: tuple[tuple[str, ...], ...] = ()


class Spreads(Struct, frozen=True):
    """The fit on the scale of 0 to 100: the mean, and standard deviations of entries, judges and noise."""

    mean: float
    entries: float
    judges: float
    noise: float


class Severity(Struct, frozen=True):
    """By how many points a judge gives more (less, where negative) than the panel, with the standard error."""

    judge: str
    value: float
    error: float
    sheets: int


class Agreement(Struct, frozen=True):
    """How far judges agree: Krippendorff's alpha, ICC(2,1) of one judge and ICC(2,k) of their mean."""

    alpha: float | None = None
    single: float | None = None
    mean: float | None = None


class Reading(Struct, frozen=True):
    """Another reading of the same votes: `leaders` are the best then, None when it cannot be made.

    `of` is the judge left out, or the criterion whose weight is changed by `change` per cent.
    """

    kind: Literal["raw", "median", "calibrated", "without", "weight"]
    leaders: tuple[str, ...] | None
    of: str = ""
    change: int = 0


class Ranking(Struct, frozen=True, kw_only=True):
    """What the votes of a round say; `lines` the best first, those without a place last, by number.

    `digest` is that of the inputs. `complete` when every judge scored every entry: calibration cannot change the order.
    """

    method: str
    best: int
    digest: str
    lines: tuple[Line, ...]
    basis: Basis | None = None
    refusal: Refusal | None = None
    complete: bool = False
    spreads: Spreads | None = None
    severity: tuple[Severity, ...] = ()
    agreement: Agreement = Agreement()
    readings: tuple[Reading, ...] = ()


def ordered(values: Mapping[str, float], points: Points, *, rule: str, within: float = 1e-7) -> list[list[str]]:
    """Return the entries by value, the best first; what is equal by the rule, and what it cannot tell together.

    Values that follow each other by no more than `within` are equal.
    """
    found: list[list[str]] = []
    ranked = sorted(values, key=lambda entry: (-values[entry], entry))
    for before, entry in pairwise([None, *ranked]):
        if before is not None and entry is not None and values[before] - values[entry] <= within:
            found[-1].append(entry)
        elif entry is not None:
            found.append([entry])
    return [part for equals in found for part in settle(equals, points, rule=rule)]


def places(groups: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the place of each entry: those of a group share one, and as many are left out after it."""
    found, next_place = {}, 1
    for group in groups:
        found.update(dict.fromkeys(group, next_place))
        next_place += len(group)
    return found


def leading(groups: Sequence[Sequence[str]], best: int) -> tuple[str, ...]:
    """Return the entries whose place is among the best, sorted by place and name."""
    return tuple(entry for entry, place in places(groups).items() if place <= best)


def in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines by place, those without one last, by number."""
    return tuple(sorted(lines, key=lambda line: (line.place is None, line.place, line.number)))
