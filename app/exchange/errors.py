"""Ways in which the exchange says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class AgreementNotValid(DomainError):
    """No agreement with the partner is valid now: nothing may be fetched, taken or handed out."""

    title = _("The agreement with this partner is not valid now.")


class NothingReadYet(DomainError):
    """A source goes live only after somebody could look at what it brings."""

    title = _("Nothing has been read from this calendar yet. Read it first, then look at the report.")


class NoAddress(DomainError):
    """A source is handed in as files, or pushed: there is nothing to fetch."""

    title = _("This calendar has no address to read from. Please hand in a file.")
