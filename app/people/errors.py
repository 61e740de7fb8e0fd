"""Ways in which people say no."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class LinkExpired(DomainError):
    """The sign-in link was used, is too old, or was never ours: the same words for all three."""

    status = HTTPStatus.GONE
    title = _("This sign-in link no longer opens; please ask for a new one.")


class AddressTaken(DomainError):
    """Another account signs in with this address."""

    title = _("Another account already uses this address.")
