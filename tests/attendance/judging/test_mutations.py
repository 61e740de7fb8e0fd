"""An engine with a fault answers some vector otherwise: the vectors can fail, and they miss nothing."""

from random import Random

import pytest

from tests.vectors.asking import disagreements
from tests.vectors.mutants import Mutant, engine_of, mutants

SEED = 20261121
SAMPLE = 45
SCOPES = "a gate has no keys but those of its own conventions, so it names no scopes"
LIBRARY = "the library refuses such a signature too"
SHORT_WAY = "it saves work where a gate has no rules"
TYPES = "one follows from the other, which the type checker does not know"
SAME = {
    "codes.verify: scopes is not None and payload.scope not in scopes"
    " -> scopes is not None and scopes is not None": SCOPES,
    "codes.verify: payload.scope not in scopes -> payload.scope in scopes": SCOPES,
    "codes.verify: 'wrong_convention' -> 'wrong_conventionx'": SCOPES,
    "codes._genuine: int.from_bytes(parsed.signature[32:], 'little') >= ORDER"
    " -> int.from_bytes(parsed.signature[32:], 'little') > ORDER": LIBRARY,
    "codes._genuine: 32 -> 33": LIBRARY,
    "codes.unbase45: True -> False": "the three slices are of one length",
    "verdict._day: own is not None or not case.gate.rules -> own is not None or own is not None": SHORT_WAY,
    "verdict._hour: found is None and gate.rules -> found is None and found is None": SHORT_WAY,
    "verdict._state: reason == 'already_inside_elsewhere' and inside is not None"
    " -> reason == 'already_inside_elsewhere' and reason == 'already_inside_elsewhere'": TYPES,
}
"""Faults that change no verdict, and why."""


def survives(mutant: Mutant) -> bool:
    """Whether an engine with this fault answers every vector as it should."""
    try:
        made = engine_of(mutant)
        found = next(disagreements(codes=made["codes"], fold=made["fold"], verdict=made["verdict"]), None)
    except Exception:  # noqa: BLE001
        return False  # it does not even answer
    return found is None


def test_an_engine_without_a_fault_survives() -> None:
    made = engine_of(None)
    assert list(disagreements(codes=made["codes"], fold=made["fold"], verdict=made["verdict"])) == []


def test_faults_are_found() -> None:
    every = [mutant for mutant in mutants() if str(mutant) not in SAME]
    assert [str(m) for m in Random(SEED).sample(every, SAMPLE) if survives(m)] == []


@pytest.mark.faults
def test_every_fault_is_found() -> None:
    assert {str(mutant) for mutant in mutants() if survives(mutant)} == set(SAME)
