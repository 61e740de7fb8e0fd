"""Forms that are not sent yet: kept, gone on with, and forgotten."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core import jobs, retention
from app.core.db import fetch
from app.people.retention import clear_old
from app.ticketing.registering import drafts, offers, uploads
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.ticketing.asking import ask, cell
from tests.ticketing.conftest import Mailbox
from tests.ticketing.pages.test_choosing import choose, held
from tests.ticketing.pages.test_pages import HTML, PAGE, fields, followed, send

SAME = {**HTML, "sec-fetch-site": "same-origin"}


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


async def begin(http: httpx.AsyncClient, **count: int) -> str:
    """Choose tickets and return the address of the form."""
    chosen = {slug.replace("_", "-"): n for slug, n in (count or {"citywide_pass": 1}).items()}
    return str((await choose(http, count=chosen)).headers["location"])


async def post(http: httpx.AsyncClient, address: str, **changes: Any) -> httpx.Response:
    """Send a filled-in form to an address."""
    return await http.post(address, data=fields(**changes), headers=SAME)


async def test_form_is_sent_from_its_draft_with_the_places_kept_and_is_forgotten(http: httpx.AsyncClient) -> None:
    before = await held()
    await fetch("UPDATE quota SET capacity = taken + 1 WHERE slug = 'citywide'")
    address = await begin(http)

    sent = await post(http, address)

    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/registrations/")
    assert await held() == before + 1
    assert await cell("SELECT count(*) FROM form_draft") + await cell("SELECT count(*) FROM hold") == 0
    assert (await http.get(address, headers=HTML)).status_code == 404
    assert "machi_draft" not in http.cookies


async def test_second_click_on_a_draft_registers_nobody_again(http: httpx.AsyncClient) -> None:
    address, form = await begin(http), fields()

    first, second = [await http.post(address, data=form, headers=SAME) for _click in range(2)]

    assert first.headers["location"] == second.headers["location"]
    assert await cell("SELECT count(*) FROM ticket") == 1


async def test_draft_is_sealed_and_opens_with_all_that_was_typed(http: httpx.AsyncClient) -> None:
    address = await begin(http)
    form = {"party.0.organisation": "Harbour Office", "party.0.needs": ["captions"], "consents": "terms-2026"}

    saved = await post(http, address, action="save", **form)

    page = await followed(http, saved)
    assert "Saved. Nothing was sent yet." in page.text
    assert f"http://test{address}" in page.text
    for typed in ('value="Harbour Office"', 'value="captions" checked', 'value="李娜"', '"terms-2026" checked'):
        assert typed in page.text
    [row] = await fetch("SELECT sealed, expires_at FROM form_draft")
    assert b"Harbour" not in row["sealed"]
    assert row["expires_at"] == NOW + drafts.KEPT


async def test_what_is_typed_is_kept_quietly_but_never_brought_back(http: httpx.AsyncClient) -> None:
    address = await begin(http)

    assert (await post(http, address, action="follow")).status_code == 204
    assert 'value="李娜"' in (await http.get(address, headers=HTML)).text
    await post(http, address)
    assert (await post(http, address, action="follow")).status_code == 404
    assert await cell("SELECT count(*) FROM form_draft") == 0


async def test_form_that_came_back_is_kept_for_a_day_only(http: httpx.AsyncClient) -> None:
    await send(http, fields(email=""))
    assert await cell("SELECT expires_at FROM form_draft") == NOW + drafts.PASSING


async def test_form_is_found_again_in_the_same_browser_only(http: httpx.AsyncClient, app: Any) -> None:
    address = await begin(http)
    [cookie] = [c for c in http.cookies.jar if c.name == "machi_draft"]
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == (PAGE, True)
    assert f'href="{address}"' in (await http.get(PAGE, headers=HTML)).text
    async with client(app) as stranger:
        assert "You have begun a form" not in (await stranger.get(PAGE, headers=HTML)).text


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44])
async def test_guessed_link_opens_no_form(http: httpx.AsyncClient, token: str) -> None:
    assert (await http.get(f"{PAGE}/{token}", headers=HTML)).status_code == 404
    assert (await post(http, f"{PAGE}/{token}")).status_code == 404


async def test_form_of_one_convention_is_none_of_another(http: httpx.AsyncClient) -> None:
    address = await begin(http)
    assert (await http.get(address.replace("yokohama-2026", "no-such"), headers=HTML)).status_code == 404


async def test_places_are_given_back_when_their_time_is_over(http: httpx.AsyncClient, clock: Clock) -> None:
    before = await held()
    address = await begin(http, citywide_pass=2)
    clock.forward(seconds=15 * 60 + 1)
    await jobs.drain(clock)
    assert await held() == before

    page = (await http.get(address, headers=HTML)).text
    assert "Your places are not kept any more." in page

    party = {"party.1.name": "林", "party.1.residence": "JP", "party.1.ticket_type": "citywide-pass"}
    again = await followed(http, await post(http, address, action="hold", **party))
    assert "Your places are kept until" in again.text
    assert await held() == before + 2


async def test_places_follow_the_party(http: httpx.AsyncClient) -> None:
    before = await held()
    address = await begin(http)

    await post(http, address, action="add")
    assert await held() == before + 2
    await post(http, address, action="remove.1", **{"party.1.name": "林", "party.1.ticket_type": "citywide-pass"})
    assert await held() == before + 1


async def test_places_kept_stay_when_there_are_none_for_more(http: httpx.AsyncClient) -> None:
    address = await begin(http)
    await fetch("UPDATE quota SET capacity = taken WHERE slug = 'citywide'")
    taken = await held()

    page = await followed(http, await post(http, address, action="add"))

    assert await held() == taken
    assert "They are kept for 1 ticket." in page.text
    assert "For the others there are not enough places at the moment." in page.text


async def test_draft_is_thrown_away_with_its_places(http: httpx.AsyncClient) -> None:
    before = await held()
    address = await begin(http)
    gone = await post(http, address, action="anew")
    assert gone.headers["location"] == PAGE
    assert await held() == before
    assert await cell("SELECT count(*) FROM form_draft") == 0


async def test_drafts_and_their_files_are_deleted_when_their_time_is_over(http: httpx.AsyncClient) -> None:
    address = await begin(http)
    await post(http, address, action="save")
    question = await fetch("SELECT id FROM question LIMIT 1")
    await fetch("INSERT INTO upload (id, question, media_type, size, sealed, created_at)"
                " VALUES ($1, $2, 'application/pdf', 1, '', $3)", uuid4(), question[0]["id"], NOW)  # fmt: skip
    await clear_old(now=NOW + drafts.KEPT - dt.timedelta(minutes=1))
    assert await cell("SELECT count(*) FROM form_draft") + await cell("SELECT count(*) FROM upload") == 2
    await clear_old(now=NOW + drafts.KEPT + dt.timedelta(days=1, minutes=1))
    assert await cell("SELECT count(*) FROM form_draft") + await cell("SELECT count(*) FROM upload") == 0
    assert {"form-drafts", "unclaimed-uploads"} <= {kept.purpose for kept in retention.KEPT}


async def test_form_whose_time_is_over_opens_no_more(http: httpx.AsyncClient, clock: Clock) -> None:
    address = await begin(http)
    clock.forward(seconds=24 * 3600 + 1)
    assert (await http.get(address, headers=HTML)).status_code == 404


async def test_link_comes_by_mail_without_anything_that_was_typed(
    http: httpx.AsyncClient, mailbox: Mailbox, clock: Clock
) -> None:
    address = await begin(http)

    page = await followed(http, await post(http, address, action="save", mail_link="yes"))
    assert "the link is on its way by mail" in page.text
    await jobs.drain(clock)

    [mail] = mailbox()
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"http://test{address}" in body.get_content()
    assert mail["to"].addresses[0].addr_spec == "li.na@example.org"
    assert "李娜" not in mail.as_string()
    assert "李娜" not in body.get_content()


async def test_link_is_not_mailed_without_an_address_nor_without_end(http: httpx.AsyncClient) -> None:
    address = await begin(http)
    page = await followed(http, await post(http, address, action="save", mail_link="yes", email="nonsense"))
    assert "on its way" not in page.text

    answers = [await post(http, address, action="save", mail_link="yes") for _click in range(6)]
    assert [a.status_code for a in answers] == [303] * 5 + [429]
    assert 'value="李娜"' in answers[5].text
    assert await cell("SELECT count(*) FROM job WHERE name = 'ticketing.send_draft'") == 1


async def test_forms_of_somebody_signed_in_are_listed(http: httpx.AsyncClient, app: Any) -> None:
    from tests.doors import token_for

    async with client(app, await token_for("organiser")) as known:
        address = await begin(known, citywide_pass=3)
        account = await cell("SELECT account FROM form_draft")
        [one] = await drafts.of_account(account, now=NOW)
    assert (one.address, one.people, one.convention_slug) == (address, 3, "yokohama-2026")
    assert re.fullmatch(rf"{PAGE}/[\w-]+", one.address)


async def test_files_are_kept_as_long_as_the_form_they_were_sent_with(http: httpx.AsyncClient, clock: Clock) -> None:
    token = await uploads.store(question=await ask("poster", "file"), name="a.pdf", data=b"%PDF-1.7", now=NOW)
    address = await begin(http, student_pass=1)
    form = {"party.0.ticket_type": "student-pass", "party.0.answers.poster": token}
    clock.forward(seconds=3600)

    saved = await followed(http, await post(http, address, action="save", **form))

    assert "a.pdf" in saved.text
    assert await cell("SELECT created_at FROM upload") == NOW + dt.timedelta(hours=1)
    await post(http, address, action="anew")
    assert await cell("SELECT count(*) FROM upload") == 0
