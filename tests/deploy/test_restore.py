"""The drill: backup, an accident, and a restore to the moment before it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from app.core.sandbox.account import own, prepare
from app.core.sandbox.errors import quiet
from app.core.sandbox.postgres import postgres

DEPLOY = Path(__file__).parents[2] / "deploy"
ARCHIVE = "test ! -f {0}/wal/%f && cp %p {0}/wal/%f.part && mv {0}/wal/%f.part {0}/wal/%f"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the account which runs the servers can enter."""
    with TemporaryDirectory(prefix="machi-drill-") as found:
        Path(found).chmod(0o755)
        yield Path(found)


def run(script: str, *words: str, programs: Path, url: str = "") -> str:
    host = parse_qs(urlsplit(url).query).get("host", [""])[0]
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": host, "PGUSER": "postgres"}
    environment["VERIFY"] = "true"  # the wheel's own pg_verifybackup crashes
    done = subprocess.run([DEPLOY / script, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def write(connection: asyncpg.Connection, start: int) -> None:
    await connection.execute("INSERT INTO kept SELECT generate_series($1::int, $1 + 999)", start)


@pytest.mark.faults
async def test_restore_to_the_moment_before_a_table_was_dropped(place: Path) -> None:
    backup = place / "backup"
    prepare(backup / "wal", name="The archive", report=quiet)
    with postgres(place / "first") as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
        await connection.execute("ALTER SYSTEM SET archive_mode = on")
        await connection.execute(f"ALTER SYSTEM SET archive_command = '{ARCHIVE.format(backup)}'")
        await connection.close()
    with postgres(place / "first") as server:
        connection = await asyncpg.connect(server.url)
        await write(connection, 1)
        said = run("backup.sh", str(backup), programs=server.programs, url=server.url)
        assert "is complete" in said
        await write(connection, 1001)
        moment = await connection.fetchval("SELECT clock_timestamp()::text")
        await connection.execute("DROP TABLE kept")
        await connection.execute("SELECT pg_switch_wal()")
        await connection.close()
    data = place / "second" / "postgres" / "data"
    data.mkdir(parents=True)
    run("restore.sh", str(backup), str(data), moment, programs=server.programs)
    owner = prepare(data.parent, name="The restored server", report=quiet)
    for path in (data, *data.rglob("*")):
        own(path, owner)
    with postgres(place / "second") as server:
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("SELECT count(*) FROM kept") == 2000
        await connection.close()
