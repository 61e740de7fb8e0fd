"""Recompute a released round of an award from its bundle, without anything of the platform that released it.

    python recompute.py bundle.json DIGEST

DIGEST is the SHA-256 that the results page shows; without it the script prints that of the file, for you to compare.
Needs Python 3.11, numpy and scipy, no network and no other file. Answers 0 when everything agrees, 1 when something
differs, 2 when the bundle cannot be read. Every line says in plain words what was looked at.

What a score is, how strictness is taken out of it and what follows for the places is written here a second time, from
the published rules and not from the platform's code: the penalised least squares of the whole model at once where the
platform eliminates one factor first, Newton's method where it takes small steps.
"""

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, stats
from scipy.sparse import csgraph

Json = dict[str, Any]
Vector = np.ndarray[Any, Any]
Scores = dict[tuple[str, str], float]
"""(entry, judge) to score."""
Points = Mapping[str, Sequence[float]]
Lines = Mapping[str, Json]
"""What is told of each entry."""

FORMAT = "machigurumi-award-bundle-v1"
CLOSE = 1e-9
"""Figures agree when they differ by less than this, or by less than this part of themselves."""
OPTIMUM = 1e-6
"""How far the criterion of the fit may lie above the least that is found here."""
DRAWN = 0.02
"""Probabilities come from draws; other draws differ by as much."""
TIE = 0.75
INTERVAL = 1.6448536269514722
LARGEST = 1e3


class Report:
    """What agrees and what does not, in words."""

    def __init__(self) -> None:
        self.lines: list[tuple[bool, str]] = []

    def say(self, ok: object, words: str) -> None:
        """Note whether something agrees."""
        self.lines.append((bool(ok), words))

    @property
    def agrees(self) -> bool:
        """Whether everything does."""
        return all(ok for ok, _words in self.lines)

    def __str__(self) -> str:
        marked = [f"{'agrees ' if ok else 'DIFFERS'}  {words}" for ok, words in self.lines]
        last = "Everything agrees." if self.agrees else "Something differs: the bundle was changed, or made wrongly."
        return "\n".join([*marked, "", last])


def close(one: float, other: float) -> bool:
    """Whether two figures agree."""
    return abs(one - other) <= CLOSE * max(1.0, abs(one), abs(other))


def all_close(one: Mapping[Any, float], other: Mapping[Any, float]) -> bool:
    """Whether two tables of figures name the same and agree in each."""
    return set(one) == set(other) and all(close(one[key], other[key]) for key in one)


def canonical(value: object) -> bytes:
    """Return the one form a bundle may have."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


# --- what came from people ---------------------------------------------------------------------------------------


def check_given(bundle: Json, report: Report) -> None:
    """Look whether sheets, comparisons and votes belong to entries, judges and assignments of this round."""
    entries = {one["id"]: one for one in bundle["entries"]}
    judges, assigned = set(bundle["judges"]), {tuple(pair) for pair in bundle["assigned"]}
    report.say(len(entries) == len(bundle["entries"]), f"{len(entries)} entries, each named once.")
    sheets = bundle["sheets"]
    pairs = [(sheet["entry"], sheet["judge"]) for sheet in sheets]
    report.say(len(set(pairs)) == len(pairs), f"{len(pairs)} sheets, at most one of each judge for each entry.")
    report.say(set(pairs) <= assigned, "Every sheet belongs to an assignment that stood at the end.")
    report.say(
        all(sheet["version"] == entries.get(sheet["entry"], {}).get("version") for sheet in sheets),
        "Every sheet is about the version of the entry that was pinned.",
    )
    report.say({judge for _entry, judge in pairs} <= judges, "Every sheet is by a judge of the panel.")
    others = [
        *((c["judge"], {c["first"], c["second"]}, c["better"]) for c in bundle["comparisons"]),
        *((o["judge"], set(o["entries"]), None) for o in bundle["orders"]),
    ]
    report.say(
        all(judge in judges and about <= set(entries) and better in {None, *about} for judge, about, better in others),
        f"{len(others)} comparisons and orders, by judges of the panel, of entries of the round.",
    )
    votes = bundle["votes"]
    if votes is not None:
        fits = set(votes) <= set(entries) and all(isinstance(n, int) and n > 0 for n in votes.values())
        report.say(fits, f"{sum(votes.values())} votes of the public, for entries of the round.")


# --- scores ------------------------------------------------------------------------------------------------------


def score(rubric: Json, values: Mapping[str, float | None], rule: str) -> float | None:
    """Return the score of a sheet, 0 to 100, or None when it gives none by the rule for missing criteria."""
    total, weights, missing = 0.0, 0, 0
    parts = []
    for one in rubric["criteria"]:
        value = values.get(one["key"])
        scale = [level["value"] for level in one["levels"]]
        lowest, highest = min(scale), max(scale)
        if value is None:
            missing += 1
            continue
        parts.append(one["weight"] * (value - lowest) / (highest - lowest))
        weights += one["weight"]
    total = math.fsum(parts)
    if not parts or (rule == "unjudged-v1" and missing):
        return None
    if rule == "reweighted-v1":
        return total * 100 / weights
    if rule in {"unjudged-v1", "lowest-v1"}:
        return total
    raise ValueError(f"There is no rule {rule}.")


def scores_of(bundle: Json) -> Scores:
    """Return (entry, judge) -> score of every sheet that gives one; an abstention gives none."""
    rules = bundle["rules"]
    found = {
        (sheet["entry"], sheet["judge"]): score(rules["rubric"], sheet["values"], rules["missing_rule"])
        for sheet in bundle["sheets"]
        if not sheet["abstained"]
    }
    return {pair: value for pair, value in found.items() if value is not None}


def check_scores(bundle: Json, report: Report) -> Scores:
    """Compare the scores and return them."""
    found = scores_of(bundle)
    weights = sum(one["weight"] for one in bundle["rules"]["rubric"]["criteria"])
    report.say(weights == 100, "The weights of the criteria add up to 100.")
    said = {(entry, judge): value for entry, judge, value in bundle["computed"]["scores"]}
    report.say(all_close(found, said), f"{len(found)} scores follow from the sheets.")
    return found


def parts_of(scores: Scores) -> list[list[str]]:
    """Return the sets of entries that shared judges connect, sorted."""
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def root(name: tuple[str, str]) -> tuple[str, str]:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    for entry, judge in scores:
        above[root(("entry", entry))] = root(("judge", judge))
    parts: dict[tuple[str, str], list[str]] = {}
    for entry in sorted({entry for entry, _judge in scores}):
        parts.setdefault(root(("entry", entry)), []).append(entry)
    return sorted(sorted(part) for part in parts.values())


# --- calibration: y = mean + entry + judge + noise, by restricted maximum likelihood -------------------------------


class Model:
    """The scores as one system: unknown are the spherical effects of entries and judges, and the mean."""

    def __init__(self, scores: Scores) -> None:
        self.entries = sorted({entry for entry, _judge in scores})
        self.judges = sorted({judge for _entry, judge in scores})
        rows = sorted(scores)
        self.y = np.array([scores[row] for row in rows])
        self.shift = float(self.y.mean())
        self.y = self.y - self.shift
        place = {name: n for n, name in enumerate(self.entries)}
        seat = {name: n for n, name in enumerate(self.judges)}
        z = np.zeros((len(rows), len(self.entries) + len(self.judges)))
        for n, (entry, judge) in enumerate(rows):
            z[n, place[entry]] = z[n, len(self.entries) + seat[judge]] = 1
        self.zz, self.zy, self.z1 = z.T @ z, z.T @ self.y, z.sum(axis=0)

    def scale(self, ratios: Vector) -> Vector:
        """Return the ratio to the noise of each effect."""
        return np.repeat(np.abs(ratios), [len(self.entries), len(self.judges)])

    def solve(self, ratios: Vector) -> tuple[float, float, float, Vector, Vector]:
        """Return criterion, mean, variance of the noise, effects in units of the noise, and the inverse system."""
        t, n, q = self.scale(ratios), len(self.y), len(self.z1)
        inner = t[:, None] * self.zz * t + np.eye(q)
        whole = np.block([[inner, (t * self.z1)[:, None]], [(t * self.z1)[None, :], np.array([[float(n)]])]])
        right = np.append(t * self.zy, self.y.sum())
        found = np.linalg.solve(whole, right)
        left = max(float(self.y @ self.y - right @ found), 1e-300)
        variance = left / (n - 1)
        _sign, both = np.linalg.slogdet(whole)
        # log|V| + log|X'V^-1X| + y'Py + (n - p) log 2 pi, with the variance of the noise at its best
        criterion = both + (n - 1) * (1 + math.log(2 * math.pi * variance))
        return float(criterion), float(found[-1]), variance, found[:-1] * t, whole

    def least(self, start: Vector) -> float:
        """Return the least criterion that a search from `start` finds."""
        bounds, options = [(0.0, LARGEST)] * 2, {"xatol": 1e-7, "fatol": 1e-10}
        starts = [np.clip(start, 0, LARGEST), np.ones(2), np.array([0.1, 0.1])]
        found = [
            optimize.minimize(lambda r: self.solve(r)[0], one, method="Nelder-Mead", bounds=bounds, options=options).fun
            for one in starts
        ]
        return float(min(found))


def check_fit(scores: Scores, fit: Json, report: Report) -> tuple[dict[str, float], Vector]:
    """Compare the fit, and return the calibrated scores and the covariance of their errors, by entry."""
    model = Model(scores)
    ratios = np.array([fit["sd_entry"], fit["sd_judge"]]) / fit["sd_error"]
    criterion, mean, variance, effects, whole = model.solve(ratios)
    noise = math.sqrt(variance)
    report.say(close(criterion, fit["criterion"]), f"The criterion of the fit is {criterion:.6f}.")
    report.say(criterion <= model.least(ratios) + OPTIMUM, "No other spread of entries and judges fits better.")
    report.say(close(noise, fit["sd_error"]), f"The noise has a standard deviation of {noise:.6f}.")
    report.say(close(mean + model.shift, fit["mean"]), f"The mean is {mean + model.shift:.6f}.")
    t, size = model.scale(ratios), len(model.entries)
    inverse = np.linalg.inv(whole)[:-1, :-1] * np.outer(t, t) * variance
    errors = np.sqrt(np.clip(np.diag(inverse), 0, None))
    for which, names, part in (("entries", model.entries, slice(0, size)), ("judges", model.judges, slice(size, None))):
        values = dict(zip(names, effects[part].tolist(), strict=True))
        report.say(
            all_close(values, {name: one["value"] for name, one in fit[which].items()})
            and all_close(
                dict(zip(names, errors[part].tolist(), strict=True)),
                {name: one["error"] for name, one in fit[which].items()},
            ),
            f"The effects of {len(names)} {which} and their errors follow from the scores.",
        )
    calibrated = {name: mean + model.shift + float(effects[n]) for n, name in enumerate(model.entries)}
    return calibrated, inverse[:size, :size]


def chance(values: Mapping[str, float], covariance: Vector, better: str, worse: str) -> float:
    """Return the probability that the better one of two is the better one."""
    order = sorted(values)
    one, other = order.index(better), order.index(worse)
    spread = covariance[one, one] + covariance[other, other] - 2 * covariance[one, other]
    ahead = values[better] - values[worse]
    if spread <= 0:
        return 1.0 if ahead > 0 else 0.5
    return float(stats.norm.cdf(ahead / math.sqrt(spread)))


def chances(values: Mapping[str, float], covariance: Vector, best: int) -> dict[str, float]:
    """Return the probability of each entry of being among the best, by draws of our own."""
    order = sorted(values)
    middle = np.array([values[entry] for entry in order])
    spread = covariance + (1e-12 * covariance.diagonal().max() + 1e-18) * np.eye(len(order))  # equals share evenly
    drawn = np.random.default_rng(1).multivariate_normal(middle, spread, size=40_000, method="svd")
    placed = np.argsort(-drawn, axis=1)[:, : min(best, len(order))]
    counts = np.bincount(placed.ravel(), minlength=len(order)) / len(drawn)
    return dict(zip(order, counts.tolist(), strict=True))


# --- pairs and orders: strengths by maximum likelihood, Newton's method --------------------------------------------


def strengths(choices: Sequence[tuple[Vector, int, int]], size: int) -> Vector:
    """Return log strengths; `choices` are (features of each alternative, the one chosen, how often)."""
    x = np.zeros(size)
    for _ in range(200):
        gradient, hessian = np.zeros(size), np.zeros((size, size))
        for features, chosen, count in choices:
            shares = np.exp(features @ x - np.max(features @ x))
            shares /= shares.sum()
            middle = shares @ features
            gradient += count * (features[chosen] - middle)
            hessian += count * ((features.T * shares) @ features - np.outer(middle, middle))
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        longest = np.abs(step).max()
        x += step * min(1.0, 1.0 / longest if longest else 1.0)
        if longest < 1e-13:
            break
    return x


def of_pairs(comparisons: Sequence[Json]) -> dict[str, float]:
    """Return strengths by Bradley and Terry, ties by Davidson (1970)."""
    names = sorted({name for one in comparisons for name in (one["first"], one["second"])})
    at = {name: n for n, name in enumerate(names)}
    counted = Counter((one["first"], one["second"], one["better"]) for one in comparisons)
    has_ties = any(better is None for _first, _second, better in counted)
    size = len(names) + has_ties
    choices = []
    for (first, second, better), count in sorted(counted.items(), key=str):
        features = np.zeros((3 if has_ties else 2, size))
        features[0, at[first]] = features[1, at[second]] = 1
        if has_ties:
            features[2, [at[first], at[second]]], features[2, -1] = 0.5, 1
        choices.append((features, 2 if better is None else int(better == second), count))
    x = strengths(choices, size)
    return shares(names, x[: len(names)])


def of_orders(orders: Sequence[Json]) -> dict[str, float]:
    """Return strengths by Plackett and Luce."""
    names = sorted({name for one in orders for name in one["entries"]})
    at = {name: n for n, name in enumerate(names)}
    choices = []
    for one in orders:
        rows = [at[name] for name in one["entries"]]
        for n in range(len(rows) - 1):
            features = np.zeros((len(rows) - n, len(names)))
            features[range(len(rows) - n), rows[n:]] = 1
            choices.append((features, 0, 1))
    return shares(names, strengths(choices, len(names)))


def shares(names: Sequence[str], logs: Vector) -> dict[str, float]:
    """Return strengths that add up to 1."""
    weights = np.exp(logs - logs.max())
    return dict(zip(names, (weights / weights.sum()).tolist(), strict=True))


# --- the order advised ---------------------------------------------------------------------------------------------

TIE_RULES: dict[str, Callable[[Sequence[float]], tuple[float, ...]]] = {
    "highest-points-v1": lambda points: tuple(sorted(points, reverse=True)),
    "most-judges-v1": lambda points: (sum(p > 0 for p in points), *sorted((p for p in points if p > 0), reverse=True)),
    "no-weak-point-v1": lambda points: tuple(sorted(points)),
}


def places(values: Mapping[str, float], points: Points, rule: str, within: float = 1e-7) -> dict[str, int]:
    """Return the place of each entry: equals by the rule for ties, and what it cannot tell shares a place."""
    groups: list[list[str]] = []
    for entry in sorted(values, key=lambda one: (-values[one], one)):
        if groups and values[groups[-1][-1]] - values[entry] <= within:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    found: dict[str, int] = {}
    key = TIE_RULES[rule]
    for equals in groups:
        keys = {entry: key(points.get(entry, ())) for entry in equals}
        begin = len(found) + 1
        for entry in equals:
            found[entry] = begin + sum(keys[other] > keys[entry] for other in equals)
    return found


def per_judge(bundle: Json) -> dict[str, dict[str, list[float]]]:
    """Return entry -> judge -> the points that it got in pairs and orders, one by one."""
    found: dict[str, dict[str, list[float]]] = {}
    for one in bundle["comparisons"]:
        for entry in (one["first"], one["second"]):
            point = 0.5 if one["better"] is None else float(one["better"] == entry)
            found.setdefault(entry, {}).setdefault(one["judge"], []).append(point)
    for one in bundle["orders"]:
        last = len(one["entries"]) - 1
        for n, entry in enumerate(one["entries"]):
            found.setdefault(entry, {}).setdefault(one["judge"], []).append((last - n) / max(last, 1))
    return found


def is_comparable(bundle: Json) -> bool:
    """Whether, however the entries are split in two, some of each part won against the other (Ford's condition)."""
    arcs = [(a, b) for one in bundle["orders"] for a, b in pairwise(one["entries"])]
    for one in bundle["comparisons"]:
        ways = [(one["first"], one["second"]), (one["second"], one["first"])]
        arcs += [way for way in ways if one["better"] in {None, way[0]}]
    names = sorted({name for arc in arcs for name in arc})
    at = {name: n for n, name in enumerate(names)}
    graph = np.zeros((len(names), len(names)))
    for a, b in arcs:
        graph[at[a], at[b]] = 1
    return bool(names) and csgraph.connected_components(graph, connection="strong")[0] == 1


def schulze(orders: Sequence[Json]) -> dict[str, float]:
    """Return places by the method of Schulze, as negative levels."""
    names = sorted(orders[0]["entries"])
    wins = {
        (a, b): sum(o["entries"].index(a) < o["entries"].index(b) for o in orders) for a, b in permutations(names, 2)
    }
    paths = {(a, b): n if n > wins[b, a] else 0 for (a, b), n in wins.items()}
    for middle, a, b in permutations(names, 3):
        paths[a, b] = max(paths[a, b], min(paths[a, middle], paths[middle, b]))
    beaten = {a: sum(paths[a, b] > paths[b, a] for b in names if b != a) for a in names}
    return {a: -float(sum(n > beaten[a] for n in set(beaten.values()))) for a in names}


def check_figures(lines: Lines, name: str, found: Mapping[str, float], report: Report, words: str) -> None:
    """Compare one figure of every line."""
    said = {entry: line[name] for entry, line in lines.items() if line[name] is not None}
    report.say(all_close(found, said), words)


def by_scores(bundle: Json, lines: Lines, report: Report) -> tuple[dict[str, int], Points]:
    """Check a round of scores, and return its places and points."""
    told, rule = bundle["computed"], bundle["rules"]["tie_rule"]
    scores = check_scores(bundle, report)
    points: dict[str, list[float]] = {}
    for (entry, _judge), value in scores.items():
        points.setdefault(entry, []).append(round(value, 9))
    means = {e: math.fsum(v for (one, _j), v in scores.items() if one == e) / len(p) for e, p in points.items()}
    check_figures(lines, "raw", means, report, f"{len(means)} plain means follow from the scores.")
    fit, calibrated, complete = told["fit"], None, len(scores) == len(points) * len({j for _e, j in scores})
    if fit and scores:
        calibrated, covariance = check_fit(scores, fit, report)
        check_figures(lines, "calibrated", calibrated, report, "The calibrated scores agree.")
        for side, name in ((0, "lower"), (1, "upper")):
            reach = {e: INTERVAL * math.sqrt(max(covariance[n, n], 0)) for n, e in enumerate(sorted(calibrated))}
            ends = {e: calibrated[e] + (reach[e] if side else -reach[e]) for e in calibrated}
            said = {e: line["interval"][side] for e, line in lines.items() if line["interval"]}
            report.say(all_close(ends, said), f"So do the {name} ends of the 90 % intervals.")
        top = chances(calibrated, covariance, bundle["rules"]["best"])
        fits = all(abs(lines[entry]["top"] - value) <= DRAWN for entry, value in top.items())
        report.say(fits, "The chances of being among the best agree, as far as draws can.")
    else:
        parts, judges = parts_of(scores), {judge for _entry, judge in scores}
        few = len(parts) == 1 and (len(scores) <= len(points) + len(judges) - 1 or len(judges) == 1)
        named = sorted(sorted(part) for part in (told["refusal"] or {"parts": []})["parts"])
        fits = fit is None and named == (parts if len(parts) > 1 else []) and (few or len(parts) != 1)
        report.say(
            fits, f"Nothing was calibrated: {len(scores)} scores, in {len(parts)} parts without a judge in common."
        )
    found = places(means if complete and scores else calibrated or {}, points, rule)
    if found:
        raw = places(means, points, rule)
        check_figures(lines, "raw_place", raw, report, "The places by plain means follow.")
    if calibrated and told["basis"] != "mixed":
        check_shared(found, lines, calibrated, covariance, report)
    return found, points


def check_shared(
    found: Mapping[str, int], lines: Lines, calibrated: Mapping[str, float], covariance: Vector, report: Report
) -> None:
    """Look which places are shared with all that the scores cannot tell apart."""
    order = [line for line in lines if line in found]
    shared: dict[str, int] = {}
    for n, entry in enumerate(order):
        tied = n > 0 and chance(calibrated, covariance, order[n - 1], entry) < TIE
        shared[entry] = shared[order[n - 1]] if tied else n + 1
    ties = len(order) - len(set(shared.values()))
    check_figures(lines, "shared_place", shared, report, f"{ties} entries are tied with the one above, as told.")


def by_votes(bundle: Json, lines: Lines, report: Report) -> tuple[dict[str, int], Points]:
    """Check a round of pairs or orders, and return its places and points."""
    rule, given = bundle["rules"]["tie_rule"], per_judge(bundle)
    points = {entry: [round(math.fsum(ps), 9) for ps in judges.values()] for entry, judges in given.items()}
    every = {entry: [p for ps in judges.values() for p in ps] for entry, judges in given.items()}
    raw = {entry: 100 * math.fsum(ps) / len(ps) for entry, ps in every.items()}
    check_figures(lines, "raw", raw, report, "The shares of duels won, or of entries below, follow from the votes.")
    has, found = any(line["strength"] is not None for line in lines.values()), {}
    if has:
        pairs = bundle["rules"]["method"] == "pairs"
        strength = of_pairs(bundle["comparisons"]) if pairs else of_orders(bundle["orders"])
        check_figures(
            lines, "strength", strength, report, f"The strengths of {len(strength)} entries follow from the votes."
        )
        found = places({e: math.log(value) for e, value in strength.items()}, points, rule, within=1e-6)
    else:
        report.say(not is_comparable(bundle), "The votes do not compare all entries with each other: no strengths.")
        if len({frozenset(one["entries"]) for one in bundle["orders"]}) == 1 and points:
            found = places(schulze(bundle["orders"]), points, rule)
    return found, points


def by_verdicts(bundle: Json, lines: Lines, report: Report) -> tuple[dict[str, int], Points]:
    """Check a round that entries pass or fail, and return who passes."""
    counted = Counter((s["entry"], s["verdict"]) for s in bundle["sheets"] if s["verdict"] and not s["abstained"])
    for verdict in ("passed", "failed"):
        found = {entry: counted[entry, verdict] for entry in lines}
        check_figures(lines, verdict, found, report, f"The verdicts that an entry {verdict} are counted as given.")
    return {entry: 1 for entry in lines if counted[entry, "passed"] > counted[entry, "failed"]}, {}


def mixed(found: Mapping[str, int], points: Points, bundle: Json, lines: Lines, report: Report) -> dict[str, int]:
    """Mix the places of the jury with those of the public (mixed-places-v1), and return the places then."""
    votes = {entry: bundle["votes"].get(entry, 0) for entry in found}
    public = {entry: 1 + sum(other > own for other in votes.values()) for entry, own in votes.items()}
    check_figures(lines, "public_place", public, report, "The places of the public follow from its votes.")
    weight, steps = Fraction(bundle["rules"]["public_percent"], 100), max(len(found) - 1, 1)

    def worth(given: Mapping[str, int]) -> dict[str, Fraction]:
        sharing = Counter(given.values())
        return {e: 100 - Fraction(100, steps) * (p - 1 + Fraction(sharing[p] - 1, 2)) for e, p in given.items()}

    jury, theirs = worth(found), worth(public)
    sums = {entry: float((1 - weight) * jury[entry] + weight * theirs[entry]) for entry in found}
    check_figures(
        lines, "mixed", sums, report, f"The public weighs {bundle['rules']['public_percent']} %, as was fixed before."
    )
    return places(sums, points, bundle["rules"]["tie_rule"])


def check_order(bundle: Json, report: Report) -> None:
    """Recompute the order that the jury was advised."""
    method, told = bundle["rules"]["method"], bundle["computed"]
    lines = {line["entry"]: line for line in told["lines"]}
    report.say(set(lines) == {one["id"] for one in bundle["entries"]}, "There is a line for every entry.")
    check = {"scores": by_scores, "pairs": by_votes, "ranks": by_votes, "pass_fail": by_verdicts}[method]
    found, points = check(bundle, lines, report)
    if told["basis"] == "mixed":
        found = mixed(found, points, bundle, lines, report)
    check_figures(
        lines,
        "place",
        found,
        report,
        f"The places of {len(found)} entries follow, ties by {bundle['rules']['tie_rule']}.",
    )


# --- the result ----------------------------------------------------------------------------------------------------


def check_result(bundle: Json, report: Report) -> None:
    """Look whether the result is what the jury decided."""
    told, rules = bundle["result"], bundle["rules"]
    decided = bundle["decided"]["places"] if bundle["decided"] else []
    report.say(told["places"] == decided, "The places are those that the jury decided.")
    entries = {one["id"] for one in bundle["entries"]}
    places = [place for _entry, place in decided]
    shared = all(after in {before, n} for n, (before, after) in enumerate(pairwise(places), 2))
    report.say({e for e, _place in decided} <= entries and (not places or (places[0] == 1 and shared)),
               "Places begin at 1; who shares one leaves the next ones empty.")  # fmt: skip
    winners = [entry for entry, place in decided if place <= rules["best"]]
    report.say(told["winners"] == winners, f"{len(winners)} winners, up to place {rules['best']}.")
    if told["goes_on"] is not None:
        place = dict(decided)
        most = rules["carry_count"] if rules["carry"] == "best" else len(entries)
        on = sorted(entries if rules["carry"] == "all" else {one for one in place if place[one] <= most})
        report.say(told["goes_on"] == on, f"{len(on)} entries go on into the next round, as its rule says.")


def check(data: bytes, expected: str | None = None) -> Report:
    """Return a report on the bytes of a bundle."""
    report, digest = Report(), hashlib.sha256(data).hexdigest()
    if expected:
        report.say(digest == expected.strip().lower(), f"The SHA-256 of the file is {digest}.")
    bundle = json.loads(data)
    report.say(bundle.get("format") == FORMAT, f"The format is {FORMAT}.")
    report.say(canonical(bundle) == data, "The file has the one form such a bundle may have.")
    if bundle.get("format") == FORMAT:
        check_given(bundle, report)
        check_order(bundle, report)
        check_result(bundle, report)
    return report


def main(arguments: Sequence[str]) -> int:
    """Check the file that is named, and say so."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write(__doc__)
        return 2
    try:
        data = Path(arguments[0]).read_bytes()
        report = check(data, arguments[1] if len(arguments) > 1 else None)
    except (
        OSError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        np.linalg.LinAlgError,
    ) as error:
        sys.stdout.write(f"The bundle cannot be read: {type(error).__name__} {error}\n")
        return 2
    if len(arguments) == 1:
        sys.stdout.write(f"SHA-256 {hashlib.sha256(data).hexdigest()}: compare it with the one on the results page.\n")
    sys.stdout.write(f"{report}\n")
    return 0 if report.agrees else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
