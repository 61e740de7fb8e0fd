"""Agreement against the tables of the papers that define it."""

import pytest

from app.awards.agreement import Metric, alpha, intraclass

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 * * *
1 2 3 3 2 2 4 1 2 5 * 3
* 3 3 3 2 3 4 2 2 5 1 *
1 2 3 3 2 4 4 1 2 5 1 *
"""
"""Krippendorff (2011), four coders (rows) of twelve units, with gaps."""


def units(table: str) -> list[dict[str, float]]:
    coders = [row.split() for row in table.strip().splitlines()]
    return [
        {str(coder): float(values[n]) for coder, values in enumerate(coders) if values[n] != "*"}
        for n in range(len(coders[0]))
    ]


def test_six_forms_of_shrout_and_fleiss() -> None:
    found = intraclass(SHROUT_FLEISS)
    forms = (found.one_way, found.random, found.fixed, found.one_way_mean, found.random_mean, found.fixed_mean)
    assert [round(form, 2) for form in forms] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


@pytest.mark.parametrize(
    ("metric", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorff(metric: Metric, expected: float) -> None:
    assert alpha(units(KRIPPENDORFF), metric) == pytest.approx(expected, abs=5e-4)


def test_agreement_needs_two_of_everything() -> None:
    for table in ([[1, 2]], [[1], [2]], []):
        with pytest.raises(ValueError, match="at least two"):
            intraclass(table)
    for unit in ([{"a": 1.0}], [{"a": 1.0, "b": 1.0}]):
        with pytest.raises(ValueError, match="at least two"):
            alpha(unit, "nominal")
