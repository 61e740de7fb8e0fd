"""The short way of an upload says what the ordinary way says, whatever is sent, and to whom."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from app.attendance.routes import gates
from app.attendance.scanning import scans
from app.core.db import fetch
from app.core.web.frame import Frame
from app.core.web.short import LARGEST_BODY
from app.people import access
from app.people.policy import POLICY
from app.people.roles import ROLES
from tests.attendance.factories import covered_gate, scan, ticket
from tests.conftest import client
from tests.doors import device_of, token_for, value

JSON = {"content-type": "application/json"}
Answer = tuple[int, Any, frozenset[str]]
Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture
def ask(app: Frame, rollback: None, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Send one upload by both ways, the short one first; return the answer, which has to be the same."""

    async def send(content: bytes, token: str, headers: dict[str, str]) -> Answer:
        async with client(app, token or None) as phone:
            found = await phone.post("/api/v1/scans", content=content, headers=headers)
        return found.status_code, _lasting(found), frozenset(found.headers)

    async def ask(content: bytes, *, token: str, headers: dict[str, str] = JSON) -> Answer:
        short = await send(content, token, headers)
        with monkeypatch.context() as without:
            without.setattr(app, "short_ways", {})
            ordinary = await send(content, token, headers)
        assert short == ordinary
        return short

    return ask


def _lasting(found: httpx.Response) -> Any:
    """Return the body without what differs from request to request."""
    body = found.json()
    body.pop("instance", None)
    return body


def _upload(*sent: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"scans": sent})


async def test_upload_takes_the_short_way(app: Frame, rollback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    async def note(scope: Any, body: bytes, now: Any) -> bytes | None:
        answer = await gates.upload_in_short(scope, body, now)
        taken.append(answer or b"")
        return answer

    gate, made = await covered_gate("citywide-pass"), await ticket()
    monkeypatch.setattr(app, "short_ways", {gates.UPLOAD: note})
    async with client(app, await token_for("staff")) as phone:
        answer = await phone.post("/api/v1/scans", json={"scans": [scan(1, made.code, gate.id)]})
    assert (answer.status_code, taken) == (200, [answer.content])


async def test_sound_upload_is_answered_alike(app: Frame, ask: Ask) -> None:
    gate, made, token = await covered_gate("citywide-pass"), await ticket(), await token_for("staff")
    content = _upload(scan(1, made.code, gate.id), scan(2, "?", gate.id), scan(3, "?", uuid4()))
    async with client(app, token) as phone:
        await phone.post("/api/v1/scans", content=content, headers=JSON)
    status, body, _headers = await ask(content, token=token)
    assert status == 200
    assert [receipt["status"] for receipt in body["receipts"]] == ["already_stored", "already_stored", "quarantined"]
    assert await value("SELECT count(*) FROM scan") == 3


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b'{"scans":[]}', 422),
        (b'{"scans":[{"seq":-1}]}', 422),
        (b'{"scans":[%s]}' % b",".join([b'{"seq":1}'] * 1001), 422),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
)
async def test_body_that_is_not_in_order_is_refused_alike(ask: Ask, content: bytes, status: int) -> None:
    assert (await ask(content, token=await token_for("staff")))[0] == status
    assert await value("SELECT count(*) FROM scan") == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json; charset=utf-8"}, 200),
        ({"content-type": "application/vnd.machi+json"}, 200),
        (JSON | {"host": "evil.example"}, 421),
        (JSON | {"authorization": "Basic bWFjaGk6bWFjaGk="}, 401),
        (JSON | {"authorization": "Bearer nobody"}, 401),
        (JSON | {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, 200),
    ],
)
async def test_headers_are_judged_alike(ask: Ask, headers: dict[str, str], status: int) -> None:
    content = _upload(scan(1, "?", uuid4()))
    assert (await ask(content, token=await token_for("staff"), headers=headers))[0] == status


@pytest.mark.parametrize("device", [None, "Phone 9"])
async def test_everybody_is_let_in_or_not_alike(ask: Ask, device: str | None) -> None:
    content = _upload(scan(1, "?", uuid4()))
    answers = {role: (await ask(content, token=await token_for(role, device=device)))[0] for role in ROLES}
    closed = {role for role in ROLES if role not in POLICY[gates.UPLOAD]}
    assert closed == {"attendee", "judge", "officer", "organiser", "partner", "secretary"}
    assert {role for role, status in answers.items() if status == 403} >= closed
    assert (await ask(content, token=""))[0] == 401


async def test_revoked_phone_hands_in_what_it_holds(ask: Ask) -> None:
    token = await token_for("staff")
    await fetch("UPDATE device SET revoked_at = now() WHERE id = $1", await device_of(token))
    access.forget()
    _status, body, _headers = await ask(_upload(scan(1, "?", uuid4())), token=token)
    assert [(r["status"], r["reason"]) for r in body["receipts"]] == [("quarantined", "device_revoked")]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (asyncpg.LockNotAvailableError("busy"), 503),
        (TimeoutError(), 500),
        (ValueError("a name"), 500),
    ],
)
async def test_fault_is_told_alike(ask: Ask, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int) -> None:
    async def fail(_asked: object) -> None:
        raise fault

    monkeypatch.setattr(scans, "write", fail)
    token = await token_for("staff")
    found, body, _headers = await ask(_upload(scan(1, "?", uuid4())), token=token)
    assert found == status
    assert "a name" not in str(body)
