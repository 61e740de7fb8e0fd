"""Ways in which ticketing says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class SoldOut(DomainError):
    """Not enough places are left; `full` names what has run out. Nothing was taken."""

    title = _("There are not enough places left.")


class OfferChanged(DomainError):
    """A ticket type was changed between reading the offer and taking it. Nothing was taken."""

    title = _("What can be had has just changed. Please look at it again, then send this once more.")
