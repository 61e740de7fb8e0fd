"""Assignments against every promise, on random and on hand-made instances."""

from itertools import combinations
from random import Random

import pytest

from app.awards.assignment import Assignment, Clash, Infeasible, Wishes, assign
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
    assert found.certificate.weakest_panel == pytest.approx(min(points))
    assert found.certificate.mean_panel == pytest.approx(sum(points) / len(points))


def test_random_instances_keep_every_promise_or_name_what_clashes() -> None:
    solved = refused = 0
    for seed in range(1000):
        random = Random(seed)
        wishes = instance(seed, entries=random.randint(3, 9), judges=random.randint(3, 6), each=random.randint(1, 3),
                          forbidden=random.choice([0.0, 0.2, 0.5]))  # fmt: skip
        try:
            found = assign(wishes=wishes)
        except Infeasible as no:
            refused += bool(no.clashes)
            continue
        holds(wishes, found)
        assert found.certificate.gap < 1e-6
        solved += 1
    assert solved > 400
    assert refused > 100


def value(wishes: Wishes, panels: list[tuple[str, ...]]) -> float:
    points = [sum(wishes.fit[e, j] for j in panel) for e, panel in zip(wishes.entries, panels, strict=True)]
    return sum(points) / len(points) + 3 * min(points)


def test_small_instances_reach_the_best_of_all_assignments() -> None:
    for seed in range(25):
        wishes = instance(seed, entries=4, judges=4, each=2, forbidden=0.15)
        best = max((value(wishes, panels) for panels in _all(wishes, 0, [])), default=None)
        if best is None:
            with pytest.raises(Infeasible):
                assign(wishes=wishes)
        else:
            assert assign(wishes=wishes).certificate.value == pytest.approx(best)


def _all(wishes: Wishes, n: int, chosen: list[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Return every assignment that keeps the promises, by trying all."""
    if n == len(wishes.entries):
        flat = [judge for panel in chosen for judge in panel]
        scores = [Score(e, j, 0) for e, panel in zip(wishes.entries, chosen, strict=True) for j in panel]
        fair = all(wishes.loads[0] <= flat.count(judge) <= wishes.loads[1] for judge in wishes.judges)
        return [chosen] if fair and len(components(scores)) == 1 else []
    free = [j for j in wishes.judges if (wishes.entries[n], j) not in wishes.forbidden]
    return [found for panel in combinations(free, wishes.each) for found in _all(wishes, n + 1, [*chosen, panel])]


def test_panels_that_would_stand_apart_are_joined() -> None:
    names, judges = ["a", "b", "c", "d"], ["J", "K", "L", "M"]
    liked = dict.fromkeys([*((e, j) for e in "ab" for j in "JK"), *((e, j) for e in "cd" for j in "LM")], 1.0)
    wishes = Wishes(entries=names, judges=judges, each=2, loads=(1, 3), fit=liked)
    found = assign(wishes=wishes)
    holds(wishes, found)
    assert found.certificate.cuts > 0
    assert found.certificate.weakest_panel == 1.0


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
