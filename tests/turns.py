"""Who may hold a transaction open while whom: the processes that run tests share a server.

Every transaction that writes has a number, and the server knows the lowest that is still open in whatever database.
Tests that are about these numbers run alone, all others beside one another.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def _locked(name: str, kind: int) -> Iterator[None]:
    with (Path(os.environ["TEST_FOLDER"]) / name).open("w") as file:
        fcntl.flock(file, kind)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # whatever child still holds the file


@contextmanager
def among_others() -> Iterator[None]:
    """Wait for whoever is alone, or waits to be: so nobody waits for ever."""
    with ExitStack() as hall:
        with _locked("door", fcntl.LOCK_EX):
            hall.enter_context(_locked("hall", fcntl.LOCK_SH))
        yield


@contextmanager
def alone() -> Iterator[None]:
    """Wait until all others have left, and let nobody in."""
    with _locked("door", fcntl.LOCK_EX), _locked("hall", fcntl.LOCK_EX):
        yield
