"""What the votes of a round say: known rounds, properties that every round keeps, and where nothing can be said."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from app.awards.calibration import Score
from app.awards.deciding.by_scores import scores_of, shifted
from app.awards.deciding.compute import compute
from app.awards.deciding.inputs import Compared, Competing, Inputs, Judged, Ordered, canonical, digest
from app.awards.deciding.lines import Ranking, Refusal, ordered, places
from app.awards.rubric import Criterion, Level, Rubric
from tests.awards.known import invented

FIVE = tuple(Level(float(n), {"en": str(n)}) for n in range(1, 6))
RUBRIC = Rubric("Plain", tuple(Criterion(key=k, title={"en": k}, weight=w, levels=FIVE) for k, w in
                               (("impact", 60), ("design", 40))))  # fmt: skip


def inputs(sheets: list[Judged] | None = None, **fields) -> Inputs:
    """Return a round of scores; its entries are those of the sheets unless they are said."""
    held: dict[str, Any] = {
        "method": "scores",
        "best": 2,
        "missing_rule": "unjudged-v1",
        "tie_rule": "highest-points-v1",
        "rubric": RUBRIC,
        "sheets": tuple(sheets or ()),
    } | fields
    named = sorted({one.entry for one in held["sheets"]})
    entries = held.pop("entries", named)
    return Inputs(**held, entries=tuple(Competing(entry, n) for n, entry in enumerate(entries, start=1)))


def sheet(entry: str, judge: str, *values: float | None, **fields) -> Judged:
    """Return a sheet with values for the criteria in their order."""
    return Judged(entry=entry, judge=judge, values=dict(zip(("impact", "design"), values, strict=False)), **fields)


def table(rows: dict[str, str], judges: str = "JKLMN") -> list[Judged]:
    """Return sheets from rows such as `"54 33 --"`: the values of each judge, or none."""
    return [
        sheet(entry, judge, *(float(v) for v in cell))
        for entry, row in rows.items()
        for judge, cell in zip(judges, row.split(), strict=False)
        if cell != "--"
    ]


def order(ranking: Ranking) -> list[tuple[str, int | None]]:
    return [(line.entry, line.place) for line in ranking.lines]


LINKED = {"a": "55 -- 44", "b": "43 43 --", "c": "-- 22 11", "d": "32 -- 21", "e": "-- 54 33", "f": "21 11 --"}


def test_scores_are_weighted_sums_of_shares() -> None:
    (score,) = scores_of(inputs([sheet("a", "J", 5, 1)]))
    assert score == Score("a", "J", 60.0)
    assert scores_of(inputs([sheet("a", "J", 3, 2)])) == [Score("a", "J", 60 * 0.5 + 40 * 0.25)]


@pytest.mark.parametrize(("rule", "expected"), [("unjudged-v1", []), ("reweighted-v1", [75.0]), ("lowest-v1", [45.0])])
def test_missing_scores_go_by_the_pinned_rule(rule: str, expected: list[float]) -> None:
    found = scores_of(inputs([sheet("a", "J", 4, None)], missing_rule=rule))
    assert [score.value for score in found] == expected


def test_linked_panels_are_calibrated_and_shown_beside_the_raw_means() -> None:
    found = compute(inputs(table(LINKED)))
    assert found.basis == "calibrated"
    assert not found.complete
    assert [line.entry for line in found.lines[:2]] == ["a", "e"]
    for line in found.lines:
        assert line.interval is not None
        assert line.calibrated is not None
        assert line.interval[0] < line.calibrated < line.interval[1]
        assert line.raw is not None
    assert sum(line.top or 0 for line in found.lines) == pytest.approx(2)
    assert {one.judge for one in found.severity} == {"J", "K", "L"}
    assert sum(one.value for one in found.severity) == pytest.approx(0, abs=1e-6)
    assert found.severity[2].value < 0 < found.severity[0].value  # L gave e 33 where K gave it 54


def test_a_complete_round_keeps_the_order_of_the_means_and_says_so() -> None:
    found = compute(inputs(table({"a": "55 43 54", "b": "44 33 33", "c": "22 11 21", "d": "32 21 33"})))
    assert found.complete
    assert order(found) == [("a", 1), ("b", 2), ("d", 3), ("c", 4)]
    assert [line.raw_place for line in found.lines] == [1, 2, 3, 4]
    assert found.agreement.alpha is not None
    assert (found.agreement.mean or 0) > (found.agreement.single or 1) > 0


def test_entries_that_the_scores_cannot_tell_apart_share_their_place() -> None:
    found = compute(inputs(table({"a": "55 44 54", "b": "54 45 54", "c": "22 11 21", "d": "31 22 33"})))
    assert {line.entry: line.shared_place for line in found.lines} == {"a": 1, "b": 1, "d": 3, "c": 4}


def test_equal_means_are_told_apart_by_the_pinned_rule() -> None:
    rows = {"a": "33 33 33", "b": "51 33 33", "c": "11 11 11"}  # a and b: 50 50 50 against 60 50 50
    level = {"a": "33 33", "b": "55 11", "c": "11 11"}  # both have 50 on the average
    assert order(compute(inputs(table(rows)))) == [("b", 1), ("a", 2), ("c", 3)]
    assert order(compute(inputs(table(level)))) == [("b", 1), ("a", 2), ("c", 3)]
    assert order(compute(inputs(table(level), tie_rule="no-weak-point-v1"))) == [("a", 1), ("b", 2), ("c", 3)]


def test_what_no_rule_tells_apart_shares_a_place() -> None:
    found = compute(inputs(table({"a": "34 43", "b": "43 34", "c": "11 12", "d": "55 55"}), best=2))
    assert order(found) == [("d", 1), ("a", 2), ("b", 2), ("c", 4)]
    assert next(r for r in found.readings if r.kind == "raw").leaders == ("d", "a", "b")


def test_scores_that_are_all_the_same_tell_nobody_apart() -> None:
    found = compute(inputs(table({"a": "33 33 --", "b": "33 -- 33", "c": "-- 33 33"})))
    assert order(found) == [("a", 1), ("b", 1), ("c", 1)]
    assert [line.top for line in found.lines] == pytest.approx([2 / 3] * 3, abs=0.02)
    assert found.agreement.alpha is None


def test_panels_without_a_judge_in_common_are_refused_with_their_entries() -> None:
    found = compute(inputs(table({"a": "55 44 -- --", "b": "33 31 -- --", "c": "-- -- 55 43", "d": "-- -- 22 12",
                                  "e": "-- -- 43 21"})))  # fmt: skip
    assert found.refusal == Refusal("disconnected", (("c", "d", "e"), ("a", "b")))
    assert found.basis is None
    assert [line.place for line in found.lines] == [None] * 5
    assert all(line.raw is not None for line in found.lines)
    assert found.readings == ()


def test_too_few_scores_are_refused() -> None:
    found = compute(inputs(table({"a": "55 44", "b": "33 --", "c": "-- 22"})))
    assert found.refusal == Refusal("too_few")
    assert [line.place for line in found.lines] == [None] * 3


def test_one_judge_of_everything_needs_no_calibration() -> None:
    found = compute(inputs(table({"a": "33", "b": "55", "c": "22"})))
    assert found.refusal == Refusal("too_few")
    assert (found.basis, found.complete) == ("raw", True)
    assert order(found) == [("b", 1), ("a", 2), ("c", 3)]


def test_a_round_without_sheets_says_nothing() -> None:
    for method in ("scores", "pairs", "ranks", "pass_fail"):
        found = compute(inputs(entries=["a", "b"], method=method))
        assert found.refusal == Refusal("nothing")
        assert order(found) == [("a", None), ("b", None)]


def test_sensitivity_leaves_out_judges_and_shifts_every_weight_by_a_tenth() -> None:
    found = compute(inputs(table(LINKED)))
    kinds = [(one.kind, one.of, one.change) for one in found.readings]
    assert kinds == [
        ("raw", "", 0), ("median", "", 0), ("calibrated", "", 0),
        ("without", "J", 0), ("without", "K", 0), ("without", "L", 0),
        ("weight", "impact", 10), ("weight", "impact", -10), ("weight", "design", 10), ("weight", "design", -10),
    ]  # fmt: skip
    assert all(one.leaders == ("a", "e") for one in found.readings if one.kind != "raw")


def test_judges_without_whom_the_rest_falls_apart_are_named() -> None:
    found = compute(inputs(table({"a": "55 44 -- -- --", "b": "33 21 -- -- --", "c": "21 22 33 -- --",
                                  "d": "-- -- 43 44 32", "e": "-- -- -- 22 12", "f": "-- -- -- 55 43"})))  # fmt: skip
    assert [one.of for one in found.readings if one.kind == "without" and one.leaders is None] == ["L"]


def test_shifted_weights_are_what_they_say_and_scores_stay_within_a_hundred() -> None:
    weights = [(key, change, [c.weight for c in rubric.criteria]) for key, change, rubric in shifted(RUBRIC)]
    assert weights == [
        ("impact", 10, [6600, 4000]), ("impact", -10, [5400, 4000]),
        ("design", 10, [6000, 4400]), ("design", -10, [6000, 3600]),
    ]  # fmt: skip
    for rule in ("unjudged-v1", "reweighted-v1", "lowest-v1"):
        given_ = inputs([sheet("a", "J", 5, 5), sheet("b", "J", 5, 1)], missing_rule=rule)
        for _key, _change, rubric in shifted(RUBRIC):
            best, split = scores_of(given_, rubric)
            assert best.value == pytest.approx(100)
            assert split.value == pytest.approx(
                100 * rubric.criteria[0].weight / sum(c.weight for c in rubric.criteria)
            )


def test_a_weight_that_decides_is_found() -> None:
    rows = {"a": "51 51", "b": "15 15", "c": "11 11"}  # 60 against 40
    near = Rubric(
        "Near", tuple(msgspec.structs.replace(c, weight=w) for c, w in zip(RUBRIC.criteria, (51, 49), strict=True))
    )
    found = compute(inputs(table(rows), best=1, rubric=near))
    changed = {(one.of, one.change) for one in found.readings if one.kind == "weight" and one.leaders != ("a",)}
    assert changed == {("impact", -10), ("design", 10)}


@st.composite
def rounds(draw: DrawFn) -> Inputs:
    """Any round of scores: gaps, missing criteria and abstentions."""
    entries = [f"e{n}" for n in range(draw(st.integers(1, 6)))]
    values = st.one_of(st.none(), st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]))
    sheets = [
        sheet(entry, judge, draw(values), draw(values), abstained=draw(st.integers(0, 9)) == 0)
        for entry in entries
        for judge in ("J01", "J02", "J03", "J04")
        if draw(st.booleans())
    ]
    rule = draw(st.sampled_from(["unjudged-v1", "reweighted-v1", "lowest-v1"]))
    return inputs(sheets, entries=entries, missing_rule=rule)


@settings(max_examples=15)
@given(rounds(), st.randoms(use_true_random=False))
def test_any_permutation_of_the_sheets_gives_the_same_bytes(round_: Inputs, random: Random) -> None:
    turned = msgspec.structs.replace(
        round_,
        sheets=tuple(random.sample(round_.sheets, len(round_.sheets))),
        entries=tuple(random.sample(round_.entries, len(round_.entries))),
    )
    assert canonical(turned) == canonical(round_)
    assert msgspec.json.encode(compute(turned)) == msgspec.json.encode(compute(round_))


@settings(max_examples=15)
@given(rounds(), st.integers(0, 5), st.sampled_from(["J01", "J05"]))
def test_an_abstention_is_as_if_the_sheet_were_not_there(round_: Inputs, n: int, judge: str) -> None:
    entry = round_.entries[n % len(round_.entries)].entry
    rest = tuple(s for s in round_.sheets if (s.entry, s.judge) != (entry, judge))
    without = msgspec.structs.replace(round_, sheets=rest)
    abstained = msgspec.structs.replace(round_, sheets=(*rest, sheet(entry, judge, 5, 5, abstained=True)))
    assert scores_of(without) == scores_of(abstained)

    def bare(found: Ranking) -> bytes:
        lines = tuple(msgspec.structs.replace(line, abstained=0) for line in found.lines)
        return msgspec.json.encode(msgspec.structs.replace(found, lines=lines, digest=""))

    assert bare(compute(abstained)) == bare(compute(without))


@settings(max_examples=15)
@given(rounds(), st.integers(0, 5))
def test_an_abstention_never_changes_the_score_of_another_entry(round_: Inputs, n: int) -> None:
    if not round_.sheets:
        return
    one = round_.sheets[n % len(round_.sheets)]
    changed = tuple(msgspec.structs.replace(s, abstained=True) if s is one else s for s in round_.sheets)
    before, after = compute(round_), compute(msgspec.structs.replace(round_, sheets=changed))
    others = {line.entry: line.raw for line in before.lines if line.entry != one.entry}
    assert {line.entry: line.raw for line in after.lines if line.entry != one.entry} == others


@pytest.mark.faults
@settings(max_examples=500)
@given(rounds(), st.randoms(use_true_random=False))
def test_many_permutations_of_many_rounds_give_the_same_bytes(round_: Inputs, random: Random) -> None:
    turned = msgspec.structs.replace(round_, sheets=tuple(random.sample(round_.sheets, len(round_.sheets))))
    assert msgspec.json.encode(compute(turned)) == msgspec.json.encode(compute(round_))


def test_every_vote_that_changes_changes_the_digest() -> None:
    round_ = inputs(table(LINKED))
    for n, one in enumerate(round_.sheets):
        other = msgspec.structs.replace(one, values={**one.values, "impact": 1.0 if one.values["impact"] != 1 else 2.0})
        changed = tuple(other if m == n else s for m, s in enumerate(round_.sheets))
        assert digest(msgspec.structs.replace(round_, sheets=changed)) != digest(round_)


def pairs(*votes: str) -> tuple[Compared, ...]:
    """Return comparisons from `"J a>b"` and `"J a=b"`."""
    found = []
    for vote in votes:
        judge, said = vote.split()
        one, sign, other = list(said)
        found.append(Compared(judge, min(one, other), max(one, other), one if sign == ">" else None))
    return tuple(found)


ROUND_ROBIN = pairs("J a>b", "J b>c", "J a>c", "K a>b", "K c>b", "K a=c", "L c>a", "L b>a", "L b>c")


def test_pairs_are_ordered_by_strength_with_ties() -> None:
    found = compute(inputs(method="pairs", comparisons=ROUND_ROBIN, entries=["a", "b", "c"], rubric=None))
    assert found.basis == "strength"
    assert order(found)[0] == ("a", 1)
    assert sum(line.strength or 0 for line in found.lines) == pytest.approx(1)
    assert [line.raw for line in found.lines if line.entry == "a"] == [pytest.approx(100 * 3.5 / 6)]


def test_pairs_that_one_entry_always_won_are_refused_with_the_parts() -> None:
    votes = pairs("J a>b", "J a>c", "J b>c", "K c>b")
    found = compute(inputs(method="pairs", comparisons=votes, entries=["a", "b", "c", "d"], rubric=None))
    assert found.refusal is not None
    assert found.refusal.kind == "unbounded"
    assert set(found.refusal.parts) == {("a",), ("b", "c")}
    assert all(line.place is None for line in found.lines)


@settings(max_examples=3)
@given(st.randoms(use_true_random=False))
def test_any_permutation_of_the_votes_gives_the_same_bytes(random: Random) -> None:
    votes = tuple(
        Compared(c.judge, *((c.first, c.second) if random.random() < 0.5 else (c.second, c.first)), c.better)
        for c in random.sample(ROUND_ROBIN, len(ROUND_ROBIN))
    )
    first = inputs(method="pairs", comparisons=ROUND_ROBIN, entries=["a", "b", "c"], rubric=None)
    turned = msgspec.structs.replace(first, comparisons=votes)
    assert msgspec.json.encode(compute(turned)) == msgspec.json.encode(compute(first))
    orders = tuple(Ordered(j, tuple(o)) for j, o in (("J", "abc"), ("K", "bca"), ("L", "acb"), ("M", "cab")))
    ranked = inputs(method="ranks", orders=orders, entries=["a", "b", "c"], rubric=None)
    shuffled = msgspec.structs.replace(ranked, orders=tuple(random.sample(orders, 4)))
    assert msgspec.json.encode(compute(shuffled)) == msgspec.json.encode(compute(ranked))


def test_orders_are_fitted_and_the_strongest_stands_first() -> None:
    orders = tuple(Ordered(j, tuple(o)) for j, o in (("J", "abc"), ("K", "bac"), ("L", "acb"), ("M", "cab")))
    found = compute(inputs(method="ranks", orders=orders, entries=["a", "b", "c"], rubric=None))
    assert found.basis == "strength"
    assert order(found)[0] == ("a", 1)


def test_orders_that_agree_too_well_for_strengths_go_by_schulze() -> None:
    orders = tuple(Ordered(j, tuple(o)) for j, o in (("J", "abc"), ("K", "abc"), ("L", "acb")))
    found = compute(inputs(method="ranks", orders=orders, entries=["a", "b", "c"], rubric=None))
    assert found.basis == "schulze"
    assert found.refusal is not None
    assert found.refusal.kind == "unbounded"
    assert order(found) == [("a", 1), ("b", 2), ("c", 3)]
    partial = (*orders[:2], Ordered("L", ("a", "c")))
    refused = compute(inputs(method="ranks", orders=partial, entries=["a", "b", "c"], rubric=None))
    assert (refused.basis, [line.place for line in refused.lines]) == (None, [None] * 3)


def test_verdicts_let_pass_what_more_judges_pass_than_fail() -> None:
    verdicts = {"a": "passed passed failed", "b": "passed failed -", "c": "failed failed passed", "d": "passed - -"}
    sheets = [
        Judged(entry=entry, judge=judge, verdict=None if said == "-" else said, abstained=said == "-")
        for entry, row in verdicts.items()
        for judge, said in zip("JKL", row.split(), strict=True)
    ]
    found = compute(inputs(sheets, method="pass_fail", rubric=None))
    assert order(found) == [("a", 1), ("d", 1), ("b", None), ("c", None)]
    assert [(line.passed, line.failed, line.abstained) for line in found.lines] == [
        (2, 1, 0),
        (1, 0, 2),
        (1, 1, 1),
        (1, 2, 0),
    ]


PUBLIC = {"a": "55 44 54", "b": "44 33 33", "c": "22 11 21", "d": "33 32 21"}


def test_the_public_vote_is_mixed_by_places_with_its_pinned_weight() -> None:
    votes = {"c": 90, "b": 10, "a": 5}
    found = compute(inputs(table(PUBLIC), public_percent=40, votes=votes))
    assert found.basis == "mixed"
    # Jury a b d c: 100, 66.7, 33.3, 0. Public c b a d: 100, 66.7, 33.3, 0.
    assert {line.entry: line.mixed for line in found.lines} == pytest.approx(
        {"a": 60 + 40 / 3, "b": 200 / 3, "c": 40, "d": 20}
    )
    assert {line.entry: line.public_place for line in found.lines} == {"c": 1, "b": 2, "a": 3, "d": 4}
    assert order(found) == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]


def test_the_public_vote_stays_out_until_it_is_counted() -> None:
    without = compute(inputs(table(PUBLIC), public_percent=40, votes=None))
    assert without.basis == "calibrated"
    assert all(line.mixed is None for line in without.lines)
    beside = compute(inputs(table(PUBLIC), public_percent=0, votes={"c": 9}))
    assert order(beside) == order(without)


def test_shared_places_of_the_public_have_the_mean_of_their_points() -> None:
    found = compute(inputs(table(PUBLIC), public_percent=50, votes={"a": 1}))
    # b, c and d have no vote and share places 2 to 4: 33.3 points each.
    assert {line.entry: line.mixed for line in found.lines} == pytest.approx(
        {"a": 100, "b": 50, "d": 100 / 3, "c": 50 / 3}
    )


@pytest.mark.parametrize(
    "votes",
    [
        {"method": "pairs", "comparisons": pairs("J a>b", "K a>b", "L b>a")},
        {"method": "ranks", "orders": (Ordered("J", ("a", "b")), Ordered("K", ("a", "b")), Ordered("L", ("b", "a")))},
    ],
    ids=["pairs", "ranks"],
)
def test_equals_beside_the_public_are_told_apart_by_what_judges_gave_in_any_method(votes: dict[str, Any]) -> None:
    found = compute(inputs(**votes, entries=["a", "b"], rubric=None, public_percent=50, votes={"b": 1}))
    assert {line.mixed for line in found.lines} == {50}
    assert order(found) == [("a", 1), ("b", 2)]


def test_places_after_a_shared_one_are_left_out() -> None:
    assert places([["a"], ["b", "c"], ["d"]]) == {"a": 1, "b": 2, "c": 2, "d": 4}
    assert ordered({"a": 1.0, "b": 1.0 + 1e-12, "c": 2.0}, {}, rule="highest-points-v1") == [["c"], ["a", "b"]]


def test_a_large_round_is_the_same_again() -> None:
    scores, _ = invented(6, entries=40, judges=10, each=3)
    sheets = [sheet(s.entry, s.judge, float(min(5, max(1, round(3 + s.value)))), 3.0) for s in scores]
    first = msgspec.json.encode(compute(inputs(sheets, best=5)))
    assert msgspec.json.encode(compute(inputs(sheets[::-1], best=5))) == first
