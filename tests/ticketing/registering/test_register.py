"""Registering a party over HTTP."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.core.db import fetch, fetch_one
from app.core.signing import signing_key
from app.core.web.frame import Frame
from app.people.persons import details_of
from app.ticketing.codes import parse, verify
from app.ticketing.registering import offers
from tests.attendance.test_ledger import statements
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value
from tests.ticketing.wishes import URL, member, register, wish

COUNTED = ("registration", "ticket", "person", "job", "stored_answer")
COUNTS = f"SELECT {', '.join(f'(SELECT count(*) FROM {t})' for t in COUNTED)}, (SELECT sum(taken) FROM quota)"


async def counts() -> tuple[int, ...]:
    """Return how many rows each table holds, and how many places are taken."""
    row = await fetch_one(COUNTS)
    assert row is not None
    return tuple(row)


async def test_register_gives_a_ticket_and_promises_its_mail(http: httpx.AsyncClient) -> None:
    answer = await register(http, wish())

    assert answer.status_code == 201
    body = answer.json()
    (ticket,) = body["tickets"]
    assert (body["status"], ticket["ticket_type"], ticket["name"], ticket["state"]) == (
        "confirmed", "citywide-pass", "李娜", "valid",
    )  # fmt: skip
    assert body["manage_url"].startswith("http://test/registrations/")
    assert ticket["qr_svg_url"] == ticket["page_url"] + "/qr.svg"
    jobs = await fetch("SELECT name, payload, key FROM job")
    assert [(j["name"], msgspec.json.decode(j["payload"]), j["key"]) for j in jobs] == [
        ("ticketing.send_ticket", {"ticket_id": ticket["id"]}, f"ticket-mail:{ticket['id']}")
    ]
    assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 1


async def test_code_is_signed_for_this_convention_and_type(http: httpx.AsyncClient) -> None:
    ticket = (await register(http, wish())).json()["tickets"][0]
    scope, product = await fetch_one(  # type: ignore[misc]
        "SELECT c.number, t.number FROM convention c JOIN ticket_type t ON t.convention = c.id WHERE t.slug = $1",
        "citywide-pass",
    )

    payload = verify(parse(ticket["code"]), keys={(scope, 0): signing_key(scope, 0).public_key()}, scopes={scope})

    assert (payload.kind, payload.scope, payload.product, payload.generation) == (1, scope, product, 0)
    assert f"{payload.serial:016x}" == ticket["serial"]
    assert (
        await value("SELECT count(*) FROM ticket WHERE code_digest = sha256($1::bytea)", ticket["code"].encode()) == 1
    )


async def test_details_are_sealed_and_the_code_is_not_stored(http: httpx.AsyncClient) -> None:
    ticket = (await register(http, wish(member(name="髙橋﨑", organisation="Green Bay")))).json()["tickets"][0]

    for table in ("person", "person_details", "registration", "ticket", "job", "stored_answer"):
        for row in await fetch(f"SELECT t::text AS words FROM {table} t"):
            assert "髙橋" not in row["words"]
            assert "example.org" not in row["words"]
            assert ticket["code"] not in row["words"]
    (person,) = await fetch("SELECT person FROM ticket")
    details = (await details_of([person["person"]]))[person["person"]]
    assert (details.name, details.email, details.organisation) == ("髙橋﨑", "li.na@example.org", "Green Bay")


async def test_party_gets_one_ticket_each_in_its_order(http: httpx.AsyncClient) -> None:
    names = ["林", "김민수", "ณัฐวุฒิ", "Nguyễn Thị Ánh", "محمد", "O'Brien-Łukasz"]

    answer = await register(http, wish(*(member(name=n) for n in names)))

    assert [t["name"] for t in answer.json()["tickets"]] == names
    assert len({t["code"] for t in answer.json()["tickets"]}) == 6
    assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 6


async def test_same_person_is_found_again_by_address_and_name(http: httpx.AsyncClient) -> None:
    await register(http, wish())
    await register(http, wish(member(name=" 李娜 ", ticket_type="online-pass"), email="LI.NA+yokohama@Example.org"))
    await register(http, wish(member(name="李雷")))

    assert await value("SELECT count(*) FROM person") == 2
    assert await value("SELECT count(*) FROM ticket") == 3


async def test_equal_names_in_one_party_are_two_people(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(), member()))

    assert await value("SELECT count(DISTINCT person) FROM ticket") == 2


async def test_latest_residence_is_the_person_s(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(residence="SG")))
    await register(http, wish(member(residence="MY")))

    assert await value("SELECT residence FROM person") == "MY"
    rows = await fetch("SELECT residence FROM ticket ORDER BY residence")
    assert [r["residence"] for r in rows] == ["MY", "SG"]


async def test_register_when_sold_out_takes_nothing(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'citywide'")
    before = await counts()

    answer = await register(http, wish(member(), member(name="林")))

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == "/problems/sold-out"
    assert [(q["quota"], q["wanted"]) for q in body["full"]] == [("citywide", 2)]
    assert body["full"][0]["name"] in body["detail"]
    assert await counts() == before


async def workshop() -> str:
    """Return a session with counted places that the citywide pass opens."""
    return str(await value("SELECT session FROM quota WHERE session IS NOT NULL ORDER BY slug DESC LIMIT 1"))


async def test_session_place_is_reserved(http: httpx.AsyncClient) -> None:
    session = await workshop()

    answer = await register(http, wish(member(sessions=[session])))

    assert answer.status_code == 201
    assert await value("SELECT count(*) FROM reservation WHERE session = $1::text::uuid", session) == 1
    assert await value("SELECT taken FROM quota WHERE session = $1::text::uuid", session) == 1


async def test_full_session_takes_no_ticket_either(http: httpx.AsyncClient) -> None:
    session = await workshop()
    await fetch("UPDATE quota SET capacity = 0 WHERE session = $1::text::uuid", session)
    before = await counts()

    answer = await register(http, wish(member(sessions=[session])))

    assert answer.status_code == 409
    assert await counts() == before


async def test_same_key_gives_the_same_bytes_and_takes_nothing_more(http: httpx.AsyncClient) -> None:
    first = await register(http, wish(), key="k1")
    before = await counts()
    again = await register(http, wish(), key="k1")

    assert (again.status_code, again.content) == (201, first.content)
    assert await counts() == before


async def test_same_key_for_another_request_is_refused(http: httpx.AsyncClient) -> None:
    await register(http, wish(), key="k1")
    before = await counts()

    answer = await register(http, wish(member(name="林")), key="k1")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")
    assert await counts() == before


async def test_key_is_required(http: httpx.AsyncClient) -> None:
    answer = await http.post(URL, json=wish())

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert "Idempotency-Key" in answer.json()["detail"]


WRONG: list[tuple[Any, list[tuple[str, str]]]] = [
    (wish(email=""), [("email", "format")]),
    (wish(email="no address"), [("email", "format")]),
    (wish(email="a@b"), [("email", "format")]),
    (wish(member(name=""), email=f"a@{'x' * 64}.org"), [("email", "format"), ("party[0].name", "required")]),
    (wish(party=[]), [("party", "required")]),
    (wish(party=[member()] * 41), [("party", "too_long")]),
    (wish(party="me"), [("party", "type")]),
    (wish(consents=[]), [("consents", "required")]),
    (wish(consents=["terms-2026", "terms-1999"]), [("consents", "unknown")]),
    (wish(colour="red"), [("colour", "unknown")]),
    (wish(member(name="")), [("party[0].name", "required")]),
    (wish(member(name="  ")), [("party[0].name", "format")]),
    (wish(member(name="\u200b")), [("party[0].name", "format")]),
    (wish(member(name="\ufeff \u200d")), [("party[0].name", "format")]),
    (wish(member(name="a\x00b")), [("party[0].name", "format")]),
    (wish(member(name="a\u202eb")), [("party[0].name", "format")]),
    (wish(member(name="x" * 201)), [("party[0].name", "too_long")]),
    (wish(member(residence="ZZ")), [("party[0].residence", "choice")]),
    (wish(member(residence="Singapore")), [("party[0].residence", "choice")]),
    (
        wish(member(ticket_type="gold", residence="")),
        [("party[0].residence", "choice"), ("party[0].ticket_type", "choice")],
    ),
    (wish(member(ticket_type="gold")), [("party[0].ticket_type", "choice")]),
    (wish(member(sessions=["x"])), [("party[0].sessions[0]", "format")]),
    (wish(member(sessions=[str(uuid4())])), [("party[0].sessions[0]", "choice")]),
    (
        {"party": [{"name": 5}, member(), member(residence="??", reading=[])]},
        [
            ("email", "required"),
            ("consents", "required"),
            ("party[0].residence", "required"),
            ("party[0].ticket_type", "required"),
            ("party[0].name", "type"),
            ("party[2].residence", "choice"),
            ("party[2].reading", "type"),
        ],
    ),
]


@pytest.mark.parametrize(("body", "expected"), WRONG, ids=range(len(WRONG)))
async def test_every_wrong_field_is_named(http: httpx.AsyncClient, body: Any, expected: list[tuple[str, str]]) -> None:
    before = await counts()

    answer = await register(http, body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/invalid"
    assert sorted((e["field"], e["code"]) for e in answer.json()["errors"]) == sorted(expected)
    assert all(e["detail"] for e in answer.json()["errors"])
    assert await counts() == before


async def test_type_that_is_not_public_cannot_be_chosen(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE ticket_type SET public = false WHERE slug = 'staff-pass'")
    offers.forget()

    answer = await register(http, wish(member(ticket_type="staff-pass")))
    offers.forget()

    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("party[0].ticket_type", "choice")]


async def test_online_pass_takes_no_place_at_a_session_on_site(http: httpx.AsyncClient) -> None:
    session = await value(
        "SELECT id FROM session WHERE mode = 'on_site' AND capacity IS NOT NULL ORDER BY slug LIMIT 1"
    )

    answer = await register(http, wish(member(ticket_type="online-pass", sessions=[str(session)])))

    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("party[0].sessions[0]", "not_covered")]


async def test_day_that_has_passed_is_refused(http: httpx.AsyncClient, clock: Clock) -> None:
    clock.forward(days=1)
    offers.forget()

    answer = await register(http, wish(member(ticket_type="day-pass-1"), member(ticket_type="day-pass-2")))

    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("party[0].ticket_type", "past")]


async def test_unknown_convention(http: httpx.AsyncClient) -> None:
    answer = await http.post(
        "/api/v1/conventions/atlantis-2026/registrations", json=wish(), headers={"idempotency-key": "k"}
    )

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"", 422), (b"{", 400), (b"[" * 3000 + b"]" * 3000, 400), (b"\xff\xfe", 400), (b'"\\ud800"', 400), (b"[]", 422),
     (b"null", 422), (b'{"email": "' + b"x" * 10_000_000 + b'"}', 413)],
)  # fmt: skip
async def test_unreadable_body_is_a_problem_and_writes_nothing(
    http: httpx.AsyncClient, raw: bytes, status: int
) -> None:
    before = await counts()

    answer = await http.post(URL, content=raw, headers={"idempotency-key": "k", "content-type": "application/json"})

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await counts() == before


async def test_address_waits_after_400_tickets_in_ten_minutes(http: httpx.AsyncClient, clock: Clock) -> None:
    party = [member(name=f"Guest {n}") for n in range(40)]
    for n in range(10):
        clock.forward(minutes=1 if n == 1 else 0)
        assert (await register(http, wish(*party))).status_code == 201
    before = await counts()
    clock.forward(minutes=5)

    refused = await register(http, wish(member(name="Guest 41"), email="LI.NA+x@example.org"))

    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert refused.headers["retry-after"] == "240"
    assert await counts() == before
    assert (await register(http, wish(email="another@example.org"))).status_code == 201
    clock.forward(minutes=4)
    assert (await register(http, wish())).status_code == 201


async def test_party_takes_four_statements(http: httpx.AsyncClient) -> None:
    await register(http, wish())

    async with statements() as seen:
        await register(http, wish(member(), member(name="林")))

    assert [s.split()[0] for s in seen] == ["INSERT", "SELECT", "WITH", "WITH"]


async def test_registration_is_shown_to_its_link_alone(http: httpx.AsyncClient) -> None:
    made = (await register(http, wish())).json()
    token = made["manage_url"].rpartition("/")[2]

    shown = (await http.get(f"/api/v1/registrations/{token}")).json()
    assert [line["action"] for line in shown.pop("history")] == ["issued"]
    assert shown == made
    assert (await http.get(f"/api/v1/registrations/{token[:-1]}")).status_code == 404
    ticket_token = made["tickets"][0]["page_url"].rpartition("/")[2]
    assert (await http.get(f"/api/v1/registrations/{ticket_token}")).status_code == 404


async def ask_at_once(app: Frame, bodies: list[tuple[Any, str]]) -> list[httpx.Response]:
    """Send registrations all at once, each committing for real."""
    async with client(app) as http:
        return await asyncio.gather(*(register(http, body, key=key) for body, key in bodies))


@pytest.mark.parametrize("repeat", range(20))
async def test_last_place_asked_for_500_times_at_once(app: Frame, committed: None, repeat: int) -> None:
    await fetch("UPDATE quota SET capacity = 1 WHERE slug = 'citywide'")
    try:
        bodies = [(wish(member(name=f"n{i}"), email=f"p{i}@example.org"), str(i)) for i in range(500)]
        answers = await ask_at_once(app, bodies)
        assert sorted(a.status_code for a in answers) == [201] + [409] * 499
        assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 1
        assert await value("SELECT count(*) FROM ticket") == 1
    finally:
        await fetch("UPDATE quota SET taken = 0, capacity = 20000 WHERE slug = 'citywide'")


async def test_same_key_at_once_registers_once(app: Frame, committed: None) -> None:
    answers = await ask_at_once(app, [(wish(), "one key")] * 20)

    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert await value("SELECT count(*) FROM ticket") == 1


async def test_same_new_person_at_once_is_one_person(app: Frame, committed: None) -> None:
    answers = await ask_at_once(app, [(wish(), f"key {i}") for i in range(8)])

    assert [a.status_code for a in answers] == [201] * 8
    assert await value("SELECT count(*) FROM person") == 1
    assert await value("SELECT count(*) FROM ticket") == 8
