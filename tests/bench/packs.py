"""The gate pack of the whole crowd, as phones fetch it: over HTTP, the first of a process, the next, nothing new."""

import http.client
import time
from typing import TYPE_CHECKING

import click

from tests.bench.figures import at_most, shown
from tests.bench.servers import Web

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

MEGABYTE = 1_000_000
MOST_SIZE, MOST_SECONDS = 7, 5
"""Megabytes and seconds of a pack of 100,000 tickets."""


def measure(run: "Bench", web: Web) -> None:
    """Fetch whole packs, and what has changed since."""
    path, token = f"/api/v1/gates/{run.convention.gates[0]}/pack", run.convention.tokens[0]
    first, content, number = _fetched(web.port, token, path)
    again, _content, _number = _fetched(web.port, token, path)
    status, nothing, _ = _fetched(web.port, token, f"{path}?since={number}", status=304)
    if nothing:
        raise click.ClickException("A pack of nothing has a content.")
    run.add(
        at_most("pack of the crowd: size", len(content) / MEGABYTE, "MB", MOST_SIZE),
        at_most("pack of the crowd: the first of a process", first, "s", MOST_SECONDS),
        shown("pack: the next", again, "s"),
        shown("pack: nothing new", 1000 * status, "ms"),
    )


def _fetched(port: int, token: str, path: str, *, status: int = 200) -> tuple[float, bytes, str]:
    """Fetch once; return the seconds until the last byte was there, the bytes, and the number."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", path, headers={"authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != status:
        raise click.ClickException(f"A wrong answer to a pack: {answer.status} {body[:200]!r}")
    return took, body, (answer.getheader("etag") or "").strip('"')
