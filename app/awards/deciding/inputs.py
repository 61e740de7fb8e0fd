"""All that the ranking of a round follows from, as one canonical text: the same votes give the same bytes. Pure."""

import hashlib

import msgspec
from msgspec import Struct

from app.awards.rubric import Rubric

VERSION = "award-inputs-v1"


class Competing(Struct, frozen=True, order=True):
    """An entry of the round, by id and number."""

    entry: str
    number: int


class Judged(Struct, frozen=True, kw_only=True):
    """A sheet that was submitted; judges go by pseudonym. Of an abstention nothing counts."""

    entry: str
    judge: str
    values: dict[str, float | None] = {}
    verdict: str | None = None
    abstained: bool = False


class Compared(Struct, frozen=True):
    """A judge's preference of a pair; `better` is one of the two, or None for a tie."""

    judge: str
    first: str
    second: str
    better: str | None


class Ordered(Struct, frozen=True):
    """A judge's order of entries, the best first."""

    judge: str
    entries: tuple[str, ...]


class Inputs(Struct, frozen=True, kw_only=True):
    """A round's rules and everything submitted in it.

    `votes` counts the public's by entry, None while they are not to be mixed in.
    """

    version: str = VERSION
    method: str
    best: int
    missing_rule: str
    tie_rule: str
    public_percent: int = 0
    rubric: Rubric | None = None
    entries: tuple[Competing, ...]
    sheets: tuple[Judged, ...] = ()
    comparisons: tuple[Compared, ...] = ()
    orders: tuple[Ordered, ...] = ()
    votes: dict[str, int] | None = None


def settled(inputs: Inputs) -> Inputs:
    """Return the same inputs in the one order of their canonical text."""
    return msgspec.structs.replace(
        inputs,
        entries=tuple(sorted(inputs.entries)),
        sheets=tuple(sorted(inputs.sheets, key=lambda one: (one.entry, one.judge))),
        comparisons=tuple(sorted(map(_one_way, inputs.comparisons), key=lambda c: (c.judge, c.first, c.second))),
        orders=tuple(sorted(inputs.orders, key=lambda one: one.judge)),
    )


def _one_way(one: Compared) -> Compared:
    first, second = sorted((one.first, one.second))
    return Compared(one.judge, first, second, one.better)


def canonical(inputs: Inputs) -> bytes:
    """Return the text that `digest` names."""
    return msgspec.json.encode(settled(inputs), order="sorted")


def digest(inputs: Inputs) -> str:
    """Return the SHA-256 of the canonical text in hex."""
    return hashlib.sha256(canonical(inputs)).hexdigest()
