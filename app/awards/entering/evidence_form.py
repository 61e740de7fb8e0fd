"""Climate evidence as it is typed: words in a draft, which may be incomplete, and what they mean."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Final, get_args

import msgspec
from msgspec import Struct

from app.awards.emissions import GATES, UNITS, Evidence, Gate, Mass, Per, Side, Spread, missing
from app.awards.entering.evidence_words import MISSING
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.validation import Line, Paragraph

Typed = Annotated[str, msgspec.Meta(max_length=40)]
SIDES: Final = ("reference_side", "solution_side")
_SPACES: Final = re.compile(r"[\s'’_]")
_PLAIN: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d{1,2})?")
_GROUPS: Final = (
    re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"),
    re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"),
)
_UNCLEAR: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


class Unclear(ValueError):
    """What was typed is a number, but could be read as two different ones."""


class SpreadForm(Struct, frozen=True):
    """Low, central and high as typed; one alone stands for all three."""

    low: Typed = ""
    central: Typed = ""
    high: Typed = ""


class SideForm(Struct, frozen=True, kw_only=True):
    """The emissions of the reference or the solution, as typed."""

    low: Typed = ""
    central: Typed = ""
    high: Typed = ""
    mass: Mass = "kg"
    per: Per = "unit"
    delivers: Typed = ""


class GateForm(Struct, frozen=True):
    """The answer to a gate."""

    answer: str = "unknown"
    reason: Paragraph = ""


class EvidenceForm(Struct, frozen=True, kw_only=True):
    """Climate evidence as it is typed, kept in drafts as it stands."""

    functional_unit: Line = ""
    amount: Typed = ""
    unit: Typed = ""
    reference: Paragraph = ""
    reference_side: SideForm = SideForm()
    solution: Paragraph = ""
    solution_side: SideForm = SideForm()
    volume: SpreadForm = SpreadForm()
    years: Typed = ""
    timing: str = ""
    method: str = ""
    grade: str = ""
    source: Paragraph = ""
    credibility: GateForm = GateForm()
    science: GateForm = GateForm()
    legitimacy: GateForm = GateForm()


def number(typed: str) -> float:
    """Return the number that was typed, in any script's digits, with any usual separators.

    Raises `Unclear` for `1,234`, which is 1234 to some and 1.234 to others, and `ValueError` for what is no number.
    """
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", typed)).replace("\u2212", "-").casefold()
    if _UNCLEAR.fullmatch(plain):
        raise Unclear(typed)
    if _GROUPS[0].fullmatch(plain):
        return float(plain.replace(",", ""))
    if _GROUPS[1].fullmatch(plain) and (plain.count(".") > 1 or "," in plain):
        return float(plain.replace(".", "").replace(",", "."))
    if _PLAIN.fullmatch(plain):
        return float(plain.replace(",", "."))
    raise ValueError(typed)


def is_empty(form: EvidenceForm) -> bool:
    """Whether nothing was typed; what is chosen from a list alone says nothing."""
    words = [form.functional_unit, form.reference, form.solution, form.source, form.amount, form.years]
    words += [gate.reason for gate in (form.credibility, form.science, form.legitimacy)]
    for numbers in (form.reference_side, form.solution_side, form.volume):
        words += [numbers.low, numbers.central, numbers.high]
    return not any(word.strip() for word in words)


def read(form: EvidenceForm, at: str = "evidence") -> tuple[Evidence | None, list[FieldError]]:
    """Return the evidence that was typed, None when nothing was, with what is wrong, by the names of the form.

    What is wrong is left out of the evidence, so that it can be shown as far as it goes.
    """
    if is_empty(form):
        return None, []
    reading = _Reading(at)
    evidence = Evidence(
        functional_unit=form.functional_unit,
        amount=reading.amount("amount", form.amount, 1.0),
        unit=form.unit if form.unit in UNITS else "",
        reference=form.reference,
        reference_side=reading.side("reference_side", form.reference_side),
        solution=form.solution,
        solution_side=reading.side("solution_side", form.solution_side),
        volume=reading.spread("volume", form.volume),
        years=reading.amount("years", form.years, 1.0),
        source=form.source,
        **_chosen(form),
    )
    wanted = [FieldError(_place(at, name), "required", str(MISSING[name])) for name in missing(evidence)]
    known = {error.field for error in reading.errors}
    return evidence, reading.errors + [error for error in wanted if not _is_known(error.field, known)]


def form_of(evidence: Evidence) -> EvidenceForm:
    """Return the form in which evidence would have been typed."""
    plain = {name: value for name, value in msgspec.to_builtins(evidence).items() if value is not None}
    return msgspec.convert(_typed(plain), EvidenceForm)


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        flat = {**value, **value.get("emissions", {})} if "emissions" in value else value
        return {name: _typed(one) for name, one in flat.items() if name != "emissions"}
    return f"{value:.12g}" if isinstance(value, float) else value


def _place(at: str, name: str) -> str:
    """Return the field of the form at which something is missing."""
    where = {"reference_side": "reference_side.central", "solution_side": "solution_side.central"}
    where |= {"volume": "volume.central", "order": "reference_side.low"}
    return f"{at}.{where.get(name, name)}"


def _is_known(field: str, known: set[str]) -> bool:
    """Whether another error says already what is wrong with a field, or with the group it stands for."""
    group = field.rpartition(".")[0]
    return field in known or (field.endswith(".central") and any(one.startswith(f"{group}.") for one in known))


def _chosen(form: EvidenceForm) -> dict[str, Any]:
    """Return what was chosen from lists, and the gates; anything else is as if nothing had been chosen."""
    kinds: Mapping[str, Any] = {field.name: field.type for field in msgspec.structs.fields(Evidence)}
    given = {name: getattr(form, name) for name in ("timing", "method", "grade")}
    gates = {name: _gate(getattr(form, name)) for name in GATES}
    return gates | {name: value for name, value in given.items() if value in get_args(kinds[name])}


def _gate(form: GateForm) -> Gate:
    answers: Mapping[str, Gate] = {
        "yes": Gate("yes", form.reason),
        "no": Gate("no", form.reason),
    }
    return answers.get(form.answer, Gate("unknown", form.reason))


class _Reading:
    """Reads fields and remembers what is wrong with them."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.errors: list[FieldError] = []

    def number(self, name: str, typed: str) -> float | None:
        try:
            return number(typed) if typed.strip() else None
        except Unclear:
            self._wrong(name, "unclear", _("This can be read as two different numbers. Write it without a comma."))
        except ValueError:
            self._wrong(name, "number", _("A number is needed here."))
        return None

    def _wrong(self, name: str, code: str, words: str) -> None:
        self.errors.append(FieldError(f"{self.at}.{name}", code, words))

    def amount(self, name: str, typed: str, default: float) -> float:
        found = self.number(name, typed)
        return default if found is None else found

    def spread(self, name: str, form: SpreadForm | SideForm) -> Spread | None:
        """Return low, central and high; whoever gives the central value alone gives no range."""
        before = len(self.errors)
        low, central, high = (self.number(f"{name}.{part}", getattr(form, part)) for part in ("low", "central", "high"))
        if len(self.errors) > before or (low is central is high is None):
            return None
        if central is None:
            self._wrong(f"{name}.central", "required", _("This is needed."))
            return None
        found = Spread(central if low is None else low, central, central if high is None else high)
        if not found.in_order:
            self._wrong(f"{name}.low", "order", str(MISSING["order"]))
            return None
        return found

    def side(self, name: str, form: SideForm) -> Side | None:
        emissions = self.spread(name, form)
        delivers = self.amount(f"{name}.delivers", form.delivers, 1.0) if form.per == "product" else 1.0
        if emissions is None:
            return None
        return Side(emissions=emissions, mass=form.mass, per=form.per, delivers=delivers)
