"""How a registration stands, as its page says it first: what is waited for, offered, owed."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from app.core.i18n import moment, text
from app.ticketing.documents.words import price
from app.ticketing.life import waiting_list
from app.ticketing.payments import due
from app.ticketing.payments.due import Words
from app.ticketing.payments.providers import PROVIDERS
from app.ticketing.payments.views import PaymentView
from app.ticketing.registering import offers
from app.ticketing.schemas import TicketView


class Standing(msgspec.Struct, frozen=True):
    """How a registration stands: its `number` in the queue and what is `full`; `until` when something is offered.

    `price` and `ways` to pay are those of what is offered; `payments` what is owed, paid or goes back, with its words;
    `asked` whether somebody has to approve it.
    """

    status: str
    until: str
    number: int
    full: list[str]
    price: str
    ways: list[tuple[str, str]]
    payments: list[tuple[PaymentView, Words]]
    asked: bool


async def standing(views: Sequence[TicketView], *, now: dt.datetime) -> Standing:
    """Return how the registration of these tickets stands."""
    first = views[0]
    place = await waiting_list.place_of(first.registration) if first.status == "waiting" else None
    offered = [view for view in views if view.state == "offered"]
    payments = await due.of_registration(first.registration)
    return Standing(
        status=first.status,
        until=moment(first.expires_at, first.zone) if first.expires_at else "",
        number=place.number if place else 0,
        full=[text(name) for name in place.full] if place else [],
        price=price(sum(v.price for v in offered), tax=sum(v.tax for v in offered)),
        ways=await _ways(offered, now),
        payments=[(payment, due.words(payment)) for payment in payments],
        asked=any(view.state == "unapproved" for view in views),
    )


async def _ways(offered: Sequence[TicketView], now: dt.datetime) -> list[tuple[str, str]]:
    """Return the ways to pay for what is offered, each with its name."""
    payees = {view.organiser for view in offered if view.price}
    if not payees:
        return []
    known = offers.ways_to_pay(await offers.offer(offered[0].convention_slug, now=now), payees)
    return [(name, str(way.title)) for name, way in PROVIDERS.items() if name in known]
