"""The door behind which ways to pay stand. What is behind it never touches a ticket: it says when, how and where to.

A way that confirms by itself hands what it was told to `settle.noticed`, after it has proved who says so.
"""

import datetime as dt
from typing import Protocol

from app.ticketing.payments.bank_transfer import BankTransfer
from app.ticketing.payments.cash import Cash
from app.ticketing.payments.redirect import Redirect
from app.ticketing.payments.views import PaymentView


class Provider(Protocol):
    """A way to pay; `title` is what people choose by.

    With `confirmed_by_staff` somebody says that the money came; else the provider does.
    """

    @property
    def name(self) -> str:
        """The word that stands in the tables."""
        ...

    @property
    def title(self) -> str:
        """The name of the way, in the reader's language."""
        ...

    @property
    def confirmed_by_staff(self) -> bool:
        """Whether a person says that the money came."""
        ...

    def due(self, *, now: dt.datetime, days: int, first_day: dt.date, zone: str) -> dt.datetime:
        """Return when what is unpaid lapses: `days` as the payee wishes, `first_day` the ticket's, in `zone`."""
        ...

    def instructions(self, view: PaymentView, /) -> list[str]:
        """Say how to pay, a line each, in the reader's language."""
        ...

    async def begin(self, view: PaymentView, /) -> Redirect | None:
        """Begin a payment and say where it is made; None where nothing begins. Repeating it must do no harm."""
        ...

    async def refund(self, view: PaymentView, /, *, amount: int, key: str) -> None:
        """Send `amount` yen back; the same `key` again sends nothing more. Ways that people work do nothing."""
        ...


PROVIDERS: dict[str, Provider] = {one.name: one for one in (BankTransfer(), Cash())}
"""In the order in which they are offered."""


def provider_of(name: str) -> Provider:
    """Return a way to pay; one that is no longer known is worked by people, like a bank transfer."""
    return PROVIDERS.get(name) or PROVIDERS["bank_transfer"]
