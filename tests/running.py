"""A demo in a process of its own."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SOON = 60.0
"""Seconds after which a demo that is not ready is a failure; it takes about three."""


class Run:
    """`machi demo` on the data in `folder`."""

    def __init__(self, folder: Path, port: int) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
        words = [sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--data", str(folder)]
        self.note = folder / "demo.json"
        self.said: list[str] = []
        self.process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        # Read all the time: a pipe that nobody empties stops the demo.
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stdout or []), daemon=True)
        self.reader.start()

    def ready(self) -> dict[str, Any]:
        """Wait for `demo.json` and return it."""
        deadline = time.monotonic() + SOON
        while not self.note.exists():
            assert self.process.poll() is None, "".join(self.said)
            assert time.monotonic() < deadline, "".join(self.said)
            time.sleep(0.02)
        found: dict[str, Any] = json.loads(self.note.read_text())
        return found

    def links(self) -> dict[str, str]:
        """Return the sign-in link of each role, as printed."""
        deadline = time.monotonic() + SOON
        while "Ctrl-C" not in "".join(self.said):
            assert time.monotonic() < deadline, "".join(self.said)
            time.sleep(0.02)
        return dict(re.findall(r"^\s+(\w+)\s+(http\S+/sign-in/\S+)$", "".join(self.said), re.MULTILINE))

    def end(self, number: signal.Signals) -> str:
        """Send a signal and return all that was said."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> str:
        """Wait for the end and return all that was said."""
        self.process.wait(timeout=SOON)
        self.reader.join(timeout=SOON)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return "".join(self.said)


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that the account which runs the servers can enter."""
    with TemporaryDirectory(prefix="machi-demo-") as found:
        Path(found).chmod(0o755)
        yield Path(found)


@contextlib.contextmanager
def stopped(run: Run) -> Iterator[Run]:
    """Stop the demo in the end, however the block ends."""
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.end(signal.SIGINT)
