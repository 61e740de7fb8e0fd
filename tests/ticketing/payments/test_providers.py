"""What stands behind the door: a card provider of the tests shows that the interface carries one."""

import datetime as dt
import hashlib
import hmac

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.core.errors import NotFound
from app.people.roles import Principal
from app.ticketing import todos
from app.ticketing.payments import settle
from app.ticketing.payments.providers import PROVIDERS, Provider
from app.ticketing.payments.redirect import Redirect
from app.ticketing.payments.settle import Notice
from app.ticketing.payments.views import PaymentView
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.payments.bills import OFFICER, bill, method, owing, paid_type, states, told, work

SECRET = b"shared with the provider"


class Card:
    """A provider that takes cards at an address of its own and reports by signed notices."""

    name = "card"
    title = "Card"
    confirmed_by_staff = False

    def __init__(self) -> None:
        self.sent_back: dict[str, int] = {}

    def due(self, *, now: dt.datetime, days: int, first_day: dt.date, zone: str) -> dt.datetime:  # noqa: ARG002
        return now + dt.timedelta(minutes=30)

    def instructions(self, _view: PaymentView) -> list[str]:
        return ["Pay with your card."]

    async def begin(self, view: PaymentView) -> Redirect | None:
        return Redirect(f"https://cards.example/pay/{view.reference}?amount={view.amount}")

    async def refund(self, _view: PaymentView, *, amount: int, key: str) -> None:
        self.sent_back.setdefault(key, amount)

    async def heard(self, body: bytes, signature: str, now: dt.datetime) -> str:
        """What its route would do: prove who says it, then hand it on."""
        if not hmac.compare_digest(signed(body), signature):
            raise NotFound
        return await settle.noticed(notice=msgspec.json.decode(body, type=Notice), provider=self.name, now=now)


def signed(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def notice(view: PaymentView, amount: int | None = None) -> bytes:
    return msgspec.json.encode(Notice(view.reference, view.amount if amount is None else amount))


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    found = Card()
    carried: Provider = found
    monkeypatch.setitem(PROVIDERS, "card", carried)
    return found


async def owed(http: httpx.AsyncClient) -> PaymentView:
    await method("card")
    await paid_type()
    return await bill(await owing(http, payment="card"))


async def test_payer_is_sent_on_and_a_signed_notice_settles_once(http: httpx.AsyncClient, card: Card) -> None:
    view = await owed(http)
    assert view.provider == "card"
    assert await card.begin(view) == Redirect(f"https://cards.example/pay/{view.reference}?amount=3300")
    body = notice(view)

    with pytest.raises(NotFound):
        await card.heard(body, signed(body + b" "), NOW)
    assert await states(view.registration) == ["unpaid"]
    found = [await card.heard(body, signed(body), NOW) for _ in range(2)]

    assert found == ["paid", "paid"]
    assert await states(view.registration) == ["valid"]
    assert (await bill(view.registration)).settled_by == "provider:card"
    assert await value("SELECT count(*) FROM ticket_change WHERE action = 'paid'") == 1
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment.confirm'") == 1


async def test_notice_after_the_lapse_goes_back_and_staff_are_told(http: httpx.AsyncClient, card: Card) -> None:
    view = await owed(http)
    await work(view.due_at)
    assert await card.heard(notice(view), signed(notice(view)), view.due_at) == "refund_due"
    assert await states(view.registration) == ["canceled"]
    assert "refund" in await told(view.registration)

    (todo,) = [one for one in await todos.of_payee(OFFICER, NOW) if one.amount]
    assert todo.words == "1 payment has to be refunded."
    assert todo.address.endswith("/payments?of=city&state=refund_due")
    assert not [one for one in await todos.of_payee(Principal(role="organiser"), NOW) if one.amount]

    for _ in range(2):
        await settle.refunded(payment=view.id, principal=OFFICER, now=NOW)
    assert list(card.sent_back.values()) == [3300]
    assert (await bill(view.registration)).state == "refunded"


async def test_notice_of_another_amount_makes_nothing_valid(http: httpx.AsyncClient, card: Card) -> None:
    view = await owed(http)
    for _ in range(2):
        assert await card.heard(notice(view, 1), signed(notice(view, 1)), NOW) == "due"
    assert await states(view.registration) == ["unpaid"]
    await work(view.due_at)
    assert ((await bill(view.registration)).state, (await bill(view.registration)).owed) == ("refund_due", 1)


async def test_notice_for_the_payment_of_another_way_is_unknown(http: httpx.AsyncClient, card: Card) -> None:
    view = await owed(http)
    await fetch("UPDATE payment SET provider = 'cash'")
    with pytest.raises(NotFound):
        await card.heard(notice(view), signed(notice(view)), NOW)


@pytest.mark.parametrize("name", ["bank_transfer", "cash"])
async def test_ways_that_people_work_begin_nothing(http: httpx.AsyncClient, name: str) -> None:
    await method(name)
    await paid_type()
    view = await bill(await owing(http, payment=name))
    assert await PROVIDERS[name].begin(view) is None
    assert PROVIDERS[name].confirmed_by_staff
    assert view.reference in PROVIDERS[name].instructions(view)[-1]
    await PROVIDERS[name].refund(view, amount=1, key="k")
