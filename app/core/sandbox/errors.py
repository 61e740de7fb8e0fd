"""What can go wrong with an embedded server, each in one sentence that says what to do."""

import re
from collections.abc import Callable
from pathlib import Path

Report = Callable[[str], None]
"""Told each step in a few words, for a progress display."""


def quiet(step: str) -> None:
    """Report nothing."""


class SandboxError(Exception):
    """An embedded server cannot be used; the message is one sentence for the person at the terminal."""


class SandboxMissing(SandboxError):
    """The wheel that carries the server is not installed."""


class SandboxLocked(SandboxError):
    """Another process owns the servers of this directory."""


class SandboxFull(SandboxError):
    """The disk, or the user's share of it, is full."""


class SandboxNotWritable(SandboxError):
    """The directory cannot be written by us, or not by the account that runs the servers."""


class SandboxPortTaken(SandboxError):
    """Something else listens on the port."""


class SandboxNotReady(SandboxError):
    """The server stopped at once or never answered; the message ends with the last lines of its log."""


_KNOWN: tuple[tuple[re.Pattern[str], type[SandboxError], str], ...] = (
    (
        re.compile(r"No space left on device|Disk quota exceeded|Not enough space|File too large"),
        SandboxFull,
        "There is no space left for {name} in {directory}; free some disk space and start again.",
    ),
    (
        re.compile(r"Address already in use"),
        SandboxPortTaken,
        "{name} cannot listen because its port is taken; choose another port or stop the program that uses it.",
    ),
    (
        re.compile(r"Permission denied|Read-only file system|Operation not permitted|Not a directory|File exists"),
        SandboxNotWritable,
        "{name} cannot write to {directory}; make it writable or choose another directory.",
    ),
)


def explain(*, name: str, directory: Path, log: str) -> SandboxError:
    """Turn the end of a server's log into the error that says what to do."""
    for pattern, error, sentence in _KNOWN:
        if pattern.search(log):
            return error(sentence.format(name=name, directory=directory))
    last = " | ".join(line.strip() for line in log.splitlines()[-5:] if line.strip()) or "nothing at all"
    return SandboxNotReady(f"{name} did not start in {directory}; repair what its log says last: {last}")


def explain_os_error(error: OSError, *, name: str, directory: Path) -> SandboxError:
    """Do the same for an error of the operating system met by ourselves."""
    return explain(name=name, directory=directory, log=error.strerror or str(error))
