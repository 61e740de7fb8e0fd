"""What climate evidence says to people: names of its fields, sentences for its flags, figures with their units."""

from collections.abc import Mapping

from babel.numbers import format_decimal

from app.awards.emissions import (
    UNITS,
    Avoided,
    Evidence,
    Flag,
    Gate,
    Incomplete,
    Missing,
    Side,
    Spread,
    avoided,
)
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, language, locale

FLAGS: Mapping[Flag, str] = {
    "negative": gettext_lazy("By these figures the solution adds emissions: the number below zero is what it adds."),
    "sign_unclear": gettext_lazy(
        "The range includes zero: by these figures it is not certain that the solution avoids anything."
    ),
    "unequal_units": gettext_lazy(
        "One product of each does not do the same amount of work. We compare the same amount of work, not product by "
        "product."
    ),
    "naive_sign": gettext_lazy("A comparison product by product would say the opposite, and would be wrong."),
    "gate_failed": gettext_lazy(
        "A condition for a claim of avoided emissions is not met. Read the number as an estimate, not as a claim."
    ),
    "gate_open": gettext_lazy("A condition for a claim of avoided emissions is not answered with a reason."),
    "no_range": gettext_lazy("A value has no range. Measured and modelled values are never exact."),
    "attributional": gettext_lazy(
        "The comparison leaves out effects elsewhere, such as more use because it became cheaper."
    ),
    "estimated": gettext_lazy("The values were estimated from literature and not measured."),
}
MISSING: Mapping[Missing, str] = {
    "functional_unit": gettext_lazy("Say which service is compared, such as light of 800 lm."),
    "amount": gettext_lazy("Give an amount above 0."),
    "unit": gettext_lazy("Choose a unit."),
    "reference": gettext_lazy("Say what would have happened without the solution."),
    "reference_side": gettext_lazy("Give the emissions of the reference."),
    "solution": gettext_lazy("Say what the solution is."),
    "solution_side": gettext_lazy("Give the emissions of the solution."),
    "reference_side.delivers": gettext_lazy("Give an amount above 0."),
    "solution_side.delivers": gettext_lazy("Give an amount above 0."),
    "volume": gettext_lazy("Say how much of the service is used in a year."),
    "years": gettext_lazy("Give a number of years above 0."),
    "order": gettext_lazy("Give numbers that rise: low, central, high."),
}
GRADES = {
    "A": gettext_lazy("A: measured, and verified by a third party"),
    "B": gettext_lazy("B: measured"),
    "C": gettext_lazy("C: modelled on own data"),
    "D": gettext_lazy("D: estimated from literature"),
}
METHODS = {
    "attributional": gettext_lazy("Attributional: the life cycles of both are compared"),
    "consequential": gettext_lazy("Consequential: effects elsewhere are counted too"),
}
TIMINGS = {
    "achieved": gettext_lazy("Achieved: it has happened"),
    "expected": gettext_lazy("Expected: it is yet to happen"),
}
PER = {
    "unit": gettext_lazy("per functional unit"),
    "product": gettext_lazy("per product, over its life"),
    "year": gettext_lazy("per year, all together"),
}
GATES = {
    "credibility": gettext_lazy("Does the lead member have a climate target of its own and report on it?"),
    "science": gettext_lazy("Is the solution in line with climate science, and not a way to use more fossil fuel?"),
    "legitimacy": gettext_lazy("Does the solution itself cut emissions, directly and by a good part?"),
}
ANSWERS = {"yes": gettext_lazy("Yes"), "no": gettext_lazy("No"), "unknown": gettext_lazy("Not answered")}
KINDS = {
    "piece": gettext_lazy("pieces"),
    "h": gettext_lazy("hours"),
    "day": gettext_lazy("days"),
    "year": gettext_lazy("years"),
    "person·year": gettext_lazy("persons × years"),
    "meal": gettext_lazy("meals"),
    "pkm": gettext_lazy("passenger kilometres"),
    "tkm": gettext_lazy("tonne kilometres"),
    "m²·year": gettext_lazy("m² × years"),
}
"""Units that are words; the others are written alike everywhere."""


def unit_words(unit: str) -> str:
    """Return how a unit is written in the present language."""
    return str(KINDS.get(unit, unit))


def number(value: float) -> str:
    """Return a number with three significant digits as the present language writes it."""
    rounded = float(f"{value:.3g}") + 0.0
    return str(format_decimal(rounded, format="#,##0.######", locale=locale(language())))


def tonnes(value: float) -> str:
    """Return tonnes of CO2e in the unit that suits their size."""
    for unit, size in (("Mt", 1e6), ("kt", 1e3), ("t", 1.0), ("kg", 1e-3)):
        if abs(value) >= size or unit == "kg":
            return f"{number(value / size)} {unit} CO₂e"
    raise AssertionError("kg takes all that is left")


def range_words(spread: Spread) -> str:
    """Return a spread in words, in tonnes: central value, then from low to high."""
    if spread.low == spread.high:
        return tonnes(spread.central)
    return _(
        "%(central)s (%(low)s to %(high)s)",
        central=tonnes(spread.central),
        low=tonnes(spread.low),
        high=tonnes(spread.high),
    )


def flags(found: Avoided) -> list[str]:
    """Return the sentences of a result's flags, the weightiest first."""
    return [str(FLAGS[flag]) for flag in found.flags]


def shown(evidence: Evidence | None) -> Avoided | list[str]:
    """Return the result of evidence, or the sentences that say what is missing for one."""
    if evidence is None:
        return []
    try:
        return avoided(evidence)
    except Incomplete as error:
        return [str(MISSING[name]) for name in error.missing]


def unit_options() -> list[tuple[str, str]]:
    """Return what a select of units offers."""
    return [(unit, unit_words(unit)) for unit in UNITS]


def rows(evidence: Evidence) -> list[tuple[str, str]]:
    """Return what the evidence says as terms and words, in the order of the form."""
    service = f"{number(evidence.amount)} {unit_words(evidence.unit)} {evidence.functional_unit}"
    return [
        (_("Functional unit"), service if evidence.functional_unit else ""),
        (_("Reference scenario"), evidence.reference),
        (_("Emissions of the reference"), _side(evidence.reference_side)),
        (_("Solution"), evidence.solution),
        (_("Emissions of the solution"), _side(evidence.solution_side)),
        (_("Functional units used in a year"), _volume(evidence.volume)),
        (_("Years"), number(evidence.years)),
        (_("Has it happened?"), str(TIMINGS[evidence.timing])),
        (_("How were they compared?"), str(METHODS[evidence.method])),
        (_("How good is the evidence?"), str(GRADES[evidence.grade])),
        (_("Where do the figures come from?"), evidence.source),
        *((str(GATES[name]), _gate(gate)) for name, gate in evidence.gates.items()),
    ]


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    words = f"{range_words(side.tonnes)} {PER[side.per]}"
    return words if side.per != "product" else f"{words} ({number(side.delivers)} {_('functional units')})"


def _volume(spread: Spread | None) -> str:
    if spread is None or spread.low == spread.high:
        return number(spread.central) if spread else ""
    return f"{number(spread.central)} ({number(spread.low)}–{number(spread.high)})"


def _gate(gate: Gate) -> str:
    return f"{ANSWERS[gate.answer]}. {gate.reason}" if gate.reason else str(ANSWERS[gate.answer])
