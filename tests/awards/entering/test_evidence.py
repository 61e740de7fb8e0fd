"""Climate evidence as people type it, and as pages show it."""

from typing import Any

import msgspec
import pytest

from app.awards.emissions import FLAGS_IN_ORDER, Evidence, Gate, Missing, Side, Spread
from app.awards.entering import evidence_words
from app.awards.entering.evidence_form import EvidenceForm, Unclear, form_of, is_empty, number, read
from app.core.i18n import use_language
from app.core.web.forms import nest
from app.core.web.pages import environment

TYPED = {
    "functional_unit": "light of 800 lm",
    "amount": "1 000",
    "unit": "h",
    "reference": "Bulbs stay in use.",
    "reference_side": {"low": "25", "central": "30", "high": "35", "mass": "kg", "per": "product"},
    "solution": "LED",
    "solution_side": {"central": "240", "mass": "kg", "per": "product", "delivers": "40"},
    "volume": {"central": "40"},
    "years": "1",
    "timing": "expected",
    "method": "consequential",
    "grade": "B",
    "credibility": {"answer": "yes", "reason": "Reported since 2020."},
    "science": {"answer": "no", "reason": "Not yet."},
}


def form(**changes: Any) -> EvidenceForm:
    return msgspec.convert({**TYPED, **changes}, EvidenceForm)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12.0),
        (" 12.5 ", 12.5),
        ("12,5", 12.5),
        ("１２．５", 12.5),
        ("1 234 567", 1234567.0),
        ("1\u202f234,5", 1234.5),
        ("1,234,567.8", 1234567.8),
        ("1.234.567,8", 1234567.8),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1’234.5", 1234.5),
        ("-3", -3.0),
        ("−3", -3.0),
        ("0,250", 0.25),
        ("1.234", 1.234),
        ("2e-3", 0.002),
        ("٣", 3.0),
    ],
)
def test_number_is_read_as_it_is_written(typed: str, value: float) -> None:
    assert number(typed) == value


@pytest.mark.parametrize("typed", ["", "many", "1.2.3", "1,2,3", "nan", "inf", "1e999x", "--1", "1 kg"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        number(typed)


def test_number_that_can_be_read_twice_is_asked_again() -> None:
    with pytest.raises(Unclear):
        number("1,234")
    _evidence, errors = read(form(years="1,234"))
    assert [(error.field, error.code) for error in errors] == [("evidence.years", "unclear")]


def test_evidence_is_read_whole() -> None:
    evidence, errors = read(form())
    assert errors == []
    assert evidence == Evidence(
        functional_unit="light of 800 lm",
        amount=1000.0,
        unit="h",
        reference="Bulbs stay in use.",
        reference_side=Side(emissions=Spread(25, 30, 35), mass="kg", per="product"),
        solution="LED",
        solution_side=Side(emissions=Spread(240, 240, 240), mass="kg", per="product", delivers=40.0),
        volume=Spread(40, 40, 40),
        years=1.0,
        timing="expected",
        method="consequential",
        grade="B",
        credibility=Gate("yes", "Reported since 2020."),
        science=Gate("no", "Not yet."),
    )


def test_evidence_that_was_read_can_be_typed_again() -> None:
    evidence, _errors = read(form())
    assert evidence is not None
    assert read(form_of(evidence)) == (evidence, [])


def test_nothing_typed_is_no_evidence() -> None:
    assert is_empty(EvidenceForm(unit="h", grade="A"))
    assert read(EvidenceForm(unit="h", grade="A")) == (None, [])


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"functional_unit": ""}, "evidence.functional_unit", "required"),
        ({"unit": "furlong"}, "evidence.unit", "required"),
        ({"amount": "0"}, "evidence.amount", "required"),
        ({"amount": "some"}, "evidence.amount", "number"),
        ({"reference_side": {}}, "evidence.reference_side.central", "required"),
        ({"reference_side": {"low": "1"}}, "evidence.reference_side.central", "required"),
        ({"reference_side": {"low": "3", "central": "2"}}, "evidence.reference_side.low", "order"),
        ({"solution_side": {"central": "x"}}, "evidence.solution_side.central", "number"),
        ({"solution_side": {"central": "1", "per": "product", "delivers": "0"}}, "evidence.solution_side.delivers", "required"),  # noqa: E501
        ({"volume": {}}, "evidence.volume.central", "required"),
        ({"volume": {"low": "-1", "central": "1"}}, "evidence.volume.central", "required"),
    ],
)  # fmt: skip
def test_each_wrong_field_is_named_once(changes: dict[str, Any], field: str, code: str) -> None:
    _evidence, errors = read(form(**changes))
    assert [(error.field, error.code) for error in errors] == [(field, code)]


def test_choice_that_does_not_exist_is_as_if_nothing_was_chosen() -> None:
    evidence, errors = read(form(grade="Z", timing="now", credibility={"answer": "maybe", "reason": "x"}))
    assert errors == []
    assert evidence is not None
    assert (evidence.grade, evidence.timing, evidence.credibility) == ("D", "achieved", Gate("unknown", "x"))


# Pages


def rendered(call: str, **values: Any) -> str:
    use_language("en")
    source = '{% from "awards/entering/evidence.html" import evidence_fields, evidence_shown %}{{ ' + call + " }}"
    return environment().from_string(source).render(words=evidence_words, **values)


def test_form_offers_every_field_and_shows_what_was_typed() -> None:
    html = rendered(
        "evidence_fields(form, words, units, errors)", form=TYPED, units=evidence_words.unit_options(), errors=[]
    )
    names = {name for name in EvidenceForm.__struct_fields__ if f'name="evidence.{name}' in html}
    assert names == set(EvidenceForm.__struct_fields__)
    assert 'name="evidence.solution_side.delivers"' in html
    assert 'value="240"' in html
    assert '<option value="expected" selected>' in html


def test_form_sends_what_it_shows() -> None:
    sent = nest([(f"evidence.{name}", value) for name, value in _flat(TYPED)])
    assert msgspec.convert(sent["evidence"], EvidenceForm) == form()


def _flat(tree: dict[str, Any], at: str = "") -> list[tuple[str, str]]:
    return [
        pair
        for name, value in tree.items()
        for pair in (_flat(value, f"{at}{name}.") if isinstance(value, dict) else [(at + name, value)])
    ]


def test_result_is_shown_with_its_range_and_the_warning() -> None:
    html = rendered("evidence_shown(one, words)", one=read(form())[0])
    assert "960 kg CO₂e (760 kg CO₂e to 1.16 t CO₂e)" in html
    assert "A comparison product by product would say the opposite, and would be wrong." in html
    assert "Avoided over the whole time" in html


def test_added_emissions_are_called_so() -> None:
    html = rendered("evidence_shown(one, words)", one=read(form(solution_side={"central": "90", "per": "unit"}))[0])
    assert "Added over the whole time, against the reference" in html
    assert "-2.4 t CO₂e" in html
    assert str(evidence_words.FLAGS["negative"]) in html


def test_what_is_missing_is_said_in_place_of_a_result() -> None:
    html = rendered("evidence_shown(one, words)", one=read(form(volume={}))[0])
    assert "Say how much of the service is used in a year." in html
    assert rendered("evidence_shown(one, words)", one=None).strip() == ""


def test_every_flag_and_gap_has_a_sentence() -> None:
    assert set(evidence_words.FLAGS) == set(FLAGS_IN_ORDER)
    assert set(evidence_words.MISSING) == set(Missing.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0004, "0.4 kg CO₂e"),
        (0.5, "500 kg CO₂e"),
        (1.0, "1 t CO₂e"),
        (-1234.0, "-1.23 kt CO₂e"),
        (2.5e6, "2.5 Mt CO₂e"),
        (0.0, "0 kg CO₂e"),
    ],
)
def test_tonnes_stand_in_the_unit_that_suits(value: float, words: str) -> None:
    use_language("en")
    assert evidence_words.tonnes(value) == words
