"""Payments at the organiser's console, through HTTP."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.core.web.frame import Frame
from app.ticketing.payments import books, views
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, console_of, event, type_by_slug, wrong
from tests.ticketing.payments.bills import bill, method, owing, paid_type, states, work


async def base(slug: str = "yoxo-festival") -> str:
    return f"/console/events/{(await event(slug))['id']}/payments"


async def own_bill(http: httpx.AsyncClient, name: str = "Guest", price: int = 3300) -> Any:
    """Let somebody owe the organiser of the event."""
    own = (await event())["organiser"]
    await method(organiser=own)
    if not await value("SELECT count(*) FROM ticket_type WHERE slug = 'own'"):
        await paid_type("own", price, organiser=own)
    return await bill(await owing(http, "own", name=name))


FORM = {"provider": "bank_transfer", "instructions.en": "Account 7", "days": "14", "enabled": "true", "seen": "0"}


async def test_organiser_sets_up_how_people_pay(app: Frame, http: httpx.AsyncClient) -> None:
    async with await console_of(app, FOREIGN) as own:
        address = f"{await base(FOREIGN)}/method"
        page = await own.get(f"{address}?provider=bank_transfer")
        saved = await own.post(address, data={**FORM, "number": "ｔ１２３４-５６７８ ９０１２３", "issuer": "Oto"})
        overview = await own.get(await base(FOREIGN))

    assert page.status_code == 200
    assert "checked" in page.text, "who sets it up wants to offer it"
    assert saved.status_code == 303
    row = (await fetch("SELECT * FROM payment_method WHERE issuer = 'Oto'"))[0]
    assert (row["number"], row["days"], row["enabled"]) == ("T1234567890123", 14, True)
    assert row["organiser"] == (await event(FOREIGN))["organiser"]
    assert "Offered" in overview.text
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment-method.save'") == 1


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"instructions.en": ""}, ["instructions"]),
        ({"days": "0"}, ["days"]),
        ({"days": "91"}, ["days"]),
        ({"days": "soon"}, ["days"]),
        ({"number": "T123"}, ["number"]),
        ({"number": "1234567890123"}, ["number"]),
        ({"instructions.en": "", "number": "X"}, ["instructions", "number"]),
        ({"issuer": "x" * 201, "instructions.en": "x" * 4001}, ["instructions-en", "issuer"]),
    ],
)
async def test_every_wrong_field_is_named_and_nothing_typed_is_lost(
    app: Frame, rollback: None, changed: dict[str, str], fields: list[str]
) -> None:
    async with await console_of(app, FOREIGN) as own:
        answer = await own.post(f"{await base(FOREIGN)}/method", data={**FORM, "issuer": "Kept words", **changed})
    assert (answer.status_code, wrong(answer)) == (422, fields)
    assert changed.get("issuer", "Kept words") in answer.text


async def test_who_saves_second_is_told(app: Frame, rollback: None) -> None:
    async with await console_of(app, FOREIGN) as own:
        address = f"{await base(FOREIGN)}/method"
        assert (await own.post(address, data=FORM)).status_code == 303
        assert (await own.post(address, data={**FORM, "days": "20"})).status_code == 303
        late = await own.post(address, data={**FORM, "days": "30"})
    assert late.status_code == 409
    assert 'value="30"' in late.text
    assert "Stored now: “20”" in late.text


async def test_only_way_to_pay_stays_while_tickets_for_money_are_on_sale(app: Frame, rollback: None) -> None:
    own_id = (await event(FOREIGN))["organiser"]
    await paid_type("theirs", organiser=own_id)
    await method(organiser=own_id)
    closed = {name: words for name, words in FORM.items() if name != "enabled"}
    async with await console_of(app, FOREIGN) as own:
        address = f"{await base(FOREIGN)}/method"
        refused = await own.post(address, data=closed)
        await own.post(address, data={"provider": "cash", "enabled": "true"})
        allowed = await own.post(address, data=closed)
    assert wrong(refused) == ["enabled"]
    assert allowed.status_code == 303


async def test_money_that_came_is_confirmed_with_day_and_note(app: Frame, http: httpx.AsyncClient) -> None:
    one = await own_bill(http)
    async with await console_of(app) as own:
        address = f"{await base()}/{one.id}"
        shown = await own.get(address)
        form = {"paid_on": "2026-11-20", "amount": "3300", "note": "Statement 4", "seen": "-1"}
        less = await own.post(address, data={**form, "amount": "33"})
        saved = await own.post(address, data=form)
        again = await own.post(address, data=form)
        after = await own.get(saved.headers["location"])

    assert one.reference in shown.text
    assert "Guest 0" in shown.text
    assert shown.headers["cache-control"] == "private, no-store"
    assert (less.status_code, wrong(less)) == (422, ["amount"])
    assert 'value="33"' in less.text
    assert "Statement 4" in less.text
    assert (saved.status_code, again.status_code) == (303, 303)
    assert "the tickets are valid" in after.text
    assert "Statement 4" in after.text
    assert await states(one.registration) == ["valid"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [("amount", "0"), ("amount", "much"), ("paid_on", "2026-11-22"), ("paid_on", "yesterday"), ("note", "x" * 201)],
)
async def test_every_wrong_field_of_a_confirmation_is_named(
    app: Frame, http: httpx.AsyncClient, field: str, typed: str
) -> None:
    one = await own_bill(http)
    async with await console_of(app) as own:
        answer = await own.post(f"{await base()}/{one.id}", data={"reason": "Kept words", field: typed})
    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert "Kept words" in answer.text
    assert typed in answer.text
    assert await states(one.registration) == ["unpaid"]


async def test_late_money_and_refund_at_the_console(app: Frame, http: httpx.AsyncClient) -> None:
    one = await own_bill(http)
    await work(one.due_at)
    async with await console_of(app) as own:
        address = f"{await base()}/{one.id}"
        page = await own.get(address)
        back = await own.post(address, data={"action": "refund"})
        after = await own.get(address)
        done = await own.post(f"{address}/refunded")
        twice = await own.post(f"{address}/refunded")
        last = await own.get(address)
    assert "look for places" in page.text
    assert back.headers["location"].endswith("done=back")
    assert "To be refunded: ¥3,300" in after.text
    assert (done.status_code, twice.status_code) == (303, 303)
    assert "The money went back" not in last.text
    assert (await bill(one.registration)).state == "refunded"


async def test_payment_and_guest_lead_to_each_other(app: Frame, http: httpx.AsyncClient) -> None:
    one = await own_bill(http)
    address = f"{await base()}/{one.id}"
    ticket = await value("SELECT id FROM ticket WHERE registration = $1", one.registration)
    guest = f"{address.partition('/payments')[0]}/guests/{ticket}"
    async with await console_of(app) as own:
        assert f'href="{guest}"' in (await own.get(address)).text
        assert f'href="{address}"' in (await own.get(guest)).text
        await work(one.due_at)
        await own.post(address, data={"action": "refund"})
        assert "To be refunded" in (await own.get(guest)).text, "what came and goes back is not just paid"


@pytest.mark.parametrize("words", ["{0}", "{1}", "guest 0", "Guest", "3300", "¥3,300", "3,300円"])
async def test_payment_is_found_by_reference_name_and_amount(app: Frame, http: httpx.AsyncClient, words: str) -> None:
    one = await own_bill(http)
    async with await console_of(app) as own:
        typed = words.format(one.reference, one.reference.lower().replace("-", " "))
        found = await own.get(await base(), params={"q": typed})
        none = await own.get(await base(), params={"q": "nobody"})
        other = await own.get(await base(), params={"state": "paid"})
    assert one.reference in found.text
    assert one.reference not in none.text
    assert one.reference not in other.text
    assert found.headers["cache-control"] == "private, no-store"


async def test_organisers_see_their_own_and_officers_the_citys(app: Frame, http: httpx.AsyncClient) -> None:
    one = await own_bill(http)
    await method()
    await paid_type("city")
    citys = await bill(await owing(http, "city", name="Citizen"))
    async with (
        await console_of(app) as own,
        await console_of(app, FOREIGN) as other,
        await console_of(app, role="officer") as officer,
    ):
        mine = await own.get(await base())
        theirs = await other.get(await base(FOREIGN))
        of_city = await officer.get(f"{await base()}?of=city")
        refused = await own.get(f"{await base()}?of=city")
        export = await own.post(f"{await base()}/export", data={"of": "city"})
        saved = await own.post(f"{await base()}/method", data={**FORM, "of": "city"})
        foreign = await other.get(f"{await base(FOREIGN)}/{one.id}")
        through = await own.get(f"{await base()}/{citys.id}")
    assert (one.reference in mine.text, citys.reference in mine.text) == (True, False)
    assert one.reference not in theirs.text
    assert (citys.reference in of_city.text, one.reference in of_city.text) == (True, False)
    assert [a.status_code for a in (refused, export, saved, foreign, through)] == [404] * 5


async def test_list_for_accounting_says_the_tax_of_each_rate(app: Frame, http: httpx.AsyncClient) -> None:
    own_id = (await event())["organiser"]
    await paid_type("reduced", 1080, percent=8, organiser=own_id)
    one = await own_bill(http, name="=HYPERLINK(1)")
    both = await bill(await owing(http, "own", "reduced", name="Both"))
    async with await console_of(app) as own:
        await own.post(f"{await base()}/{both.id}", data={"paid_on": "2026-11-21", "amount": "4380"})
        answer = await own.post(f"{await base()}/export")
        page = await own.get(await base())
    rows = {row["Reference"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    found = rows[both.reference]
    assert (found["Amount in yen"], found["Tax in yen"], found["State"]) == ("4380", "380", "Paid")
    assert [found[f"{what} at {n} %"] for n in (10, 8) for what in ("Amount", "Tax")] == ["3300", "300", "1080", "80"]
    assert (found["Paid on"], found["Received in yen"]) == ("2026-11-21", "4380")
    assert rows[one.reference]["Full name"].startswith("'=")
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payments.export'") == 1
    for words in ("¥3,300", "¥4,380", "¥1,080", "¥80"):
        assert words in page.text


async def test_totals_add_up(app: Frame, http: httpx.AsyncClient) -> None:
    first, second = await own_bill(http), await own_bill(http, name="Second")
    await own_bill(http, name="Third")
    async with await console_of(app) as own:
        for one in (first, second):
            await own.post(f"{await base()}/{one.id}")
    await fetch("UPDATE payment SET state = 'refund_due', refund = 300 WHERE id = $1", second.id)
    own_id = (await event())["organiser"]
    found = await views.of_payee(convention=first.convention, organiser=own_id)
    sums = books.totals(found, NOW)
    assert (sums.due, sums.overdue, sums.paid, sums.owed, sums.returned) == (3300, 0, 6600, 300, 0)
    assert books.totals(found, max(one.due_at for one in found)).overdue == 3300


async def test_receipt_says_what_a_qualified_invoice_has_to(app: Frame, http: httpx.AsyncClient) -> None:
    one = await own_bill(http)
    assert one.receipt == ""
    async with await console_of(app) as own:
        await own.post(f"{await base()}/{one.id}", data={"paid_on": "2026-11-20"})
    paid = await bill(one.registration)
    page = await http.get(paid.receipt, headers={"accept": "text/html"})
    ja = await http.get(f"{paid.receipt}?lang=ja&to=みなと商事<b>", headers={"accept": "text/html"})
    forged = await http.get(f"{paid.receipt[:-2]}xx", headers={"accept": "text/html"})

    assert page.status_code == 200
    for words in ("Harbour Lab", "T1234567890123", "¥3,300", "¥300", "10 %", "November 20, 2026", one.reference):
        assert words in page.text, words
    assert "Guest 0" in page.text
    assert "みなと商事&lt;b&gt;" in ja.text
    assert page.headers["cache-control"] == "private, no-store"
    assert forged.status_code == 404
    await fetch("UPDATE payment SET state = 'due', received = 0")
    assert (await http.get(paid.receipt, headers={"accept": "text/html"})).status_code == 404


async def test_city_is_paid_by_its_own_methods(app: Frame, rollback: None) -> None:
    async with await console_of(app, role="officer") as officer:
        await officer.post(f"{await base()}/method", data={**FORM, "provider": "cash", "of": "city"})
    assert await value("SELECT count(*) FROM payment_method WHERE organiser IS NULL AND provider = 'cash'") == 1
    assert UUID(str((await type_by_slug("citywide-pass"))["id"]))
