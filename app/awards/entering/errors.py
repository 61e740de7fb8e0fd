"""Ways in which an entry says no."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class EntriesClosed(DomainError):
    """The category takes nothing at this moment."""

    title = _("Entries are not taken at this time.")


class AnotherVersion(DomainError):
    """What somebody signs or decides on is not the latest version any more. Nothing was written."""

    title = _("The entry has changed since you opened this page. Please look at it again.")


class LeadOnly(DomainError):
    """Only who speaks for the leading member may do this."""

    status = HTTPStatus.FORBIDDEN
    title = _("Only the leading member can do this.")


class BeingJudged(DomainError):
    """Judges are at work on what was handed in: it stays as it is."""

    title = _("Judging has begun. The entry stays as it is.")


class NotAwaited(DomainError):
    """What is asked for was done before, or is not what comes next."""

    title = _("This is not possible as things stand now. Please look at the page again.")
