"""Tickets in the wallets of phones: those whose keys are configured are offered, while a ticket has a code."""

from typing import Literal

from app.core.settings import settings
from app.ticketing.schemas import TicketView
from app.ticketing.states import SHOWN

Kind = Literal["apple", "google"]


def kinds(view: TicketView) -> list[Kind]:
    """Return the wallets to offer on the page of a ticket, in the order of their buttons."""
    if view.state not in SHOWN:
        return []
    configured: dict[Kind, str] = {"apple": settings().apple_pass_type, "google": settings().google_wallet_issuer}
    return [kind for kind, key in configured.items() if key]


def updates(view: TicketView) -> bool:
    """Whether an Apple pass that was added before can be fetched again, voided: there is no service that pushes it."""
    return bool(settings().apple_pass_type) and view.state == "canceled"
