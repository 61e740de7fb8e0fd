"""What is owed to whom, until when."""

import datetime as dt
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.i18n import use_language
from app.ticketing.life.by import HOLDER
from app.ticketing.life.cancel import cancel
from app.ticketing.payments import due, providers
from app.ticketing.payments.amounts import Line, rates, total
from tests.clock import FIRST_DAY, NOW
from tests.doors import value
from tests.ticketing.organisers import event
from tests.ticketing.payments.bills import bill, bills, method, owing, paid_type, states, status, told

DAY = dt.timedelta(days=1)


def test_tax_is_rounded_once_for_each_rate() -> None:
    ticket = UUID(int=0)
    lines = [Line(ticket, 105, 10), Line(ticket, 105, 10), Line(ticket, 108, 8), Line(ticket, 50, 0)]
    assert [tuple(rate) for rate in rates(lines)] == [(10, 210, 19), (8, 108, 8), (0, 50, 0)]
    assert total(lines) == (368, 27)  # of each ticket it would be 9 + 9 + 8


async def test_one_payment_for_each_payee(http: httpx.AsyncClient) -> None:
    own = (await event())["organiser"]
    await method()
    await method(organiser=own)
    await paid_type("city-full", 105)
    await paid_type("city-reduced", 108, percent=8)
    await paid_type("own", 5000, organiser=own)

    registration = await owing(http, "city-full", "city-full", "city-reduced", "own", "citywide-pass")

    found = {one.organiser: one for one in await bills(registration)}
    assert {payee: (one.amount, one.tax) for payee, one in found.items()} == {None: (318, 27), own: (5000, 454)}
    assert await states(registration) == ["unpaid"] * 4 + ["valid"]
    assert await status(registration) == "pending"
    assert await told(registration) == ["payment_due"] * 2
    expires = await value("SELECT expires_at FROM registration WHERE id = $1", registration)
    assert expires == min(one.due_at for one in found.values())


async def test_asking_twice_asks_once(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    registration = await owing(http, "workshop", "workshop")
    before = await bill(registration)

    assert await due.open_for(registration, provider="cash", now=NOW + DAY) == []

    assert await bill(registration) == before


async def test_later_ticket_joins_what_is_still_due(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    await paid_type("asked", 2000, admission="approval")
    registration = await owing(http, "workshop", "asked")
    assert (await bill(registration)).amount == 3300
    await fetch("UPDATE ticket SET state = 'unpaid' WHERE state = 'unapproved'")

    await due.open_for(registration, provider="bank_transfer", now=NOW + DAY)

    joined = await bill(registration)
    assert (joined.amount, joined.tax, len(joined.lines)) == (5300, 481, 2)
    assert await told(registration) == ["payment_due", "payment_due", "pending"]


@pytest.mark.parametrize(
    ("wished", "offered", "taken"),
    [
        ("cash", ["bank_transfer", "cash"], "cash"),
        ("bank_transfer", ["cash"], "cash"),
        ("", ["bank_transfer", "cash"], "bank_transfer"),
        ("telepathy", [], "bank_transfer"),
    ],
)
async def test_payee_is_paid_in_a_way_it_offers(
    http: httpx.AsyncClient, wished: str, offered: list[str], taken: str
) -> None:
    await fetch("UPDATE payment_method SET enabled = false")
    for one in offered:
        await method(one)
    await paid_type()
    await method()
    registration = await owing(http)
    await fetch("DELETE FROM payment")
    await fetch("UPDATE payment_method SET enabled = provider = ANY($1::text[]) WHERE organiser IS NULL", offered)

    await due.open_for(registration, provider=wished, now=NOW)

    assert (await bill(registration)).provider == taken


TOKYO = "Asia/Tokyo"


def moment(day: int, hour: int = 0, *, month: int = 11) -> dt.datetime:
    """Return a moment in Yokohama, in 2026."""
    return dt.datetime(2026, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=9)))


@pytest.mark.parametrize(
    ("way", "now", "until"),
    [
        ("bank_transfer", moment(1, 15, month=10), moment(12, month=10)),  # the end of the tenth day after
        ("bank_transfer", moment(18, 15), moment(21)),  # no later than the first day begins
        ("bank_transfer", moment(21, 15), moment(22, 15)),  # there is a day at least
        ("cash", moment(1, 15, month=10), moment(22)),  # the end of the first day
        ("cash", moment(21, 15), moment(22)),
        ("cash", moment(23, 15), moment(24, 15)),
    ],
)
def test_each_way_has_its_time(way: str, now: dt.datetime, until: dt.datetime) -> None:
    assert providers.PROVIDERS[way].due(now=now, days=10, first_day=FIRST_DAY, zone=TOKYO) == until


async def test_words_say_what_to_do_in_the_readers_language(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    one = await bill(await owing(http))

    use_language("ja")
    ja = due.words(one)
    use_language("en")
    en = due.words(one)

    assert (en.amount, en.tax, en.rates) == ("¥3,300", "¥300", [(10, "¥3,300", "¥300")])
    assert en.how[:2] == ["Harbour Bank, branch 001", "Account 1234567"]
    assert ja.how[:2] == ["みなと銀行 本店", "普通 1234567"]
    assert one.reference in en.how[-1]
    assert en.reference == one.reference
    assert en.until.endswith("10:00")  # registered on the first day: a day to pay


def test_end_of_a_day_is_said_as_that_day() -> None:
    assert due.until(moment(22), TOKYO) == "Saturday, November 21, 2026"
    assert due.until(moment(22, 9), TOKYO) == "Sunday, November 22, 2026, 09:00"


async def test_less_is_due_when_a_ticket_is_canceled_and_nothing_when_all_are(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type(changes_until="2030-01-01T00:00:00Z")
    registration = await owing(http, "workshop", "workshop")
    first = await fetch_one("SELECT id FROM ticket WHERE registration = $1 AND position = 1", registration)
    assert first is not None

    await cancel(registration=registration, tickets=[first["id"]], by=HOLDER, now=NOW)
    less = await bill(registration)
    await cancel(registration=registration, by=HOLDER, now=NOW)

    assert (less.amount, less.tax, less.state) == (3300, 300, "due")
    assert (await bill(registration)).state == "canceled"
    assert "refund" not in await told(registration)
    assert await value("SELECT expires_at FROM registration WHERE id = $1", registration) is None
