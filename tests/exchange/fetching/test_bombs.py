"""Bombs: whatever unpacks without an end is refused before it takes the memory of the worker."""

import asyncio
import gzip
import os
import sys
import zlib
from collections.abc import AsyncIterator

import pytest

from tests.exchange.cities import city
from tests.exchange.fetching.bombed import CONTROL

MEGABYTE = 1024 * 1024


def zeros(megabytes: int) -> bytes:
    """Return gzip of so many zero bytes; packing 4 GB by hand would take half a minute, so one block is repeated."""
    packing = zlib.compressobj(9, wbits=31)
    head = packing.compress(b"") + packing.flush(zlib.Z_FULL_FLUSH)
    block = packing.compress(bytes(MEGABYTE)) + packing.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes + packing.flush()


async def endless(part: bytes) -> AsyncIterator[bytes]:
    while True:
        yield part


async def bombed(*words: str, seconds: float = 60) -> list[tuple[str, int]]:
    """Fetch addresses in another process; return the outcome and the growth of its memory after each."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.exchange.fetching.bombed", str(seconds), *words),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ,
    )
    said, _ = await process.communicate()
    lines = [line.split() for line in said.decode().splitlines()]
    return [(outcome, int(growth)) for outcome, growth in lines]


async def test_bomb_grows_memory_by_less_than_64_megabytes() -> None:
    four_gigabytes = zeros(4 * 1024)
    twice = gzip.compress(four_gigabytes)
    assert len(twice) < 50_000
    packed = {"Content-Encoding": "gzip"}
    async with city() as there:
        there.serve("/quiet", gzip.compress(b"quiet"), headers=packed)
        there.serve("/once", four_gigabytes, headers=packed)
        there.serve("/twice", twice, headers=packed)
        there.serve("/both", twice, headers={"Content-Encoding": "gzip, gzip"})
        there.serve("/deflate", zlib.compress(bytes(90 * MEGABYTE)), headers={"Content-Encoding": "deflate"})
        there.serve("/members", endless(gzip.compress(bytes(MEGABYTE))), headers=packed)
        there.serve("/plain", endless(bytes(MEGABYTE)))
        there.serve("/flushes", endless(zeros(1)[:500]), headers=packed)
        bombs = ("/once", "/twice", "/both", "/deflate", "/members", "/plain", "/flushes")
        urls = [there.url(path) for path in ("/quiet", *bombs)]
        *found, (_, control) = await bombed(*urls, CONTROL, there.url("/once"))
    assert [outcome for outcome, _ in found] == [
        "bomb", str(len(four_gigabytes)), "encoding", "bomb", "bomb", "too_large", "encoding",
    ]  # fmt: skip
    assert max(growth for _, growth in found) < 64 * MEGABYTE
    assert control > 140 * MEGABYTE


@pytest.mark.faults
async def test_crumbs_cost_no_memory_either() -> None:
    """A byte in each chunk, a member around each byte: until the deadline, since neither limit is reached before."""
    async with city() as there:
        there.serve("/quiet", b"quiet")
        there.serve("/bytes", endless(b"a"))
        there.serve("/members", endless(gzip.compress(b"")), headers={"Content-Encoding": "gzip"})
        found = await bombed(*(there.url(path) for path in ("/quiet", "/bytes", "/members")), seconds=5)
    assert {outcome for outcome, _ in found} <= {"too_slow", "too_large"}
    assert max(growth for _, growth in found) < 64 * MEGABYTE
