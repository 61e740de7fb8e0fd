"""`machi calendar`: sources added, read and reported from the command line."""

import asyncio
import os
import sys
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner

from app.commands.calendar import as_json, as_table, calendar
from app.exchange.pulling.pulls import PullRef
from app.exchange.schemas import Counts, Finding
from tests.clock import NOW
from tests.exchange import planting
from tests.exchange.cities import city
from tests.exchange.pulling import feeds

SOURCE = UUID("4be0643f-1d98-573b-97cd-ca98a65347dd")
READ = PullRef(
    id=uuid4(),
    source=SOURCE,
    begun_at=NOW,
    ended_at=NOW,
    why="officer",
    outcome="held",
    problem="half_sized",
    answered=200,
    file=bytes(32),
    counts=Counts(read=1234, added=3),
    report=(Finding(17, "url_refused", lost=True, field="url", written="javascript:"), Finding(0, "bom")),
    found=7,
)


def test_table_has_figures_and_findings_with_line_and_reason() -> None:
    table = as_table(READ).splitlines()
    assert table[0] == (
        f"{SOURCE}  2026-11-21 01:00:00 UTC  held: The file was less than half as large as the one before."
    )
    assert "read           1,234" in table
    assert table[-3].startswith("LOST line 17: This is no web address")
    assert table[-3].endswith("(url javascript:)")
    assert table[-2].startswith("file: The file has a byte order mark")
    assert table[-1] == "... and 5 more"


def test_json_has_everything_but_the_name_of_the_file() -> None:
    found = msgspec.json.decode(as_json(READ))
    assert (found["counts"]["read"], found["report"][0]["number"], found["file"]) == (1234, 17, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("pull", 2),
        (f"pull {SOURCE} --all", 2),
        ("pull kobe", 2),
        ("add --partner x", 2),
        ("--help", 0),
    ],
)
def test_wrong_call_says_so(words: str, code: int) -> None:
    assert CliRunner().invoke(calendar, words.split()).exit_code == code


async def machi(*words: str) -> tuple[int, str, str]:
    """Run the command; the city of the test answers meanwhile."""
    command = [sys.executable, "-m", "app.cli", "calendar", *words]
    running = await asyncio.create_subprocess_exec(
        *command, env=dict(os.environ), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await running.communicate()
    assert running.returncode is not None
    return running.returncode, out.decode(), err.decode()


async def test_source_is_added_read_and_read_again(committed: None) -> None:
    await planting.agreement(await planting.partner("kobe-test"))
    async with city() as kobe:
        kobe.serve("/events.ics", feeds.calendar(feeds.event("a"), feeds.event("b", more=["URL:javascript:1"])))
        code, out, err = await machi("add", "--partner", "kobe-test", "--url", kobe.url("/events.ics"), "--live")
        assert (code, err) == (0, "")
        first, second, *_, last = out.splitlines()
        assert first.endswith(" of kobe-test, live")
        assert second.endswith(" UTC  read")
        assert last.startswith("LOST line 17: This is no web address")
        kobe.serve("/events.ics", b"", status=404)
        code, out, err = await machi("pull", "--all")
        assert (code, out.splitlines()[0].endswith("failed: The server answered with an error.")) == (1, True)
        assert err.startswith("machi: 1 of 1 could not be read; run: machi calendar report")
