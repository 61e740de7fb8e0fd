"""Ways in which attendance says no."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class NotADevice(DomainError):
    """Whoever asks has the right role but no enrolled device, and a scan is known by its device."""

    status = HTTPStatus.FORBIDDEN
    title = _("Scans come from enrolled devices; please enrol this one first.")


class CountingClosed(DomainError):
    """Nobody is counted at this place now, or by a page that was made for another."""

    status = HTTPStatus.GONE
    title = _("Nobody is counted here at the moment. Please open the page again on a day of the event.")


class ResidenceKnown(DomainError):
    """Somebody has said already where this guest lives, and it was something else."""

    title = _("Another country or region stands on this ticket already. Please send the guest to the help desk.")


class AlreadySettled(DomainError):
    """Somebody else has settled this scan meanwhile, and a settlement stands."""

    title = _("This scan has been settled already.")


class NoAdmission(DomainError):
    """The ticket behind a join link does not open this session on line, or not any more."""

    status = HTTPStatus.FORBIDDEN
    title = _("This ticket does not open this session on line.")


class NoKeyLeft(DomainError):
    """The number of a key is one byte, and a convention has used them all."""

    title = _("This convention has had 256 keys, and there are no more.")


class SessionCanceled(DomainError):
    """The session, or the whole event it belongs to, does not take place."""

    status = HTTPStatus.GONE
    title = _("This session is canceled")


class ImportsClosed(DomainError):
    """A report of a platform comes later than the rules take one."""

    title = _("It is too late for this report.")


class StayDecided(DomainError):
    """Somebody else has decided about this stay meanwhile, and a decision stands."""

    title = _("This stay has been decided about already.")


class SessionOver(DomainError):
    """The session has ended; nothing is measured any more."""

    status = HTTPStatus.GONE
    title = _("This session has ended.")


class VisitOver(DomainError):
    """The page has said farewell; what comes later of it is measured under a new visit only."""

    status = HTTPStatus.GONE
    title = _("This visit has ended. Please enter the session again.")


class EnoughAsked(DomainError):
    """One ticket asks so many questions in one session, and no more."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = _("You have asked many questions in this session. Please leave some room for others.")


class NothingMeasured(DomainError):
    """There is no certificate: the event is not over, or nothing of this person stands in the ledger."""

    title = _("There is nothing to certify yet. A certificate lists what was measured at events that are over.")


class NotTogether(DomainError):
    """Two people were never in a meeting at the same time, so there was none."""

    title = _("The two were never in the meeting at the same time.")
