"""One request, one effect."""

import asyncio

import pytest

from app.core import idempotency
from app.core.db import transaction
from app.core.errors import BadRequest
from tests.clock import NOW
from tests.doors import value


async def ask(body: bytes = b"body", *, key: str = "k1", scope: str = "registrations") -> bytes:
    """Do the work behind one request, as use cases do."""
    answer = b"answer to " + body
    async with transaction():
        kept = await idempotency.claim(scope=scope, key=key, request=body, answer=answer, now=NOW)
    return answer if kept is None else b"again:" + kept


@pytest.mark.usefixtures("http")
async def test_same_request_gets_the_same_answer() -> None:
    assert await ask() == b"answer to body"
    assert await ask() == b"again:answer to body"


@pytest.mark.usefixtures("http")
async def test_same_key_for_another_request_is_refused() -> None:
    await ask(b"one")
    with pytest.raises(idempotency.KeyReused):
        await ask(b"two")


@pytest.mark.usefixtures("http")
async def test_keys_of_different_scopes_do_not_meet() -> None:
    assert await ask(b"one", scope="a") == b"answer to one"
    assert await ask(b"two", scope="b") == b"answer to two"


@pytest.mark.usefixtures("http")
async def test_failed_request_frees_its_key() -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012  # the block is the transaction
        async with transaction():
            await idempotency.claim(scope="a", key="k", request=b"x", answer=b"lost", now=NOW)
            raise ZeroDivisionError
    assert await ask(b"x", scope="a", key="k") == b"answer to x"


@pytest.mark.usefixtures("http")
async def test_answer_is_sealed_in_the_database() -> None:
    await ask()
    stored = await value("SELECT answer FROM stored_answer")
    assert isinstance(stored, bytes)
    assert b"answer" not in stored


@pytest.mark.usefixtures("committed")
async def test_twenty_at_once_have_one_effect() -> None:
    answers = await asyncio.gather(*(ask() for _ in range(20)))
    assert sorted(answers) == [b"again:answer to body"] * 19 + [b"answer to body"]
    assert await value("SELECT count(*) FROM stored_answer") == 1


@pytest.mark.usefixtures("committed")
async def test_twin_of_a_slow_request_is_told_to_come_back() -> None:
    claimed, finish = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction():
            await idempotency.claim(scope="a", key="k", request=b"x", answer=b"y", now=NOW)
            claimed.set()
            await finish.wait()

    task = asyncio.create_task(slow())
    await claimed.wait()
    with pytest.raises(idempotency.KeyInProgress):  # noqa: PT012  # the block is the transaction
        async with transaction() as connection:
            await connection.execute("SET LOCAL lock_timeout = '20ms'")
            await idempotency.claim(scope="a", key="k", request=b"x", answer=b"y", now=NOW)
    finish.set()
    await task


@pytest.mark.parametrize("key", [None, "", "x" * 201, "a\nb", "a\x00"])
def test_unusable_key(key: str | None) -> None:
    with pytest.raises(BadRequest, match="Idempotency-Key"):
        idempotency.check_key(key)


@pytest.mark.parametrize("key", ["x", "x" * 200, "鍵 1"])
def test_usable_key(key: str) -> None:
    assert idempotency.check_key(key) == key
