"""Registering in full: own addresses, children, needs, questions, vouchers, approval, prices, the waiting list."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.core.db import fetch, fetch_one
from app.core.signing import capability
from app.core.web.frame import Frame
from app.people.persons import details_of, open_details
from app.ticketing.registering import answers, offers
from app.ticketing.states import admitted, status_of
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing import settings
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return field and code of everything that was refused."""
    assert answer.status_code == 422, answer.text
    return [(e["field"], e["code"]) for e in answer.json()["errors"]]


async def jobs() -> list[tuple[str, str]]:
    """Return what was promised: the task, and of a note its purpose."""
    rows = await fetch("SELECT name, payload FROM job ORDER BY name, key")
    return [(r["name"], msgspec.json.decode(r["payload"]).get("purpose", "")) for r in rows]


async def test_member_with_an_own_address_gets_the_ticket_there(http: httpx.AsyncClient) -> None:
    party = [member(), member(name="Jun Sato", email="jun@example.org"), member(name="Mio Sato", child=True)]
    await register(http, wish(*party))

    rows = await fetch("SELECT t.sealed, p.key FROM ticket t JOIN person p ON p.id = t.person ORDER BY t.position")
    found = [open_details(r["key"], r["sealed"]) for r in rows]
    assert [(d.email, d.child) for d in found] == [
        ("li.na@example.org", False), ("jun@example.org", False), ("li.na@example.org", True),
    ]  # fmt: skip


async def test_same_name_under_two_addresses_is_two_people(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(), member(email="other@example.org")))
    again = await register(http, wish(member(), email="other@example.org"))

    assert again.status_code == 201
    assert await value("SELECT count(*) FROM person") == 2


@pytest.mark.parametrize(
    ("party", "expected"),
    [
        ([member(email="me@example.org")], [("party[0].email", "first")]),
        ([member(), member(name="B", email="no mail")], [("party[1].email", "format")]),
        ([member(), member(name="B", email="x@y.invalid..example")], [("party[1].email", "format")]),
        ([member(child=True)], [("party[0].child", "adult")]),
        ([member(child=True), member(name="B", child=True)], [("party[0].child", "adult")]),
        ([member(needs=["lift"])], [("party[0].needs[0]", "choice")]),
        ([member(needs_note="x" * 201)], [("party[0].needs_note", "too_long")]),
        ([member(answers={"shoe-size": "44"})], [("party[0].answers.shoe-size", "unknown")]),
        ([member(answers="44")], [("party[0].answers", "type")]),
    ],
)
async def test_wrong_details_are_named(http: httpx.AsyncClient, party: Any, expected: Any) -> None:
    assert wrong(await register(http, wish(*party))) == expected
    assert await value("SELECT count(*) FROM ticket") == 0


async def test_needs_are_sealed_with_the_ticket_and_not_kept_of_the_person(http: httpx.AsyncClient) -> None:
    await register(http, wish(member(needs=["wheelchair", "wheelchair"], needs_note="Ramp", languages=["ja"])))

    row = await fetch_one("SELECT t.sealed, t.has_needs, p.key, p.id FROM ticket t JOIN person p ON p.id = t.person")
    assert row is not None
    found = open_details(row["key"], row["sealed"])
    assert (found.needs, found.needs_note, found.languages, row["has_needs"]) == (
        ("wheelchair",), "Ramp", ("ja",), True,
    )  # fmt: skip
    known = (await details_of([row["id"]]))[row["id"]]
    assert (known.needs, known.needs_note, known.languages) == ((), "", ())


async def test_answers_are_stored_sealed_and_only_those_that_apply(http: httpx.AsyncClient) -> None:
    diet = await settings.question("diet", "choice", options=["none", "vegan", "other"], required=True)
    which = await settings.question("which", position=2, shown_when=("diet", ["other"]), required=True)
    await settings.question("press-card", position=3, types=("online-pass",), required=True)

    first = await register(http, wish(member(answers={"diet": "vegan", "which": "left over"})))
    second = await register(http, wish(member(name="B", answers={"diet": "other", "which": "No wheat"})))

    ids = [UUID(a.json()["tickets"][0]["id"]) for a in (first, second)]
    assert await answers.of(ids) == {ids[0]: {diet: "vegan"}, ids[1]: {diet: "other", which: "No wheat"}}
    for row in await fetch("SELECT sealed FROM answer"):
        assert b"wheat" not in row["sealed"]


async def test_questions_not_answered_are_named(http: httpx.AsyncClient) -> None:
    await settings.question("diet", "choice", options=["vegan", "other"], required=True)
    await settings.question("which", position=2, shown_when=("diet", ["other"]), required=True)
    await settings.question("born", "date", position=3)
    await settings.question("home", "country", position=4)
    await settings.question("days", "choices", position=5, options=["sat", "sun"])
    await settings.question("card", "file", position=6)
    await settings.question("agree", "yes_no", position=7)
    given = {"born": "1990-13-01", "home": "XX", "days": ["sat", "mon"], "card": "no token", "agree": "perhaps"}

    assert wrong(await register(http, wish(member(), member(name="B", answers={"diet": "other", **given})))) == [
        ("party[0].answers.diet", "required"),
        ("party[1].answers.which", "required"),
        ("party[1].answers.born", "format"),
        ("party[1].answers.home", "choice"),
        ("party[1].answers.days", "choice"),
        ("party[1].answers.card", "upload"),
        ("party[1].answers.agree", "choice"),
    ]


async def test_question_of_an_event_is_asked_of_whoever_gets_in(http: httpx.AsyncClient) -> None:
    await settings.question("boots", event="yoxo-festival", required=True)
    types = (await http.get("/api/v1/conventions/yokohama-2026/ticket-types")).json()

    asked = {t["slug"]: [q["slug"] for q in t["questions"]] for t in types}
    assert "boots" in asked["citywide-pass"]
    opening = {r["slug"] for r in await fetch(
        "SELECT t.slug FROM ticket_type t JOIN coverage c ON c.ticket_type = t.id JOIN event e ON e.id = c.event"
        " WHERE e.slug = 'yoxo-festival'")}  # fmt: skip
    assert {slug for slug, questions in asked.items() if "boots" in questions} == opening & asked.keys()


async def test_file_belongs_to_the_ticket_and_to_no_other(http: httpx.AsyncClient) -> None:
    card = await settings.question("card", "file")
    sent = await http.post(
        "/api/v1/conventions/yokohama-2026/uploads/card",
        content=b"%PDF-1.7 card",
        headers={"content-type": "application/pdf"},
    )
    token = sent.json()["upload"]
    first = await register(http, wish(member(answers={"card": token})))
    second = await register(http, wish(member(name="B", answers={"card": token})))
    forged = await register(http, wish(member(name="C", answers={"card": capability("upload", card)})))

    assert [first.status_code, second.status_code, forged.status_code] == [201, 409, 409]
    assert await value("SELECT ticket FROM upload") == UUID(first.json()["tickets"][0]["id"])
    assert await value("SELECT count(*) FROM ticket") == 1


async def test_invitation_needs_its_voucher(http: httpx.AsyncClient) -> None:
    await settings.set_type(admission="invitation")
    await settings.voucher("7KQ2M-4XW9P", ticket_type="citywide-pass", uses=2)

    refused = await register(http, wish())
    guessed = await register(http, wish(member(voucher="AAAAA-AAAAA")))
    typed = await register(http, wish(member(voucher=" 7kq2m 4xw9p ")))

    assert wrong(refused) == [("party[0].voucher", "required")]
    assert wrong(guessed) == [("party[0].voucher", "voucher")]
    assert typed.status_code == 201
    assert await value("SELECT used FROM voucher WHERE label = 'Friends'") == 1
    assert await value("SELECT voucher IS NOT NULL FROM ticket") is True


@pytest.mark.parametrize(
    "made",
    [
        {"ticket_type": "online-pass"},
        {"valid_until": NOW},
        {"withdrawn_at": NOW},
    ],
)
async def test_voucher_for_another_type_late_or_withdrawn_is_no_good(http: httpx.AsyncClient, made: Any) -> None:
    await settings.voucher("7KQ2M-4XW9P", **made)
    assert wrong(await register(http, wish(member(voucher="7KQ2M-4XW9P")))) == [("party[0].voucher", "voucher")]


async def test_voucher_is_used_up_by_a_party_and_nothing_is_taken(http: httpx.AsyncClient) -> None:
    await settings.voucher("7KQ2M-4XW9P", uses=1)
    party = [member(voucher="7KQ2M-4XW9P"), member(name="B", voucher="7KQ2M-4XW9P")]

    assert wrong(await register(http, wish(*party))) == [("party[0].voucher", "spent"), ("party[1].voucher", "spent")]
    assert await value("SELECT used FROM voucher WHERE label = 'Friends'") == 0
    assert await value("SELECT sum(taken) FROM quota") == 0


async def test_last_use_of_a_voucher_at_once(app: Frame, committed: None) -> None:
    await settings.voucher("7KQ2M-4XW9P", uses=3)
    try:
        async with client(app) as http:
            told = await asyncio.gather(*(
                register(http, wish(member(name=f"G{n}", voucher="7KQ2M-4XW9P"), email=f"g{n}@example.org"))
                for n in range(20)
            ))  # fmt: skip
        assert sorted(a.status_code for a in told) == [201] * 3 + [422] * 17
        assert await value("SELECT used FROM voucher WHERE label = 'Friends'") == 3
    finally:
        await fetch("UPDATE ticket SET voucher = NULL")
        await fetch("DELETE FROM voucher WHERE label = 'Friends'")


async def test_price_is_lowered_by_the_voucher_and_promised_with_the_ticket(http: httpx.AsyncClient) -> None:
    await settings.set_type(price=3300, tax_percent=10)
    await settings.way_to_pay()
    await settings.voucher("7KQ2M-4XW9P", price=1100)
    await settings.voucher("FREEE-FREEE", price=0)
    party = [member(), member(name="B", voucher="7KQ2M-4XW9P"), member(name="C", voucher="FREEE-FREEE")]

    answer = await register(http, wish(*party))

    assert answer.json()["status"] == "pending"
    assert [t["state"] for t in answer.json()["tickets"]] == ["unpaid", "unpaid", "valid"]
    rows = await fetch("SELECT price, tax FROM ticket ORDER BY position")
    assert [tuple(r) for r in rows] == [(3300, 300), (1100, 100), (0, 0)]
    assert await value("SELECT sum(amount) FROM payment") == 4400
    assert ("ticketing.send_note", "payment_due") in await jobs()
    assert [j for j, _ in await jobs()].count("ticketing.send_ticket") == 1, "the free one comes at once"


async def test_way_to_pay_must_be_one_that_is_offered(http: httpx.AsyncClient) -> None:
    await settings.set_type(price=3300)
    nobody = await register(http, wish())
    await settings.way_to_pay("bank_transfer")
    await settings.way_to_pay("cash")
    silent = await register(http, wish())
    other = await register(http, wish(payment="gold"))
    chosen = await register(http, wish(payment="cash"))

    assert [wrong(a) for a in (nobody, silent, other)] == [
        [("payment", "together")], [("payment", "choice")], [("payment", "choice")],
    ]  # fmt: skip
    assert (chosen.status_code, await value("SELECT provider FROM payment")) == (201, "cash")


async def test_approval_comes_before_the_ticket(http: httpx.AsyncClient) -> None:
    await settings.set_type(admission="approval")
    answer = await register(http, wish())

    body = answer.json()
    assert (body["status"], body["tickets"][0]["state"], body["tickets"][0]["code"]) == ("pending", "unapproved", "")
    assert await jobs() == [("ticketing.send_note", "pending")]
    assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 1, "the place is kept meanwhile"


async def test_full_party_may_wait_instead(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = 2 WHERE slug = 'citywide'")
    await register(http, wish())
    party = [member(name="B"), member(name="C")]
    body = wish(*party, email="b@example.org", join_waiting_list=True)

    refused = await register(http, wish(*party, email="b@example.org"))
    waiting = await register(http, body, key="wait")
    again = await register(http, body, key="wait")

    assert (refused.status_code, waiting.status_code) == (409, 201)
    told = waiting.json()
    assert (told["status"], {t["state"] for t in told["tickets"]}, {t["code"] for t in told["tickets"]}) == (
        "waiting", {"waiting"}, {""},
    )  # fmt: skip
    assert again.content == waiting.content
    assert await value("SELECT taken FROM quota WHERE slug = 'citywide'") == 1
    assert ("ticketing.send_note", "waiting") in await jobs()
    assert (await http.get(f"/api/v1/registrations/{told['manage_url'].rpartition('/')[2]}")).json()[
        "status"
    ] == "waiting"


async def test_whoever_finds_places_does_not_wait(http: httpx.AsyncClient) -> None:
    answer = await register(http, wish(join_waiting_list=True))
    assert answer.json()["status"] == "confirmed"


async def test_party_larger_than_the_hall_would_wait_for_ever(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = 2 WHERE slug = 'citywide'")
    party = [member(name=n) for n in "ABC"]
    assert (await register(http, wish(*party, join_waiting_list=True))).status_code == 409


async def test_nested_places_are_taken_all_the_way_up(http: httpx.AsyncClient) -> None:
    house = await settings.quota("house", 3)
    floor = await settings.quota("floor", 9, within=house)
    await settings.quota("room", 9, used_by="citywide-pass", within=floor)
    await settings.quota("annex", 9, used_by="citywide-pass", within=floor)

    first = await register(http, wish(member(), member(name="B")))
    second = await register(http, wish(member(name="C"), member(name="D"), email="c@example.org"))

    assert (first.status_code, second.status_code) == (201, 409)
    assert [q["quota"] for q in second.json()["full"]] == ["house"]
    rows = await fetch("SELECT slug, taken FROM quota WHERE slug IN ('house', 'floor', 'room', 'annex') ORDER BY slug")
    assert {r["slug"]: r["taken"] for r in rows} == {"house": 2, "floor": 2, "room": 2, "annex": 2}


@pytest.mark.parametrize(
    ("sale_from", "sale_until", "expected"),
    [
        (dt.timedelta(seconds=1), None, [("party[0].ticket_type", "early")]),
        (dt.timedelta(), None, None),
        (None, dt.timedelta(), [("party[0].ticket_type", "past")]),
        (None, dt.timedelta(seconds=1), None),
    ],
)
async def test_sale_has_a_beginning_and_an_end(
    http: httpx.AsyncClient, sale_from: Any, sale_until: Any, expected: Any
) -> None:
    await settings.set_type(
        sale_from=None if sale_from is None else NOW + sale_from,
        sale_until=None if sale_until is None else NOW + sale_until,
    )
    answer = await register(http, wish())
    assert (None if answer.status_code == 201 else wrong(answer)) == expected


@pytest.mark.parametrize(
    ("admission", "price", "approved", "state"),
    [
        ("open", 0, False, "valid"),
        ("open", 1, False, "unpaid"),
        ("approval", 0, False, "unapproved"),
        ("approval", 1, False, "unapproved"),
        ("approval", 1, True, "unpaid"),
        ("approval", 0, True, "valid"),
        ("invitation", 0, False, "valid"),
    ],
)
def test_what_comes_before_a_ticket_is_valid(*, admission: str, price: int, approved: bool, state: str) -> None:
    assert admitted(admission=admission, price=price, approved=approved) == state


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([], "canceled"),
        (["canceled", "canceled"], "canceled"),
        (["canceled", "waiting"], "waiting"),
        (["offered", "canceled"], "offered"),
        (["valid", "unpaid"], "pending"),
        (["unapproved"], "pending"),
        (["valid", "canceled", "blocked"], "confirmed"),
    ],
)
def test_status_follows_from_the_tickets(states: list[str], status: str) -> None:
    assert status_of(states) == status
