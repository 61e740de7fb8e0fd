"""Two programs that others wrote synchronise our calendars from a real server: `caldav` and `vdirsyncer`."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from app.core.db import fetch
from tests.clock import NOW
from tests.exchange.dav.test_syncing import sessions
from tests.exchange.dav.test_tree import partner
from tests.serving import served

PATIENCE = 60
CLIENT = ("-m", "tests.exchange.dav.client")


class Caldav:
    """The library, at work in a process of its own; see `client.py`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def tell(self, word: str) -> None:
        """Send a line."""
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n".encode())
        await self.process.stdin.drain()

    async def ask(self, word: str) -> tuple[int, set[str]]:
        """Send a line; return how many items came or went, and which are there now."""
        await self.tell(word)
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            count, names, token = json.loads(await self.process.stdout.readline())
        self.token: str = token
        return count, set(names)


@contextlib.asynccontextmanager
async def caldav(url: str, name: str = "", password: str = "") -> AsyncIterator[Caldav]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *CLIENT, url, name, password), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Caldav(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class Vdirsyncer:
    """The program, with a folder in which it keeps what it has read."""

    def __init__(self, folder: Path, url: str, name: str, password: str) -> None:
        self.folder = folder
        self.items = folder / "items"
        self.items.mkdir()
        lines = [
            "[general]",
            f'status_path = "{folder}/status"',
            "[pair city]",
            'a = "ours"',
            'b = "theirs"',
            "collections = null",
            'conflict_resolution = "b wins"',
            "[storage ours]",
            'type = "filesystem"',
            f'path = "{self.items}"',
            'fileext = ".ics"',
            "[storage theirs]",
            'type = "caldav"',
            f'url = "{url}"',
            f'username = "{name}"',
            f'password = "{password}"',
            "read_only = true",
        ]
        (folder / "config").write_text("\n".join(lines))

    async def run(self, word: str) -> list[str]:
        """Run a command; return what it says to have copied or deleted, one line each."""
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).parent / "vdirsyncer"), "-c", str(self.folder / "config"), word),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE):
            said = (await process.communicate())[0].decode()
        assert process.returncode == 0, said
        return re.findall(r"(?:Copying|Deleting) .*item (\S+) ", said)

    def uids(self) -> set[str]:
        """Return what it holds."""
        return {re.findall(r"UID:(.*)", one.read_text())[0].strip() for one in self.items.iterdir()}


async def uids(audience: str = "public") -> set[str]:
    rows = await fetch("SELECT uid FROM publication WHERE audience = $1 AND gone_at IS NULL", audience)
    return {row["uid"] for row in rows}


async def rename(*chosen: UUID) -> None:
    sql = 'UPDATE session SET title = title || \'{"ja": "変更"}\', revision = revision + 1, changed_at = $2'
    await fetch(f"{sql} WHERE id = ANY($1)", list(chosen), NOW)


async def cancel_and_forget(session: UUID) -> None:
    """Let a session go from the calendars: canceled, and over for more than thirty days."""
    sql = "UPDATE session SET canceled_at = $2, starts_at = $2, ends_at = $2::timestamptz + interval '1 hour'"
    await fetch(f"{sql}, revision = revision + 1 WHERE id = $1", session, NOW.replace(year=2025))


@pytest.mark.faults  # a server and two programs; test_syncing.py has the rules
@pytest.mark.usefixtures("committed")
async def test_two_programs_fetch_exactly_what_has_changed(tmp_path: Path) -> None:
    _agreement, token = await partner("fukuoka", publishes={"scopes": ["core", "linked", "out"], "partners": True})
    for table in ("publication", "publication_log"):  # whoever wrote it goes by another name than the server
        await fetch(f"DELETE FROM {table}")
    async with served("redis://127.0.0.1:1/0") as address:
        url = f"{address}/dav/partners/fukuoka/"
        program = Vdirsyncer(tmp_path, url, "fukuoka", token)
        async with caldav(f"{address}/dav/public/yokohama-2026/") as library:
            first = await library.ask("start")
            assert first == (len(await uids()), await uids())
            await program.run("discover")
            assert set(await program.run("sync")) == program.uids() == await uids()
            await _changes(library, program)
            await library.tell("spoil")
            assert (await library.ask("look"))[1] == await uids(), "a token that nobody knows: everything, once"


async def _changes(library: Caldav, program: Vdirsyncer) -> None:
    """Three changes, then nothing, then one that goes: each is fetched, and nothing else."""
    known = await sessions()
    steps: list[tuple[set[UUID], set[UUID]]] = [(set(known[:3]), set()), (set(), set()), (set(known[3:5]), {known[5]})]
    for changed, gone in steps:
        before = await uids()
        await rename(*changed)
        for one in gone:
            await cancel_and_forget(one)
        named = {uid for uid in before if UUID(uid.partition("-")[2].partition("@")[0]) in changed | gone}
        count, held = await library.ask("look")
        assert (count, held) == (len(named), await uids())
        assert library.token.startswith("http://127.0.0.1"), "by our tokens, not by reading everything"
        assert set(await program.run("sync")) == named
        assert program.uids() == await uids()
