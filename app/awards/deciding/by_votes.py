"""The ranking of a round in which judges compare pairs, put entries in order, or let them pass. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import log

from app.awards.agreement import alpha
from app.awards.deciding.inputs import Inputs
from app.awards.deciding.lines import (
    Agreement,
    Basis,
    Line,
    Ranking,
    Reading,
    Refusal,
    in_order,
    leading,
    ordered,
    places,
)
from app.awards.pairwise import Duel, Strengths, Unbounded, bradley_terry, plackett_luce
from app.awards.tie_break import schulze

EQUAL = 1e-6
"""Logarithms of strengths that differ by less are equal: the fit is no more exact."""
Given = dict[str, dict[str, list[float]]]
"""Judge to entry to points: 1 for a duel won, a half for a tie; or how many stand below it in an order."""


def by_pairs(inputs: Inputs, digest: str) -> Ranking:
    """Return the order by Bradley and Terry, ties by Davidson; nobody has a place where no finite strengths fit."""
    judges = sorted({one.judge for one in inputs.comparisons})

    def fit(judge: str) -> Strengths:
        return bradley_terry(
            Duel(
                one.better or one.first,
                one.second if one.better in {None, one.first} else one.first,
                one.better is None,
            )
            for one in inputs.comparisons
            if one.judge != judge
        )

    return _by_strength(inputs, digest, judges, fit, _points_of_pairs(inputs))


def by_ranks(inputs: Inputs, digest: str) -> Ranking:
    """Return the order by Plackett and Luce.

    Where no finite strengths fit although every judge ordered all the same entries, that of Schulze, which needs none.
    """
    judges = sorted({one.judge for one in inputs.orders})

    def fit(judge: str) -> Strengths:
        return plackett_luce(one.entries for one in inputs.orders if one.judge != judge and len(one.entries) > 1)

    found = _by_strength(inputs, digest, judges, fit, _points_of_orders(inputs))
    if found.refusal and found.refusal.kind == "unbounded" and len({frozenset(o.entries) for o in inputs.orders}) == 1:
        return _by_schulze(inputs, found)
    return found


def _by_schulze(inputs: Inputs, refused: Ranking) -> Ranking:
    points = _per_entry(_points_of_orders(inputs))

    def groups(judge: str) -> list[list[str]]:
        levels = schulze([(1, one.entries) for one in inputs.orders if one.judge != judge])
        values = {entry: -float(n) for n, level in enumerate(levels) for entry in level}
        return ordered(values, points, rule=inputs.tie_rule)

    judges = [one.judge for one in inputs.orders] if len(inputs.orders) > 1 else []
    readings = [Reading("without", leading(groups(judge), inputs.best), judge) for judge in judges]
    return Ranking(
        method=inputs.method,
        best=inputs.best,
        digest=refused.digest,
        lines=_placed(refused.lines, groups(""), {}),
        basis="schulze",
        refusal=refused.refusal,
        readings=tuple(readings),
    )


def _by_strength(
    inputs: Inputs, digest: str, judges: Sequence[str], fit: Callable[[str], Strengths], given: Given
) -> Ranking:
    points = _per_entry(given)
    strength: Mapping[str, float] = {}
    refusal: Refusal | None = None
    try:
        strength = fit("").strength if judges else {}
    except Unbounded as error:
        refusal = Refusal("unbounded", tuple(tuple(sorted(group)) for group in error.groups))
    groups = _grouped(strength, points, inputs.tie_rule)
    basis: Basis | None = "strength" if groups else None
    return Ranking(
        method=inputs.method,
        best=inputs.best,
        digest=digest,
        lines=_placed(_raw_lines(inputs, given), groups, strength),
        basis=basis,
        refusal=refusal if judges else Refusal("nothing"),
        readings=tuple(_readings(inputs, judges, fit, given)) if groups else (),
    )


def _grouped(strength: Mapping[str, float], points: Mapping[str, Sequence[float]], rule: str) -> list[list[str]]:
    return ordered({entry: log(value) for entry, value in strength.items()}, points, rule=rule, within=EQUAL)


def _readings(
    inputs: Inputs, judges: Sequence[str], fit: Callable[[str], Strengths], given: Given
) -> Iterator[Reading]:
    points = _per_entry(given)
    raw = ordered(_shares(given), points, rule=inputs.tie_rule)
    yield Reading("raw", leading(raw, inputs.best))
    for judge in judges if len(judges) > 1 else ():
        try:
            groups = _grouped(fit(judge).strength, points, inputs.tie_rule)
            yield Reading("without", leading(groups, inputs.best), judge)
        except Unbounded:
            yield Reading("without", None, judge)


def points_of_votes(inputs: Inputs) -> dict[str, list[float]]:
    """Return the points each entry got from each judge in a round of pairs or of orders."""
    return _per_entry(_points_of_pairs(inputs) if inputs.method == "pairs" else _points_of_orders(inputs))


def _points_of_pairs(inputs: Inputs) -> Given:
    found: Given = defaultdict(lambda: defaultdict(list))
    for one in inputs.comparisons:
        for entry in (one.first, one.second):
            found[one.judge][entry].append(0.5 if one.better is None else float(one.better == entry))
    return found


def _points_of_orders(inputs: Inputs) -> Given:
    """Return for each entry what part of the others in a judge's order stand below it, 0 to 1."""
    found: Given = defaultdict(lambda: defaultdict(list))
    for one in inputs.orders:
        below = max(len(one.entries) - 1, 1)
        for n, entry in enumerate(one.entries):
            found[one.judge][entry].append((len(one.entries) - 1 - n) / below)
    return found


def _per_entry(given: Given) -> dict[str, list[float]]:
    """Return the points each entry got from each judge, as the tie-break rules take them."""
    found: dict[str, list[float]] = defaultdict(list)
    for judge in sorted(given):
        for entry, points in sorted(given[judge].items()):
            found[entry].append(round(sum(points), 9))
    return found


def _shares(given: Given) -> dict[str, float]:
    """Return the mean of an entry's points, 0 to 100."""
    all_of: dict[str, list[float]] = defaultdict(list)
    for judge in sorted(given):
        for entry, points in given[judge].items():
            all_of[entry] += points
    return {entry: 100 * sum(points) / len(points) for entry, points in all_of.items()}


def _raw_lines(inputs: Inputs, given: Given) -> tuple[Line, ...]:
    shares = _shares(given)
    raw_places = places(ordered(shares, _per_entry(given), rule=inputs.tie_rule))
    return in_order(
        [
            Line(
                entry=one.entry,
                number=one.number,
                sheets=sum(one.entry in of for of in given.values()),
                raw=shares.get(one.entry),
                raw_place=raw_places.get(one.entry),
            )
            for one in inputs.entries
        ]
    )


def _placed(lines: Iterable[Line], groups: Sequence[Sequence[str]], strength: Mapping[str, float]) -> tuple[Line, ...]:
    placed = places(groups)
    return in_order(
        [
            Line(
                entry=line.entry,
                number=line.number,
                place=placed.get(line.entry),
                shared_place=placed.get(line.entry),
                sheets=line.sheets,
                raw=line.raw,
                raw_place=line.raw_place,
                strength=strength.get(line.entry),
            )
            for line in lines
        ]
    )


def by_verdicts(inputs: Inputs, digest: str) -> Ranking:
    """Return who passes: more judges let it pass than not. Those have place 1, the others none."""
    counts = {one.entry: [0, 0, 0] for one in inputs.entries}
    for sheet in inputs.sheets:
        column = 2 if sheet.abstained else {"passed": 0, "failed": 1}.get(sheet.verdict or "")
        if column is not None:
            counts[sheet.entry][column] += 1
    lines = [_verdict(one.entry, one.number, *counts[one.entry]) for one in inputs.entries]
    any_given = any(line.sheets for line in lines)
    return Ranking(
        method=inputs.method,
        best=inputs.best,
        digest=digest,
        lines=in_order(lines),
        basis="verdict" if any_given else None,
        refusal=None if any_given else Refusal("nothing"),
        agreement=_agreement_of_verdicts(inputs),
    )


def _verdict(entry: str, number: int, passed: int, failed: int, abstained: int) -> Line:
    place = 1 if passed > failed else None
    return Line(
        entry=entry,
        number=number,
        place=place,
        shared_place=place,
        sheets=passed + failed,
        abstained=abstained,
        passed=passed,
        failed=failed,
    )


def _agreement_of_verdicts(inputs: Inputs) -> Agreement:
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for sheet in inputs.sheets:
        if not sheet.abstained and sheet.verdict:
            table[sheet.entry][sheet.judge] = float(sheet.verdict == "passed")
    try:
        return Agreement(alpha(list(table.values()), "nominal"))
    except ValueError:
        return Agreement()
