"""Tie-break rules, fixed and named before a round opens. A published rule never changes; a better one is a new one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import permutations

Points = Mapping[str, Sequence[float]]
"""Entry to the points it got, one per judge that gave it any."""

RuleKey = Callable[[Sequence[float]], tuple[float, ...]]


def _highest_first(points: Sequence[float]) -> tuple[float, ...]:
    """Compare the highest points, then the second highest, and so on: how the song contest broke ties in 1991."""
    return tuple(sorted(points, reverse=True))


def _most_judges(points: Sequence[float]) -> tuple[float, ...]:
    """Compare how many judges gave anything at all, then the highest points: the song contest's rule of today."""
    given = [value for value in points if value > 0]
    return (len(given), *_highest_first(given))


def _weakest_best(points: Sequence[float]) -> tuple[float, ...]:
    """Compare the lowest points, then the second lowest: nobody may find the winner weak."""
    return tuple(sorted(points))


RULES: dict[str, RuleKey] = {
    "highest-points-v1": _highest_first,
    "most-judges-v1": _most_judges,
    "no-weak-point-v1": _weakest_best,
}


def break_ties(points: Points, *, rule: str) -> list[list[str]]:
    """Return the entries by total, equals by the rule, the best first; those still equal stand together, by name.

    Raises `KeyError` for an unknown rule: a round names its rule before it opens.
    """
    key = RULES[rule]
    ranks = {entry: (sum(given), key(given)) for entry, given in points.items()}
    return [sorted(e for e in ranks if ranks[e] == rank) for rank in sorted(set(ranks.values()), reverse=True)]


def settle(equals: Iterable[str], points: Points, *, rule: str) -> list[list[str]]:
    """Return entries that are equal by every other measure, the best by the rule first; those still equal together.

    Their totals are not looked at: where entries had different numbers of judges, these say nothing. Raises `KeyError`
    as `break_ties` does.
    """
    key = RULES[rule]
    keys = {entry: key(points.get(entry, ())) for entry in equals}
    return [sorted(e for e in keys if keys[e] == level) for level in sorted(set(keys.values()), reverse=True)]


def schulze(ballots: Sequence[tuple[int, Sequence[str]]]) -> list[list[str]]:
    """Return the order of Schulze's method over (count, ranking best first); equals stand together, by name.

    The strength of a path is that of its weakest duel; who has the stronger path to the other stands before it.
    """
    names = sorted({name for _, ranking in ballots for name in ranking})
    duels = dict.fromkeys(permutations(names, 2), 0)
    for count, ranking in ballots:
        place = {name: n for n, name in enumerate(ranking)}
        for one, other in duels:
            duels[one, other] += count * (place.get(one, len(names)) < place.get(other, len(names)))
    paths = {(a, b): won if won > duels[b, a] else 0 for (a, b), won in duels.items()}
    for middle, one, other in permutations(names, 3):
        paths[one, other] = max(paths[one, other], min(paths[one, middle], paths[middle, other]))
    wins = {name: sum(paths[name, other] > paths[other, name] for other in names if other != name) for name in names}
    return [sorted(n for n in names if wins[n] == level) for level in sorted(set(wins.values()), reverse=True)]
