"""Ways in which the programme's console says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class StillNeeded(DomainError):
    """Something else refers to this row, so it cannot go."""

    title = _("This is still in use and cannot be removed.")


class WrongState(DomainError):
    """What was asked for does not fit the state this is in by now."""

    title = _("This has changed in the meantime; please look at it again.")
