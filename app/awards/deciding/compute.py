"""The ranking of a round from its inputs. Pure: the same inputs give the same bytes, in whatever order they come."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import msgspec

from app.awards.deciding import inputs as given
from app.awards.deciding.by_scores import by_scores, points_of, scores_of
from app.awards.deciding.by_votes import by_pairs, by_ranks, by_verdicts, points_of_votes
from app.awards.deciding.inputs import Inputs
from app.awards.deciding.lines import Line, Ranking, in_order, ordered, places
from app.awards.tie_break import Points

METHODS: Mapping[str, Callable[[Inputs, str], Ranking]] = {
    "scores": by_scores,
    "pairs": by_pairs,
    "ranks": by_ranks,
    "pass_fail": by_verdicts,
}
MIXING_RULE = "mixed-places-v1"


def compute(inputs: Inputs) -> Ranking:
    """Return what the votes of a round say, by the rules pinned for it."""
    settled = given.settled(inputs)
    found = METHODS[settled.method](settled, given.digest(settled))
    return mixed(found, settled) if settled.public_percent and settled.votes is not None else found


def mixed(ranking: Ranking, inputs: Inputs) -> Ranking:
    """Mix the jury's places with the public's (`mixed-places-v1`): places, because points of the two mean other things.

    Of n entries the first has 100 points, the last 0, steps are equal, and who shares places has their mean. The
    public's points weigh `public_percent`, the jury's the rest; what is equal then, the tie-break rule tells.
    """
    placed = [line for line in ranking.lines if line.place is not None]
    if not placed or ranking.basis == "verdict":
        return ranking
    votes = {line.entry: (inputs.votes or {}).get(line.entry, 0) for line in placed}
    public_places = {entry: 1 + sum(other > own for other in votes.values()) for entry, own in votes.items()}
    jury = _points({line.entry: line.place or 0 for line in placed})
    public = _points(public_places)
    weight = Fraction(inputs.public_percent, 100)
    sums = {entry: float((1 - weight) * jury[entry] + weight * public[entry]) for entry in jury}
    new = places(ordered(sums, _given_points(inputs), rule=inputs.tie_rule))
    lines = [_mixed(line, new, public_places, sums) for line in ranking.lines]
    return msgspec.structs.replace(ranking, lines=in_order(lines), basis="mixed")


def _given_points(inputs: Inputs) -> Points:
    """Return what each entry got from each judge, however the judges of this round spoke."""
    return points_of_votes(inputs) if inputs.method in {"pairs", "ranks"} else points_of(scores_of(inputs))


def _points(placed: Mapping[str, int]) -> dict[str, Fraction]:
    """Return the points of places, those who share one having the mean of the places they take."""
    steps = max(len(placed) - 1, 1)
    sharing = {place: sum(other == place for other in placed.values()) for place in set(placed.values())}
    return {
        entry: 100 - Fraction(100, steps) * (place - 1 + Fraction(sharing[place] - 1, 2))
        for entry, place in placed.items()
    }


def _mixed(line: Line, new: Mapping[str, int], public: Mapping[str, int], sums: Mapping[str, float]) -> Line:
    place = new.get(line.entry)
    return msgspec.structs.replace(
        line, place=place, shared_place=place, public_place=public.get(line.entry), mixed=sums.get(line.entry)
    )
