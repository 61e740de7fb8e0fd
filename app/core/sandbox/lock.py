"""One owner per directory, by `flock`: the kernel lets go of it however the owner dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from app.core.sandbox.errors import SandboxLocked, explain_os_error

PATIENCE = 0.5
"""Seconds to wait for a lock that its owner is just letting go of."""

_open: set[int] = set()


def _close_in_child() -> None:
    """Close what a forked child inherited: a worker that outlives its parent must not keep its servers."""
    for descriptor in _open:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _open.clear()


os.register_at_fork(after_in_child=_close_in_child)


def keep_from_children(descriptor: int) -> None:
    """Have `descriptor` closed in every forked child."""
    _open.add(descriptor)


def close(descriptor: int) -> None:
    """Close a descriptor given to `keep_from_children`."""
    if descriptor in _open:
        _open.discard(descriptor)
        os.close(descriptor)


@contextlib.contextmanager
def owned(folder: Path, *, name: str, patience: float = PATIENCE) -> Iterator[None]:
    """Own `folder` while the block runs, or raise `SandboxLocked`."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        if os.geteuid() == 0:
            os.fchown(descriptor, folder.stat().st_uid, folder.stat().st_gid)
    except OSError as error:
        raise explain_os_error(error, name=name, directory=folder) from error
    keep_from_children(descriptor)
    try:
        _take(descriptor, folder=folder, name=name, patience=patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        close(descriptor)


def _take(descriptor: int, *, folder: Path, name: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
                raise SandboxLocked(
                    f"{name} in {folder} is in use by process {owner}; stop that one first or choose another directory."
                ) from None
            time.sleep(0.02)
        else:
            return


def is_owned(folder: Path) -> bool:
    """Tell whether some process owns `folder` now."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
