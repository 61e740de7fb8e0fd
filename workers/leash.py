"""Processes that end with the one that started them, even when that one is killed."""

import os
import signal
import threading
import time

VARIABLE = "MACHI_PARENT"
"""Names the process whose end is ours."""
LOOK = 0.5
"""Seconds between two looks."""
PATIENCE = 8.0
"""Seconds for an orderly stop."""


def follow(parent: int | None = None) -> None:
    """End this process soon after `parent` has ended, by default the one named in the environment, if any."""
    named = parent or int(os.environ.get(VARIABLE, "0"))
    if named:
        threading.Thread(target=_watch, args=(named,), daemon=True, name="leash").start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)
