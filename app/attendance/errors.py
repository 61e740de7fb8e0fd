"""Ways in which attendance says no."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class NotADevice(DomainError):
    """Whoever asks has the right role but no enrolled device, and a scan is known by its device."""

    status = HTTPStatus.FORBIDDEN
    title = _("Scans come from enrolled devices; please enrol this one first.")


class NoAdmission(DomainError):
    """The ticket behind a join link does not open this session on line, or not any more."""

    status = HTTPStatus.FORBIDDEN
    title = _("This ticket does not open this session on line.")


class SessionCanceled(DomainError):
    """The session, or the whole event it belongs to, does not take place."""

    status = HTTPStatus.GONE
    title = _("This session is canceled")


class SessionOver(DomainError):
    """The session has ended; nothing is measured any more."""

    status = HTTPStatus.GONE
    title = _("This session has ended.")
