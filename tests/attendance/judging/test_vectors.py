"""The server's engine against the vectors that it shares with the scanner's."""

from collections import Counter

from app.attendance.judging import fold, reasons, verdict
from app.ticketing import codes
from tests.vectors.asking import disagreements, vectors
from tests.vectors.build import FILE, written
from tests.vectors.world import SITUATIONS

LISTS = ("codes", "cases", "folds")


def test_the_engine_agrees_with_every_vector() -> None:
    assert list(disagreements(codes=codes, fold=fold, verdict=verdict)) == []


def test_the_file_is_what_is_stated() -> None:
    assert FILE.read_bytes() == written(), "Run python -m tests.vectors.build."


def test_there_are_at_least_450_vectors_each_with_a_name_of_its_own() -> None:
    names = Counter((kind, v["situation"], v["name"]) for kind in LISTS for v in vectors()[kind])
    assert sum(names.values()) >= 450
    assert [name for name, count in names.items() if count > 1] == []


def test_every_situation_has_a_case_or_a_fold() -> None:
    told = {v["situation"] for kind in ("cases", "folds") for v in vectors()[kind]}
    assert told == set(SITUATIONS)


def test_every_reason_occurs() -> None:
    told = {v["expect"]["reason"] for v in vectors()["cases"]} - {None}
    assert told == set(reasons.REASONS)


def test_every_refusal_by_state_occurs_in_a_fold() -> None:
    assert {a["reason"] for v in vectors()["folds"] for a in v["verdicts"]} == {None, *fold.BY_STATE}
