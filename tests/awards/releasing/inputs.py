"""Made-up rounds for tests of the bundle, without a database."""

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.awards.releasing import bundle
from app.awards.releasing.bundle import Compared, Decided, Given, Inputs, Judged, Ordered
from app.awards.setting.rules import Rules
from tests.awards.planting import RUBRIC
from tests.clock import NOW


def rules(**changes: Any) -> Rules:
    fixed: dict[str, Any] = {
        "kind": "final",
        "method": "scores",
        "rubric": RUBRIC,
        "opens_at": NOW,
        "closes_at": NOW + dt.timedelta(days=7),
        "grace_ms": 0,
        "zone": "Asia/Tokyo",
        "each": 3,
        "least": 0,
        "most": 40,
        "blind": False,
        "peers": "own",
        "carry": "best",
        "carry_count": 10,
        "best": 3,
        "missing_rule": "unjudged-v1",
        "tie_rule": "highest-points-v1",
        "public_percent": 0,
        "vote_opens_at": None,
        "vote_closes_at": None,
    }
    return Rules(**fixed | changes)


def made(
    seed: int = 1, *, entries: int = 12, judges: int = 6, each: int = 3, votes: bool = False, **changes: Any
) -> Inputs:
    """Return a round in which each entry has `each` judges; `changes` are those of its rules."""
    draw = random.Random(seed)
    names = [f"J{n:02}" for n in range(1, judges + 1)]
    field = [Judged(UUID(int=draw.getrandbits(128)), n, f"{draw.getrandbits(256):064x}") for n in range(1, entries + 1)]
    assigned = [(one.id, judge) for one in field for judge in draw.sample(names, each)]
    ids = [one.id for one in field]
    method = changes.get("method", "scores")
    rounds = {"scores": _sheets, "pass_fail": _sheets, "pairs": _pairs, "ranks": _orders}
    said: dict[str, Any] = rounds[method](draw, field, names, assigned)
    return Inputs(
        award="green-2026",
        category={"en": "Pairs", "ja": "共創"},
        round=UUID(int=5),
        title={"en": "Final", "ja": "最終審査"},
        rules=rules(**changes),
        entries=field,
        judges=names,
        assigned=assigned,
        certified=bundle.Certified("aa" * 32, "bb" * 32),
        votes={one: draw.randint(1, 50) for one in ids[:-1]} if votes else None,
        decided=Decided(places=tuple((one, n) for n, one in enumerate(ids, 1)), minutes="cc" * 32, reasons="dd" * 32),
        **said,
    )


def _sheets(
    draw: random.Random, field: Sequence[Judged], names: Sequence[str], assigned: Sequence[tuple[UUID, str]]
) -> dict[str, Any]:
    quality = {one.id: draw.randint(1, 5) for one in field}
    strict = {name: draw.choice([-1, 0, 0, 1]) for name in names}
    versions = {one.id: one.version for one in field}
    return {
        "sheets": [
            Given(
                entry=entry,
                judge=judge,
                version=versions[entry],
                values={c.key: _level(draw, quality[entry] + strict[judge]) for c in RUBRIC.criteria},
                verdict=draw.choice(["passed", "failed"]),
                abstained=draw.random() < 0.05,
            )
            for entry, judge in assigned
        ]
    }


def _level(draw: random.Random, middle: int) -> float:
    return float(max(1, min(5, middle + draw.choice([-1, 0, 0, 1]))))


def _pairs(draw: random.Random, field: Sequence[Judged], names: Sequence[str], _assigned: object) -> dict[str, Any]:
    ids = sorted(one.id for one in field)
    pairs = [(a, b) for n, a in enumerate(ids) for b in ids[n + 1 :]]
    said = [(judge, *pair) for judge in names for pair in draw.sample(pairs, len(pairs) // 2)]
    return {
        "comparisons": [Compared(judge=j, first=a, second=b, better=draw.choice([a, a, b, None])) for j, a, b in said]
    }


def _orders(draw: random.Random, field: Sequence[Judged], names: Sequence[str], _assigned: object) -> dict[str, Any]:
    ids = [one.id for one in field]
    return {"orders": [Ordered(judge=name, entries=tuple(draw.sample(ids, len(ids) * 3 // 4))) for name in names]}
