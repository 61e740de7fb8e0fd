"""The embedded PostgreSQL, the real one."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.core.sandbox import places
from app.core.sandbox.errors import SandboxError, SandboxFull, SandboxLocked, SandboxNotWritable, SandboxPortTaken
from app.core.sandbox.postgres import DATABASE, postgres, running_postgres
from tests.core.sandbox import owners


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def write_row(directory: Path) -> None:
    with postgres(directory) as server:
        async with connected(server.url) as connection:
            await connection.execute("create table kept (word text)")
            await connection.execute("insert into kept values ('まちぐるみ')")


async def read_rows(url: str) -> list[str]:
    async with connected(url) as connection:
        return [row["word"] for row in await connection.fetch("select word from kept")]


async def test_first_start_keeps_its_promises(tmp_path: Path) -> None:
    steps: list[str] = []
    with postgres(tmp_path, report=steps.append) as server:
        async with connected(server.url) as connection:
            names = ["server_version_num", "fsync", "synchronous_commit", "data_checksums", "timezone"]
            names += ["server_encoding", "max_connections", "shared_buffers", "listen_addresses"]
            found = {name: await connection.fetchval(f"show {name}") for name in names}
            locale = await connection.fetchrow(
                "select datlocprovider::text, datlocale from pg_database where datname = current_database()"
            )
            upper = await connection.fetchval("select upper('é') || current_database()")
    assert found.pop("server_version_num").startswith("18")
    assert found == {
        "fsync": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "timezone": "UTC",
        "server_encoding": "UTF8",
        "max_connections": "200",
        "shared_buffers": "256MB",
        "listen_addresses": "",
    }
    assert tuple(locale or ()) == ("b", "C.UTF-8")
    assert upper == f"É{DATABASE}"
    assert steps[-3:] == ["Making the data of PostgreSQL", "Starting PostgreSQL", "Stopping PostgreSQL"]


async def test_second_start_resumes_within_three_seconds(tmp_path: Path) -> None:
    await write_row(tmp_path)
    begun = time.monotonic()
    with postgres(tmp_path) as server:
        warm = time.monotonic() - begun
        assert await read_rows(server.url) == ["まちぐるみ"]
    assert warm < 3


async def test_dropped_database_is_made_again(tmp_path: Path) -> None:
    with postgres(tmp_path) as server:
        async with connected(server.url.replace(f"/{DATABASE}", "/postgres")) as connection:
            await connection.execute(f"drop database {DATABASE}")
    with postgres(tmp_path) as server:
        async with connected(server.url) as connection:
            assert await connection.fetchval("select current_database()") == DATABASE


def fail_inside(directory: Path, watched: list[int]) -> None:
    with postgres(directory):
        watched.append(owners.watch(owners.first_pid(directory / "postgres/data/postmaster.pid")))
        raise ZeroDivisionError


def test_server_is_gone_after_the_block_even_when_it_fails(tmp_path: Path) -> None:
    watched: list[int] = []
    with pytest.raises(ZeroDivisionError):
        fail_inside(tmp_path, watched)
    assert owners.has_ended(watched[0], within=0)
    assert not (tmp_path / "postgres/data/postmaster.pid").exists()
    assert running_postgres(tmp_path) is None


def test_server_is_gone_even_when_the_progress_display_fails(tmp_path: Path) -> None:
    watched: list[int] = []

    def report(step: str) -> None:
        if step.startswith("Stopping"):
            watched.append(owners.watch(owners.first_pid(tmp_path / "postgres/data/postmaster.pid")))
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError), postgres(tmp_path, report=report):
        pass
    assert owners.has_ended(watched[0], within=0)


async def test_another_process_finds_the_running_server_and_cannot_own_it(tmp_path: Path) -> None:
    with owners.owner(tmp_path) as other:
        running = running_postgres(tmp_path)
        assert running is not None
        async with connected(running.url) as connection:
            assert await connection.fetchval("select 1") == 1
        with (
            pytest.raises(SandboxLocked, match=f"in use by process {other.pid}; stop that one first"),
            postgres(tmp_path),
        ):
            pass


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_ends_with_its_owner(tmp_path: Path, wish: signal.Signals) -> None:
    with owners.owner(tmp_path) as other:
        pid_file = tmp_path / "postgres/data/postmaster.pid"
        watched = owners.watch(owners.first_pid(pid_file))
        other.send_signal(wish)
        assert owners.has_ended(watched)
    assert not pid_file.exists(), "the stop was not an orderly one"


async def test_forked_worker_does_not_keep_the_server_of_a_killed_owner(tmp_path: Path) -> None:
    fork = "child = os.fork()\n    if child == 0: sys.stdin.read(); os._exit(0)"
    with owners.owner(tmp_path, inside=fork) as other:
        watched = owners.watch(owners.first_pid(tmp_path / "postgres/data/postmaster.pid"))
        other.kill()
        assert owners.has_ended(watched)
        with postgres(tmp_path) as server:
            async with connected(server.url) as connection:
                assert await connection.fetchval("select 1") == 1


async def test_left_over_server_is_stopped_and_its_data_resumed(tmp_path: Path) -> None:
    await write_row(tmp_path)
    steps: list[str] = []
    with owners.owner(tmp_path) as other:
        left = owners.first_pid(tmp_path / "postgres/data/postmaster.pid")
        watched = owners.watch(left)
        owners.kill_with_guard(other, server=left)
        os.kill(left, 0)  # it does live on
        with postgres(tmp_path, report=steps.append) as server:
            assert await read_rows(server.url) == ["まちぐるみ"]
    assert owners.has_ended(watched)
    assert steps[0] == "Stopping PostgreSQL left over from before"


async def test_busy_backend_of_a_killed_server_does_not_block_the_next(tmp_path: Path) -> None:
    with owners.owner(tmp_path) as other:
        running = running_postgres(tmp_path)
        assert running is not None
        connection = await asyncpg.connect(running.url)
        backend = await connection.fetchval("select pg_backend_pid()")
        await connection.execute("create table kept (word text); insert into kept values ('x')")
        busy = asyncio.ensure_future(connection.execute("do $$ begin loop null; end loop; end $$"))
        await asyncio.sleep(0)
        watched = owners.watch(backend)
        os.kill(owners.first_pid(tmp_path / "postgres/data/postmaster.pid"), signal.SIGKILL)
        other.kill()
        other.wait()
        with postgres(tmp_path) as server:
            assert await read_rows(server.url) == ["x"]
        assert owners.has_ended(watched)
        with pytest.raises((asyncpg.PostgresError, OSError)):
            await busy


async def test_stale_pid_of_a_living_stranger_is_survived(tmp_path: Path) -> None:
    await write_row(tmp_path)
    pid_file = tmp_path / "postgres/data/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1\n5432\n/tmp\n\n 1 1\nready   \n")
    with postgres(tmp_path) as server:
        assert await read_rows(server.url) == ["まちぐるみ"]


def test_interrupted_first_start_is_begun_anew(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from app.core.sandbox.postgres import postgres\n"
    code += "with postgres(Path(sys.argv[1])): pass"
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=owners.ROOT) as other:
        while not list(tmp_path.glob("postgres/data*/PG_VERSION")):
            assert other.poll() is None
        for pid in (*owners.children(other.pid), other.pid):
            os.kill(pid, signal.SIGKILL)
    with postgres(tmp_path) as server:
        assert server.programs.joinpath("pg_dump").exists()
    assert not list(tmp_path.glob("postgres/data.new*"))


@pytest.mark.parametrize("name", ["x" * 120, 'まち ぐるみ\'s "data", 100% #1?'])
async def test_long_and_unusual_paths(tmp_path: Path, name: str) -> None:
    directory = tmp_path / name
    await write_row(directory)
    with postgres(directory) as server:
        assert await read_rows(server.url) == ["まちぐるみ"]
        assert len(server.url) < 150


async def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await write_row(Path("var"))
    assert (tmp_path / "var/postgres/data/PG_VERSION").exists()


def test_settings_of_the_person_do_not_leak_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = {"PGPORT": "1", "PGHOST": "nowhere", "PGUSER": "nobody", "PGSERVICE": "none", "LC_ALL": "xx_XX.broken"}
    for name, value in person.items():
        monkeypatch.setenv(name, value)
    with postgres(tmp_path) as server:
        assert server.url.endswith("&port=5432")


async def test_loopback_port_needs_the_password(tmp_path: Path) -> None:
    port = places.free_port()
    with postgres(tmp_path, port=port) as server:
        async with connected(server.url) as connection:
            assert await connection.fetchval("select inet_server_port()") == port
        wrong = re.sub(r":[^:@]+@", ":wrong@", server.url)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)


def test_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", places.free_port())) as other:
        port = other.getsockname()[1]
        with pytest.raises(SandboxPortTaken, match=f"port {port} because it is taken"), postgres(tmp_path, port=port):
            pass


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    directory = Path("/sys/machigurumi") if os.geteuid() == 0 else closed / "var"
    with pytest.raises(SandboxNotWritable, match="make it writable or choose another directory"), postgres(directory):
        pass


def test_file_where_the_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "postgres").write_text("")
    with pytest.raises(SandboxNotWritable), postgres(tmp_path):
        pass


def test_full_disk_is_recognised(tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk: initdb meets it in the same places.
    code = """
import resource, sys
from pathlib import Path
from app.core.sandbox.postgres import postgres
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    with postgres(Path(sys.argv[1])):
        pass
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=owners.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{SandboxFull.__name__} There is no space left for PostgreSQL in {tmp_path}")
    assert not (tmp_path / "postgres/data").exists()


def test_data_of_another_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres/data").mkdir(parents=True)
    (tmp_path / "postgres/data/PG_VERSION").write_text("16\n")
    with pytest.raises(SandboxError, match="made by PostgreSQL 16, not 18"), postgres(tmp_path):
        pass


async def test_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    await write_row(tmp_path)
    (tmp_path / "postgres/data/postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(SandboxError, match="no_such_setting"), postgres(tmp_path):
        pass
    assert running_postgres(tmp_path) is None
