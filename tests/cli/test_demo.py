"""The demo from the first start to the second, as a person or a script meets it."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from app.commands.demo import BUILT
from app.core.sandbox.places import free_port
from app.events.demo_data import identity

SOON = 60.0
KEYS = {"url", "mail_url", "convention", "tokens", "gates", "sessions", "ticket_types"}


class Run:
    """A demo in a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
        words = [sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--data", str(folder)]
        self.note = folder / "demo.json"
        self.process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    def ready(self) -> dict[str, Any]:
        """Wait for `demo.json` and return it."""
        deadline = time.monotonic() + SOON
        while not self.note.exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)
        found: dict[str, Any] = json.loads(self.note.read_text())
        return found

    def end(self, number: signal.Signals) -> str:
        """Send a signal and return all that was said."""
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=SOON)
        return said


def processes_naming(word: str) -> list[str]:
    """Return the command lines of all processes that name `word` in theirs or in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in text and int(entry.name) != os.getpid():
            found.append(text.decode(errors="replace").replace("\0", " ")[:200])
    return found


Start = Callable[[int], Run]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start a demo; whatever happens in the test, none runs on."""
    with contextlib.ExitStack() as stack:

        def run(port: int) -> Run:
            found = Run(folder, port)
            stack.enter_context(found.process)
            stack.callback(found.process.terminate)
            return found

        yield run


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account which runs the servers can enter."""
    with TemporaryDirectory(prefix="machi-demo-") as found:
        Path(found).chmod(0o755)
        yield Path(found)


@pytest.mark.skipif(not BUILT.exists(), reason="the front end is not built")
def test_start_stop_and_start_again(start: Start, folder: Path) -> None:
    port = free_port()
    first = start(port)
    note = first.ready()
    assert httpx.get(f"{note['url']}/health/ready").status_code == 200
    assert httpx.get(note["mail_url"]).status_code == 200
    assert set(note) == KEYS
    assert set(note["tokens"]) == {"officer", "organiser", "staff", "judge", "secretary", "partner", "admin"}
    assert stat.S_IMODE(first.note.stat().st_mode) == 0o600
    assert note["ticket_types"][0] == {"slug": "citywide-pass", "role": "visitor"}
    assert note["gates"][0]["event"] == str(identity(note["convention"], "event", "yoxo-festival"))
    second = start(free_port())
    said, _ = second.process.communicate(timeout=SOON)
    assert second.process.returncode == 1
    assert said.strip().splitlines()[-1].startswith("machi: PostgreSQL in ")
    assert first.note.exists()
    said = first.end(signal.SIGINT)
    assert first.process.returncode == 0, said
    assert all(f"  {role}" in said for role in note["tokens"])
    assert not first.note.exists()
    assert processes_naming(str(folder)) == []
    again = start(port)
    started = time.monotonic()
    resumed = again.ready()
    assert time.monotonic() - started < 20  # two seconds on a machine that does nothing else
    assert resumed["tokens"] == note["tokens"]
    assert resumed["gates"] == note["gates"]
    again.process.kill()
    again.process.communicate()
    deadline = time.monotonic() + SOON
    while processes_naming(str(folder)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
