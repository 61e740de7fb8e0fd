"""The tables of labelled pairs: written by hand from knowledge, none taken out for being hard."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from app.awards.conflict_match import persons, ties

SURE_ENOUGH = 0.0
"""Above this a meeting is proposed."""


class Pair(NamedTuple):
    """Two parties, each in one or more spellings, and whether they mean the same or belong together."""

    kind: str
    tied: bool
    one: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Whether the pair belongs to the third at which nobody looked while the rules were made."""
        return hashlib.sha256(repr((self.one, self.other)).encode()).digest()[0] % 3 == 0


class Scores(NamedTuple):
    """Found of those to be found, and right of those found; `wrong` are the pairs that went wrong."""

    recall: float
    precision: float
    wrong: list[Pair]


def pairs(name: str) -> list[Pair]:
    """Return the pairs of a table."""
    lines = Path(__file__).with_name(f"pairs_{name}.txt").read_text(encoding="utf-8").splitlines()
    return [_pair(line) for line in lines if line and not line.startswith("#")]


def _pair(line: str) -> Pair:
    label, _, rest = line.partition(": ")
    sign, _, kind = label.partition(" ")
    one, other = (tuple(part.strip() for part in side.split(";")) for side in rest.split(" = "))
    return Pair(kind, sign == "+", one, other)


def met(pair: Pair) -> bool:
    """Whether the rules propose the pair."""
    if pair.kind == "person":
        return persons.meet(pair.one, pair.other) is not None
    return any(
        max(ties.likeness(one, other), ties.kinship(one, other)) > SURE_ENOUGH
        for one in pair.one
        for other in pair.other
    )


def scored(found: Iterable[Pair]) -> Scores:
    """Return recall and precision over some pairs."""
    judged = [(pair, met(pair)) for pair in found]
    right = sum(pair.tied and is_met for pair, is_met in judged)
    wanted, proposed = sum(pair.tied for pair, _ in judged), sum(is_met for _, is_met in judged)
    return Scores(right / wanted, right / max(proposed, 1), [pair for pair, is_met in judged if pair.tied != is_met])
