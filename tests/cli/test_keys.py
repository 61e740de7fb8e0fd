"""Keys by the command line: what is printed, and what is refused."""

from collections.abc import AsyncIterator

import pytest

from app.core.db import fetch
from tests.cli.test_token import machi

pytestmark = pytest.mark.committed
WHERE = ("--convention", "yokohama-2026")


@pytest.fixture
async def first_keys(committed: None) -> AsyncIterator[None]:
    """Take out again what a test adds."""
    columns = "id, not_before, not_after, distrust_after"
    before = await fetch(f"SELECT {columns} FROM signing_key")
    await fetch("UPDATE signing_key SET not_before = '2020-01-01'")
    yield
    await fetch("DELETE FROM signing_key WHERE NOT id = ANY($1::uuid[])", [row["id"] for row in before])
    for row in before:
        await fetch("UPDATE signing_key SET not_before = $2, not_after = $3, distrust_after = $4 WHERE id = $1", *row)


async def test_keys_are_renewed_and_distrusted(first_keys: None) -> None:
    rotated = machi("keys", "rotate", *WHERE)
    assert (rotated.returncode, rotated.stdout.startswith("ticket key 1: announced; from ")) == (0, True)
    listed = machi("keys", "list", *WHERE).stdout
    assert "ticket key 0: signs now; from 2020-01-01 00:00 UTC; public " in listed
    assert "ticket key 1: announced; from " in listed
    distrusted = machi("keys", "distrust", "0", *WHERE)
    assert (distrusted.returncode, distrusted.stdout.splitlines()[0]) == (0, "Key 0 is distrusted.")
    assert distrusted.stdout.splitlines()[1].startswith("ticket key 1: signs now; from ")
    listed = machi("keys", "list", *WHERE).stdout
    assert "ticket key 0: distrusted, tickets issued before stay good; from 2020" in listed


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            "list --convention nowhere",
            1,
            "machi: There is no convention nowhere, or no such key of it; see: machi keys",
        ),
        ("distrust 7 --convention yokohama-2026", 1, "machi: There is no convention yokohama-2026, or no such key"),
        ("distrust 300 --convention yokohama-2026", 2, "300 is not in the range 0<=x<=255"),
        ("rotate --convention yokohama-2026 --notice-days 6", 2, "6 is not in the range 7<=x<=365"),
        ("rotate", 2, "Missing option '--convention'"),
    ],
)
async def test_what_cannot_be_done_is_said(first_keys: None, words: str, code: int, sentence: str) -> None:
    done = machi("keys", *words.split())
    assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
