"""Fetch bombs in a process of its own, and say by how much its memory grew.

`python -m tests.exchange.fetching.bombed SECONDS URL...`: a call may take so long; it prints for each address the code
or the length of the body, and by how many bytes the most memory that was ever in use has grown since the first one.
"""

import asyncio
import sys
from pathlib import Path

from app.exchange.fetching.calling import Way
from app.exchange.fetching.errors import Unreachable
from app.exchange.fetching.fetch import fetch

CONTROL = "control"
"""After this word the limits are lifted, to show that growth would be seen."""


def most() -> int:
    """Return the most memory this process ever had, in bytes (VmHWM of proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def tried(url: str, way: Way) -> str:
    """Return what came of one address."""
    try:
        return str(len((await fetch(url, way=way)).body))
    except Unreachable as error:
        return error.code


async def run(urls: list[str], *, quiet: str, seconds: float) -> None:
    """Fetch one after the other; the first, quiet one loads what every call needs."""
    way = Way(allowed=frozenset({"127.0.0.1:*"}), seconds=seconds)
    await tried(quiet, way)
    before = most()
    for url in urls:
        if url == CONTROL:
            way = Way(allowed=frozenset({"127.0.0.1:*"}), unpacked=150_000_000)
            continue
        print(await tried(url, way), most() - before)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(run(sys.argv[3:], quiet=sys.argv[2], seconds=float(sys.argv[1])))
