"""The rules of a round as one text: pinned when it opens, carried by the bundle, read by whoever recounts."""

import datetime as dt
from typing import Any, Literal

import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.rubric import Rubric

VERSION = "award-rules-v1"
Kind = Literal["eligibility", "document", "final"]
Method = Literal["pass_fail", "scores", "pairs", "ranks"]
Peers = Literal["own", "after_own", "after_close"]
Carry = Literal["all", "passed", "best"]


class Rules(Struct, frozen=True, kw_only=True):
    """All that decides what a round does with its scores; `closes_at` as it stood when the round opened."""

    version: str = VERSION
    kind: Kind
    method: Method
    rubric: Rubric | None
    opens_at: dt.datetime
    closes_at: dt.datetime
    grace_ms: int
    zone: str
    each: int
    least: int
    most: int
    blind: bool
    peers: Peers
    carry: Carry
    carry_count: int
    best: int
    missing_rule: str
    tie_rule: str
    public_percent: int
    vote_opens_at: dt.datetime | None
    vote_closes_at: dt.datetime | None


def rules_of(found: RoundRef, rubric: Rubric | None) -> Rules:
    """Return the rules of a round as it is set up now, its moments in UTC."""
    taken: dict[str, Any] = {
        name: getattr(found, name) for name in Rules.__struct_fields__ if name not in {"version", "rubric"}
    }
    moments = {name: value.astimezone(dt.UTC) for name, value in taken.items() if isinstance(value, dt.datetime)}
    return msgspec.convert({**taken, **moments, "rubric": rubric}, Rules)


def encode(rules: Rules) -> str:
    """Return the canonical text: equal rules give equal texts."""
    return msgspec.json.encode(rules, order="sorted").decode()


def decode(text: str) -> Rules:
    """Return the rules that `encode` wrote."""
    return msgspec.json.decode(text, type=Rules)
