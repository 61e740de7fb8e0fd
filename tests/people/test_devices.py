"""Phones: enrolled by a code that works once and soon, bound to their gates, closed within a second."""

import asyncio
import base64
import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core import audit
from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people import access, devices
from app.people.devices import Enrol
from app.people.roles import ENROLS, ROLES, Role, Scope
from tests.attendance.factories import covered_gate, scan, ticket
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.people.test_invitations import EVERYTHING, two_gates

LIST = "/console/devices"


def spki(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


KEY = spki(ed25519.Ed25519PrivateKey.generate())


async def provided(
    app: Frame, *gates: UUID, by: Role = "officer", scope: Scope = EVERYTHING, role: str = "staff"
) -> httpx.Response:
    async with client(app, await token_for(by, scope=scope), accept="text/html") as asker:
        data = {"name": "North gate 2", "role": role, "gates": [str(gate) for gate in gates]}
        return await asker.post(f"{LIST}/new", data=data)


async def code_for(app: Frame, *gates: UUID, **more: Any) -> str:
    answer = await provided(app, *gates, **more)
    assert answer.status_code == 200, answer.text
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?=</span>)", answer.text)
    assert found is not None
    return found[0]


async def enrolled(http: httpx.AsyncClient, code: str, **more: object) -> httpx.Response:
    return await http.post("/api/v1/devices", json={"code": code, "public_key": KEY, **more})


async def test_code_makes_a_phone_that_scans_at_its_gates(app: Frame, http: httpx.AsyncClient) -> None:
    gate = await covered_gate("citywide-pass")
    _, other = await two_gates()
    answer = await enrolled(http, await code_for(app, gate.id), name="Phone of Sato")
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"device", "token", "gates", "expires_at"}
    assert made["gates"] == [str(gate.id)]
    assert made["expires_at"] == "2026-12-01T15:00:00Z", "a week after the last day, by the clocks of Yokohama"
    row = await fetch_one(
        "SELECT d.name, d.public_key, a.role, a.scope FROM device d JOIN account a ON a.id = d.account"
    )
    assert row is not None
    assert tuple(row) == ("Phone of Sato", base64.b64decode(KEY), "staff", f'{{"gates": ["{gate.id}"]}}')
    good = await ticket()
    async with client(app, made["token"], accept="text/html") as phone:
        scans = [scan(1, good.code, gate.id), scan(2, good.code, other.id)]
        receipts = (await phone.post("/api/v1/scans", json={"scans": scans})).json()["receipts"]
        assert [(one["verdict"], one["reason"]) for one in receipts] == [
            ("admitted", None), ("refused", "gate_out_of_scope"),
        ]  # fmt: skip
        assert (await phone.get(f"/gate/{gate.id}")).status_code == 200
        assert (await phone.get(f"/gate/{other.id}")).status_code == 404
        assert (await phone.get("/office")).status_code == 403
    actions = [row["action"] for row in await fetch("SELECT action FROM audit_entry ORDER BY position")]
    assert actions == ["device.provide", "device.enrol"]
    assert (await audit.verify()).broken == 0


async def test_code_works_once(app: Frame, http: httpx.AsyncClient) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    assert (await enrolled(http, code)).status_code == 201
    again = await enrolled(http, code)
    assert (again.status_code, again.json()["type"]) == (410, "/problems/code-closed")
    assert await value("SELECT count(*) FROM device WHERE public_key IS NOT NULL") == 1


@pytest.mark.parametrize(("minutes", "status"), [(9.99, 201), (10, 410)])
async def test_code_works_for_ten_minutes(
    app: Frame, http: httpx.AsyncClient, clock: Clock, minutes: float, status: int
) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    clock.forward(minutes=minutes)
    assert (await enrolled(http, code)).status_code == status


async def test_code_may_be_typed_sloppily(app: Frame, http: httpx.AsyncClient) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert (await enrolled(http, typed)).status_code == 201


async def test_only_a_keyed_hash_of_the_code_is_kept(app: Frame, http: httpx.AsyncClient) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    rows = await fetch("SELECT p::text FROM provisioning p UNION ALL SELECT e::text FROM audit_entry e")
    assert code.replace("-", "") not in str(rows).replace("-", "")
    assert await value("SELECT length(digest) FROM provisioning") == 32


@pytest.mark.parametrize("code", ["x", "0000-0000-0000", "a" * 60])
async def test_code_that_was_never_made(http: httpx.AsyncClient, code: str) -> None:
    assert (await enrolled(http, code)).status_code == 410


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (spki(ec.generate_private_key(ec.SECP256R1())), 201),
        (spki(ec.generate_private_key(ec.SECP384R1())), 422),
        (base64.b64encode(b"no key").decode(), 422),
        ("%%%", 422),
        ("A" * 400, 422),
    ],
)
async def test_kinds_of_keys(app: Frame, http: httpx.AsyncClient, key: str, status: int) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    answer = await enrolled(http, code, public_key=key)
    assert answer.status_code == status
    if status == 422:
        assert [error["field"] for error in answer.json()["errors"]] == ["public_key"]
        assert (await enrolled(http, code)).status_code == 201, "a wrong key uses up no code"


@pytest.mark.committed
async def test_two_phones_at_once_share_no_code(app: Frame, clock: Clock, committed: None) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    done = await asyncio.gather(
        *(devices.enrol(asked=Enrol(code=code), now=NOW) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["CodeClosed"] * 3 + ["Enrolled"]


def test_table_of_who_enrols_what() -> None:
    assert {role: set(below) for role, below in ENROLS.items()} == {
        "admin": {"lead", "staff"},
        "officer": {"lead", "staff"},
        "organiser": {"lead", "staff"},
        "lead": {"staff"},
    }
    assert set(ENROLS) <= set(ROLES)


@pytest.mark.usefixtures("http")
async def test_lead_enrols_no_lead(app: Frame) -> None:
    mine, _ = await two_gates()
    answer = await provided(app, mine.id, by="lead", scope=Scope(gates=(mine.id,)), role="lead")
    assert answer.status_code == 422
    assert (await provided(app, mine.id, by="lead", scope=Scope(gates=(mine.id,)))).status_code == 200


@pytest.mark.parametrize("by", ["organiser", "lead"])
@pytest.mark.usefixtures("http")
async def test_gates_of_others_are_not_found(app: Frame, by: Role) -> None:
    mine, other = await two_gates()
    scope = Scope(organisers=(mine.organiser,)) if by == "organiser" else Scope(gates=(mine.id,))
    for gates in ((other.id,), (mine.id, other.id), (UUID(int=1),)):
        assert (await provided(app, *gates, by=by, scope=scope)).status_code == 404
    assert (await provided(app, by=by, scope=scope)).status_code == 422
    assert await value("SELECT count(*) FROM provisioning") == 0


async def test_phones_and_codes_of_others_are_not_found(app: Frame, http: httpx.AsyncClient) -> None:
    mine, other = await two_gates()
    device = (await enrolled(http, await code_for(app, other.id), name="Foreign phone")).json()["device"]
    await code_for(app, other.id)
    code = await value("SELECT id FROM provisioning WHERE used_at IS NULL")
    scope = Scope(organisers=(mine.organiser,))
    async with client(app, await token_for("organiser", scope=scope), accept="text/html") as organiser:
        shown = (await organiser.get(LIST)).text
        assert ("Foreign phone" in shown, "North gate 2" in shown) == (False, False)
        answers = [
            await organiser.get(f"{LIST}/{device}"),
            await organiser.get(f"{LIST}/{device}/revoke"),
            await organiser.post(f"{LIST}/{device}", data={"name": "x"}),
            await organiser.post(f"{LIST}/{device}/revoke"),
            await organiser.post(f"{LIST}/codes/{code}/withdraw"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 5
    assert await value("SELECT name FROM device WHERE id = $1 AND revoked_at IS NULL", UUID(device)) == "Foreign phone"


async def test_withdrawn_code_enrols_nothing(app: Frame, http: httpx.AsyncClient) -> None:
    code = await code_for(app, (await two_gates())[0].id)
    row = await value("SELECT id FROM provisioning")
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        assert "North gate 2" in (await officer.get(LIST)).text
        assert (await officer.post(f"{LIST}/codes/{row}/withdraw")).status_code == 303
        assert "North gate 2" not in (await officer.get(LIST)).text
        assert (await officer.post(f"{LIST}/codes/{row}/withdraw")).status_code == 404
    assert (await enrolled(http, code)).status_code == 410


async def test_revoked_phone_hands_in_late_scans_and_nothing_else(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    gate, good = await covered_gate("citywide-pass"), await ticket()
    made = (await enrolled(http, await code_for(app, gate.id))).json()
    async with client(app, made["token"], accept="application/json") as phone:
        assert (await phone.get(f"/gate/{gate.id}")).status_code == 200
        async with client(app, await token_for("officer"), accept="text/html") as officer:
            assert "Revoke North gate 2?" in (await officer.get(f"{LIST}/{made['device']}/revoke")).text
            assert (await officer.post(f"{LIST}/{made['device']}/revoke")).status_code == 303
            assert "was revoked" in (await officer.get(f"{LIST}/{made['device']}")).text
        for closed in (
            await phone.get("/gate"),
            await phone.get(f"/gate/{gate.id}"),
            await phone.post(f"/gate/{gate.id}", data={"code": good.code}),
            await phone.get(f"/api/v1/gates/{gate.id}/status"),
            await phone.post("/gate/enter"),
        ):
            assert (closed.status_code, closed.json()["type"]) == (403, "/problems/device-revoked")
        late = await phone.post("/api/v1/scans", json={"scans": [scan(7, good.code, gate.id)]})
        (receipt,) = late.json()["receipts"]
        assert (receipt["status"], receipt["verdict"], receipt["reason"]) == (
            "quarantined",
            "refused",
            "device_revoked",
        )
    assert await value("SELECT count(*) FROM scan WHERE status = 'quarantined'") == 1
    assert await value("SELECT count(*) FROM ledger_entry") == 0


async def test_revoking_in_another_process_is_felt_within_a_second(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    made = (await enrolled(http, await code_for(app, (await two_gates())[0].id))).json()
    async with client(app, made["token"]) as phone:
        assert (await phone.get("/gate")).status_code == 200
        await fetch("UPDATE device SET revoked_at = $1", NOW)
        clock.forward(seconds=1)
        assert (await phone.get("/gate")).status_code == 403


async def test_token_of_a_phone_ends_a_week_after_the_convention(
    app: Frame, http: httpx.AsyncClient, clock: Clock
) -> None:
    made = (await enrolled(http, await code_for(app, (await two_gates())[0].id))).json()
    async with client(app, made["token"]) as phone:
        clock.forward(days=10, hours=13.99)
        assert (await phone.get("/gate")).status_code == 200
        clock.forward(hours=0.02)
        assert (await phone.get("/gate")).status_code == 401


async def test_renaming(app: Frame, http: httpx.AsyncClient) -> None:
    made = (await enrolled(http, await code_for(app, (await two_gates())[0].id))).json()
    here = f"{LIST}/{made['device']}"
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        wrong = await officer.post(here, data={"name": "x" * 121})
        assert (wrong.status_code, "x" * 121 in wrong.text) == (422, True)
        assert (await officer.post(here, data={"name": "South gate"})).headers["location"] == f"{here}?done=saved"
        assert "South gate" in (await officer.get(LIST)).text
    assert await value("SELECT a.label FROM account a JOIN device d ON d.account = a.id WHERE d.id = $1",
                       UUID(made["device"])) == "South gate"  # fmt: skip


async def test_phone_enters_its_pages_by_its_token(app: Frame, http: httpx.AsyncClient) -> None:
    gate, _ = await two_gates()
    made = (await enrolled(http, await code_for(app, gate.id))).json()
    entered = await http.post("/gate/enter", headers={"authorization": f"Bearer {made['token']}"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/gate")
    shown = await http.get(f"/gate/{gate.id}", headers={"accept": "text/html"})
    assert f'data-device="{made["device"]}"' in shown.text


async def test_enrolling_without_scripts(app: Frame, http: httpx.AsyncClient) -> None:
    gate, _ = await two_gates()
    code = await code_for(app, gate.id)
    page = await http.get("/gate/enrol", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    wrong = await http.post("/gate/enrol", data={"code": "0000", "name": "Phone 9"}, headers={"accept": "text/html"})
    assert wrong.status_code == 410
    assert "check it, or ask for a new one" in wrong.text
    assert 'value="Phone 9"' in wrong.text
    done = await http.post("/gate/enrol", data={"code": code})
    assert (done.status_code, done.headers["location"]) == (303, "/gate")
    shown = await http.get("/gate", headers={"accept": "text/html"})
    assert f"/gate/{gate.id}" in shown.text
    principal = await access.by_session(http.cookies[access.session_cookie()], NOW)
    assert (principal.role, principal.label, principal.scope) == ("staff", "North gate 2", Scope(gates=(gate.id,)))


@pytest.mark.usefixtures("http")
async def test_code_is_in_the_picture_and_never_in_an_address(app: Frame) -> None:
    answer = await provided(app, (await two_gates())[0].id)
    assert answer.headers["cache-control"] == "no-store"
    assert "<svg" in answer.text
    assert not re.search(r'(?:href|action|src)="[^"]*[0-9A-Z]{4}-[0-9A-Z]{4}-', answer.text)
