"""CPU time of process trees, from /proc (proc_pid_stat(5))."""

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name; the first is the state, number 3 of the manual."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()


def _tree(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, (path.name for path in Path("/proc").iterdir())):
        try:
            children.setdefault(int(_stat(int(name))[1]), []).append(int(name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def milliseconds(root: int) -> float:
    """Return the CPU time, user and system, of a process, all below it, and all of those that have ended."""
    total = 0
    for pid in _tree(root):
        try:
            total += sum(map(int, _stat(pid)[11:15]))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total * 1000 / TICKS


def busy() -> float:
    """Return the CPU time of the whole machine since its start, whatever it was spent on (proc_stat(5))."""
    user, nice, system, _idle, _waiting, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + sum(interrupts)) * 1000 / TICKS


def cores() -> int:
    """Return how many CPUs the machine has."""
    return os.cpu_count() or 1
