"""Assignments against every promise, on random and on hand-made instances."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from random import Random

import msgspec
import pytest

from app.awards.assignment import Assignment, Clash, Infeasible, OutOfTime, Wishes, assign
from app.awards.calibration import Score, components


def instance(seed: int, *, entries: int, judges: int, each: int, forbidden: float) -> Wishes:
    random = Random(seed)
    names, panel = [f"e{n}" for n in range(entries)], [f"j{n}" for n in range(judges)]
    pairs = [(e, j) for e in names for j in panel]
    average = entries * each / judges
    return Wishes(
        entries=names,
        judges=panel,
        each=each,
        loads=(max(0, int(average) - 1), int(average) + 2),
        forbidden={pair for pair in pairs if random.random() < forbidden},
        fit={pair: random.randint(0, 4) / 4 for pair in pairs},
    )


def holds(wishes: Wishes, found: Assignment) -> None:
    """Assert every promise: panels of the right size, no conflict, loads within bounds, connected."""
    loads = dict.fromkeys(wishes.judges, 0)
    for entry, panel in found.panels.items():
        assert len(set(panel)) == len(panel) == wishes.each
        assert not {(entry, judge) for judge in panel} & set(wishes.forbidden)
        for judge in panel:
            loads[judge] += 1
    assert wishes.loads[0] <= min(loads.values()) <= max(loads.values()) <= wishes.loads[1]
    assert found.certificate.loads == (min(loads.values()), max(loads.values()))
    scores = [Score(entry, judge, 0) for entry, panel in found.panels.items() for judge in panel]
    assert len(components(scores)) == 1
    points = [sum(wishes.fit.get((e, j), 0) for j in panel) for e, panel in found.panels.items()]
    assert found.certificate.weakest == pytest.approx(min(points))
    assert found.certificate.mean == pytest.approx(sum(points) / len(points))


def random_instance(seed: int) -> Wishes:
    random = Random(seed)
    return instance(seed, entries=random.randint(3, 9), judges=random.randint(3, 6), each=random.randint(1, 3),
                    forbidden=random.choice([0.0, 0.2, 0.5]))  # fmt: skip


def keep_every_promise_or_name_what_clashes(seeds: range) -> tuple[int, int]:
    """Return how many instances were solved and refused; of small ones refused, all assignments are tried."""
    solved = refused = 0
    for wishes in map(random_instance, seeds):
        try:
            found = assign(wishes=wishes)
        except Infeasible as no:
            refused += bool(no.clashes) and (len(wishes.entries) > 6 or next(every(wishes), None) is None)
            continue
        holds(wishes, found)
        assert found.certificate.optimal
        solved += 1
    return solved, refused


def test_random_instances_keep_every_promise_or_name_what_clashes() -> None:
    solved, refused = keep_every_promise_or_name_what_clashes(range(100))
    assert solved + refused == 100
    assert min(solved, refused) > 15


@pytest.mark.faults
def test_a_thousand_random_instances_keep_every_promise() -> None:
    solved, refused = keep_every_promise_or_name_what_clashes(range(1000))
    assert solved + refused == 1000
    assert solved > 400
    assert refused > 150


def every(wishes: Wishes, *, without: frozenset[Clash] = frozenset()) -> Iterator[dict[str, tuple[str, ...]]]:
    """Yield every assignment that keeps the promises but those left out, by trying all: the oracle."""
    least, most = wishes.loads
    sizes = {e: None if Clash("each", e) in without else wishes.each for e in wishes.entries}
    tops = {j: len(wishes.entries) if Clash("most", j) in without else most for j in wishes.judges}
    lows = {j: 0 if Clash("least", j) in without else least for j in wishes.judges}
    yield from _every(wishes, sizes, tops, lows, {})


def _every(
    wishes: Wishes,
    sizes: dict[str, int | None],
    tops: dict[str, int],
    lows: dict[str, int],
    chosen: dict[str, tuple[str, ...]],
) -> Iterator[dict[str, tuple[str, ...]]]:
    loads = Counter(judge for panel in chosen.values() for judge in panel)
    left = len(wishes.entries) - len(chosen)
    if any(loads[j] > tops[j] or loads[j] + left < lows[j] for j in wishes.judges):
        return
    if not left:
        if not wishes.connected or joined(chosen):
            yield chosen
        return
    entry = wishes.entries[len(chosen)]
    free = [j for j in wishes.judges if (entry, j) not in wishes.forbidden]
    size = sizes[entry]
    for n in range(len(free) + 1) if size is None else [size]:
        for panel in combinations(free, n):
            yield from _every(wishes, sizes, tops, lows, {**chosen, entry: panel})


def joined(panels: Mapping[str, Sequence[str]]) -> bool:
    """Whether every entry can be reached from the first through shared judges; on its own, without scipy."""
    names = list(panels)
    reached, waiting = {names[0]}, [names[0]]
    while waiting:
        judges = set(panels[waiting.pop()])
        new = [name for name in names if name not in reached and judges & set(panels[name])]
        reached |= set(new)
        waiting += new
    return len(reached) == len(names)


def worth(wishes: Wishes, panels: Mapping[str, Sequence[str]]) -> tuple[float, float]:
    points = [sum(wishes.fit[e, j] for j in panel) for e, panel in panels.items()]
    return min(points), sum(points) / len(points)


def test_small_instances_reach_the_best_of_all_assignments() -> None:
    impossible = 0
    for seed in range(40):
        wishes = instance(seed, entries=4, judges=4, each=2, forbidden=0.35)
        best = max((worth(wishes, panels) for panels in every(wishes)), default=None)
        if best is None:
            impossible += 1
            with pytest.raises(Infeasible):
                assign(wishes=wishes)
            continue
        certificate = assign(wishes=wishes).certificate
        assert (certificate.weakest, certificate.mean) == pytest.approx(best)
        assert (certificate.weakest_bound, certificate.mean_bound) == pytest.approx(best)
    assert 3 <= impossible <= 20


def clashing(seed: int) -> Wishes:
    """Return a small instance that is likely to be impossible."""
    random = Random(seed)
    return msgspec.structs.replace(
        instance(seed, entries=random.randint(2, 4), judges=random.randint(2, 3), each=random.randint(1, 2),
                 forbidden=random.choice([0.2, 0.5])),
        loads=random.choice([(0, 1), (1, 2), (0, 2), (2, 3), (3, 4)]),
    )  # fmt: skip


def test_what_clashes_is_a_smallest_set_of_wishes() -> None:
    named = 0
    for wishes in map(clashing, range(150)):
        try:
            assign(wishes=wishes)
        except Infeasible as no:
            named += 1
            if Clash("each") in no.clashes:
                assert wishes.each == 1
                assert not any(True for _ in every(wishes))
                continue
            rest = frozenset(wish for wish in _wishes(wishes) if wish not in no.clashes)
            connected = Clash("connected") in no.clashes
            asked = msgspec.structs.replace(wishes, connected=connected)
            assert not any(True for _ in every(asked, without=rest)), "those named do clash"
            if connected:
                for wish in set(no.clashes) - {Clash("connected")}:
                    assert any(True for _ in every(asked, without=rest | {wish})), "none can be left out"
            else:
                fewer = combinations(_wishes(wishes), len(no.clashes) - 1)
                assert all(any(True for _ in every(asked, without=_others(wishes, few))) for few in fewer)
    assert named > 60


def _wishes(wishes: Wishes) -> list[Clash]:
    judged = [Clash(kind, j) for kind in ("least", "most") for j in wishes.judges if kind == "most" or wishes.loads[0]]
    return [*(Clash("each", e) for e in wishes.entries), *judged]


def _others(wishes: Wishes, few: Sequence[Clash]) -> frozenset[Clash]:
    return frozenset(wish for wish in _wishes(wishes) if wish not in few)


def test_order_in_which_wishes_are_asked_changes_nothing() -> None:
    for seed in range(10):
        wishes = instance(seed, entries=8, judges=5, each=3, forbidden=0.1)
        random = Random(seed)
        shuffled = msgspec.structs.replace(
            wishes,
            entries=random.sample(wishes.entries, 8),
            judges=random.sample(wishes.judges, 5),
            fit=dict(random.sample(sorted(wishes.fit.items()), len(wishes.fit))),
        )
        one, other = (assign(wishes=asked).panels for asked in (wishes, shuffled))
        assert {e: set(panel) for e, panel in one.items()} == {e: set(panel) for e, panel in other.items()}


def test_the_weakest_panel_goes_before_the_mean() -> None:
    fit = {("a", "J"): 1.0, ("b", "J"): 0.0, ("a", "K"): 0.3, ("b", "K"): 0.2}
    wishes = Wishes(entries=["a", "b"], judges=["J", "K"], each=1, loads=(1, 1), fit=fit, connected=False)
    assert assign(wishes=wishes).panels == {"a": ["J"], "b": ["K"]}
    fairer = msgspec.structs.replace(wishes, fit={**fit, ("b", "J"): 0.25, ("b", "K"): 0.1})
    found = assign(wishes=fairer)
    assert found.panels == {"a": ["K"], "b": ["J"]}
    assert found.certificate.weakest == pytest.approx(0.25)
    assert found.certificate.mean == pytest.approx(0.275)


def test_time_that_runs_out_leaves_the_gap_open_or_says_so() -> None:
    wishes = instance(1, entries=9, judges=6, each=3, forbidden=0.1)
    times = iter([0.0, 0.0, 0.0, *[100.0] * 20])
    found = assign(wishes=wishes, seconds=60, clock=lambda: next(times))
    holds(wishes, found)
    assert found.certificate.weakest == found.certificate.weakest_bound
    assert found.certificate.mean <= found.certificate.mean_bound
    late = iter([0.0, *[100.0] * 20])
    with pytest.raises(OutOfTime):
        assign(wishes=wishes, seconds=60, clock=lambda: next(late))


def test_rounds_without_scores_need_no_connection() -> None:
    wishes = Wishes(entries=["a", "b"], judges=["J", "K"], each=1, loads=(1, 1), connected=False)
    assert sorted(judge for panel in assign(wishes=wishes).panels.values() for judge in panel) == ["J", "K"]


def test_entries_that_conflicts_keep_apart_are_named() -> None:
    wishes = Wishes(
        entries=["a", "b", "c"], judges=["J", "K", "L", "M"], each=2, loads=(0, 3),
        forbidden=[*((e, j) for e in "ab" for j in "LM"), ("c", "J"), ("c", "K")],
    )  # fmt: skip
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert refused.value.clashes == [Clash("connected")]
    assert refused.value.apart == [frozenset("ab"), frozenset("c")]


def test_judges_who_left_keep_what_they_judged_and_need_no_more() -> None:
    wishes = Wishes(
        entries=["a", "b", "c"], judges=["J", "K", "gone"], each=2, loads=(2, 3), spared=["gone"],
        fixed=[("a", "gone")], forbidden=[("b", "gone"), ("c", "gone")],
    )  # fmt: skip
    panels = assign(wishes=wishes).panels
    assert "gone" in panels["a"]
    assert panels["b"] == panels["c"] == ["J", "K"]


def test_too_much_that_is_fixed_is_named() -> None:
    wishes = Wishes(entries=["a", "b"], judges=["J", "K"], each=1, loads=(0, 1), fixed=[("a", "J"), ("b", "J")])
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert refused.value.clashes == [Clash("most", "J")]


def test_panels_that_would_stand_apart_are_joined() -> None:
    names, judges = ["a", "b", "c", "d"], ["J", "K", "L", "M"]
    liked = dict.fromkeys([*((e, j) for e in "ab" for j in "JK"), *((e, j) for e in "cd" for j in "LM")], 1.0)
    wishes = Wishes(entries=names, judges=judges, each=2, loads=(1, 3), fit=liked)
    found = assign(wishes=wishes)
    holds(wishes, found)
    assert found.certificate.cuts > 0
    assert found.certificate.weakest == 1.0


def test_an_entry_without_enough_judges_is_named() -> None:
    wishes = Wishes(entries=["a", "b"], judges=["J", "K"], each=2, loads=(0, 2), forbidden=[("a", "K")])
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert refused.value.clashes == [Clash("each", "a")]


def test_too_little_room_names_entries_and_judges_together() -> None:
    wishes = Wishes(entries=["a", "b", "c"], judges=["J"], each=1, loads=(0, 2))
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert refused.value.clashes == [Clash("each", "a"), Clash("each", "b"), Clash("each", "c"), Clash("most", "J")]


def test_a_graph_that_cannot_be_joined_is_refused() -> None:
    wishes = Wishes(entries=["a", "b"], judges=["J", "K"], each=1, loads=(1, 1))
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert Clash("connected") in refused.value.clashes


def test_no_pair_allowed_at_all() -> None:
    wishes = Wishes(entries=["a"], judges=["J"], each=1, loads=(0, 1), forbidden=[("a", "J")])
    with pytest.raises(Infeasible) as refused:
        assign(wishes=wishes)
    assert refused.value.clashes == [Clash("each", "a")]


def test_fixed_pairs_are_kept_and_never_override_a_conflict() -> None:
    wishes = instance(1, entries=6, judges=4, each=2, forbidden=0.0)
    kept = [("e0", "j3"), ("e5", "j0")]
    found = assign(wishes=Wishes(**{f: getattr(wishes, f) for f in wishes.__struct_fields__} | {"fixed": kept}))
    assert all(judge in found.panels[entry] for entry, judge in kept)
    with pytest.raises(Infeasible) as refused:
        assign(
            wishes=Wishes(entries=["a"], judges=["J"], each=1, loads=(0, 1), fixed=[("a", "J")], forbidden=[("a", "J")])
        )
    assert refused.value.clashes == [Clash("fixed", "a / J")]
