"""What loses against another transaction is tried again, but not for ever."""

import asyncpg
import pytest

from app.core.again import LOST, TRIES, repeated
from app.core.db import fetch, fetch_one, transaction


@pytest.mark.parametrize("error", LOST)
async def test_inside_a_transaction_of_the_caller_it_is_tried_once(rollback: None, error: type[Exception]) -> None:
    tried: list[int] = []

    @repeated
    async def work(*, losses: int) -> str:
        tried.append(losses)
        if len(tried) <= losses:
            raise error
        return "done"

    async def alone(losses: int) -> str:
        tried.clear()
        return await work(losses=losses)

    async with transaction():  # whoever opened the transaction repeats the whole of it
        with pytest.raises(error):
            await alone(1)
    assert len(tried) == 1


@pytest.mark.parametrize("error", LOST)
async def test_a_use_case_of_its_own_repeats(committed: None, error: type[Exception]) -> None:
    tried: list[int] = []

    @repeated
    async def work(*, losses: int) -> int:
        tried.append(losses)
        if len(tried) <= losses:
            raise error
        return len(tried)

    assert await work(losses=TRIES - 1) == TRIES
    tried.clear()
    with pytest.raises(error):
        await work(losses=TRIES)
    assert len(tried) == TRIES


async def test_a_failed_try_leaves_nothing(committed: None) -> None:
    tried: list[str] = []

    @repeated
    async def work(name: str) -> None:
        await fetch("INSERT INTO chain_head (name, position, digest) VALUES ($1, 0, $2)", name, b"")
        tried.append(name)
        if len(tried) < TRIES:
            raise asyncpg.DeadlockDetectedError

    await work("again")
    found = await fetch_one("SELECT count(*) AS n FROM chain_head WHERE name = 'again'")
    await fetch("DELETE FROM chain_head WHERE name = 'again'")
    assert found is not None
    assert (found["n"], len(tried)) == (1, TRIES)


async def test_any_other_error_is_told_at_once(committed: None) -> None:
    tried: list[int] = []

    @repeated
    async def work() -> None:
        tried.append(1)
        raise asyncpg.CheckViolationError

    with pytest.raises(asyncpg.CheckViolationError):
        await work()
    assert tried == [1]
