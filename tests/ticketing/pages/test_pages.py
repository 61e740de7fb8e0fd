"""Registration and ticket pages as a browser without JavaScript uses them."""

import asyncio
import html
import io
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import resvg_py
import zxingcpp
from PIL import Image

from app.core import idempotency
from app.core.db import fetch, transaction
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from tests.attendance.test_ledger import statements
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value
from tests.ticketing.wishes import member, register, wish

PAGE = "/yokohama-2026/register"
HTML = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def _fresh_offers() -> Iterator[None]:
    offers.forget()
    yield
    offers.forget()


def fields(**changes: str) -> dict[str, str]:
    """Return a filled-in form for one person; None-like empty strings leave a field empty."""
    return {
        "key": str(uuid4()),
        "email": "li.na@example.org",
        "consents": "terms-2026",
        "party.0.name": "李娜",
        "party.0.residence": "SG",
        "party.0.ticket_type": "citywide-pass",
        **changes,
    }


async def send(http: httpx.AsyncClient, data: dict[str, Any]) -> httpx.Response:
    """Send the form as the browser would."""
    return await http.post(PAGE, data=data, headers={**HTML, "sec-fetch-site": "same-origin"})


def people_in(page: str) -> int:
    """Return for how many people a form is."""
    return len(re.findall("<legend[^>]*>Person", page))


async def followed(http: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Go where a form leads on to."""
    assert answer.status_code == 303, answer.text
    return await http.get(answer.headers["location"], headers=HTML)


def qr_of(svg: str) -> str:
    """Decode a QR drawn as SVG with an independent reader."""
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=450))))
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


async def test_form_registers_and_leads_to_the_ticket(http: httpx.AsyncClient) -> None:
    answer = await send(http, fields())

    assert answer.status_code == 303
    registration = await http.get(answer.headers["location"], headers=HTML)
    assert registration.status_code == 200
    assert "You are registered" in registration.text
    link = re.search(r'href="(/tickets/[^"/]+)"', registration.text)
    assert link is not None
    ticket = await http.get(link[1], headers=HTML)
    (svg,) = re.findall(r"<svg[^>]*viewBox=\"0 0 45 45\".*?</svg>", ticket.text, re.DOTALL)
    code = qr_of(svg)
    assert await value("SELECT count(*) FROM ticket WHERE code_digest = sha256($1::bytea)", code.encode()) == 1


async def test_form_keeps_what_was_typed_and_marks_every_wrong_field(http: httpx.AsyncClient) -> None:
    answer = await send(http, fields(email="nonsense", consents="", **{"party.0.name": "", "party.0.reading": "<b>"}))

    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#([^"]+)">', answer.text) == ["email", "party-0-name", "consents"]
    assert 'value="nonsense"' in answer.text
    assert 'value="&lt;b&gt;"' in answer.text
    assert re.search(r'<option value="SG" selected>', answer.text)
    assert await value("SELECT count(*) FROM registration") == 0


async def test_every_wrong_field_is_named_with_whose_it_is(http: httpx.AsyncClient) -> None:
    answer = await send(http, fields(email="nonsense", consents="", **{"party.1.name": "", "party.1.residence": "DE"}))

    named = re.findall(r'<li><a href="#([^"]+)">([^<]+): [^<:]+</a>', answer.text)
    assert named == [
        ("email", "E-mail"),
        ("party-1-name", "Person 2 – Full name"),
        ("party-1-ticket_type", "Person 2 – Ticket type"),
        ("consents", "What we do with these details"),
    ]


async def test_form_tells_what_each_ticket_on_offer_opens(http: httpx.AsyncClient) -> None:
    page = await http.get(PAGE, params={"party": "1"}, headers=HTML)
    offered = re.findall(r'<option value="([a-z0-9-]+)"[^>]*>', page.text.partition('name="party.0.ticket_type"')[2])
    described = re.findall(r"<div><dt>[^<]+</dt><dd>[^<]+</dd></div>", page.text)
    assert "citywide-pass" in offered
    assert len(described) == len(offered)


async def test_without_tickets_for_an_event_the_form_leads_on(http: httpx.AsyncClient) -> None:
    await fetch("DELETE FROM coverage WHERE event = (SELECT id FROM event WHERE slug = 'yoxo-festival')")
    page = await http.get(PAGE, params={"event": "yoxo-festival"}, headers=HTML)
    assert "No tickets are on offer at the moment" in page.text
    assert f'href="{PAGE}"' in page.text
    assert "Send registration" not in page.text


async def test_people_are_added_and_removed_without_script(http: httpx.AsyncClient) -> None:
    two = await followed(http, await send(http, fields(action="add")))
    assert people_in(two.text) == 2
    assert 'value="李娜"' in two.text
    one = await followed(http, await send(http, fields(action="remove", **{"party.1.name": "林"})))
    assert people_in(one.text) == 1
    assert await value("SELECT count(*) FROM registration") == 0


async def test_sending_the_form_twice_registers_once(http: httpx.AsyncClient) -> None:
    form = fields()

    first, second = await send(http, form), await send(http, form)

    assert first.headers["location"] == second.headers["location"]
    assert await value("SELECT count(*) FROM ticket") == 1


async def test_sold_out_form_says_what_is_full_and_keeps_the_rest(http: httpx.AsyncClient) -> None:
    await fetch("UPDATE quota SET capacity = 0 WHERE slug = 'citywide'")

    answer = await send(http, fields())

    assert answer.status_code == 409
    assert "There are not enough places left." in answer.text
    assert 'value="李娜"' in answer.text


async def test_form_from_another_site_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post(PAGE, data=fields(), headers={**HTML, "origin": "https://evil.example"})

    assert answer.status_code == 403
    assert await value("SELECT count(*) FROM registration") == 0


async def test_markup_in_a_name_is_shown_as_text(http: httpx.AsyncClient) -> None:
    ticket = (await register(http, wish(member(name="<script>alert(1)</script>")))).json()["tickets"][0]

    answer = await http.get(ticket["page_url"], headers=HTML)

    assert html.escape("<script>alert(1)</script>") in answer.text
    assert "<script>alert" not in answer.text


async def test_documents_of_a_ticket(http: httpx.AsyncClient) -> None:
    ticket = (await register(http, wish())).json()["tickets"][0]

    pdf, svg, ics = [await http.get(ticket[u]) for u in ("pdf_url", "qr_svg_url", "ics_url")]

    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert qr_of(svg.text) == ticket["code"]
    assert ics.text.count("BEGIN:VEVENT") == 8
    assert (await http.get(ticket["ics_url"])).content == ics.content


@pytest.mark.parametrize("path", ["/tickets/x", "/tickets/x/qr.svg", "/tickets/x/ticket.pdf", "/registrations/x"])
async def test_guessed_links_open_nothing(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    ("query", "people"),
    [("party=1", 1), ("type=day-pass-1", 1), ("party=3", 3), ("party=0", 1), ("party=99", 40), ("party=x", 1)],
)
async def test_form_opens_for_as_many_people_as_asked(http: httpx.AsyncClient, query: str, people: int) -> None:
    answer = await http.get(f"{PAGE}?{query}", headers=HTML)

    assert people_in(answer.text) == people


@pytest.mark.parametrize(
    "extra",
    [
        {"key": ["a", "b"]}, {"key.x": "a"}, {"sessions.a": "1"}, {"sessions.0.a": "1"}, {"consents.a": "1"},
        {"party.0.ticket_type.x": "1", "sessions": "x"},
        {"party.0.ticket_type": ["a", "b"], "sessions": "x"}, {"email.x": "1"}, {"party": "1"},
        {"action": ["add", "send"]}, {"party.0.sessions": "x"},
    ],
)  # fmt: skip
async def test_form_bent_out_of_shape_is_answered_as_a_form(http: httpx.AsyncClient, extra: dict[str, Any]) -> None:
    kept = {name: words for name, words in fields().items() if not any(bent.startswith(name) for bent in extra)}

    answer = await send(http, {**kept, **extra})

    assert answer.status_code in {303, 422}
    assert answer.status_code == 303 or re.search(r'name="key" value="[0-9a-f-]{36}"', answer.text)


async def test_form_changed_and_sent_again_is_shown_again_with_a_fresh_key(http: httpx.AsyncClient) -> None:
    form = fields()
    await send(http, form)

    answer = await send(http, {**form, "party.0.name": "林"})

    assert answer.status_code == 422
    assert 'value="林"' in answer.text
    assert "Your first registration stands" in answer.text
    fresh = re.search(r'name="key" value="([^"]+)"', answer.text)
    assert fresh is not None
    assert fresh[1] != form["key"]
    assert await value("SELECT count(*) FROM ticket") == 1
    assert (await send(http, {**form, "party.0.name": "林", "key": fresh[1]})).status_code == 303


async def test_form_sent_twice_at_once_is_shown_again_with_its_key(app: Frame, committed: None) -> None:
    """The first is still being worked on when the second has waited long enough."""
    form, claimed, finish = fields(), asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with transaction():
            await idempotency.claim(
                scope="registration:yokohama-2026", key=form["key"], request=b"", answer=b"", now=NOW
            )
            claimed.set()
            await finish.wait()

    async def impatient() -> httpx.Response:
        async with client(app) as http, transaction() as connection:
            await connection.execute("SET LOCAL lock_timeout = '20ms'")
            return await send(http, form)

    slow = asyncio.create_task(first())
    await claimed.wait()
    answer = await asyncio.create_task(impatient())
    finish.set()
    await slow

    assert answer.status_code == 409
    assert "Your registration is being worked on" in answer.text
    assert f'name="key" value="{form["key"]}"' in answer.text
    assert 'value="李娜"' in answer.text


async def test_form_reads_the_places_left_once(http: httpx.AsyncClient) -> None:
    await http.get(PAGE, headers=HTML)

    async with statements() as seen:
        await http.get(PAGE, headers=HTML)

    assert len(seen) == 1


async def test_picture_of_the_code_is_asked_for_again_and_sent_when_new(http: httpx.AsyncClient) -> None:
    address = (await register(http, wish())).json()["tickets"][0]["qr_svg_url"]
    first = await http.get(address)
    known = {"if-none-match": first.headers["etag"]}

    assert first.headers["cache-control"] == "private, no-cache"
    assert (await http.get(address, headers=known)).status_code == 304
    await fetch("UPDATE ticket SET generation = generation + 1")
    again = await http.get(address, headers=known)
    assert again.status_code == 200
    assert qr_of(again.text) != qr_of(first.text)


async def test_form_waits_when_an_address_has_had_too_many_tickets(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ticketing.registering.entries.MOST_TICKETS", 1)
    await send(http, fields())

    answer = await send(http, fields())

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
    assert 'value="李娜"' in answer.text


async def test_calendar_file_and_reserved_places_lead_to_their_sessions(http: httpx.AsyncClient) -> None:
    session = await value("SELECT s.id FROM session s JOIN quota q ON q.session = s.id JOIN event e ON e.id = s.event"
                          " WHERE e.slug = 'oto-matsuri' ORDER BY s.starts_at, s.slug LIMIT 1")  # fmt: skip
    answer = await send(http, fields(sessions=str(session)))
    link = re.search(r'href="(/tickets/[^"/]+)"', (await http.get(answer.headers["location"], headers=HTML)).text)
    assert link is not None
    assert f'href="/yokohama-2026/sessions/{session}"' in (await http.get(link[1], headers=HTML)).text
    file = await http.get(f"{link[1]}/calendar.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "Sat, Nov 21 – Tue, Nov 24, 2026"),
        ("de", "Sa., 21. – Di., 24. Nov. 2026"),
        ("ja", "2026年11月21日(土)～24日(火)"),
    ],
)
async def test_ticket_says_its_days_as_the_programme_does(http: httpx.AsyncClient, tag: str, said: str) -> None:
    location = (await send(http, fields())).headers["location"]
    shown = (await http.get(location, params={"lang": tag}, headers=HTML)).text
    assert f"<dd>{said}</dd>" in " ".join(shown.split())


async def test_enter_key_sends_the_form(http: httpx.AsyncClient) -> None:
    form = (await http.get(PAGE, params={"party": "2"}, headers=HTML)).text.partition(
        'action="/yokohama-2026/register"'
    )[2]
    first = re.search(r"<button [^>]*>", form)
    assert first is not None
    assert 'type="submit"' in first[0]
    assert "name=" not in first[0]


async def test_form_for_an_event_stays_with_it_when_the_language_is_changed(http: httpx.AsyncClient) -> None:
    page = await http.get(PAGE, params={"event": "yoxo-festival", "party": "1"}, headers=HTML)
    (action,) = re.findall(r'action="([^"]+/register[^"]*)"', page.text)
    wrong = await http.post(
        action, data=fields(email="", event="yoxo-festival"), headers={**HTML, "sec-fetch-site": "same-origin"}
    )
    assert wrong.status_code == 422
    link = re.search(r'href="(/yokohama-2026/register/[^"?]+[?]lang=ja)"', wrong.text)
    assert link is not None
    other = await http.get(link[1], headers=HTML)
    assert 'name="event" value="yoxo-festival"' in other.text
    assert 'value="李娜"' in other.text
    assert "data-error-summary" in other.text
