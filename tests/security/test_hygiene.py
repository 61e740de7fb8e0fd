"""What is refused before any rule of ours is asked: each weakness once measured, and what answers it now."""

import os
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar.routes import HTTPRoute

from app.asgi import create_app
from app.core.settings import settings
from app.core.web.frame import Frame
from app.core.web.request import MOST_FIELDS
from app.core.web.short import LARGEST_BODY
from tests.clock import NOW
from tests.conftest import client
from tests.core.probe import APPLICATION
from tests.doors import token_for

BEATS = "/api/v1/presence/beats"
REGISTRATIONS = "/api/v1/conventions/yokohama-2026/registrations"
ALWAYS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy",
    "cross-origin-opener-policy", "cross-origin-resource-policy", "x-frame-options", "x-request-id",
)  # fmt: skip


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Set `APP_*` for one test."""

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setitem(os.environ, f"APP_{name.upper()}", value)
        settings.cache_clear()

    yield put
    monkeypatch.undo()
    settings.cache_clear()


async def ask(http: httpx.AsyncClient, path: str = "/", *headers: tuple[bytes, bytes]) -> httpx.Response:
    """Ask with exactly these headers."""
    request = http.build_request("GET", path)
    request.headers = httpx.Headers([(b"accept", b"text/html"), *headers])
    return await http.send(request)


@pytest.mark.parametrize("host", ["test", "TEST", "test:80", "test:8000"])
async def test_our_own_name_is_answered(http: httpx.AsyncClient, host: str) -> None:
    assert (await ask(http, "/sign-in", (b"host", host.encode()))).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "test.evil.example",
        "eviltest",
        "test.",
        "www.test",
        "",
        "test@evil.example",
        "127.0.0.1",
        "[",
        "\xff",
    ],
)
async def test_another_name_is_refused_without_a_redirect(http: httpx.AsyncClient, host: str) -> None:
    answer = await ask(http, "/sign-in", (b"host", host.encode("latin-1")))
    assert answer.status_code == 421
    assert "location" not in answer.headers
    assert set(ALWAYS) <= set(answer.headers)


async def test_request_without_a_name_is_refused(http: httpx.AsyncClient) -> None:
    assert (await ask(http, "/sign-in")).status_code == 421


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
async def test_machines_may_ask_by_any_name(http: httpx.AsyncClient, path: str) -> None:
    assert (await ask(http, path, (b"host", b"10.1.2.3:8000"))).status_code == (401 if path == "/metrics" else 200)


async def test_further_names_are_a_setting(http: httpx.AsyncClient, setting: Any) -> None:
    setting(extra_hosts="www.test, Alt.Example")
    found = [
        (await ask(http, "/sign-in", (b"host", host))).status_code
        for host in (b"www.test", b"alt.example:1", b"x.test")
    ]
    assert found == [200, 200, 421]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("app.localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("192.168.1.5", 200),
        ("evil.example", 421),
    ],
)
async def test_demo_also_answers_to_this_machine(http: httpx.AsyncClient, setting: Any, host: str, status: int) -> None:
    setting(demo="true")
    assert (await ask(http, "/sign-in", (b"host", host.encode()))).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"test"), (b"host", b"evil.example")],
        [(b"host", b"test"), (b"host", b"test")],
        [(b"host", b"test"), (b"content-length", b"5"), (b"transfer-encoding", b"chunked")],
        [(b"host", b"test"), (b"content-length", b"5"), (b"content-length", b"6")],
    ],
)
async def test_headers_that_contradict_each_other(http: httpx.AsyncClient, headers: list[tuple[bytes, bytes]]) -> None:
    assert (await ask(http, "/sign-in", *headers)).status_code == 400


async def test_headers_and_addresses_have_a_size(http: httpx.AsyncClient) -> None:
    name = (b"host", b"test")
    assert (await ask(http, "/sign-in", name, (b"cookie", b"a" * 40_000))).status_code == 431
    assert (await ask(http, "/sign-in", name, *[(b"x-a", b"b")] * 100)).status_code == 431
    assert (await ask(http, "/sign-in", name, *[(b"x-a", b"b")] * 90)).status_code == 200
    assert (await ask(http, "/" + "a" * 9000, name)).status_code == 414
    assert (await ask(http, "/sign-in?q=" + "a" * 9000, name)).status_code == 414


@pytest.mark.parametrize("path", [BEATS, REGISTRATIONS])
async def test_body_has_a_size(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.post(path, content=b" " * (LARGEST_BODY + 1), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


async def test_body_without_an_announced_length_has_a_size(http: httpx.AsyncClient) -> None:
    async def endless():
        for _ in range(LARGEST_BODY // 65_536 + 2):
            yield b" " * 65_536

    answer = await http.post(BEATS, content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("depth", [10, 100, 500, 900, 990, 1_000, 3_000, 100_000])
@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"token":', b"}"), (b'{"party":[', b"]}")])
async def test_deep_nesting_is_a_bad_request(http: httpx.AsyncClient, depth: int, opens: bytes, closes: bytes) -> None:
    body = opens * depth + b"1" + closes * depth
    for path in (BEATS, REGISTRATIONS):
        answer = await http.post(
            path, content=body, headers={"content-type": "application/json", "idempotency-key": "k"}
        )
        assert answer.status_code in ({400} if depth >= 1_000 else {400, 422}), answer.text
    assert (await http.post("/api/v1/presence/leave", content=body)).status_code in {400, 422}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 422),
        ("application/json; charset=utf-8", 422),
        ("Application/JSON", 422),
        ("application/vnd.machi+json", 422),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonx", 415),
        ("text/json", 415),
        ("", 415),
    ],
)
async def test_json_is_read_only_when_declared(http: httpx.AsyncClient, kind: str, status: int) -> None:
    answer = await http.post(BEATS, content=b"{}", headers={"content-type": kind} if kind else {})
    assert answer.status_code == status
    if status == 415:
        assert answer.json()["type"] == "/problems/wrong-content-type"
        assert "Content-Type: application/json" in answer.json()["title"]


async def test_of_equal_keys_the_last_one_counts(http: httpx.AsyncClient) -> None:
    body = b'{"token": 7, "visit": "x", "token": "abc", "visit": "also none"}'
    answer = await http.post(BEATS, content=body, headers={"content-type": "application/json"})
    assert [error["field"] for error in answer.json()["errors"]] == ["visit"], "the first token would be wrong as well"


async def test_form_has_a_number_of_fields(http: httpx.AsyncClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await http.post("/sign-in", content=b"a=&" * 1_999, headers=kind)).status_code == 422
    assert (await http.post("/sign-in", content=b"a=&" * 2_000, headers=kind)).status_code == 413
    assert (await http.post("/sign-in", content=b"&" * 4_000_000, headers=kind)).status_code == 413


async def test_multipart_form_has_a_number_of_parts(http: httpx.AsyncClient) -> None:
    part = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert (await http.post("/sign-in", content=part * MOST_FIELDS + b"--x--\r\n", headers=kind)).status_code == 422
    for many in (MOST_FIELDS + 1, 10 * MOST_FIELDS):
        answer = await http.post("/sign-in", content=part * many + b"--x--\r\n", headers=kind)
        assert answer.status_code in {400, 413}


@pytest.mark.parametrize("number", ["9" * 25, "1_000", "٢٠٢٦", "0x7ea", "+2026", " 2026", "-1", "NaN"])
async def test_number_is_a_number_in_bounds(http: httpx.AsyncClient, app: Frame, number: str) -> None:
    assert (await http.get("/api/v1/kpi/overseas-participants", params={"fiscal_year": number})).status_code == 422
    async with client(app, await token_for("officer")) as officer:
        people = "/api/v1/kpi/overseas-participants/people"
        assert (await officer.get(people, params={"limit": number})).status_code == 422
        assert (await officer.get(people, params={"cursor": number})).status_code == 422


def test_no_address_holds_a_plain_number() -> None:
    """Litestar's `{id:int}` takes 25 digits, `1_000` and Arabic digits; our ids are UUIDs and words."""
    kinds = {
        part.type
        for route in create_app(clock=lambda: NOW).routes
        if isinstance(route, HTTPRoute)
        for part in route.path_components
        if not isinstance(part, str)
    }
    assert {kind.__name__ for kind in kinds} <= {"str", "UUID", "Path", "PurePath", "date"}


@pytest.mark.parametrize("gate", ["9" * 25, "1_000", "٣", "00000000-0000-0000-0000-00000000000", "../../x", "%ff%fe"])
async def test_id_that_is_none_leads_nowhere(http: httpx.AsyncClient, app: Frame, gate: str) -> None:
    async with client(app, await token_for("officer")) as officer:
        assert (await officer.get(f"/api/v1/gates/{gate}/status")).status_code == 404


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ud800", "\uffff"])
async def test_control_and_bidi_characters_are_refused_in_every_text(http: httpx.AsyncClient, sign: str) -> None:
    """The lone surrogate comes as an escape, as only JSON can hold it."""
    word = "a" + sign + "b"
    text = '"a\\u' + f'{ord(sign):04x}b"'
    member = b'{"name": %b, "reading": %b, "organisation": %b, "ticket_type": %b, "residence": "JP"}'
    value = text.encode()
    body = (
        b'{"email": %b, "language": %b, "consents": [%b], "party": [' % ((value,) * 3) + member % ((value,) * 4) + b"]}"
    )
    answer = await http.post(
        REGISTRATIONS, content=body, headers={"content-type": "application/json", "idempotency-key": "k"}
    )
    if sign == "\ud800":
        assert answer.status_code == 400
        return
    assert answer.status_code == 422
    named = {error["field"] for error in answer.json()["errors"]}
    expected = {"email", "language", "consents[0]"} | {
        f"party[0].{n}" for n in ("name", "reading", "organisation", "ticket_type")
    }
    assert expected <= named
    assert (await http.post("/sign-in", data={"email": f"{word}@example.org"})).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sign-in", 200), ("GET", "/health/live", 200), ("GET", "/nowhere", 404), ("DELETE", "/sign-in", 405),
        ("OPTIONS", "/sign-in", 204), ("GET", "/start", 401), ("POST", "/sign-in", 422), ("GET", "/static/none", 404),
        ("GET", "/static/manifest.json", 200), ("GET", "/schema/openapi.json", 401), ("GET", "/schema", 401),
        ("HEAD", "/sign-in", 200), ("BREW", "/sign-in", 405), ("GET", "/%00", 404), ("GET", "/static/../x", 404),
        ("GET", "/static/" + "a" * 300, 404), ("GET", "/static/" + "%E3%81%82" * 100, 404),
    ],
)  # fmt: skip
async def test_every_answer_carries_the_headers(
    http: httpx.AsyncClient, setting: Any, method: str, path: str, status: int
) -> None:
    for base, expected in (("http://test", None), ("https://test", "max-age=63072000; includeSubDomains")):
        setting(base_url=base)
        answer = await http.request(method, path)
        assert answer.status_code == status
        assert set(ALWAYS) <= set(answer.headers)
        assert answer.headers.get("strict-transport-security") == expected


async def test_fault_that_no_handler_could_answer_carries_the_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(APPLICATION, "litestar", broken)
    transport = httpx.ASGITransport(APPLICATION)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asker:
        answer = await asker.get("/hello")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
    assert set(ALWAYS) <= set(answer.headers)
    assert "swordfish" not in answer.text


async def test_map_of_the_doors_is_for_those_who_have_a_key(http: httpx.AsyncClient, app: Frame, setting: Any) -> None:
    for path in ("/schema/openapi.json", "/schema", "/schema/elements"):
        assert (await http.get(path)).status_code == 401
    async with client(app, await token_for("partner")) as partner:
        assert msgspec.json.decode((await partner.get("/schema/openapi.json")).content)["openapi"].startswith("3.1")
    setting(demo="true")
    assert (await http.get("/schema/openapi.json")).status_code == 200
