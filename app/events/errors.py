"""Ways in which the programme's console says no."""

from http import HTTPStatus

from app.core.errors import DomainError, FieldError
from app.core.i18n import gettext_lazy as _


class Outdated(DomainError):
    """Somebody else saved in between. `errors` says what is stored now, `revision` lets the form be sent again."""

    status = HTTPStatus.CONFLICT
    title = _("Somebody else has saved this in the meantime.")

    def __init__(self, errors: list[FieldError], revision: int) -> None:
        super().__init__("", errors=errors)
        self.errors = errors
        self.revision = revision


class StillNeeded(DomainError):
    """Something else refers to this row, so it cannot go."""

    title = _("This is still in use and cannot be removed.")


class WrongState(DomainError):
    """What was asked for does not fit the state this is in by now."""

    title = _("This has changed in the meantime; please look at it again.")
