"""The sealed bundle of a round: everything its result rests on, as one canonical text that a stranger can recompute.

Pure: the same inputs, in whatever order, give the same bytes. Nobody is named: judges go by their pseudonyms, entries
by ids, numbers and the digests of what was judged, minutes by a digest. Neither comments nor recusals nor times of
sheets are in it, for they could tell who a judge is.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.awards.calibration import Score, calibrate
from app.awards.deciding import inputs as votes
from app.awards.deciding.by_scores import scores_of
from app.awards.deciding.compute import MIXING_RULE, compute
from app.awards.errors import Disconnected, TooFewScores
from app.awards.schemas import Texts
from app.awards.setting.rules import Rules

FORMAT = "machigurumi-award-bundle-v1"
VOTE_RULE = "one-per-ticket-v1"
"""One ballot per valid ticket of the convention, changed at will until the vote closes; ballots of tickets that are not
valid when the result is proposed do not count. A published rule never changes."""


class Judged(Struct, frozen=True, order=True):
    """An entry of the round; `version` is the SHA-256 of what was judged, in hex."""

    id: UUID
    number: int
    version: str


class Given(Struct, frozen=True, kw_only=True):
    """A submitted sheet; `version` is the digest of what this judge had before him."""

    entry: UUID
    judge: str
    version: str
    values: Mapping[str, float | None] = {}
    verdict: str | None = None
    abstained: bool = False


class Compared(Struct, frozen=True, kw_only=True):
    """A judge preferred `better` of two entries, or None of them."""

    judge: str
    first: UUID
    second: UUID
    better: UUID | None


class Ordered(Struct, frozen=True, kw_only=True):
    """A judge's order of entries, the best first."""

    judge: str
    entries: tuple[UUID, ...]


class Decided(Struct, frozen=True, kw_only=True):
    """What a jury decided: places by entry; `minutes` and `reasons` are digests of its words, in hex."""

    places: tuple[tuple[UUID, int], ...]
    minutes: str
    reasons: str


class Certified(Struct, frozen=True):
    """Digests of the wishes and of the certificate of the assignment that was taken, in hex."""

    wishes: str
    certificate: str


class Inputs(Struct, frozen=True, kw_only=True):
    """Everything that a result rests on. `votes` are None in a round without a public vote, `goes_on` in the last."""

    award: str
    category: Texts
    round: UUID
    title: Texts
    rules: Rules
    entries: Sequence[Judged]
    judges: Sequence[str]
    assigned: Sequence[tuple[UUID, str]]
    certified: Certified | None = None
    sheets: Sequence[Given] = ()
    comparisons: Sequence[Compared] = ()
    orders: Sequence[Ordered] = ()
    votes: Mapping[UUID, int] | None = None
    decided: Decided | None = None
    goes_on: Sequence[UUID] | None = None


def canonical(value: object) -> bytes:
    """Return JSON of one form only: keys sorted, no spaces, UTF-8, floats by their shortest exact digits."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(data: bytes) -> bytes:
    """Return the SHA-256 of a bundle's bytes."""
    return hashlib.sha256(data).digest()


def sealed(inputs: Inputs) -> bytes:
    """Return the bundle."""
    return canonical(contents(inputs))


def contents(inputs: Inputs) -> dict[str, Any]:
    """Return what the bundle says, every list in an order of its own."""
    given = _given(inputs)
    return {
        "format": FORMAT,
        "award": inputs.award,
        "category": dict(inputs.category),
        "round": {"id": str(inputs.round), "title": dict(inputs.title)},
        "rules": json.loads(msgspec.json.encode(inputs.rules)),
        "vote_rule": VOTE_RULE if inputs.votes is not None else None,
        **given,
        "computed": computed(inputs),
        "result": _result(inputs),
    }


def _given(inputs: Inputs) -> dict[str, Any]:
    """Return what came from people."""
    plain = {
        "entries": inputs.entries,
        "sheets": inputs.sheets,
        "comparisons": inputs.comparisons,
        "orders": inputs.orders,
    }
    found: dict[str, Any] = {name: _sorted(msgspec.to_builtins(list(rows))) for name, rows in plain.items()}
    return {
        **found,
        "judges": sorted(inputs.judges),
        "assigned": sorted([str(entry), judge] for entry, judge in inputs.assigned),
        "certified": msgspec.to_builtins(inputs.certified),
        "votes": None if inputs.votes is None else {str(entry): count for entry, count in inputs.votes.items()},
        "decided": _decided(inputs.decided),
    }


def _sorted(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=canonical)


def _decided(decided: Decided | None) -> dict[str, Any] | None:
    if decided is None:
        return None
    return {**msgspec.to_builtins(decided), "places": _places(decided)}


def _places(decided: Decided) -> list[list[Any]]:
    rows = sorted((place, str(entry)) for entry, place in decided.places)
    return [[entry, place] for place, entry in rows]


def _result(inputs: Inputs) -> dict[str, Any]:
    """Return who won and who goes on: what the jury decided, and nothing else, decides."""
    places = _places(inputs.decided) if inputs.decided else []
    return {
        "places": places,
        "winners": [entry for entry, place in places if place <= inputs.rules.best],
        "goes_on": None if inputs.goes_on is None else sorted(map(str, inputs.goes_on)),
    }


def computed(inputs: Inputs) -> dict[str, Any]:
    """Return the figures that the jury had before it: scores, the fit that calibrates them, a line for each entry."""
    asked = asked_of(inputs)
    ranking, scores = compute(asked), scores_of(asked)
    return {
        "mixing_rule": MIXING_RULE if ranking.basis == "mixed" else None,
        "basis": ranking.basis,
        "refusal": msgspec.to_builtins(ranking.refusal),
        "scores": [[one.entry, one.judge, one.value] for one in scores],
        "fit": _fit(scores),
        "lines": [msgspec.to_builtins(line) for line in ranking.lines],
    }


def asked_of(inputs: Inputs) -> votes.Inputs:
    """Return what the ranking follows from."""
    rules = inputs.rules
    return votes.Inputs(
        method=rules.method,
        best=rules.best,
        missing_rule=rules.missing_rule,
        tie_rule=rules.tie_rule,
        public_percent=rules.public_percent,
        rubric=rules.rubric,
        entries=tuple(votes.Competing(str(one.id), one.number) for one in inputs.entries),
        sheets=tuple(_judged(one) for one in inputs.sheets),
        comparisons=tuple(_compared(one) for one in inputs.comparisons),
        orders=tuple(votes.Ordered(one.judge, tuple(map(str, one.entries))) for one in inputs.orders),
        votes=None if inputs.votes is None else {str(entry): count for entry, count in inputs.votes.items()},
    )


def _judged(one: Given) -> votes.Judged:
    return votes.Judged(
        entry=str(one.entry), judge=one.judge, values=dict(one.values), verdict=one.verdict, abstained=one.abstained
    )


def _compared(one: Compared) -> votes.Compared:
    return votes.Compared(one.judge, str(one.first), str(one.second), str(one.better) if one.better else None)


def _fit(scores: Sequence[Score]) -> dict[str, Any] | None:
    """Return the fit with every digit, so that others can start where it ended; None where there is none."""
    try:
        fit = calibrate(scores) if scores else None
    except (Disconnected, TooFewScores):
        fit = None
    if fit is None:
        return None
    figures = {name: getattr(fit, name) for name in ("mean", "sd_entry", "sd_judge", "sd_error", "criterion")}
    return {**figures, "entries": msgspec.to_builtins(fit.entries), "judges": msgspec.to_builtins(fit.judges)}


def votes_in(data: bytes) -> dict[UUID, int] | None:
    """Return the votes that a bundle counts."""
    found = json.loads(data)["votes"]
    return None if found is None else {UUID(entry): count for entry, count in found.items()}
