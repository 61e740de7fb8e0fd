"""Climate evidence: what an entry says it saves, in units that are checked, with low, central and high values. Pure.

It stands beside the scores and never goes into them. The terms are those of ISO 14040/14044 (functional unit, reference
flow), of the GHG Protocol's comparative impacts (reference scenario, attributional or consequential) and of the WBCSD's
guidance on avoided emissions (three gates before a claim may be made). Both sides are put on the same functional unit
before they are compared: a lamp that lasts 40,000 h does the work of 40 lamps of 1,000 h.
"""

import unicodedata
from collections.abc import Hashable, Mapping
from typing import Final, Literal, TypeVar, get_args

from msgspec import Struct

Mass = Literal["g", "kg", "t", "kt", "Mt"]
"""Units of CO2 equivalents."""
Per = Literal["unit", "product", "year"]
"""What an emission belongs to: one functional unit, one product in its life, everything in one year."""
Method = Literal["attributional", "consequential"]
Timing = Literal["achieved", "expected"]
Grade = Literal["A", "B", "C", "D"]
Answer = Literal["yes", "no", "unknown"]
Flag = Literal[
    "negative",
    "sign_unclear",
    "unequal_units",
    "naive_sign",
    "gate_failed",
    "gate_open",
    "no_range",
    "attributional",
    "estimated",
]
"""What a reader has to know before believing a number, the weightiest first."""
FLAGS_IN_ORDER: Final[tuple[Flag, ...]] = get_args(Flag)
Missing = Literal[
    "functional_unit", "amount", "unit", "reference", "solution", "reference_side", "solution_side", "volume", "years",
    "reference_side.delivers", "solution_side.delivers", "order",
]  # fmt: skip
"""What keeps us from calculating: a field that is empty, not above 0, or not low <= central <= high (`order`)."""

TONNES: Final[Mapping[Mass, float]] = {"g": 1e-6, "kg": 1e-3, "t": 1.0, "kt": 1e3, "Mt": 1e6}
GATES: Final = ("credibility", "science", "legitimacy")
"""The WBCSD's gates: the company's own climate action, science alignment of the solution, a direct contribution."""
UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "piece": ("count", 1.0),
    "h": ("time", 1.0),
    "day": ("time", 24.0),
    "year": ("time", 8760.0),
    "lm·h": ("light", 1.0),
    "klm·h": ("light", 1e3),
    "Wh": ("energy", 1e-3),
    "kWh": ("energy", 1.0),
    "MWh": ("energy", 1e3),
    "GWh": ("energy", 1e6),
    "MJ": ("energy", 1 / 3.6),
    "GJ": ("energy", 1e3 / 3.6),
    "km": ("distance", 1.0),
    "pkm": ("passengers carried", 1.0),
    "tkm": ("freight carried", 1.0),
    "kg": ("mass", 1.0),
    "t": ("mass", 1e3),
    "L": ("volume", 1e-3),
    "m³": ("volume", 1.0),
    "m²": ("area", 1.0),
    "m²·year": ("area used", 1.0),
    "person·year": ("people served", 1.0),
    "meal": ("meals", 1.0),
}
"""Units in which a service can be measured: kind of service, and how much of its first unit each is."""

K = TypeVar("K", bound=Hashable)


class Spread(Struct, frozen=True):
    """A value with its uncertainty: low <= central <= high, any sign."""

    low: float
    central: float
    high: float

    @property
    def in_order(self) -> bool:
        """Whether the three are numbers in order; not so when one is not a number at all."""
        return float("-inf") < self.low <= self.central <= self.high < float("inf")

    def minus(self, other: "Spread") -> "Spread":
        """Return the difference of two values that are uncertain independently of each other."""
        return Spread(self.low - other.high, self.central - other.central, self.high - other.low)

    def times(self, other: "Spread") -> "Spread":
        """Return the product; with signs that differ, the ends come from any pair of ends."""
        ends = [one * another for one in (self.low, self.high) for another in (other.low, other.high)]
        return Spread(min(ends), self.central * other.central, max(ends))

    def scaled(self, factor: float) -> "Spread":
        """Return the value times a number, which may be negative."""
        return self.times(Spread(factor, factor, factor))


class Side(Struct, frozen=True, kw_only=True):
    """The emissions of the reference or of the solution, in `mass` of CO2e per functional unit, product or year.

    `delivers` is how many functional units one product gives in its life, for `per` "product": 40 for a lamp of
    40,000 h when the functional unit is 1,000 h of light.
    """

    emissions: Spread
    mass: Mass = "kg"
    per: Per = "unit"
    delivers: float = 1.0

    @property
    def tonnes(self) -> Spread:
        """The emissions in tonnes, still per what they were given for."""
        return self.emissions.scaled(TONNES[self.mass])

    @property
    def per_unit(self) -> Spread:
        """Tonnes per functional unit, unless the side is given per year."""
        return self.tonnes.scaled(1 / self.delivers) if self.per == "product" else self.tonnes


class Gate(Struct, frozen=True):
    """The answer of an entry to one of the gates, with its reason."""

    answer: Answer = "unknown"
    reason: str = ""


class Evidence(Struct, frozen=True, kw_only=True):
    """What was avoided against a reference scenario, per functional unit, over a time frame in years.

    The functional unit is `amount` `unit` of `functional_unit`: 1,000 h of light of 800 lm. `reference` says what would
    have happened otherwise. `volume` is how many functional units are served in a year. `grade` A measured and verified
    by a third party, B measured, C modelled on own data, D estimated from literature.
    """

    functional_unit: str = ""
    amount: float = 1.0
    unit: str = "piece"
    reference: str = ""
    reference_side: Side | None = None
    solution: str = ""
    solution_side: Side | None = None
    volume: Spread | None = None
    years: float = 1.0
    timing: Timing = "achieved"
    method: Method = "attributional"
    grade: Grade = "D"
    source: str = ""
    credibility: Gate = Gate()
    science: Gate = Gate()
    legitimacy: Gate = Gate()

    @property
    def gates(self) -> dict[str, Gate]:
        """The three gates by name, in order."""
        return {name: getattr(self, name) for name in GATES}


class Avoided(Struct, frozen=True):
    """What an entry avoids: tonnes of CO2e over its whole time frame, and per functional unit where that is known.

    Negative numbers are emissions that it adds. `naive` is the central difference of one product against one product,
    as a careless reader would take it; None unless both sides are given per product.
    """

    total: Spread
    per_unit: Spread | None
    naive: float | None
    flags: tuple[Flag, ...]


class Incomplete(Exception):
    """The evidence does not allow a calculation; `missing` names what is."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


def missing(evidence: Evidence) -> list[Missing]:
    """Return what keeps us from calculating, in the order of the form."""
    sides = {"reference_side": evidence.reference_side, "solution_side": evidence.solution_side}
    needs_volume = any(side is not None and side.per != "year" for side in sides.values())
    found: list[tuple[Missing, bool]] = [
        ("functional_unit", not evidence.functional_unit.strip()),
        ("amount", not 0 < evidence.amount < float("inf")),
        ("unit", evidence.unit not in UNITS),
        ("reference", not evidence.reference.strip()),
        ("reference_side", evidence.reference_side is None),
        ("reference_side.delivers", not _delivers(evidence.reference_side)),
        ("solution_side", evidence.solution_side is None),
        ("solution_side.delivers", not _delivers(evidence.solution_side)),
        ("volume", needs_volume and (evidence.volume is None or evidence.volume.low < 0)),
        ("years", not 0 < evidence.years < float("inf")),
        ("order", any(spread is not None and not spread.in_order for spread in _spreads(evidence))),
    ]
    return [name for name, is_missing in found if is_missing]


def _delivers(side: Side | None) -> bool:
    return side is None or 0 < side.delivers < float("inf")


def _spreads(evidence: Evidence) -> list[Spread | None]:
    sides = [side.emissions for side in (evidence.reference_side, evidence.solution_side) if side is not None]
    return [*sides, evidence.volume]


def avoided(evidence: Evidence) -> Avoided:
    """Return (reference - solution) x volume x years with its flags. Raises `Incomplete`."""
    if lacking := missing(evidence):
        raise Incomplete(lacking)
    reference, solution = evidence.reference_side, evidence.solution_side
    assert reference is not None and solution is not None  # noqa: S101, PT018  # `missing` would have named it
    per_unit = None if "year" in {reference.per, solution.per} else reference.per_unit.minus(solution.per_unit)
    yearly = _yearly(evidence, reference, solution, per_unit)
    total, naive = yearly.scaled(evidence.years), _naive(reference, solution)
    return Avoided(total, per_unit, naive, _flags(evidence, total, naive))


def _yearly(evidence: Evidence, reference: Side, solution: Side, per_unit: Spread | None) -> Spread:
    """Return tonnes a year. The volume is one and the same on both sides, so the difference is taken before it."""
    if per_unit is not None and evidence.volume is not None:
        return per_unit.times(evidence.volume)
    return _in_a_year(reference, evidence.volume).minus(_in_a_year(solution, evidence.volume))


def _in_a_year(side: Side, volume: Spread | None) -> Spread:
    return side.per_unit if side.per == "year" or volume is None else side.per_unit.times(volume)


def _naive(reference: Side, solution: Side) -> float | None:
    if reference.per == solution.per == "product":
        return reference.tonnes.central - solution.tonnes.central
    return None


def _flags(evidence: Evidence, total: Spread, naive: float | None) -> tuple[Flag, ...]:
    reference, solution = evidence.reference_side, evidence.solution_side
    assert reference is not None and solution is not None  # noqa: S101, PT018
    unequal = naive is not None and reference.delivers != solution.delivers
    answers = {gate.answer for gate in evidence.gates.values()}
    raised: list[tuple[Flag, bool]] = [
        ("negative", total.high < 0 or (total.high == 0 and total.low < 0)),
        ("sign_unclear", total.low < 0 < total.high),
        ("unequal_units", unequal),
        ("naive_sign", unequal and (naive or 0.0) * total.central < 0),
        ("gate_failed", "no" in answers),
        ("gate_open", "unknown" in answers or any(not gate.reason.strip() for gate in evidence.gates.values())),
        ("no_range", any(spread is not None and spread.low == spread.high for spread in _emissions(evidence))),
        ("attributional", evidence.method == "attributional"),
        ("estimated", evidence.grade == "D"),
    ]
    return tuple(name for name, is_raised in raised if is_raised)


def _emissions(evidence: Evidence) -> list[Spread]:
    return [side.emissions for side in (evidence.reference_side, evidence.solution_side) if side is not None]


def unit_of(evidence: Evidence) -> tuple[str, str]:
    """Return the service under which two entries can be compared: what it is, and of which kind its unit is."""
    what = "".join(c for c in unicodedata.normalize("NFKC", evidence.functional_unit).casefold() if c.isalnum())
    return what, UNITS[evidence.unit][0]


def comparable(evidence: Mapping[K, Evidence]) -> list[dict[K, Spread]]:
    """Return groups of entries that give the same service, each with what one base unit of it avoids, in tonnes.

    The base unit is the first of its kind in `UNITS`: whoever counts in 1,000 h is put on 1 h. Entries with different
    functional units, over past or coming times, or by different methods stand in groups of their own: their numbers
    say nothing about each other. What cannot be calculated per functional unit is left out.
    """
    groups: dict[tuple[str, ...], dict[K, Spread]] = {}
    for name, one in evidence.items():
        if not missing(one) and (per_unit := avoided(one).per_unit) is not None:
            size = one.amount * UNITS[one.unit][1]
            groups.setdefault((*unit_of(one), one.timing, one.method), {})[name] = per_unit.scaled(1 / size)
    return list(groups.values())
