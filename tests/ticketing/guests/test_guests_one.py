"""One guest: what organisers see, what they do, and that the guest is told why."""

import re
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.people.holders import Trace
from app.people.persons import address_key
from app.people.privacy import HOLDER
from app.ticketing import queries
from app.ticketing.life import history
from app.ticketing.registering import offers, uploads
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing import stock
from tests.ticketing.organisers import FOREIGN, event, wrong
from tests.ticketing.own_guests import ask, base, console_of, guest, own_type
from tests.ticketing.wishes import TOMORROW

BECAUSE = {"reason": "Lost badge"}
PDF = b"%PDF-1.7 student card"


@pytest.fixture(autouse=True)
def _fresh_offers() -> None:
    offers.forget()


@pytest.fixture
async def own(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with await console_of(app) as found:
        yield found


async def state_of(ticket: UUID) -> str:
    return str(await value("SELECT state FROM ticket WHERE id = $1", ticket))


async def test_page_says_all_and_is_written_down(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    mine, at = await own_type(own), await event()
    diet = await ask(own_event=at["id"], organiser=at["organiser"])
    foreign = await ask(own_event=None, organiser=None, label="City's question")
    first = {
        "name": "孫",
        "reading": "Son",
        "organisation": "Harbour Lab",
        "ticket_type": mine,
        "needs": ["captions"],
        "answers": {diet: "Vegan", foreign: "Not yours"},
    }
    ticket = await guest(http, first, {"name": "Own Companion", "ticket_type": mine}, {"name": "City Stranger"})
    page = await own.get(f"{await base()}/{ticket}")

    assert page.status_code == 200
    for words in ("孫", "Son", "Harbour Lab", "li.na@example.org", "Singapore", "Captions", "Vegan", "Own Companion"):
        assert words in page.text
    assert "1 more person of the party" in page.text
    for words in ("City Stranger", "Not yours", "City&#39;s question"):
        assert words not in page.text
    assert page.headers["cache-control"] == "private, no-store"
    person = await value("SELECT person FROM ticket WHERE id = $1", ticket)
    entry = await fetch_one("SELECT * FROM audit_entry WHERE action = 'guest.read'")
    assert entry is not None
    assert (entry["subject"], entry["detail"]) == (f"person:{person}", f'{{"ticket":"{ticket}"}}')
    account = UUID(entry["actor"].partition(":")[2])
    assert await HOLDER.reached(Trace("account", account, NOW - TOMORROW, NOW + TOMORROW)) == {person}


async def test_guests_of_others_and_of_the_city_are_not_found(
    app: Frame, own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    async with await console_of(app, FOREIGN) as other, await console_of(app, role="officer") as officer:
        theirs = await guest(http, {"ticket_type": await own_type(other, FOREIGN)})
        citys = await guest(http, {"name": "City Guest"})
        mine = await guest(http, {"name": "Mine", "ticket_type": await own_type(own)})
        for ticket in (theirs, citys):
            for way in ("", "/change", "/transfer", "/do/block"):
                assert (await own.get(f"{await base()}/{ticket}{way}")).status_code == 404
            for way in ("/change", "/transfer", "/do/block", "/do/cancel", "/mail"):
                sent = {"name": "X", "residence": "JP", **BECAUSE}
                assert (await own.post(f"{await base()}/{ticket}{way}", data=sent)).status_code == 404
        assert (await own.get(f"{await base(FOREIGN)}/{mine}")).status_code == 404, "not through another's event"
        assert (await other.get(f"{await base(FOREIGN)}/{mine}")).status_code == 404
        assert (await officer.get(f"{await base()}/{citys}")).status_code == 200
    assert await value("SELECT count(*) FROM ticket_change") == 0


@pytest.mark.parametrize(
    ("deed", "states", "told"),
    [
        ("block", ("valid", "blocked"), "Blocked by the organiser: Lost badge"),
        ("unblock", ("blocked", "valid"), "Lost badge"),
        ("cancel", ("valid", "canceled"), "Canceled by the organiser: Lost badge"),
        ("reissue", ("valid", "valid"), "New code made by the organiser"),
    ],
)
async def test_deeds_ask_for_a_reason_and_are_told(
    own: httpx.AsyncClient, http: httpx.AsyncClient, deed: str, states: tuple[str, str], told: str
) -> None:
    before, after = states
    ticket = await guest(http, {"ticket_type": await own_type(own)})
    await fetch("UPDATE ticket SET state = $2 WHERE id = $1", ticket, before)
    address = f"{await base()}/{ticket}"
    assert f"/do/{deed}" in (await own.get(address)).text
    assert (await own.get(f"{address}/do/{deed}")).status_code == 200
    assert await state_of(ticket) == before, "looking does nothing"

    silent = await own.post(f"{address}/do/{deed}", data={"reason": " "})
    assert (silent.status_code, wrong(silent)) == (422, ["reason"])
    assert await state_of(ticket) == before

    done = await own.post(f"{address}/do/{deed}", data=BECAUSE)
    assert (done.status_code, await state_of(ticket)) == (303, after)
    assert told in (await own.get(address)).text
    lines = await history.of_ticket(ticket)
    assert (lines[-1].actor, lines[-1].reason) == ("staff", "Lost badge")
    assert await value("SELECT count(*) FROM audit_entry WHERE action = $1", f"guest.{deed}") == 1
    assert "Lost badge" not in str(await value("SELECT string_agg(detail, '') FROM audit_entry")), "no free text there"
    await stock.sound()


async def test_deed_that_came_too_late_says_so(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    ticket = await guest(http, {"ticket_type": await own_type(own)})
    await own.post(f"{await base()}/{ticket}/do/cancel", data=BECAUSE)
    answer = await own.post(f"{await base()}/{ticket}/do/block", data=BECAUSE)
    assert answer.status_code == 409
    assert "cannot be done with this ticket any more" in answer.text
    assert (await own.post(f"{await base()}/{ticket}/do/nonsense", data=BECAUSE)).status_code == 404


async def test_details_are_changed_and_the_form_keeps_what_was_typed(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    ticket = await guest(http, {"name": "Wrong Name", "ticket_type": await own_type(own)})
    address = f"{await base()}/{ticket}/change"
    shown = await own.get(address)
    assert 'value="Wrong Name"' in shown.text
    typed = {"name": "Right Name", "email": "no address", "residence": "XX", "needs": "captions", "languages": "en, ja"}
    refused = await own.post(address, data=typed)
    assert (refused.status_code, set(wrong(refused))) == (422, {"email", "residence", "reason"})
    assert 'value="Right Name"' in refused.text
    assert re.search(r'value="captions" checked', refused.text)

    typed |= {"email": "right@example.org", "residence": "DE", **BECAUSE}
    assert (await own.post(address, data=typed)).status_code == 303
    view = await queries.ticket(ticket)
    assert view is not None
    assert (view.name, view.email, view.residence, view.needs) == (
        "Right Name",
        "right@example.org",
        "DE",
        ("captions",),
    )
    assert view.languages == ("en", "ja")


async def test_ticket_is_passed_on_with_the_answers_that_are_needed(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    at = await event()
    diet = await ask(own_event=at["id"], organiser=at["organiser"], required=True)
    ticket = await guest(http, {"name": "Old", "ticket_type": await own_type(own), "answers": {diet: "Fish"}})
    before = await value("SELECT code_digest FROM ticket WHERE id = $1", ticket)
    address = f"{await base()}/{ticket}/transfer"
    assert f'name="answers.{diet}"' in (await own.get(address)).text
    typed = {"name": "New Holder", "email": "new@example.org", "residence": "KR", **BECAUSE}
    refused = await own.post(address, data=typed)
    assert (refused.status_code, wrong(refused)) == (422, [f"answers-{diet}"])
    offers.forget()
    assert (await own.post(address, data={**typed, f"answers.{diet}": "Rice"})).status_code == 303
    assert await value("SELECT code_digest FROM ticket WHERE id = $1", ticket) != before
    page = (await own.get(f"{await base()}/{ticket}")).text
    assert "New Holder" in page
    assert "Rice" in page
    assert "Fish" not in page


async def test_mail_is_sent_again_once(own: httpx.AsyncClient, http: httpx.AsyncClient, clock: Clock) -> None:
    ticket = await guest(http, {"ticket_type": await own_type(own)})
    for _ in range(2):
        assert (await own.post(f"{await base()}/{ticket}/mail")).status_code == 303
    mails = "SELECT count(*) FROM job WHERE name = 'ticketing.send_ticket' AND payload ->> 'ticket_id' = $1"
    assert await value(mails, str(ticket)) == 2, "the first, and one more"
    await fetch("UPDATE ticket SET state = 'blocked' WHERE id = $1", ticket)
    assert (await own.post(f"{await base()}/{ticket}/mail")).status_code == 409


async def test_mail_that_came_back_is_told(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    ticket = await guest(http, {"ticket_type": await own_type(own)})
    await fetch(
        "INSERT INTO undeliverable (address_key, status, at) VALUES ($1, '5.1.1', $2)",
        address_key("li.na@example.org"),
        NOW,
    )
    assert "came back (5.1.1)" in (await own.get(f"{await base()}/{ticket}")).text


async def test_file_is_given_out_as_an_attachment_to_its_asker_alone(
    app: Frame, own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    at, mine = await event(), await own_type(own)
    slug = await ask(own_event=at["id"], organiser=at["organiser"], kind="file", label="Student card")
    citys = await ask(own_event=None, organiser=None, kind="file", label="City's file")
    sent = {}
    for question in (slug, citys):
        key = UUID(str(await value("SELECT id FROM question WHERE slug = $1", question)))
        sent[question] = await uploads.store(question=key, name="学生証.pdf", data=PDF, now=NOW)
    ticket = await guest(http, {"ticket_type": mine, "answers": sent})
    ids = {row["question"]: row["id"] for row in await fetch("SELECT id, question FROM upload")}
    questions = {row["slug"]: row["id"] for row in await fetch("SELECT id, slug FROM question")}
    address = f"{await base()}/{ticket}/files"

    assert f"{address}/{ids[questions[slug]]}" in (await own.get(f"{await base()}/{ticket}")).text
    answer = await own.get(f"{address}/{ids[questions[slug]]}")
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%AD%A6")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await own.get(f"{address}/{ids[questions[citys]]}")).status_code == 404, "asked by somebody else"
    assert (await own.get(f"{address}/{uuid4()}")).status_code == 404
    async with await console_of(app, FOREIGN) as other:
        assert (await other.get(f"{await base(FOREIGN)}/{ticket}/files/{ids[questions[slug]]}")).status_code == 404
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guest.file'") == 1


async def test_erased_guest_can_only_be_canceled(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    ticket = await guest(http, {"name": "Gone Guest", "ticket_type": await own_type(own)})
    await fetch("UPDATE person SET key = NULL")
    page = await own.get(f"{await base()}/{ticket}")
    assert page.status_code == 200
    assert "Gone Guest" not in page.text
    assert re.findall(r"/do/(\w+)", page.text) == ["cancel"]
    assert (await own.post(f"{await base()}/{ticket}/do/cancel", data=BECAUSE)).status_code == 303
