"""Another process that owns embedded servers, and ways to end it."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_OWNER = """
import os, signal, sys
from pathlib import Path
from app.core.sandbox.{module} import {name}
{before}
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that starts us in the background ignores it
with {name}(Path(sys.argv[1])) as server:
    {inside}
    print("ready", flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[3]


@contextlib.contextmanager
def owner(
    directory: Path, *, module: str = "postgres", name: str = "", before: str = "", inside: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Start a process that owns the servers of `directory`; it is up when the block begins."""
    code = _OWNER.format(module=module, name=name or module, before=before, inside=inside)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(directory)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line == "ready\n", process.stderr and process.stderr.read()
            yield process
        finally:
            process.kill()


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def first_pid(path: Path) -> int:
    """Return the process id in the first line of a file."""
    return int(path.read_text().split(maxsplit=1)[0])


def watch(pid: int) -> int:
    """Return a descriptor that becomes readable when the process ends."""
    return os.pidfd_open(pid)


def has_ended(watched: int, *, within: float = 20) -> bool:
    """Wait until a watched process has ended."""
    try:
        return bool(select.select([watched], [], [], within)[0])
    finally:
        os.close(watched)


def kill_with_guard(process: subprocess.Popen[str], *, server: int) -> None:
    """Kill an owner and its guard at once, so that its server is left over."""
    for child in children(process.pid):
        if child != server:
            os.kill(child, signal.SIGKILL)
    process.kill()
    process.wait()
