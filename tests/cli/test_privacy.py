"""Privacy by the command line: what is due, who was affected, and erasing again after a restore."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.people import erasure, own_data
from tests.cli.test_token import machi
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.wishes import register, wish

pytestmark = pytest.mark.committed


async def one(app: Frame) -> UUID:
    async with client(app) as http:
        assert (await register(http, wish())).status_code == 201
    [person] = await own_data.persons_by_address("li.na@example.org")
    return person.id


async def test_restored_backup_is_erased_again(app: Frame, committed: None, tmp_path: Path) -> None:
    person, listed = await one(app), tmp_path / "erased.txt"
    before = await fetch("SELECT key FROM person")
    details = await fetch("SELECT * FROM person_details")
    await erasure.erase(persons=[person], actor="officer:test", now=NOW)
    listed.write_text(machi("privacy", "erased").stdout)
    assert listed.read_text() == f"{person}\n"
    await fetch("UPDATE person SET erased_at = NULL, key = $1", before[0]["key"])  # as a restored backup has it
    await fetch("INSERT INTO person_details VALUES ($1, $2, $3, $4)", *details[0])
    assert len(await own_data.persons_by_address("li.na@example.org")) == 1
    done = machi("privacy", "erase-again", str(listed))
    assert (done.returncode, done.stdout) == (0, "1 erased again, 1 in the list.\n")
    assert await own_data.persons_by_address("li.na@example.org") == []
    assert await value("SELECT count(*) FROM person WHERE key IS NOT NULL") == 0
    assert machi("privacy", "erase-again", str(listed)).stdout == "0 erased again, 1 in the list.\n"


def test_list_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("Taro\n")
    done = machi("privacy", "erase-again", str(wrong))
    assert (done.returncode, "one number of a person per line" in done.stderr) == (1, True)


async def test_due_and_affected_are_counted(app: Frame, committed: None) -> None:
    assert "person-details         400 days        0 would go now" in machi("privacy", "overdue").stdout
    words = ("--from", "2026-11-21T10:00:00+09:00", "--to", "2026-11-21T18:00:00+09:00")
    assert machi("privacy", "affected", "device", str(uuid4()), *words).stdout == "0 people were affected.\n"
    naive = machi("privacy", "affected", "device", str(uuid4()), "--from", "2026-11-21T10:00:00", *words[2:])
    assert naive.returncode == 2
