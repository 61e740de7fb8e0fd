"""Errors: problem details for programs, a page with a way on for people."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from asyncpg import connect

from app.core.db import DB, fetch, transaction
from app.core.sandbox import places
from app.core.settings import settings
from tests.core.probe import TROUBLES, browser

PROBLEM = "application/problem+json"


async def post(body: bytes) -> httpx.Response:
    async with browser() as client:
        return await client.post("/api/v1/orders", content=body, headers={"content-type": "application/json"})


def fields(answer: httpx.Response) -> dict[str, str]:
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


async def test_problem_has_the_members_of_rfc_9457() -> None:
    async with browser() as client:
        answer = await client.get("/api/v1/full")
    assert answer.headers["content-type"] == PROBLEM
    assert answer.status_code == 409
    body = answer.json()
    assert body.pop("instance") == f"urn:machigurumi:request:{answer.headers['x-request-id']}"
    assert body == {
        "type": "/problems/sold-out",
        "title": "The request conflicts with the present state.",
        "status": 409,
        "detail": "Saturday is full.",
        "left": 0,
    }


async def test_unknown_address() -> None:
    async with browser() as client:
        answer = await client.get("/api/v1/nowhere")
        seen = await client.get("/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["type"] == "/problems/not-found"
    assert (seen.status_code, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<a class="button button--secondary" href="/">' in seen.text


async def test_program_without_accept_header_gets_problems_everywhere() -> None:
    async with browser(accept="*/*") as client:
        assert (await client.get("/nowhere")).headers["content-type"] == PROBLEM


async def test_wrong_method_names_the_right_ones() -> None:
    async with browser() as client:
        answer = await client.delete("/api/v1/orders")
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert "POST" in answer.headers["allow"]


async def test_every_wrong_field_is_named() -> None:
    answer = await post(
        msgspec.json.encode(
            {"email": "no address", "party": [{"name": "林"}, {"name": "", "age": 200, "x": 1}, {}], "color": "red"}
        )
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert fields(answer) == {
        "email": "format",
        "party[1].name": "required",
        "party[1].age": "range",
        "party[1].x": "unknown",
        "party[2].name": "required",
        "color": "unknown",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"email": "required", "party": "required"}),
        ({"email": "a@b.example", "party": []}, {"party": "required"}),
        ({"email": "a@b.example", "party": [{"name": "a"}] * 4}, {"party": "too_long"}),
        ({"email": None, "party": [{"name": 7}]}, {"email": "required", "party[0].name": "type"}),
        ({"email": "a@b.example", "party": [{"name": "a"}], "note": "x" * 201}, {"note": "too_long"}),
        ({"email": "a@b.example", "party": [{"name": "a", "age": "ten"}]}, {"party[0].age": "number"}),
        ([], {"": "type"}),
        ("order", {"": "type"}),
    ],
)
async def test_wrong_fields(body: object, expected: dict[str, str]) -> None:
    answer = await post(msgspec.json.encode(body))
    assert answer.status_code == 422
    assert fields(answer) == expected


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b'{"a": 1', b'{"a": NaN}', b"[" * 3000 + b"]" * 3000, b'{"a":' * 3000 + b"1" + b"}" * 3000],
)
async def test_body_that_is_not_json(body: bytes) -> None:
    answer = await post(body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert answer.json()["detail"].startswith("The body is not valid JSON: ")


async def test_body_that_is_missing() -> None:
    answer = await post(b"")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")


async def test_ten_megabytes_are_too_large() -> None:
    answer = await post(b'{"note": "' + b"x" * 10_000_000 + b'"}')
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_too_fast_says_when_to_come_back() -> None:
    async with browser() as client:
        answer = await client.get("/api/v1/slow")
        seen = await client.get("/slow")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert (answer.json()["type"], answer.json()["retry_after"]) == ("/problems/too-many-requests", 7)
    assert seen.headers["retry-after"] == "7"
    assert "Try again in 7 seconds." in seen.text


@pytest.mark.parametrize("path", ["/boom", "/api/v1/boom"])
async def test_fault_of_ours_keeps_its_words_to_itself(path: str) -> None:
    async with browser() as client:
        answer = await client.get(path)
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_number_in_the_path_that_is_none() -> None:
    async with browser() as client:
        assert (await client.get("/items/seven")).status_code == 404


async def test_words_of_errors_follow_the_language() -> None:
    async with browser(**{"accept-language": "ja"}) as client:
        answer = await client.get("/api/v1/nowhere")
    assert answer.json()["title"] == "ここには何もありません。"


async def raised(code: str) -> None:
    """Let the database itself raise an error of this SQLSTATE."""
    await fetch(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")


async def sleep_too_long() -> None:
    async with transaction():
        await fetch("SET LOCAL statement_timeout = '20ms'")
        await fetch("SELECT pg_sleep(5)")


async def closed_connection() -> None:
    connection = await connect(settings().database_url)
    await connection.close()
    await connection.fetch("SELECT 1")


async def cut_connection() -> None:
    connection = await connect(settings().database_url)
    await connection.fetch("SELECT pg_terminate_backend(pg_backend_pid())")


async def nobody_listens() -> None:
    await connect(f"postgresql://postgres@127.0.0.1:{places.free_port()}/x", ssl=False)


async def socket_gone() -> None:
    await connect("postgresql://postgres@/x?host=/nowhere")


async def pool_used_up() -> None:
    pool = DB.pool
    assert pool is not None
    lent = [await pool.acquire() for _ in range(pool.get_max_size())]
    try:
        await pool.acquire(timeout=0.02)
    finally:
        for connection in lent:
            await pool.release(connection)


async def file_missing() -> None:
    Path("/nowhere/at/all").read_bytes()  # noqa: ASYNC240  # there is nothing to wait for


async def misuse() -> None:
    await fetch("SELECT $1::int", 1, 2)


BUSY = {
    "sleep": sleep_too_long, "closed": closed_connection, "cut": cut_connection, "nobody": nobody_listens,
    "socket": socket_gone, "pool": pool_used_up,
}  # fmt: skip
STATES = {
    "55P03": 503, "57014": 503, "40P01": 503, "40001": 503, "53300": 503, "57P01": 503, "57P03": 503, "08006": 503,
    "23505": 500, "42P01": 500,
}  # fmt: skip


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("name", BUSY)
async def test_database_out_of_reach_is_busy(name: str) -> None:
    TROUBLES[name] = BUSY[name]
    async with browser() as client:
        answer, seen = await client.get(f"/api/v1/trouble/{name}"), await client.get(f"/trouble/{name}")
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["content-type"]) == (503, "5", PROBLEM)
    assert answer.json()["type"] == "/problems/busy"
    assert answer.json()["title"] == "We are very busy at the moment; please try again in a few seconds."
    assert (seen.status_code, seen.headers["retry-after"]) == (503, "5")
    assert "please try again in a few seconds." in seen.text


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("state", "status"), STATES.items())
async def test_what_the_database_says(state: str, status: int) -> None:
    TROUBLES[state] = lambda: raised(state)
    async with browser() as client:
        assert (await client.get(f"/trouble/{state}")).status_code == status


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("fault", [file_missing, misuse])
async def test_fault_of_ours_is_not_called_busy(fault: Callable[[], Awaitable[None]]) -> None:
    TROUBLES["fault"] = fault
    async with browser() as client:
        assert (await client.get("/trouble/fault")).status_code == 500
