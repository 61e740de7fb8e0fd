"""Keys and proofs: each purpose opens its own door only."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import signing

A, B = UUID(int=1), UUID(int=2)


@given(st.lists(st.uuids(), min_size=1, max_size=3))
def test_capability_opens_what_it_names(ids: list[UUID]) -> None:
    token = signing.capability("manage", *ids)
    assert signing.open_capability("manage", token, len(ids)) == tuple(ids)
    assert signing.capability("manage", *ids) == token


def test_capability_of_another_purpose_or_count_is_refused() -> None:
    token = signing.capability("manage", A)
    assert signing.open_capability("ticket", token) is None
    assert signing.open_capability("manage", token, 2) is None
    assert signing.open_capability("manage", signing.capability("manage", A, B)) is None


@pytest.mark.parametrize("token", ["", "x", "=", "é", "a" * 43, "a" * 10_000, "+/+/", "\x00", "😀"])
def test_what_is_no_capability_is_refused(token: str) -> None:
    assert signing.open_capability("manage", token) is None


@given(st.integers(0, 255))
def test_any_flipped_bit_is_refused(bit: int) -> None:
    import base64

    raw = bytearray(base64.urlsafe_b64decode(signing.capability("manage", A) + "=="))
    raw[bit // 8] ^= 1 << bit % 8
    forged = base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")
    assert signing.open_capability("manage", forged) is None


@given(st.binary(max_size=300))
def test_sealed_is_opened_by_its_own_key_only(plain: bytes) -> None:
    key, other = signing.derived("one"), signing.derived("two")
    sealed = signing.seal(key, plain)
    assert signing.unseal(key, sealed) == plain
    assert sealed != signing.seal(key, plain), "a nonce is never used twice"
    with pytest.raises(ValueError, match="another key"):
        signing.unseal(other, sealed)


@pytest.mark.parametrize("index", [0, 11, 12, -1])
def test_damaged_seal_is_noticed(index: int) -> None:
    sealed = bytearray(signing.seal(signing.derived("one"), b"plain words"))
    sealed[index] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        signing.unseal(signing.derived("one"), bytes(sealed))


def test_data_keys_are_wrapped_and_fresh() -> None:
    first, second = signing.new_key(), signing.new_key()
    assert len(signing.unwrap(first)) == 32
    assert signing.unwrap(first) != signing.unwrap(second)
    assert signing.unwrap(first) not in first


def test_purposes_have_keys_of_their_own() -> None:
    keys = {signing.derived(p) for p in ("accounts", "data-keys", "stored-answers", "capability/manage")}
    assert len(keys) == 4
    assert signing.keyed_hash("address", "x") != signing.keyed_hash("match", "x")


def test_tokens_are_256_random_bits() -> None:
    tokens = {signing.new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}
