"""Ways in which ticketing says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class SoldOut(DomainError):
    """Not enough places are left; `full` names what has run out. Nothing was taken."""

    title = _("There are not enough places left.")


class OfferChanged(DomainError):
    """A ticket type was changed between reading the offer and taking it. Nothing was taken."""

    title = _("What can be had has just changed. Please look at it again, then send this once more.")


class TooLate(DomainError):
    """Holders could do this until a moment that has passed (`until` in `extra`); whoever acts for them still can."""

    title = _("The time in which you could do this yourself is over.")


class AlreadyUsed(DomainError):
    """Somebody has come in with this ticket: its holder can neither pass it on nor cancel it."""

    title = _("This ticket has been used already. Please ask the organiser.")


class LastCode(DomainError):
    """A ticket has had as many codes as there can be."""

    title = _("This ticket has had so many new codes that there can be no other. Please cancel it and get a new one.")
