"""Vouchers: made, typed in every way, used, withdrawn, taken along; and nobody finds one by trying."""

import asyncio
import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.registering import offers, voucher_tries
from app.ticketing.setting_up import vouchers
from tests.clock import Clock
from tests.conftest import client
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, OWN, console_of, event, type_by_slug, wrong
from tests.ticketing.stock import sound
from tests.ticketing.wishes import member, register, wish

INVITED = "yoxo-guest"
PAID = "yoxo-robot-ticket"


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
async def own(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of YOXO FESTIVAL."""
    async with await console_of(app) as found:
        yield found


async def base(slug: str = OWN) -> str:
    return f"/console/events/{(await event(slug))['id']}"


async def send(http: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    data = {"label": "Friends", "count": "1", "uses": "1", "effect": "none", **changes}
    return await http.post(f"{await base()}/vouchers/new", data=data)


async def make(http: httpx.AsyncClient, **changes: Any) -> list[str]:
    """Make codes and return them as the page shows them."""
    answer = await send(http, **changes)
    assert answer.status_code == 303, wrong(answer)
    page = await http.get(f"{await base()}/vouchers")
    label = changes.get("label", "Friends")
    return re.findall(rf'<span class="mono">([0-9A-Z-]+)</span><br><small>{label}', page.text)


async def use(http: httpx.AsyncClient, code: str, slug: str = INVITED, **more: Any) -> httpx.Response:
    return await register(http, wish(member(ticket_type=slug, voucher=code, **more), email=f"{uuid4()}@example.org"))


async def code(http: httpx.AsyncClient, **changes: Any) -> str:
    """Make one code for the ticket by invitation."""
    [found] = await make(http, ticket_type=str((await type_by_slug(INVITED))["id"]), **changes)
    return found


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in answer.json().get("errors", ())]


NO_GOOD = (422, [("party[0].voucher", "voucher")])

TYPED = [
    "YOKO-HAMA-26", "yoko hama 26", "YOKOHAMA26", "Y0K0-HAMA-26", "ＹＯＫＯ－ＨＡＭＡ－２６", "yoko—hama–26",
    "YOKOーHAMAー26",
    "  yo-ko-ha-ma-2-6 ", "yoko\N{NO-BREAK SPACE}hama\N{IDEOGRAPHIC SPACE}26", "\u200byoko-hama-26",
]  # fmt: skip


@pytest.mark.parametrize("typed", TYPED)
async def test_code_is_found_however_it_is_typed(http: httpx.AsyncClient, typed: str) -> None:
    answer = await use(http, typed)

    assert answer.status_code == 201, answer.text
    assert await value("SELECT used FROM voucher WHERE label = 'Guests of the city'") == 1
    await sound()


@given(st.text(vouchers.ALPHABET, min_size=10, max_size=10), st.data())
def test_any_code_survives_any_sloppiness(drawn: str, data: st.DataObject) -> None:
    sloppy = {"0": "0Ooo０", "1": "1IilL１"}
    letters = [data.draw(st.sampled_from(sloppy.get(c, c + c.lower() + chr(ord(c) + 0xFEE0)))) for c in drawn]
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "-", "－", "\u3000"]), min_size=10, max_size=10))
    typed = "".join(a + b for a, b in zip(letters, gaps, strict=True))
    assert vouchers.normal(typed) == drawn
    assert vouchers.code_key(typed) == vouchers.code_key(drawn)


def test_codes_are_long_grouped_and_easy_to_read() -> None:
    drawn = {vouchers.new_code() for _n in range(2000)}
    assert len(drawn) == 2000
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", one) for one in drawn)
    assert vouchers.normal("!?") == ""
    assert all(unicodedata.normalize("NFKC", one) == one for one in drawn)


async def test_code_opens_what_is_by_invitation_as_often_as_it_says(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    found = await code(own, uses="2")

    assert errors(await use(http, "")) == [("party[0].voucher", "required")]
    assert [(await use(http, found, name=f"G{n}")).status_code for n in range(2)] == [201, 201]
    assert errors(await use(http, found)) == [("party[0].voucher", "spent")]
    page = await own.get(f"{await base()}/vouchers")
    assert "2 of 2" in page.text
    assert "Used up" in page.text
    await sound()


async def test_code_of_one_type_opens_no_other(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    [paid] = await make(own, ticket_type=str((await type_by_slug(PAID))["id"]), effect="free")
    any_type = next(c for c in await make(own, uses="3") if c != paid)

    refused = await use(http, paid)
    assert (refused.status_code, errors(refused)) == NO_GOOD
    assert (await use(http, any_type)).status_code == 201
    city = await use(http, any_type, "citywide-pass")
    assert (city.status_code, errors(city)) == NO_GOOD


PRICES = [({"effect": "free"}, 0), ({"effect": "fixed", "price": "1100"}, 1100), ({"effect": "none"}, 3300)]


@pytest.mark.parametrize(("effect", "price"), PRICES, ids=["free", "fixed", "none"])
async def test_code_changes_the_price(
    own: httpx.AsyncClient, http: httpx.AsyncClient, effect: dict[str, str], price: int
) -> None:
    [found] = await make(own, ticket_type=str((await type_by_slug(PAID))["id"]), **effect)
    body = wish(member(ticket_type=PAID, voucher=found, answers={"robot-experience": "never"}), payment="bank_transfer")

    made = await register(http, body)

    assert made.status_code == 201, made.text
    row = await fetch("SELECT price, tax, state FROM ticket WHERE registration = $1", UUID(made.json()["id"]))
    assert (row[0]["price"], row[0]["tax"]) == (price, price * 10 // 110)
    assert row[0]["state"] == ("unpaid" if price else "valid")


async def test_expired_and_withdrawn_codes_open_nothing(
    own: httpx.AsyncClient, http: httpx.AsyncClient, clock: Clock
) -> None:
    late = await code(own, label="Late", valid_until="2026-11-22T09:30", uses="5")
    gone = await code(own, label="Gone", uses="5")
    assert (await use(http, gone)).status_code == 201
    row = await value("SELECT id FROM voucher WHERE label = 'Gone'")
    for _twice in range(2):
        answer = await own.post(f"{await base()}/vouchers/{row}/withdraw")
        assert answer.status_code == 303

    refused = await use(http, gone)
    assert (refused.status_code, errors(refused)) == NO_GOOD
    clock.moment = dt.datetime(2026, 11, 22, 0, 29, tzinfo=dt.UTC)
    assert (await use(http, late)).status_code == 201
    clock.moment += dt.timedelta(minutes=1)
    refused = await use(http, late)
    assert (refused.status_code, errors(refused)) == NO_GOOD
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'voucher.withdraw'") == 1


WRONG: list[tuple[dict[str, str], str]] = [
    ({"label": ""}, "label"),
    ({"count": "0"}, "count"),
    ({"count": "501"}, "count"),
    ({"uses": "0"}, "uses"),
    ({"uses": "many"}, "uses"),
    ({"effect": "double"}, "effect"),
    ({"effect": "fixed"}, "price"),
    ({"effect": "fixed", "price": "-1"}, "price"),
    ({"effect": "fixed", "price": "3301", "ticket_type": PAID}, "price"),
    ({"ticket_type": "citywide-pass"}, "ticket_type"),
    ({"ticket_type": str(UUID(int=1))}, "ticket_type"),
    ({"valid_until": "2020-01-01T00:00"}, "valid_until"),
    ({"valid_until": "tomorrow"}, "valid_until"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[f"{f} {n}" for n, (_c, f) in enumerate(WRONG)])
async def test_wrong_field_is_named_and_what_was_typed_stays(
    own: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    if not change.get("ticket_type", "0")[0].isdecimal():
        change = {**change, "ticket_type": str((await type_by_slug(change["ticket_type"]))["id"])}

    answer = await send(own, **{"label": "Kept <label>", **change})

    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert field == "label" or "Kept &lt;label&gt;" in answer.text
    assert await value("SELECT count(*) FROM voucher") == 1


async def test_form_sent_twice_makes_its_codes_once(own: httpx.AsyncClient) -> None:
    page = await own.get(f"{await base()}/vouchers/new")
    [drawn] = re.findall(r'name="form" value="([^"]+)"', page.text)

    first = await make(own, count="500", form=drawn)
    again = await send(own, count="500", form=drawn)

    assert again.status_code == 303
    assert await value("SELECT count(*) FROM voucher WHERE label = 'Friends'") == 500
    assert len(first) == vouchers.PAGE
    last = await own.get(f"{await base()}/vouchers?page=99")
    assert "Page 6 of 6" in last.text


async def test_list_is_taken_along_whole_and_written_down(app: Frame, own: httpx.AsyncClient) -> None:
    await make(own, label="=cmd()", count="2", uses="7")

    answer = await own.post(f"{await base()}/vouchers/export", data={"as": "csv"})
    book = await own.post(f"{await base()}/vouchers/export", data={"as": "xlsx"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [len(rows), rows[0][:2], {r[1] for r in rows[1:]}] == [
        4,
        ["Code", "Label"],
        {"'=cmd()", "Guests of the city"},
    ]
    assert "YOKO-HAMA-26" in {r[0] for r in rows}
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert {c.value for c in sheet["B"]} == {"Label", "=cmd()", "Guests of the city"}
    assert {c.data_type for c in sheet["B"]} == {"s"}
    assert answer.headers["cache-control"] == book.headers["cache-control"] == "private, no-store"
    rows_of_log = await fetch("SELECT detail FROM audit_entry WHERE action = 'voucher.export'")
    assert [r["detail"] for r in rows_of_log] == 2 * ['{"vouchers":3}']


async def test_table_holds_no_code_that_anybody_could_read(own: httpx.AsyncClient) -> None:
    found = await code(own)
    rows = await fetch("SELECT v::text AS words FROM voucher v")
    assert not [r for r in rows if found in r["words"] or found.encode().hex() in r["words"]]
    assert not [r for r in rows if vouchers.normal(found).encode().hex() in r["words"]]


async def test_another_organiser_finds_nothing(app: Frame, own: httpx.AsyncClient) -> None:
    found = await code(own)
    row = await value("SELECT id FROM voucher WHERE label = 'Friends'")
    async with await console_of(app, FOREIGN) as other:
        assert (await other.get(f"{await base()}/vouchers")).status_code == 404
        assert (await other.post(f"{await base()}/vouchers/export")).status_code == 404
        mine = await other.get(f"{await base(FOREIGN)}/vouchers")
        assert (mine.status_code, found in mine.text) == (200, False)
        for one in (await base(), await base(FOREIGN)):
            assert (await other.post(f"{one}/vouchers/{row}/withdraw")).status_code == 404
    assert await value("SELECT withdrawn_at IS NULL FROM voucher WHERE id = $1", row)


async def test_officer_makes_codes_for_the_citys_tickets(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app, role="officer") as officer:
        [found] = await make(officer, ticket_type=str((await type_by_slug("citywide-pass"))["id"]))
    async with await console_of(app) as own:
        page = await own.get(f"{await base()}/vouchers")
    assert found not in page.text
    assert await value("SELECT organiser IS NULL FROM voucher WHERE label = 'Friends'")
    assert (await use(http, found, "citywide-pass")).status_code == 201


async def test_nobody_finds_a_code_by_trying(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tried too often is told nothing, not even of a good code; whoever types none is not held up."""
    monkeypatch.setattr(voucher_tries, "MOST", 3)
    for n in range(3):
        answer = await use(http, f"WRONG-{n}")
        assert (answer.status_code, errors(answer)) == NO_GOOD

    assert (await use(http, "WRONG-4")).status_code == 429
    assert (await use(http, "YOKO-HAMA-26")).status_code == 429
    assert (await use(http, "", "citywide-pass")).status_code == 201
    assert await value("SELECT used FROM voucher WHERE label = 'Guests of the city'") == 0


async def test_good_codes_are_no_misses(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voucher_tries, "MOST", 2)
    assert [(await use(http, "YOKO-HAMA-26", name=f"G{n}")).status_code for n in range(4)] == 4 * [201]


async def test_trying_on_the_page_is_counted_as_well(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voucher_tries, "MOST", 2)
    statuses = []
    for typed in ("WRONG-1", "WRONG-2", "YOKO-HAMA-26"):
        data = {"action": "choose", f"count.{INVITED}": "1", "voucher": typed, "key": str(uuid4())}
        answer = await http.post("/yokohama-2026/register", data=data, headers={"accept": "text/html"})
        statuses.append(answer.status_code)
    assert statuses == [422, 422, 429]


async def test_last_use_goes_to_one(app: Frame, committed: None) -> None:
    """Real commits: twelve at once, three uses."""
    try:
        await fetch("UPDATE voucher SET uses = 3 WHERE label = 'Guests of the city'")
        async with client(app) as http:
            answers = await asyncio.gather(*(use(http, "YOKO-HAMA-26", name=f"G{n}") for n in range(12)))
        assert sorted(a.status_code for a in answers) == 3 * [201] + 9 * [422]
        await sound()
    finally:
        await fetch("UPDATE voucher SET uses = 50, used = 0 WHERE label = 'Guests of the city'")
