"""When a decision differs from the advice, and whose reason explains it."""

from itertools import combinations
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from app.awards.deciding.differing import unexplained, wrong_places

IDS = [UUID(int=n) for n in range(8)]
A, B, C, D = IDS[:4]


def test_the_order_advised_needs_no_reason() -> None:
    assert unexplained({A: 1, B: 2, C: 3}, {A: 1, B: 2, C: 3}, ()) == []
    assert unexplained({A: 1, B: 2, C: 3}, {A: 1}, ()) == []
    assert unexplained({A: 1, B: 2, C: None}, {A: 1, B: 2, C: 3}, ()) == []


def test_who_jumps_over_many_explains_for_all_of_them() -> None:
    assert unexplained({A: 1, B: 2, C: 3, D: 4}, {D: 1, A: 2, B: 3, C: 4}, ()) == [D]
    assert unexplained({A: 1, B: 2, C: 3, D: 4}, {B: 1, C: 2, D: 3, A: 4}, ()) == [A]
    assert unexplained({A: 1, B: 2, C: 3, D: 4}, {D: 1, A: 2, B: 3, C: 4}, {A, B, C}) == []


def test_what_the_advice_ties_may_stand_in_any_order() -> None:
    assert unexplained({A: 1, B: 1, C: 3}, {B: 1, A: 2, C: 3}, ()) == []
    assert unexplained({A: 1, B: 1, C: 3}, {B: 1, C: 2, A: 3}, ()) == [C]


def test_sharing_a_place_that_the_advice_tells_apart_is_a_difference() -> None:
    assert unexplained({A: 1, B: 2}, {A: 1, B: 1}, ()) == [B]
    assert unexplained({A: 1, B: 2}, {}, ()) == []


def test_an_entry_that_the_votes_cannot_place_needs_a_reason_above_those_they_can() -> None:
    assert unexplained({A: 1, B: None}, {B: 1, A: 2}, ()) == [B]
    assert unexplained({A: None, B: None}, {B: 1, A: 2}, ()) == []


@st.composite
def orders(draw: DrawFn) -> tuple[dict[UUID, int | None], dict[UUID, int]]:
    """An advice and a decision with gaps and shared places."""
    advised = {entry: draw(st.one_of(st.none(), st.integers(1, 8))) for entry in IDS}
    decided = {entry: place for entry in IDS if (place := draw(st.one_of(st.none(), st.integers(1, 8)))) is not None}
    return advised, decided


@settings(max_examples=60)
@given(orders())
def test_every_difference_has_a_reason_at_one_of_its_two_entries(
    given_: tuple[dict[UUID, int | None], dict[UUID, int]],
) -> None:
    advised, decided = given_
    named = unexplained(advised, decided, ())
    assert unexplained(advised, decided, named) == []
    last = 1 << 30

    def changed(one: UUID, other: UUID) -> bool:
        before = (advised[one] or last) - (advised[other] or last)
        after = decided.get(one, last) - decided.get(other, last)
        both_out = one not in decided and other not in decided
        return before != 0 and before * after <= 0 and not both_out

    pairs = [pair for pair in combinations(IDS, 2) if changed(*pair)]
    assert all(set(pair) & set(named) for pair in pairs)
    assert bool(pairs) == bool(named)


def test_places_follow_those_above_them() -> None:
    entries = [A, B, C, D]
    assert list(wrong_places({A: 1, B: 1, C: 3}, entries, passing=False)) == []
    assert [entry for entry, _words in wrong_places({A: 1, B: 1, C: 2}, entries, passing=False)] == [C]
    assert [entry for entry, _words in wrong_places({A: 1, B: 1}, entries, passing=True)] == []
    assert [entry for entry, _words in wrong_places({A: 1, B: 2}, entries, passing=True)] == [B]
