"""What 200 people who look on at the live board cost those who scan."""

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from app.core.db import DB
from app.people import access
from app.people.roles import Scope
from tests.bench.asked import Work
from tests.bench.figures import at_least, shown
from tests.bench.onlookers import Onlookers, Seen
from tests.bench.servers import Convention, Web

if TYPE_CHECKING:
    from tests.bench.__main__ import Bench

ONLOOKERS = 200
SHARE = 0.95
"""What must be left of the rate of scans."""
TURNS = 4
"""Measurements, without and with onlookers by turns: a machine that grows slower on the way hurts both."""


def measure(run: "Bench", web: Web, work: Work) -> None:
    """Measure scans one by one with and without onlookers; `work.turn` says at which gates the guests go on."""
    devices, onlookers = asyncio.run(_prepare(run.convention, work.connections * TURNS))
    requests = [_request(run.convention.slug, onlookers[n % len(onlookers)], n) for n in range(ONLOOKERS)]
    rates: dict[bool, list[float]] = {False: [], True: []}
    seen: list[Seen] = []
    for turn in range(TURNS):
        own = devices[turn * work.connections : (turn + 1) * work.connections]
        looked_at = turn % 2 == 1
        with _crowd(Onlookers(web.port, requests if looked_at else []), seen):
            found = run.measure(msgspec.structs.replace(work, tokens=own), web)
        rates[looked_at].append(found.rate)
        work = msgspec.structs.replace(work, turn=work.turn + found.requests // len(work.codes) + 2)
    crowd = seen[1::2]
    run.add(
        at_least(f"scans with {ONLOOKERS} board viewers / without", sum(rates[True]) / sum(rates[False]), "", SHARE),
        at_least("board messages per viewer", min(one.fewest / one.seconds for one in crowd), "per s", 0.5),
        shown("board bytes per message", sum(one.size for one in crowd) / sum(one.messages for one in crowd), "bytes"),
    )


def _request(slug: str, token: str, number: int) -> str:
    """Return the request of one onlooker; every other one reads Japanese."""
    language = ("en", "ja")[number % 2]
    lines = (f"GET /board/{slug}/stream?lang={language} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}")
    return "\r\n".join(lines) + "\r\n\r\n"


async def _prepare(convention: Convention, devices: int) -> tuple[list[str], list[str]]:
    """Return tokens of fresh devices, and of onlookers: an officer, and a lead of each gate."""
    now = dt.datetime.now(dt.UTC)
    await DB.start_connection_pool()
    try:
        leads = [Scope(gates=(UUID(gate),)) for gate in convention.gates]
        scanning = [await _token("staff", Scope(), now, device=f"Watched {n}") for n in range(devices)]
        return scanning, [
            await _token("officer", Scope(), now),
            *[await _token("lead", scope, now) for scope in leads],
        ]
    finally:
        await DB.close_connection_pool()


async def _token(role: str, scope: Scope, now: dt.datetime, *, device: str | None = None) -> str:
    account = await access.add_account(role=role, label="Bench", now=now, scope=scope, device=device)  # type: ignore[arg-type]
    return await access.issue_token(account=account, now=now)


@contextmanager
def _crowd(onlookers: Onlookers, seen: list[Seen]) -> Iterator[None]:
    """Let people look on while the block runs, and add what they saw."""
    words = [sys.executable, "-m", "tests.bench.onlookers"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(onlookers) + b"\n")
        process.stdin.flush()
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("The onlookers have ended by themselves; see above.")
        yield
        process.stdin.write(b"\n")
        process.stdin.flush()
        seen.append(msgspec.json.decode(process.stdout.readline(), type=Seen))
