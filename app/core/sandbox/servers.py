"""PostgreSQL and Redis of one directory together: what `machi demo` and `APP_SANDBOX` ask for."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.core.sandbox import account as accounts
from app.core.sandbox import files
from app.core.sandbox.errors import Report, SandboxLocked, explain_os_error, quiet
from app.core.sandbox.postgres import postgres, running_postgres
from app.core.sandbox.redis import redis, running_redis


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses for `APP_DATABASE_URL` and `APP_REDIS_URL`, and a value for `APP_SECRET_KEY` that stays the same.

    `owned` is false when another process runs the servers and we only use them.
    """

    database_url: str
    redis_url: str
    secret_key: str
    owned: bool


@contextlib.contextmanager
def sandbox(directory: Path, *, share: bool = False, report: Report = quiet) -> Iterator[Sandbox]:
    """Run both servers of `directory` while the block runs.

    With `share`, servers that another process runs there are used as they are and left alone.

    Raises:
        SandboxError: one of its subclasses, with a sentence that says what to do.
    """
    with contextlib.ExitStack() as stack:
        try:
            database = stack.enter_context(postgres(directory, report=report))
        except SandboxLocked:
            others = running_sandbox(directory) if share else None
            if others is None:
                raise
            yield others
            return
        cache = stack.enter_context(redis(directory, report=report))
        secret = _secret(directory)
        yield Sandbox(database_url=database.url, redis_url=cache.url, secret_key=secret, owned=True)


def running_sandbox(directory: Path) -> Sandbox | None:
    """Return the servers that another process runs in `directory`, or None while it does not run both."""
    database, cache = running_postgres(directory), running_redis(directory)
    if database is None or cache is None:
        return None
    return Sandbox(database_url=database.url, redis_url=cache.url, secret_key=_secret(directory), owned=False)


def _secret(directory: Path) -> str:
    """Return the secret key of the directory, made at the first start."""
    path = directory.absolute() / "secret"
    try:
        if not path.exists():
            files.write_private(path, secrets.token_urlsafe(48), accounts.heir(path.parent))
        return path.read_text()
    except OSError as error:
        raise explain_os_error(error, name="The sandbox", directory=directory) from error
