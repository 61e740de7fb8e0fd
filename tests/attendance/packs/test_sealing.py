"""Records made and sorted beside other work: complete, in order, and with rests."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.packs import sealing


@given(st.lists(st.binary(min_size=8, max_size=8), max_size=300, unique=True))
def test_tags_are_sorted_as_bytes(tags: list[bytes]) -> None:
    assert sealing.in_order(tags) == sorted(tags)


def test_hundred_thousand_tags_are_sorted() -> None:
    draw = random.Random(1)
    tags = [draw.randbytes(8) for _ in range(100_000)]
    assert sealing.in_order(tags) == sorted(tags)


@pytest.mark.parametrize(("count", "rests"), [(0, 0), (1, 1), (20, 1), (21, 2), (100, 5)])
def test_work_rests_after_every_part(monkeypatch: pytest.MonkeyPatch, count: int, rests: int) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    assert sealing.gently(lambda n: n * 2, range(count), at_once=20) == [n * 2 for n in range(count)]
    assert slept == [sealing.REST] * rests
