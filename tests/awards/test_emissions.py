"""What is avoided: units, time, ranges, signs, and what cannot be compared."""

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.emissions import (
    FLAGS_IN_ORDER,
    UNITS,
    Evidence,
    Gate,
    Incomplete,
    Side,
    Spread,
    avoided,
    comparable,
    missing,
)

KG_PER_KWH = 0.5


def exact(value: float) -> Spread:
    return Spread(value, value, value)


def near(low: float, central: float, high: float) -> Any:
    return Spread(*(pytest.approx(value, rel=1e-12) for value in (low, central, high)))  # type: ignore[arg-type]


def side(value: float | Spread, **given: Any) -> Side:
    return Side(emissions=value if isinstance(value, Spread) else exact(value), **given)


YES = {name: Gate("yes", "Stands in the report.") for name in ("credibility", "science", "legitimacy")}


def evidence(**given: Any) -> Evidence:
    base: dict[str, Any] = {
        "functional_unit": "light of 800 lm",
        "amount": 1000.0,
        "unit": "h",
        "reference": "Bulbs stay in use.",
        "reference_side": side(30.0),
        "solution_side": side(6.0),
        "volume": exact(10.0),
        "method": "consequential",
        "grade": "B",
        **YES,
    }
    return Evidence(**{**base, **given})


def lamps() -> Evidence:
    """An LED of 12 W and 40,000 h against bulbs of 60 W and 1,000 h; the functional unit is 1,000 h of light."""
    return evidence(
        reference_side=side(60 * 1000 / 1000 * KG_PER_KWH, per="product", delivers=1.0),
        solution_side=side(12 * 40_000 / 1000 * KG_PER_KWH, per="product", delivers=40.0),
        volume=exact(40.0),
    )


def test_lamp_of_40_000_hours_replaces_40_bulbs_and_needs_a_fifth() -> None:
    one, found = lamps(), avoided(lamps())
    assert one.reference_side is not None
    assert one.solution_side is not None
    assert one.solution_side.per_unit.central / one.reference_side.per_unit.central == pytest.approx(1 / 5, rel=1e-12)
    assert found.per_unit == near(0.024, 0.024, 0.024)  # 30 kg - 6 kg per 1,000 h
    assert found.total.central == pytest.approx(0.96, rel=1e-12)  # 40 x 30 kg - 240 kg


def test_comparison_bulb_by_bulb_has_the_wrong_sign_and_is_flagged() -> None:
    found = avoided(lamps())
    assert found.naive == pytest.approx(-0.21, rel=1e-12)  # 30 kg - 240 kg
    assert {"unequal_units", "naive_sign"} <= set(found.flags)


def test_equal_products_are_not_flagged() -> None:
    found = avoided(evidence(reference_side=side(30.0, per="product"), solution_side=side(6.0, per="product")))
    assert found.naive == pytest.approx(0.024)
    assert not {"unequal_units", "naive_sign"} & set(found.flags)


def test_unequal_products_with_the_same_sign_are_flagged_once() -> None:
    found = avoided(
        evidence(reference_side=side(30.0, per="product"), solution_side=side(6.0, per="product", delivers=2))
    )
    assert "unequal_units" in found.flags
    assert "naive_sign" not in found.flags


@pytest.mark.parametrize(("mass", "tonnes"), [("g", 1e-6), ("kg", 1e-3), ("t", 1.0), ("kt", 1e3), ("Mt", 1e6)])
def test_mass_counts_in_its_unit(mass: Any, tonnes: float) -> None:
    found = avoided(evidence(reference_side=side(3.0, mass=mass), solution_side=side(1.0, mass=mass)))
    assert found.total.central == pytest.approx(2 * tonnes * 10, rel=1e-12)


def test_sides_may_have_different_units() -> None:
    found = avoided(evidence(reference_side=side(1.0, mass="t"), solution_side=side(400.0, mass="kg")))
    assert found.per_unit == near(0.6, 0.6, 0.6)


def test_years_multiply_and_a_year_needs_no_volume() -> None:
    one = evidence(
        reference_side=side(120.0, mass="t", per="year"),
        solution_side=side(20.0, mass="t", per="year"),
        volume=None,
        years=5.0,
    )
    assert missing(one) == []
    assert avoided(one).total.central == 500.0
    assert avoided(one).per_unit is None


def test_one_side_per_year_and_one_per_unit_meet_in_the_year() -> None:
    one = evidence(reference_side=side(1.0, mass="t", per="year"), solution_side=side(6.0), volume=exact(10.0))
    assert avoided(one).total.central == pytest.approx(0.94)
    assert missing(msgspec.structs.replace(one, volume=None)) == ["volume"]


def test_ranges_are_carried_through() -> None:
    found = avoided(
        evidence(
            reference_side=side(Spread(20, 30, 40)), solution_side=side(Spread(5, 10, 15)), volume=Spread(100, 200, 300)
        )
    )
    assert found.per_unit == near(0.005, 0.020, 0.035)
    assert found.total == near(0.5, 4.0, 10.5)
    assert "no_range" not in found.flags


def test_what_adds_emissions_is_shown_below_zero() -> None:
    found = avoided(evidence(reference_side=side(Spread(1, 2, 3)), solution_side=side(Spread(4, 5, 6))))
    assert found.total == near(-0.05, -0.03, -0.01)
    assert found.flags[0] == "negative"
    assert "sign_unclear" not in found.flags


def test_range_around_zero_is_flagged_and_keeps_its_width_with_the_volume() -> None:
    found = avoided(
        evidence(reference_side=side(Spread(1, 3, 4)), solution_side=side(Spread(2, 2, 3)), volume=Spread(10, 20, 50))
    )
    assert found.total == near(-0.1, 0.02, 0.1)
    assert found.flags[0] == "sign_unclear"


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"method": "attributional"}, "attributional"),
        ({"grade": "D"}, "estimated"),
        ({"science": Gate("no", "It burns oil.")}, "gate_failed"),
        ({"legitimacy": Gate()}, "gate_open"),
        ({"credibility": Gate("yes", " ")}, "gate_open"),
        ({}, "no_range"),
    ],
)
def test_flags(changes: dict[str, Any], flag: str) -> None:
    quiet = {"reference_side": side(Spread(2, 3, 4)), "solution_side": side(Spread(0, 1, 1.5))}
    assert avoided(evidence(**quiet)).flags == ()
    assert avoided(evidence(**({} if flag == "no_range" else quiet), **changes)).flags == (flag,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"functional_unit": " "}, ["functional_unit"]),
        ({"amount": 0.0}, ["amount"]),
        ({"amount": math.inf}, ["amount"]),
        ({"unit": "furlong"}, ["unit"]),
        ({"reference": ""}, ["reference"]),
        ({"reference_side": None}, ["reference_side"]),
        ({"solution_side": None}, ["solution_side"]),
        ({"solution_side": side(1.0, per="product", delivers=0.0)}, ["solution_side.delivers"]),
        ({"volume": None}, ["volume"]),
        ({"volume": Spread(-1, 2, 3)}, ["volume"]),
        ({"years": 0.0}, ["years"]),
        ({"years": math.nan}, ["years"]),
        ({"reference_side": side(Spread(3, 2, 4))}, ["order"]),
        ({"reference_side": side(Spread(1, math.nan, 4))}, ["order"]),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_calculated(changes: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(Incomplete) as refused:
        avoided(evidence(**changes))
    assert refused.value.missing == expected


def test_empty_evidence_names_everything_that_is_missing() -> None:
    assert missing(Evidence()) == ["functional_unit", "reference", "reference_side", "solution_side"]


# What can be compared


def test_only_the_same_service_is_compared() -> None:
    found = comparable(
        {
            "a": evidence(),
            "b": evidence(functional_unit="Light of 800 LM"),
            "c": evidence(functional_unit="heat"),
            "d": evidence(unit="kWh"),
            "e": evidence(method="attributional"),
            "f": evidence(timing="expected"),
            "g": evidence(volume=None),
            "h": evidence(reference_side=side(1, per="year"), solution_side=side(1, per="year")),
        }
    )
    assert [list(group) for group in found] == [["a", "b"], ["c"], ["d"], ["e"], ["f"]]


def test_amounts_of_the_same_service_are_put_on_one_base() -> None:
    hour = evidence(amount=1.0, reference_side=side(0.030), solution_side=side(0.006), volume=exact(10_000.0))
    day = evidence(amount=1.0, unit="day", reference_side=side(0.72), solution_side=side(0.144))
    [group] = comparable({"thousand": evidence(), "one": hour, "day": day})
    assert {name: spread.central for name, spread in group.items()} == {
        "thousand": pytest.approx(2.4e-5),
        "one": pytest.approx(2.4e-5),
        "day": pytest.approx(2.4e-5),
    }


def test_energy_has_one_base() -> None:
    assert UNITS["GJ"][1] * 3.6 == pytest.approx(1000 * UNITS["kWh"][1])
    assert UNITS["MWh"][1] == 1000 * UNITS["kWh"][1]


# Properties

NUMBER = st.floats(-1e6, 1e6, allow_nan=False)
SPREAD = st.lists(NUMBER, min_size=3, max_size=3).map(lambda three: Spread(*sorted(three)))


@given(SPREAD, SPREAD, st.data())
def test_every_pair_of_values_lies_within_the_result(one: Spread, other: Spread, data: st.DataObject) -> None:
    x, y = (data.draw(st.floats(s.low, s.high)) for s in (one, other))
    slack = 1e-6
    assert one.minus(other).low - slack <= x - y <= one.minus(other).high + slack
    low, high = one.times(other).low, one.times(other).high
    assert low - slack * abs(low) <= x * y <= high + slack * abs(high) or math.isclose(x * y, low, abs_tol=slack)
    assert one.times(other).in_order
    assert one.minus(other).in_order


@given(SPREAD, SPREAD, st.floats(0.01, 1e3), st.floats(0.1, 50))
def test_exchanged_sides_give_the_opposite(one: Spread, other: Spread, volume: float, years: float) -> None:
    def result(reference: Spread, solution: Spread) -> Spread:
        sides = {"reference_side": side(reference), "solution_side": side(solution)}
        return avoided(evidence(**sides, volume=exact(volume), years=years)).total

    there, back = result(one, other), result(other, one)
    assert (there.low, there.central, there.high) == pytest.approx((-back.high, -back.central, -back.low))


@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_result_does_not_depend_on_the_life_of_a_product(reference: float, solution: float) -> None:
    """Twice the life at twice the emissions is the same service."""
    found = avoided(
        evidence(
            reference_side=side(30 * reference, per="product", delivers=reference),
            solution_side=side(6 * solution, per="product", delivers=solution),
        )
    )
    assert found.total.central == pytest.approx(0.24)


def test_flags_stand_in_the_order_of_their_weight() -> None:
    every = avoided(
        evidence(
            reference_side=side(1.0, per="product"),
            solution_side=side(6.0, per="product", delivers=2.0),
            method="attributional",
            grade="D",
            science=Gate("no", ""),
        )
    )
    assert list(every.flags) == [flag for flag in FLAGS_IN_ORDER if flag in every.flags]
    assert len(every.flags) >= 6


def test_evidence_survives_its_encoding() -> None:
    one = lamps()
    assert msgspec.json.decode(msgspec.json.encode(one), type=Evidence) == one
