"""The plan's table: both readings of its targets, and nothing made up beyond it."""

from pathlib import Path

import pytest

import app.kpi.plan
from app.kpi.plan import Reference, Targets, kpi_of, load_plan, parse_plan, reference, targets


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2022, None),
        (2023, Targets(level=10_000, increment=10_000)),
        (2024, Targets(level=20_000, increment=10_000)),
        (2025, Targets(level=30_000, increment=10_000)),
        (2026, None),
    ],
)
def test_both_readings_of_kpi_2(year, expected):
    assert targets(kpi_of(load_plan(), 2), fiscal_year=year) == expected


def test_years_beyond_the_plan_have_a_reference_and_no_target():
    kpi = kpi_of(load_plan(), 2)
    assert reference(kpi, fiscal_year=2026) == Reference(fiscal_year=2025, level=30_000)
    assert [reference(kpi, fiscal_year=year) for year in (2022, 2023, 2025)] == [None, None, None]


def test_levels_of_the_other_indicators():
    levels = {n: [targets(kpi_of(load_plan(), n), fiscal_year=y).level for y in (2023, 2024, 2025)] for n in (1, 3)}
    assert levels == {1: [0, 5, 100], 3: [0, 10, 20]}
    assert [kpi.number for kpi in load_plan().kpi] == [1, 2, 3]


def test_every_text_is_in_japanese_and_english():
    plan = load_plan()
    texts = [plan.plan.name, plan.plan.source, plan.plan.verified]
    texts += [text for kpi in plan.kpi for text in (kpi.name, kpi.unit, kpi.note)]
    assert all(set(text) == {"ja", "en"} and all(text.values()) for text in texts)


def test_unknown_indicator_and_wrong_sum_are_refused():
    with pytest.raises(LookupError, match="no KPI 4"):
        kpi_of(load_plan(), 4)
    text = (
        Path(app.kpi.plan.__file__)
        .with_name("plan.toml")
        .read_text(encoding="utf-8")
        .replace("sum = 30000", "sum = 30001")
    )
    with pytest.raises(ValueError, match="KPI 2"):
        parse_plan(text)
