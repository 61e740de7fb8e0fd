"""Rubrics: scores to the digit, the rules for missing criteria, and what keeps one from being used."""

import itertools
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards import rubric
from app.awards.rubric import MISSING_RULES, Criterion, Level, Rubric, check, score
from app.core.i18n import LANGUAGES
from tests.awards.planting import RUBRIC

FULL = {"impact": 5.0, "design": 4.0, "scaling": 3.0}
VALUES = st.fixed_dictionaries({}, optional={key: st.none() | st.integers(1, 5) for key in FULL})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (FULL, 82.5),  # 50 x 1 + 30 x 3/4 + 20 x 2/4
        (dict.fromkeys(FULL, 1), 0.0),
        (dict.fromkeys(FULL, 5), 100.0),
        (dict.fromkeys(FULL, 3), 50.0),
        ({"impact": 2, "design": 1, "scaling": 1}, 12.5),
    ],
)
def test_score_of_a_whole_sheet_is_the_same_by_every_rule(values: dict[str, float | None], expected: float) -> None:
    assert [score(RUBRIC, values, rule=rule) for rule in MISSING_RULES] == [expected] * 3


@pytest.mark.parametrize(
    ("values", "unjudged", "reweighted", "lowest"),
    [
        ({"impact": 5, "design": None, "scaling": 3}, None, 60 * 100 / 70, 60.0),
        ({"impact": 5}, None, 100.0, 50.0),
        ({"design": 1, "scaling": 1}, None, 0.0, 0.0),
        ({}, None, None, None),
        (dict.fromkeys(FULL), None, None, None),
    ],
)
def test_missing_criteria_by_each_rule(
    values: dict[str, float | None], unjudged: float | None, reweighted: float | None, lowest: float | None
) -> None:
    assert [score(RUBRIC, values, rule=rule) for rule in MISSING_RULES] == [unjudged, reweighted, lowest]


def test_scales_of_other_lengths_and_signs_count_by_their_share() -> None:
    levels = tuple(Level(value, {"en": "-"}) for value in (-2, 0, 8))
    odd = Rubric("Odd", (Criterion(key="a", title={}, weight=100, levels=levels),))
    assert [score(odd, {"a": value}, rule="unjudged-v1") for value in (-2, 0, 8)] == [0.0, 20.0, 100.0]


@pytest.mark.parametrize("value", [0.999, 5.001, math.inf, math.nan])
def test_a_value_beside_the_scale_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="scale of impact"):
        score(RUBRIC, {**FULL, "impact": value}, rule="lowest-v1")


def test_strange_criteria_and_rules_are_refused() -> None:
    with pytest.raises(ValueError, match="no criterion charm"):
        score(RUBRIC, {**FULL, "charm": 5}, rule="lowest-v1")
    with pytest.raises(KeyError):
        score(RUBRIC, FULL, rule="median-v1")
    assert rubric.strangers(RUBRIC, {"impact": 2.5, "charm": 5, "design": None, "scaling": 3}) == ["charm", "impact"]
    assert rubric.missing(RUBRIC, {"design": None, "scaling": 3}) == ["impact", "design"]


@given(VALUES, st.sampled_from(MISSING_RULES))
def test_scores_lie_on_the_scale_and_do_not_depend_on_the_order(values: dict[str, float | None], rule: str) -> None:
    found = score(RUBRIC, values, rule=rule)
    assert found is None or 0 <= found <= 100
    for order in itertools.permutations(values):
        assert score(RUBRIC, {key: values[key] for key in order}, rule=rule) == found
    for criteria in itertools.permutations(RUBRIC.criteria):
        assert score(Rubric("Turned", criteria), values, rule=rule) == found


@given(VALUES)
def test_the_lowest_level_for_a_missing_criterion_never_helps(values: dict[str, float | None]) -> None:
    lowest, reweighted = (score(RUBRIC, values, rule=rule) for rule in ("lowest-v1", "reweighted-v1"))
    assert (lowest is None) == (reweighted is None)
    assert lowest is None or reweighted is None or lowest <= reweighted + 1e-9


def changed(**fields: object) -> Rubric:
    """Return the test's rubric with another first criterion."""
    first = msgspec.structs.replace(RUBRIC.criteria[0], **fields)
    return Rubric("Test", (first, *RUBRIC.criteria[1:]))


LEVELS = RUBRIC.criteria[0].levels


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        (changed(weight=51), "criteria", "sum"),
        (changed(weight=0), "criteria[0].weight", "range"),
        (changed(key="design"), "criteria[1].key", "taken"),
        (changed(key=""), "criteria[0].key", "required"),
        (changed(title={"en": "Impact"}), "criteria[0].title.ja", "required"),
        (changed(help={"ja": "助言"}), "criteria[0].help.en", "required"),
        (changed(levels=LEVELS[:1]), "criteria[0].levels", "range"),
        (changed(levels=LEVELS * 3), "criteria[0].levels", "range"),
        (changed(levels=LEVELS[::-1]), "criteria[0].levels[1].value", "order"),
        (changed(levels=(LEVELS[0], LEVELS[0])), "criteria[0].levels[1].value", "order"),
        (changed(levels=(LEVELS[0], Level(2, {"en": "Good", "ja": " "}))), "criteria[0].levels[1].text.ja", "required"),
        (Rubric(" ", RUBRIC.criteria), "name", "required"),
        (Rubric("Empty", ()), "criteria", "range"),
    ],
)
def test_a_rubric_that_cannot_be_used_says_where(wrong: Rubric, field: str, code: str) -> None:
    assert (field, code) in {(one.field, one.code) for one in check(wrong, ("ja", "en"))}
    assert check(RUBRIC, ("ja", "en")) == []
    assert [one.field for one in check(RUBRIC, ("de",))][:2] == [
        "criteria[0].title.de",
        "criteria[0].levels[0].text.de",
    ]


def test_the_template_has_the_weights_of_the_award_and_every_text_in_every_language() -> None:
    template = rubric.default()
    assert [one.weight for one in template.criteria] == [20, 15, 20, 15, 15, 15]
    assert check(template, LANGUAGES) == []
    assert all(set(one.help) == set(LANGUAGES) for one in template.criteria)
    texts = [text for one in template.criteria for level in one.levels for text in level.text.values()]
    assert len(set(texts)) == len(texts) == 6 * 5 * 6


@given(st.permutations(["en", "ja", "th"]))
def test_equal_rubrics_have_equal_texts_and_digests(tags: list[str]) -> None:
    one = changed(title=dict.fromkeys(tags, "Impact"))
    other = changed(title=dict.fromkeys(("en", "ja", "th"), "Impact"))
    assert rubric.encode(one) == rubric.encode(other)
    assert rubric.decode(rubric.encode(one)) == one
    assert rubric.digest(rubric.encode(one)) != rubric.digest(rubric.encode(RUBRIC))
