"""Bank transfer: the payee's account in words, and whoever reads the statement confirms."""

import datetime as dt
from zoneinfo import ZoneInfo

from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.ticketing.payments.redirect import Redirect
from app.ticketing.payments.views import PaymentView

AT_LEAST = dt.timedelta(days=1)
"""However late somebody registers, there is a day to pay."""


class BankTransfer:
    """Money that comes by itself, named by a reference."""

    name = "bank_transfer"
    title = gettext_lazy("Bank transfer")
    confirmed_by_staff = True

    def due(self, *, now: dt.datetime, days: int, first_day: dt.date, zone: str) -> dt.datetime:
        """Return the end of the last of `days`, but no later than the first day begins."""
        place = ZoneInfo(zone)
        last = now.astimezone(place).date() + dt.timedelta(days=days + 1)
        ends = dt.datetime.combine(min(last, first_day), dt.time(), place)
        return max(ends, now + AT_LEAST)

    def instructions(self, view: PaymentView) -> list[str]:
        """Say where to send the money, and what to write."""
        lines = [line for line in text(view.how).splitlines() if line.strip()]
        return [
            *(lines or [_("Please ask the organiser for the account.")]),
            _(
                "Write this reference with the transfer, so that we know it is yours: %(reference)s",
                reference=view.reference,
            ),
        ]

    async def begin(self, _view: PaymentView) -> Redirect | None:
        """Nothing begins here: the payer's bank does it."""
        return None

    async def refund(self, _view: PaymentView, *, amount: int, key: str) -> None:
        """Do nothing: people send the money back, then say so."""
