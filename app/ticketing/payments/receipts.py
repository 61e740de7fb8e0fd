"""Receipts: what a qualified invoice has to say of a payment that came."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.i18n import Text
from app.core.signing import open_capability
from app.ticketing.payments import books, views
from app.ticketing.payments.books import Entry
from app.ticketing.payments.views import PaymentView


class Item(NamedTuple):
    """Some tickets of one type at one price and tax rate."""

    title: Text
    pieces: int
    price: int
    percent: int


class Receipt(NamedTuple):
    """A payment that came, with whoever registered and what was bought."""

    entry: Entry
    items: list[Item]


async def behind(token: str) -> Receipt | None:
    """Return the receipt behind its link, None if there is no such."""
    ids = open_capability("receipt", token)
    view = await views.payment(ids[0]) if ids else None
    if view is None or not view.receipt:
        return None
    (entry,) = await books.entries([view])
    return Receipt(entry, await _items(view))


async def _items(view: PaymentView) -> list[Item]:
    """Return the lines of a payment by ticket type, in their order."""
    rows = await fetch(
        "SELECT t.id, y.title FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type WHERE t.id = ANY($1::uuid[])",
        [line.ticket for line in view.lines],
    )
    titles: dict[UUID, str] = {row["id"]: row["title"] for row in rows}
    counts: dict[tuple[str, int, int], int] = {}
    for line in view.lines:
        key = (titles[line.ticket], line.price, line.percent)
        counts[key] = counts.get(key, 0) + 1
    return [Item(msgspec.json.decode(title), n, price, percent) for (title, price, percent), n in counts.items()]
