"""The ranking of a round in which judges score: raw beside calibrated, and what would change it. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from app.awards import rubric as rubrics
from app.awards.agreement import alpha, intraclass
from app.awards.calibration import Calibration, Score, calibrate, calibrate_near, raw_means
from app.awards.deciding.inputs import Inputs
from app.awards.deciding.lines import (
    Agreement,
    Line,
    Ranking,
    Reading,
    Refusal,
    Severity,
    Spreads,
    in_order,
    leading,
    ordered,
    places,
)
from app.awards.errors import Disconnected, TooFewScores
from app.awards.ranking import left_out, medians, standings
from app.awards.rubric import WHOLE, Rubric
from app.awards.tie_break import Points

SHIFT = 10
"""Per cent by which each weight is raised and lowered to see what hangs on it."""


def scores_of(inputs: Inputs, rubric: Rubric | None = None) -> list[Score]:
    """Return the scores that count, 0 to 100; abstentions, and sheets that the missing rule drops, give none.

    `rubric` in place of the round's own has other weights, which need not add up to 100.
    """
    used = rubric or inputs.rubric
    if used is None:
        return []
    weights = sum(one.weight for one in used.criteria)
    # The rule that scales the weights up answers on the scale of 0 to 100 whatever they add up to.
    scale = 1.0 if inputs.missing_rule == "reweighted-v1" else WHOLE / weights
    found = []
    for sheet in inputs.sheets:
        if not sheet.abstained:
            value = rubrics.score(used, sheet.values, rule=inputs.missing_rule)
            if value is not None:
                found.append(Score(sheet.entry, sheet.judge, value * scale))
    return sorted(found)


def by_scores(inputs: Inputs, digest: str) -> Ranking:
    """Return the ranking; without a place for anybody where the scores cannot be put on one scale."""
    scores = scores_of(inputs)
    fit, refusal = _fitted(scores)
    complete = is_complete(scores)
    # In a complete design the additive model keeps the order of the means: they are exact, the fit is not.
    basis = _basis(scores, fit, complete=complete)
    groups = ordered(basis, points_of(scores), rule=inputs.tie_rule)
    return Ranking(
        method=inputs.method,
        best=inputs.best,
        digest=digest,
        lines=in_order(list(_lines(inputs, scores, groups, fit))),
        basis=("calibrated" if fit else "raw") if groups else None,
        refusal=refusal,
        complete=complete,
        spreads=Spreads(fit.mean, fit.sd_entry, fit.sd_judge, fit.sd_error) if fit else None,
        severity=_severity(scores, fit) if fit else (),
        agreement=_agreement(scores, complete=complete),
        readings=tuple(_readings(inputs, scores, fit)) if groups else (),
    )


def _basis(scores: Sequence[Score], fit: Calibration | None, *, complete: bool) -> Mapping[str, float]:
    if complete:
        return raw_means(scores)
    return fit.calibrated() if fit else {}


def _fitted(scores: Sequence[Score]) -> tuple[Calibration | None, Refusal | None]:
    if not scores:
        return None, Refusal("nothing")
    try:
        return calibrate(scores), None
    except Disconnected as error:
        return None, Refusal("disconnected", tuple(tuple(sorted(part)) for part in error.components))
    except TooFewScores:
        return None, Refusal("too_few")


def is_complete(scores: Sequence[Score]) -> bool:
    """Whether every judge who scored anything scored every entry that anybody scored."""
    entries, judges = {s.entry for s in scores}, {s.judge for s in scores}
    return bool(scores) and len({(s.entry, s.judge) for s in scores}) == len(entries) * len(judges)


def points_of(scores: Sequence[Score]) -> Points:
    """Return what each entry got from each judge, as the tie-break rules take it."""
    found: dict[str, list[float]] = defaultdict(list)
    for score in scores:
        found[score.entry].append(round(score.value, 9))
    return found


def _lines(
    inputs: Inputs, scores: Sequence[Score], groups: Sequence[Sequence[str]], fit: Calibration | None
) -> Iterator[Line]:
    order = [entry for group in groups for entry in group]
    placed, raw = places(groups), raw_means(scores)
    raw_places = places(ordered(raw, points_of(scores), rule=inputs.tie_rule)) if groups else {}
    stands = {s.entry: s for s in standings(scores, best=inputs.best, fit=fit, order=order)} if fit else {}
    counts = counted(inputs, scores)
    for one in inputs.entries:
        line = Line(
            entry=one.entry,
            number=one.number,
            place=placed.get(one.entry),
            shared_place=placed.get(one.entry),
            sheets=counts[one.entry][0],
            abstained=counts[one.entry][1],
            raw=raw.get(one.entry),
            raw_place=raw_places.get(one.entry),
        )
        yield _calibrated(line, stands.get(one.entry))


def _calibrated(line: Line, standing: object) -> Line:
    if standing is None:
        return line
    names = ("calibrated", "interval", "top")
    values = {name: getattr(standing, name) for name in names}
    return msgspec.structs.replace(line, shared_place=getattr(standing, "place", None), **values)


def counted(inputs: Inputs, scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """Return for each entry how many sheets count and how many judges abstained."""
    found = {one.entry: [0, 0] for one in inputs.entries}
    for score in scores:
        found[score.entry][0] += 1
    for sheet in inputs.sheets:
        found[sheet.entry][1] += sheet.abstained
    return {entry: (judged, abstained) for entry, (judged, abstained) in found.items()}


def _severity(scores: Sequence[Score], fit: Calibration) -> tuple[Severity, ...]:
    sheets: dict[str, int] = defaultdict(int)
    for score in scores:
        sheets[score.judge] += 1
    return tuple(Severity(name, one.value, one.error, sheets[name]) for name, one in sorted(fit.judges.items()))


def _agreement(scores: Sequence[Score], *, complete: bool) -> Agreement:
    table: dict[str, dict[str, float]] = defaultdict(dict)
    for score in scores:
        table[score.entry][score.judge] = score.value
    rows = [list(row.values()) for row in table.values()]
    try:
        found = alpha(list(table.values()), "interval")
        forms = intraclass(rows) if complete else None
    except (ValueError, ZeroDivisionError):  # too few, or all the same: there is nothing to agree on
        return Agreement()
    return Agreement(found, forms.random, forms.random_mean) if forms else Agreement(found)


def _readings(inputs: Inputs, scores: Sequence[Score], fit: Calibration | None) -> Iterator[Reading]:
    """Read the scores otherwise: as given, by medians, without each judge, and with other weights."""
    points = points_of(scores)

    def best(values: Mapping[str, float]) -> tuple[str, ...]:
        return leading(ordered(values, points, rule=inputs.tie_rule), inputs.best)

    yield Reading("raw", best(raw_means(scores)))
    yield Reading("median", best(medians(scores)))
    if fit:
        yield Reading("calibrated", best(fit.calibrated()))
    for judge, values in _without(scores, fit).items():
        yield Reading("without", best(values) if values else None, judge)
    for key, change, rubric in shifted(inputs.rubric):
        values = _read(scores_of(inputs, rubric), fit)
        yield Reading("weight", best(values) if values else None, key, change)


def _without(scores: Sequence[Score], fit: Calibration | None) -> dict[str, dict[str, float]]:
    if fit:
        return left_out(scores, fit)
    judges = sorted({score.judge for score in scores})
    return {judge: raw_means([score for score in scores if score.judge != judge]) for judge in judges}


def _read(scores: Sequence[Score], fit: Calibration | None) -> dict[str, float]:
    try:
        return calibrate_near(scores, fit) if fit else raw_means(scores)
    except (Disconnected, TooFewScores):
        return {}


def shifted(rubric: Rubric | None) -> Iterator[tuple[str, int, Rubric]]:
    """Return the rubric with each weight raised and lowered by a tenth, all weights a hundred times as large.

    (criterion, per cent, rubric); a rubric of one criterion has nothing to weigh.
    """
    if rubric is None or len(rubric.criteria) < 2:
        return
    for n, one in enumerate(rubric.criteria):
        for change in (SHIFT, -SHIFT):
            criteria = [msgspec.structs.replace(c, weight=c.weight * 100) for c in rubric.criteria]
            criteria[n] = msgspec.structs.replace(one, weight=one.weight * (100 + change))
            yield one.key, change, Rubric(rubric.name, tuple(criteria))
