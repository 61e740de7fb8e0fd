"""Where servers listen: short socket folders and free loopback ports."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.core.sandbox.account import Account, let_pass, own
from app.core.sandbox.errors import Report, SandboxNotWritable, SandboxPortTaken, explain_os_error

LONGEST_SOCKET = 107
"""Bytes in `sun_path` less the final zero (unix(7)); macOS has 103."""
_LONGEST_NAME = len("/.s.PGSQL.65535.lock")
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+\Z", re.ASCII)
# Linux hands 32768 to 60999 to outgoing connections, which would take a port between our look and our use.
_PORTS = range(20_000, 32_000)


@contextlib.contextmanager
def sockets_of(folder: Path, account: Account | None, *, name: str, report: Report) -> Iterator[Path]:
    """Keep a private folder for the socket of the server in `folder` while the block runs."""
    try:
        path = socket_folder(folder, account)
        let_pass(path, account, report=report)
    except OSError as error:
        raise explain_os_error(error, name=name, directory=folder) from error
    try:
        yield path
    finally:
        with contextlib.suppress(OSError):  # a server that would not stop still has its socket there
            path.rmdir()


def socket_folder(folder: Path, account: Account | None) -> Path:
    """Make and return a private folder for the socket of the server in `folder`.

    It lies inside when that path is short and needs no escaping in an address, else in the runtime or
    temporary folder under a name made from the path.
    """
    inside = folder.resolve() / "run"
    if _fits(inside):
        return _private(inside, account)
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    for base in (os.environ.get("XDG_RUNTIME_DIR") if account is None else None, tempfile.gettempdir(), "/tmp"):  # noqa: S108
        if base and os.access(base, os.W_OK | os.X_OK) and _fits(path := Path(base) / f"machi-{os.geteuid()}-{digest}"):
            return _private(path, account)
    raise SandboxNotWritable("There is no folder for the sockets of the servers; make /tmp writable.")


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) + _LONGEST_NAME <= LONGEST_SOCKET and bool(_PLAIN.match(str(path)))


def _private(path: Path, account: Account | None) -> Path:
    """Make a folder that only its owner enters; refuse one that somebody else put there before us."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    ours = {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise SandboxNotWritable(f"{path} belongs to somebody else; remove it and start again.")
    path.chmod(0o700)
    own(path, account)
    return path


def clear(sockets: Path) -> None:
    """Remove what a killed server left in its socket folder; nobody else's server can be using it.

    PostgreSQL takes the lock file beside its socket for a living server's as long as any process has that id,
    even a dead one that nobody has reaped, as in a container without an init.
    """
    for path in sockets.iterdir():
        path.unlink(missing_ok=True)


def is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def require_free(port: int | None, *, name: str) -> None:
    """Raise `SandboxPortTaken` when `name` could not listen on `port`."""
    if port is not None and not is_free(port):
        raise SandboxPortTaken(
            f"{name} cannot listen on port {port} because it is taken; choose another port or stop what uses it."
        )


def free_port() -> int:
    """Return a loopback port that is free now, outside the range of outgoing connections."""
    for _ in range(200):
        port = secrets.choice(_PORTS)
        if is_free(port):
            return port
    raise SandboxPortTaken("There is no free port between 20000 and 32000; stop some servers and start again.")
