"""The gate's pages in a browser without scripts, and the markup that the scanner expects."""

import hashlib
import re
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.attendance.judging.reasons import REASONS
from app.core.web.frame import Frame
from app.people.roles import Scope
from tests.attendance.factories import covered_gate, gates, ticket
from tests.clock import Clock
from tests.conftest import client
from tests.doors import device_of, token_for, value


@pytest.fixture
async def page(phone: httpx.AsyncClient) -> httpx.AsyncClient:
    phone.headers["accept"] = "text/html"
    return phone


def form_of(html: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def word(html: str) -> str:
    found = re.search(r'class="verdict__word">([^<]+)<', html)
    assert found is not None
    return found[1]


async def test_every_gate_is_offered(page: httpx.AsyncClient) -> None:
    html = (await page.get("/gate")).text
    for gate in await gates():
        assert f'href="/gate/{gate.id}"' in html


async def test_only_gates_in_scope_are_offered(app: Frame, rollback: None) -> None:
    mine, other = (await gates())[:2]
    async with client(app, await token_for("staff", scope=Scope(gates=(mine.id,))), accept="text/html") as phone:
        html = (await phone.get("/gate")).text
        assert f"/gate/{mine.id}" in html
        assert f"/gate/{other.id}" not in html
        assert (await phone.get(f"/gate/{other.id}")).status_code == 404
        assert (await phone.post(f"/gate/{other.id}", data={"code": "x"})).status_code == 404
        assert (await phone.get(f"/gate/{uuid4()}")).status_code == 404
    assert await value("SELECT count(*) FROM scan") == 0


async def test_only_gates_of_organisers_in_scope_are_offered(app: Frame, rollback: None) -> None:
    every = await gates()
    mine = every[0]
    scope = Scope(organisers=(mine.organiser,))
    async with client(app, await token_for("staff", scope=scope), accept="text/html") as phone:
        html = (await phone.get("/gate")).text
        offered = {gate.id for gate in every if f'href="/gate/{gate.id}"' in html}
        other = next(gate for gate in every if gate.organiser != mine.organiser)
        assert (await phone.get(f"/gate/{mine.id}")).status_code == 200
        assert (await phone.get(f"/gate/{other.id}")).status_code == 404
        assert (await phone.post(f"/gate/{other.id}", data={"code": "x"})).status_code == 404
    assert offered == {gate.id for gate in every if gate.organiser == mine.organiser}
    assert await value("SELECT count(*) FROM scan") == 0


async def test_markup_that_the_scanner_expects(page: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    html = (await page.get(f"/gate/{gate.id}")).text
    device = await device_of(page.headers["authorization"].removeprefix("Bearer "))
    for piece in (f'data-gate="{gate.id}"', f'data-device="{device}"', 'data-scans-url="/api/v1/scans"',
                  "data-scan-form", "data-verdict", "data-scan-log", "/gate-"):  # fmt: skip
        assert piece in html
    found = re.search(r"data-messages[^>]*>(.*?)</script>", html, re.DOTALL)
    assert found is not None
    messages = msgspec.json.decode(found[1])
    assert set(REASONS) | {"admitted", "refused", "queue", "stuck", "clock_untrusted", "seq_reused"} <= set(messages)
    assert messages["bad_code"] == "This is not a ticket code."


async def test_typed_code_shows_a_big_verdict(page: httpx.AsyncClient, clock: Clock) -> None:
    gate, made = await covered_gate("citywide-pass"), await ticket(name="<b>林</b>")
    html = (await page.get(f"/gate/{gate.id}")).text
    sent = {"code": made.code, "direction": "entry", "form": form_of(html)}
    shown = (await page.post(f"/gate/{gate.id}", data=sent)).text
    assert word(shown) == "Admitted"
    assert "&lt;b&gt;林&lt;/b&gt;" in shown
    clock.forward(seconds=1)
    again = (await page.post(f"/gate/{gate.id}", data=sent)).text
    assert word(again) == "Admitted"
    assert await value("SELECT count(*) FROM scan") == 1
    next_form = sent | {"form": form_of(again)}
    refused = (await page.post(f"/gate/{gate.id}", data=next_form)).text
    assert word(refused) == "Refused"
    assert "This ticket is already inside." in refused
    clock.forward(seconds=1)
    out = (await page.post(f"/gate/{gate.id}", data=next_form | {"direction": "exit"})).text
    assert word(out) == "Admitted"
    assert 'value="exit" checked' in out
    assert await value("SELECT count(*) FROM scan") == 3


async def test_typed_scans_are_numbered_apart_from_those_of_the_page(page: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    for n in range(5):
        await page.post(f"/gate/{gate.id}", data={"code": f"code {n}", "form": "a"})
    assert await value("SELECT count(*) FROM scan WHERE seq < 0 AND seq > -(2::numeric ^ 62)") == 5


async def test_blank_at_the_end_of_a_code_stays(page: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    await page.post(f"/gate/{gate.id}", data={"code": "ABC \r\n"})
    assert await value("SELECT code FROM scan") == f"sha256:{hashlib.sha256(b'ABC ').hexdigest()}"


async def test_empty_code_comes_back_with_the_field_marked(page: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    answer = await page.post(f"/gate/{gate.id}", data={"code": "", "direction": "exit"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "data-error-summary" in answer.text
    assert 'value="exit" checked' in answer.text
    assert await value("SELECT count(*) FROM scan") == 0


async def test_verdict_speaks_the_language_of_the_page(page: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    answer = await page.post(f"/gate/{gate.id}?lang=ja", data={"code": "x"})
    assert '<html lang="ja">' in answer.text


async def test_account_without_device_is_told(app: Frame, rollback: None) -> None:
    gate = await covered_gate("citywide-pass")
    async with client(app, await token_for("admin"), accept="text/html") as office:
        html = (await office.get(f"/gate/{gate.id}")).text
        assert "no enrolled device" in html
        assert (await office.post(f"/gate/{gate.id}", data={"code": "x"})).status_code == 403


async def test_guest_does_not_see_the_scanner(http: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    assert (await http.get(f"/gate/{gate.id}")).status_code == 401
