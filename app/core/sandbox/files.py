"""Small private files beside the servers' data: passwords, configurations, and the address of a running server."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from app.core.sandbox import lock
from app.core.sandbox.account import Account, own


def write_private(path: Path, text: str, account: Account | None) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    own(fresh, account)
    fresh.replace(path)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def published(folder: Path, url: str, account: Account | None) -> Iterator[None]:
    """Leave the address of a running server where `published_url` finds it."""
    path = folder / "address"
    write_private(path, url, account)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def published_url(folder: Path) -> str | None:
    """Return the address of the server that some process owns in `folder` now, or None."""
    try:
        url = (folder / "address").read_text()
    except OSError:
        return None
    return url if lock.is_owned(folder) else None
