"""Ways in which ticketing says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class SoldOut(DomainError):
    """Not enough places are left; `full` names what has run out. Nothing was taken."""

    title = _("There are not enough places left.")
