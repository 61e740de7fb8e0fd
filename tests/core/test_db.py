"""Transactions: savepoints inside, callbacks only after the commit."""

import asyncio

import pytest

from app.core.db import after_commit, fetch, fetch_one, transaction
from tests.doors import value

INSERT = (
    "INSERT INTO job (id, name, payload, promised_at, due_at, tries, last_error)"
    " VALUES (gen_random_uuid(), $1, '{}', now(), now(), 0, '')"
)


async def names() -> list[str]:
    return [row["name"] for row in await fetch("SELECT name FROM job ORDER BY name")]


@pytest.mark.usefixtures("committed")
async def test_inner_failure_takes_back_its_writes_and_callbacks_alone() -> None:
    called: list[str] = []

    def remember(name: str) -> None:
        async def callback() -> None:
            called.append(name)

        after_commit(callback)

    async with transaction():
        await fetch(INSERT, "outer")
        remember("outer")
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the transaction
            async with transaction():
                await fetch(INSERT, "inner")
                remember("inner")
                raise ZeroDivisionError
        async with transaction():
            await fetch(INSERT, "second")
            remember("second")
        assert called == []
    assert await names() == ["outer", "second"]
    assert called == ["outer", "second"]


@pytest.mark.usefixtures("committed")
async def test_nothing_is_called_after_a_rollback() -> None:
    called: list[int] = []

    async def callback() -> None:
        called.append(1)

    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the transaction
        async with transaction():
            await fetch(INSERT, "lost")
            after_commit(callback)
            raise ZeroDivisionError
    assert (await names(), called) == ([], [])


@pytest.mark.usefixtures("committed")
async def test_callback_sees_the_committed_rows() -> None:
    seen: list[object] = []

    async def look() -> None:
        seen.append(await value("SELECT count(*) FROM job"))

    async with transaction():
        await fetch(INSERT, "here")
        after_commit(look)
    assert seen == [1]


@pytest.mark.usefixtures("committed")
async def test_callback_that_fails_does_not_undo_or_silence_others() -> None:
    called: list[int] = []

    async def fail() -> None:
        raise ConnectionRefusedError

    async def work() -> None:
        called.append(1)

    async with transaction():
        await fetch(INSERT, "kept")
        after_commit(fail)
        after_commit(work)
    assert (await names(), called) == (["kept"], [1])


@pytest.mark.usefixtures("committed")
async def test_cancelled_work_is_rolled_back() -> None:
    written = asyncio.Event()

    async def work() -> None:
        async with transaction():
            await fetch(INSERT, "cancelled")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names() == []


async def test_after_commit_needs_a_transaction() -> None:
    async def callback() -> None:
        pass

    with pytest.raises(RuntimeError, match="needs an open transaction"):
        after_commit(callback)


@pytest.mark.usefixtures("committed")
async def test_session_limits_hold() -> None:
    row = await fetch_one(
        "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,"
        " current_setting('timezone') AS zone"
    )
    assert row is not None
    assert dict(row) == {"lock": "4s", "statement": "15s", "zone": "UTC"}
