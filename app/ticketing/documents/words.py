"""Words for what a ticket is and costs."""

from typing import Final

from babel.numbers import format_currency

from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, language, locale

STATES: Final = {
    "waiting": gettext_lazy("On the waiting list"),
    "offered": gettext_lazy("Place offered"),
    "unapproved": gettext_lazy("Not approved yet"),
    "unpaid": gettext_lazy("Not paid yet"),
    "valid": gettext_lazy("Valid"),
    "blocked": gettext_lazy("Blocked"),
    "canceled": gettext_lazy("Ticket canceled"),
}
"""Every state of `states.State`."""


def yen(amount: int) -> str:
    """Return an amount as the reader's language writes it."""
    return str(format_currency(amount, "JPY", locale=locale(language())))


def price(amount: int, *, tax: int) -> str:
    """Return a price in yen with the tax it contains; nothing for what is free."""
    if not amount:
        return ""
    return _("%(price)s, including %(tax)s tax", price=yen(amount), tax=yen(tax)) if tax else yen(amount)
