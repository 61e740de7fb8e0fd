"""The demo from the first start to the second, as a person or a script meets it."""

import contextlib
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.core.sandbox.places import free_port
from app.events.demo_data import identity
from tests.running import SOON, Run, open_folder, stopped

KEYS = {"url", "mail_url", "convention", "tokens", "gates", "sessions", "ticket_types", "awards", "partners"}


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


def workers(folder: Path) -> list[int]:
    """Return the ids of the demo's worker processes."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[1:4] == [b"-m", b"app.cli", b"work"] and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def kill_the_worker(folder: Path) -> None:
    """Kill the worker and wait until there is another one."""
    (worker,) = workers(folder)
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + SOON
    while not (now := workers(folder)) or now == [worker]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


Start = Callable[[int], Run]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start a demo; whatever happens in the test, none runs on."""
    with contextlib.ExitStack() as stack:

        def run(port: int) -> Run:
            return stack.enter_context(stopped(Run(folder, port)))

        yield run


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account which runs the servers can enter."""
    with open_folder() as found:
        yield found


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
    listed = httpx.get(
        f"{note['url']}/api/v1/partners", headers={"authorization": f"Bearer {note['tokens']['partner']}"}, timeout=30
    ).json()
    assert [(one["slug"], one["state"], one["events"]) for one in listed] == [("fukuoka", "valid", 12)]
    assert note["partners"][0]["slug"] == "fukuoka"
    second = start(free_port())
    said = second.wait()
    assert second.process.returncode == 1
    assert said.strip().splitlines()[-1].startswith("machi: PostgreSQL in ")
    assert first.note.exists()
    kill_the_worker(folder)
    said = first.end(signal.SIGINT)
    assert first.process.returncode == 0, said
    assert all(f"  {role}" in said for role in note["tokens"])
    assert said.count("The worker process ended; starting it again") == 1
    assert not first.note.exists()
    assert processes_naming(str(folder)) == []
    again = start(port)
    started = time.monotonic()
    resumed = again.ready()
    assert time.monotonic() - started < 20  # two seconds on a machine that does nothing else
    assert resumed["tokens"] == note["tokens"]
    assert resumed["gates"] == note["gates"]
    again.end(signal.SIGKILL)
    deadline = time.monotonic() + SOON
    while processes_naming(str(folder)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
