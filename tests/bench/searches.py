"""Finding a guest at a gate among the whole crowd, as the desk does: over HTTP, by names in all scripts."""

import asyncio
import datetime as dt
import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import click
import msgspec

from app.attendance.door import indexing
from app.core.db import DB, fetch
from tests.bench.figures import at_least, at_most, percentile, shown
from tests.bench.servers import Web

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

WORDS = (
    "佐", "佐藤", "佐藤 蓮", "葵", "김", "ㄱㅁ", "민준", "이 서연", "王", "李娜", "ｗ", "n", "a", "Nguyen", "mueller",
    "MÜLLER", "alex", "maria tan", "kim", "林", "zz", "guest-1-77",
)  # fmt: skip
TURNS = 12
"""Searches for each of them."""
P95, FILLING = 50, 1000
"""Milliseconds; tickets per second at which the index is filled."""


def measure(run: "Bench", web: Web) -> None:
    """Fill the index with the tickets there are, then search."""
    tickets, seconds = asyncio.run(_filled())
    run.add(at_least("guests made searchable", tickets / seconds, "tickets/s", FILLING))
    gate, tokens = run.convention.gates[0], run.convention.tokens
    times, found = [], 0
    for turn in range(TURNS):
        for word in WORDS:
            took, guests = _search(web.port, tokens[turn % len(tokens)], f"/api/v1/gates/{gate}/guests?q={quote(word)}")
            times.append(took)
            found += guests
    if not found:
        raise click.ClickException("The searches have found nobody.")
    times.sort()
    run.add(
        at_most(f"search among {tickets:,} guests: p95", percentile(times, 0.95), "ms", P95),
        shown("search: p50", percentile(times, 0.5), "ms"),
        shown("search: slowest", times[-1], "ms"),
    )


async def _filled() -> tuple[int, float]:
    """Return how many tickets were read, and in how many seconds."""
    await DB.start_connection_pool()
    try:
        began = time.perf_counter()
        tickets = await indexing.catch_up(now=dt.datetime.now(dt.UTC))
        seconds = time.perf_counter() - began
        await fetch("ANALYZE ticket_search")
        return tickets, seconds
    finally:
        await DB.close_connection_pool()


def _search(port: int, token: str, path: str) -> tuple[float, int]:
    """Search once; return the milliseconds until the answer was there, and how many it names."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers={"authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - began)
    finally:
        connection.close()
    if answer.status != 200:
        raise click.ClickException(f"A wrong answer to a search: {answer.status} {body[:200]!r}")
    return took, len(msgspec.json.decode(body)["guests"])
