"""What guests and organisers type, wherever the pages of tickets show it: as words, and in lists never as a formula.

Browsers run the payloads of `tests/browser/test_xss.py`; here every field of the tickets has them, in seconds.
"""

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from tests.browser.walk import inline
from tests.clock import Clock
from tests.doors import value
from tests.ticketing.life.doing import EARLY
from tests.ticketing.organisers import event
from tests.ticketing.own_guests import console_of, own_type
from tests.ticketing.wishes import member, register, wish

EVIL = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
"""Leaves an attribute, an element and a script, where one of them is not written as words."""
SEEN = "&lt;img src=x onerror=alert(1)&gt;"
"""How it stands on a page as words."""
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", " =1+1")
TYPE = "yoxo-festival-workshop-pass"


class Planted:
    """The addresses that show the words, and the organiser's browser."""

    own: httpx.AsyncClient
    home: str
    guest: str
    manage: str
    link: str
    uploads: str


async def sent(who: httpx.AsyncClient, path: str, form: dict[str, Any], *, status: int = 303) -> httpx.Response:
    answer = await who.post(path, data=form)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer


@pytest.fixture
async def planted(app: Frame, http: httpx.AsyncClient, clock: Clock) -> AsyncIterator[Planted]:
    clock.moment = EARLY
    offers.forget()
    async with await console_of(app) as own:
        yield await plant(own, http)
    offers.forget()


async def plant(own: httpx.AsyncClient, http: httpx.AsyncClient) -> Planted:
    found = Planted()
    found.own, found.home = own, f"/console/events/{(await event())['id']}"
    await own_type(own)
    await questions(found)
    offers.forget()
    file = await http.post(
        f"/api/v1/conventions/yokohama-2026/uploads/{await slug_of('file')}",
        params={"name": f"{EVIL}.pdf"},
        content=b"%PDF-1.7",
        headers={"content-type": "application/pdf"},
    )
    answers = {await slug_of("text"): EVIL, await slug_of("file"): file.json()["upload"]}
    person = member(
        name=EVIL, reading=EVIL, organisation=EVIL, needs=["other"], needs_note=EVIL, ticket_type=TYPE, answers=answers
    )
    answer = await register(http, wish(person, person | {"email": "b@example.org", "answers": {}}))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    found.manage = "/registrations/" + str(body["manage_url"]).rpartition("/")[2]
    found.link = "/tickets/" + str(body["tickets"][0]["page_url"]).rpartition("/")[2]
    found.guest = f"{found.home}/guests/{body['tickets'][0]['id']}"
    await deeds(found)
    return found


async def questions(found: Planted) -> None:
    for kind in ("text", "choice", "file"):
        words = {"label.en": EVIL, "hint.en": EVIL, "options.en": f"{EVIL}\n{EVIL} 2", "kind": kind}
        await sent(found.own, f"{found.home}/questions/new", words)
    codes = {"label": EVIL, "count": "1", "uses": "1", "effect": "none"}
    await sent(found.own, f"{found.home}/vouchers/new", codes)
    await sent(found.own, f"{found.home}/quotas/new", {"name.en": EVIL, "capacity": "5"})
    way = {"provider": "bank_transfer", "instructions.en": EVIL, "issuer": EVIL, "number": "T1234567890123"}
    shown = (await found.own.get(f"{found.home}/payments/method")).text
    seen = re.findall(r'name="seen" value="(\d+)"', shown)
    await sent(found.own, f"{found.home}/payments/method", {**way, "enabled": "true", "days": "5", "seen": seen})


async def slug_of(kind: str) -> str:
    return str(await value("SELECT slug FROM question WHERE kind = $1 AND label ->> 'en' = $2", kind, EVIL))


async def deeds(found: Planted) -> None:
    await sent(found.own, f"{found.guest}/do/block", {"reason": EVIL})
    await sent(found.own, f"{found.guest}/do/unblock", {"reason": EVIL})
    await sent(found.own, f"{found.home}/messages/new", {"kind": "service", "subject.en": EVIL, "body.en": EVIL})
    heading = f"Name,E-mail,Country,{quoted(EVIL)}\n"
    line = f"{quoted(EVIL)},{quoted(EVIL)},{quoted(EVIL)},{quoted(EVIL)}\n"
    listed = await found.own.post(
        f"{found.home}/guests/imports", files={"file": (EVIL, (heading + line + line).encode())}
    )
    assert listed.status_code == 303
    found.uploads = listed.headers["location"]
    row = await fetch_one("SELECT registration, id FROM ticket ORDER BY position LIMIT 1")
    assert row is not None
    await fetch(
        "INSERT INTO payment (id, registration, organiser, provider, amount, tax, reference, state, due_at, settled_by,"
        " created_at, lines, received, refund, returned) SELECT gen_random_uuid(), $1, y.organiser, 'bank_transfer',"
        " 3300, 300, 'AAA-AAAA-A', 'due', $3::timestamptz + interval '9 days', '', $3, jsonb_build_array("
        "jsonb_build_object('ticket', t.id, 'price', 3300, 'percent', 10)), 0, 0, 0"
        " FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type WHERE t.id = $2",
        *(row["registration"], row["id"], EARLY),
    )
    payment = await value("SELECT id FROM payment")
    await sent(found.own, f"{found.home}/payments/{payment}", {"note": EVIL})


def quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


async def pages(found: Planted) -> list[str]:
    """Return the addresses of all pages on which the words stand."""
    ids = {
        name: await value(f"SELECT id FROM {name} {rest}")
        for name, rest in (("message", ""), ("payment", ""), ("quota", "ORDER BY capacity LIMIT 1"))
    }
    asked = [row["id"] for row in await fetch("SELECT id FROM question WHERE label ->> 'en' = $1", EVIL)]
    below = [
        "questions", "questions/new", *(f"questions/{one}" for one in asked), "vouchers", "tickets",
        f"quotas/{ids['quota']}", "payments", "payments?q=img", f"payments/{ids['payment']}", "payments/method",
        "messages", f"messages/{ids['message']}", f"messages/{ids['message']}/edit", "guests",
        "guests?words=img", "guests/answers", "history",
    ]  # fmt: skip
    guest = [found.guest, *(f"{found.guest}/{rest}" for rest in ("change", "transfer", "do/block", "do/cancel"))]
    ticket = await value("SELECT id FROM ticket ORDER BY position LIMIT 1")
    holder = [
        found.manage,
        found.link,
        f"{found.manage}/cancel",
        f"{found.link}/change",
        f"{found.link}/new-code",
        f"{found.manage}/tickets/{ticket}/change",
        f"{found.manage}/tickets/{ticket}/pass-on",
        f"/yokohama-2026/register?type={TYPE}",
    ]
    return [*(f"{found.home}/{one}" for one in below), found.uploads, *guest, *holder]


def wrong(html: str) -> list[str]:
    """Return the scripts and handlers in a page, and what of the words is not written as words."""
    return inline(html) + [EVIL] * (EVIL in html) + ["<img src=x"] * ("<img src=x" in html)


async def test_words_are_words_on_every_page(planted: Planted) -> None:
    silent = []
    for path in await pages(planted):
        answer = await planted.own.get(path)
        assert answer.status_code == 200, path
        assert wrong(answer.text) == [], path
        if SEEN not in answer.text:
            silent.append(path.rpartition("/")[2][:20])
    assert len(silent) <= 6, f"hardly any page is looked at in vain: {silent}"


async def test_control_words_that_are_not_escaped_are_found() -> None:
    assert wrong(f"<p>{EVIL}</p>")
    assert wrong(f'<input value="{EVIL}">')
    assert wrong(f"<p>{SEEN}</p>") == []


async def test_words_come_back_as_words_when_a_form_is_refused(planted: Planted) -> None:
    home, guest = planted.home, planted.guest
    payment = await value("SELECT id FROM payment")
    forms: list[tuple[str, dict[str, Any]]] = [
        (f"{home}/questions/new", {"kind": EVIL, "label.en": EVIL, "options.en": EVIL, "types": EVIL, "shown": EVIL}),
        (f"{home}/vouchers/new", {"label": EVIL, "count": EVIL, "uses": EVIL, "price": EVIL, "valid_until": EVIL}),
        (f"{home}/quotas/new", {"name.en": EVIL, "capacity": EVIL, "within": EVIL, "day": EVIL}),
        (f"{home}/tickets/new", {"title.en": EVIL, "price": EVIL, "days": EVIL, "role": EVIL, "sale_from": EVIL}),
        (f"{home}/messages/new", {"kind": EVIL, "subject.en": EVIL}),
        (f"{home}/payments/{payment}", {"note": EVIL, "amount": EVIL, "paid_on": EVIL, "reason": EVIL}),
        (f"{home}/payments/method", {"provider": EVIL, "instructions.en": EVIL, "days": EVIL, "issuer": EVIL}),
        (f"{home}/guests/approvals", {"tickets": EVIL, "reason": EVIL, "action": "approve"}),
        (f"{home}/guests/imports", {"ticket_type": EVIL}),
        (f"{home}/badges.pdf", {"size": EVIL, "ticket_type": EVIL, "part": EVIL}),
        (f"{guest}/change", {"name": EVIL, "email": EVIL, "residence": EVIL, "languages": EVIL, "needs": EVIL}),
        (f"{guest}/transfer", {"name": EVIL, "email": EVIL, "residence": EVIL}),
        (f"{guest}/do/block", {"reason": EVIL + "\0"}),
        (f"{planted.link}/change", {"party.0.name": EVIL, "party.0.residence": EVIL, "key": EVIL, "sessions": EVIL}),
    ]
    for path, form in forms:
        answer = await planted.own.post(path, data=form)
        assert answer.status_code in {422, 409}, (path, answer.status_code)
        assert wrong(answer.text) == [], path


async def test_statement_that_is_pasted_stays_words(planted: Planted) -> None:
    form = {"lines": f"{EVIL}\n2026-11-21,3300,{EVIL}\n{EVIL} AAA-AAAA-A 3300"}
    answer = await sent(planted.own, f"{planted.home}/payments/statement", form, status=200)
    assert SEEN in answer.text
    assert wrong(answer.text) == []


# Lists to take along


@pytest.mark.parametrize("formula", FORMULAS)
async def test_no_cell_of_any_list_is_a_formula(planted: Planted, http: httpx.AsyncClient, formula: str) -> None:
    person = member(name=f"{formula}", organisation=formula, needs=["other"], needs_note=formula, ticket_type=TYPE)
    asked = await slug_of("text")
    answer = await register(http, wish(person | {"answers": {asked: formula}}, email="f@example.org"))
    assert answer.status_code == 201, answer.text
    await fetch("UPDATE question SET label = jsonb_build_object('en', $1::text) WHERE slug = $2", formula, asked)
    codes = {"label": formula, "count": "1", "uses": "1", "effect": "none"}
    await sent(planted.own, f"{planted.home}/vouchers/new", codes)
    columns = ["name", "organisation", "needs", f"answer.{asked}"]
    for path, form in (("guests", {"columns": columns}), ("vouchers", {}), ("payments", {})):
        for kind in ("csv", "xlsx"):
            answer = await sent(
                planted.own, f"{planted.home}/{path}/export", {"kind": kind, "as": kind, **form}, status=200
            )
            assert answer.headers["content-disposition"].startswith("attachment;")
            assert answer.headers["x-content-type-options"] == "nosniff"
            cells = in_csv(answer.content) if answer.headers["content-type"].startswith("text/csv") else in_book(answer)
            assert path == "payments" or any(formula.strip() in cell for cell in cells), path


def in_csv(content: bytes) -> list[str]:
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell.strip().replace("\uff1d", "=")[:1] in set("=+-@") and cell != "-"], cells
    return cells


def in_book(answer: httpx.Response) -> list[str]:
    book = load_workbook(io.BytesIO(answer.content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    return [str(cell.value) for cell in cells]
