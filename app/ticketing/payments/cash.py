"""Cash on site: paid at the desk, which confirms it there."""

import datetime as dt
from zoneinfo import ZoneInfo

from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.ticketing.payments.redirect import Redirect
from app.ticketing.payments.views import PaymentView

AT_LEAST = dt.timedelta(days=1)
"""Whoever registers when the first day is over pays by this time tomorrow."""


class Cash:
    """Money handed over at the desk."""

    name = "cash"
    title = gettext_lazy("Cash on site")
    confirmed_by_staff = True

    def due(self, *, now: dt.datetime, days: int, first_day: dt.date, zone: str) -> dt.datetime:  # noqa: ARG002  # the desk is open then, not before
        """Return the end of the first day; until it is paid the gate says so."""
        ends = dt.datetime.combine(first_day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
        return ends if ends > now else now + AT_LEAST

    def instructions(self, view: PaymentView) -> list[str]:
        """Say where the desk is, and what to show there."""
        lines = [line for line in text(view.how).splitlines() if line.strip()]
        return [
            *(lines or [_("Pay at the desk before you go in.")]),
            _("Show or say this reference there: %(reference)s", reference=view.reference),
        ]

    async def begin(self, _view: PaymentView) -> Redirect | None:
        """Nothing begins here: it is paid at the desk."""
        return None

    async def refund(self, _view: PaymentView, *, amount: int, key: str) -> None:
        """Do nothing: people hand the money back, then say so."""
