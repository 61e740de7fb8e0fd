"""References: drawn, checked, found in whatever was typed."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ticketing.payments.references import ALPHABET, found_in, is_sound, new_reference

bodies = st.text(ALPHABET, min_size=7, max_size=7)


def plain(reference: str) -> str:
    return reference.replace("-", "")


def test_reference_has_its_form() -> None:
    for _ in range(200):
        reference = new_reference()
        assert [len(part) for part in reference.split("-")] == [3, 4, 1]
        assert is_sound(plain(reference))
        assert not set(plain(reference)) & set("0O1IL2Z5S8BUV")


def test_every_wrong_character_and_every_swap_is_noticed() -> None:
    for reference in (plain(new_reference()) for _ in range(20)):
        for place, other in itertools.product(range(8), ALPHABET):
            wrong = reference[:place] + other + reference[place + 1 :]
            assert is_sound(wrong) == (wrong == reference)
        for a, b in itertools.combinations(range(7), 2):
            swapped = list(reference)
            swapped[a], swapped[b] = swapped[b], swapped[a]
            assert is_sound("".join(swapped)) == ("".join(swapped) == reference)


@pytest.mark.parametrize(
    "typed",
    ["{0}", "{1}", "  {2} ", "ﾔﾏﾀﾞ ﾀﾛｳ {1}", "{1}ﾔﾏﾀﾞ", "Furikomi YAMADA {0}, thanks", "{3}", "{0}.", "No. {4}", "({0})"],
)
def test_reference_is_found_however_it_was_typed(typed: str) -> None:
    for _ in range(20):
        reference = new_reference()
        short = plain(reference)
        wide = "".join(chr(ord(c) + 0xFEE0) for c in reference)
        forms = (reference, short, reference.lower().replace("-", " "), wide, reference.replace("-", "–"))
        assert reference in found_in(typed.format(*forms))


@given(st.text(max_size=60))
def test_any_text_may_be_looked_through(words: str) -> None:
    assert all(is_sound(plain(reference)) for reference in found_in(words))
