"""One server process: started beside its guard, waited for, stopped cleanly, and found again when left over.

The server runs in a session of its own, so that Ctrl-C at the terminal reaches only its owner, who stops it in
good order. The guard is a shell that reads a pipe from the owner: when the pipe ends without a word (the owner
was killed, or left without cleaning up) it sends the server the signal of an orderly stop.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import msgspec

from app.core.sandbox import lock
from app.core.sandbox.account import Account, own
from app.core.sandbox.errors import Report, SandboxMissing, SandboxNotReady, explain, explain_os_error

_POLL = 0.01
_ORPHANS = 5.0
"""Seconds for children of a killed server to end."""
_GUARD = """
read -r word && exit
same() { read -r pid < "$1" && [ "$pid" = "$2" ]; }
same "$1" "$2" || exit
kill -s "$3" "$2"
left=$5
while [ "$left" -gt 0 ]; do
    same "$1" "$2" || exit
    sleep 1
    left=$((left - 1))
done
same "$1" "$2" && kill -s "$4" "$2"
"""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How to run one server. `folder` holds its lock and log, `pid_file` begins with its process id.

    `orderly` and `urgent` are the signals that ask for a stop and, after `stop_seconds`, insist on it; `mark`
    stands in its command line and in no other; `children` begins the command lines of its child processes.
    """

    name: str
    folder: Path
    command: Sequence[str]
    pid_file: Path
    mark: str
    account: Account | None
    orderly: signal.Signals
    urgent: signal.Signals
    stop_seconds: int
    children: str = ""

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "log"


def package_folder(package: str) -> Path:
    """Return where `package` is installed, without importing it, or raise `SandboxMissing`."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SandboxMissing("The embedded servers are not installed; run: pip install 'machigurumi[sandbox]'")
    return Path(next(iter(found.submodule_search_locations)))


def environment() -> dict[str, str]:
    """Return a clean environment: settings such as PGPORT or LC_ALL of the person who starts us must not leak in."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def run(command: Sequence[str], *, account: Account | None) -> subprocess.CompletedProcess[str]:
    """Run a short command as the servers' account; its words come back as one text in `stdout`."""
    return subprocess.run(  # noqa: S603
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=environment(),
        start_new_session=True,
        **_identity(account),
    )


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _identity(account: Account | None) -> _Identity:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


@contextlib.contextmanager
def running(
    server: Server, *, is_ready: Callable[[], bool], patience: float, report: Report
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server while the block runs; the caller owns the folder's lock.

    Raises:
        SandboxError: when it stops at once, or does not answer within `patience` seconds.
    """
    report(f"Starting {server.name}")
    process = _start(server)
    guard, pipe = _start_guard(server, process.pid)
    try:
        _wait_until_ready(server, process, is_ready=is_ready, patience=patience)
        yield process
    finally:
        try:
            report(f"Stopping {server.name}")
        finally:
            stop(server, process)
            with contextlib.suppress(BrokenPipeError):
                os.write(pipe, b"done\n")
            lock.close(pipe)
            guard.wait()


def _start(server: Server) -> subprocess.Popen[bytes]:
    try:
        with _open_log(server) as log:
            return subprocess.Popen(  # noqa: S603
                server.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment(),
                start_new_session=True,
                umask=0o077,
                **_identity(server.account),
            )
    except OSError as error:
        raise explain_os_error(error, name=server.name, directory=server.folder) from error


@contextlib.contextmanager
def _open_log(server: Server) -> Iterator[int]:
    """Begin a new log, so that it speaks of this start only; the one before stays as `log.1`."""
    with contextlib.suppress(FileNotFoundError):
        server.log.replace(server.log.with_suffix(".1"))
    descriptor = os.open(server.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        own(server.log, server.account)
        yield descriptor
    finally:
        os.close(descriptor)


def _start_guard(server: Server, pid: int) -> tuple[subprocess.Popen[bytes], int]:
    reading, writing = os.pipe()
    lock.keep_from_children(writing)
    words = [signal_.name.removeprefix("SIG") for signal_ in (server.orderly, server.urgent)]
    try:
        guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _GUARD, "guard", str(server.pid_file), str(pid), *words, str(server.stop_seconds)],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    finally:
        os.close(reading)
    return guard, writing


def _wait_until_ready(
    server: Server, process: subprocess.Popen[bytes], *, is_ready: Callable[[], bool], patience: float
) -> None:
    deadline = time.monotonic() + patience
    while not is_ready():
        if process.poll() is not None:
            raise explain(name=server.name, directory=server.folder, log=last_words(server.log))
        if time.monotonic() > deadline:
            raise SandboxNotReady(
                f"{server.name} did not answer within {patience:.0f} s; see {server.log}, which ends with: "
                f"{' | '.join(last_words(server.log).splitlines()[-5:])}"
            )
        time.sleep(_POLL)


def last_words(log: Path, *, size: int = 4_000) -> str:
    """Return at most the last `size` bytes of the log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def stop(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Stop our own server: ask, insist after its `stop_seconds`, and end it when even that is ignored."""
    for wish, patience in ((server.orderly, server.stop_seconds), (server.urgent, 5.0), (signal.SIGKILL, None)):
        if process.poll() is None:
            process.send_signal(wish)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


def clear_leftover(server: Server, *, report: Report) -> None:
    """Stop the server that a killed owner left behind, and forget the id of one that is gone.

    The caller holds the folder's lock, so nobody else can own what is found. A new server is started rather
    than the old one adopted: it gets our settings and our guard.
    """
    pid = read_pid(server.pid_file)
    if pid is None:
        return
    if _is_server(pid, server):
        report(f"Stopping {server.name} left over from before")
        _stop_stranger(server, pid)
    _end_orphans(server)
    # A dead server's id may be another process's by now, which would make the new server refuse to start.
    server.pid_file.unlink(missing_ok=True)


def _end_orphans(server: Server) -> None:
    """End children of a server that was itself killed: busy ones do not notice, and hold its shared memory.

    Until they have really ended the next server would refuse to start.
    """
    deadline = time.monotonic() + _ORPHANS
    while (orphans := _orphans(server)) and time.monotonic() < deadline:
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL)


def _orphans(server: Server) -> list[int]:
    """Return children of a killed server, those too that are just ending and have no command line any more.

    They show their work in place of a command line, but the server's data folder is where they stand.
    """
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/cwd") if server.children else ():
        with contextlib.suppress(OSError):
            if entry.readlink() == server.pid_file.parent:
                pid = int(entry.parent.name)
                said = _command_line(pid)
                if not said or said.startswith(server.children):
                    found.append(pid)
    return found


def read_pid(pid_file: Path) -> int | None:
    """Return the process id in the first line, or None."""
    try:
        words = pid_file.read_text("ascii", "replace").split(maxsplit=1)
    except OSError:
        return None
    return int(words[0]) if words and words[0].isdecimal() and int(words[0]) > 1 else None


def _is_server(pid: int, server: Server) -> bool:
    return server.mark in _command_line(pid)


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "surrogateescape").replace("\0", " ")
        except OSError:
            return ""
    return run(["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], account=None).stdout


def _stop_stranger(server: Server, pid: int) -> None:
    for wish, patience in ((server.orderly, server.stop_seconds), (server.urgent, 5.0), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, wish)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _is_server(pid, server):
                return
            time.sleep(_POLL)
    raise SandboxNotReady(f"{server.name} left over as process {pid} does not stop; end it by hand and start again.")
