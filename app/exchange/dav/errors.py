"""Ways in which a calendar program is told no."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _
from app.exchange.dav.elements import CALDAV, DAV, Name


class Refused(DomainError):
    """A condition of WebDAV (RFC 4918, 16) that does not hold; programs know it by its name."""

    status = HTTPStatus.FORBIDDEN
    title = _("We do not answer this kind of question about a calendar.")
    condition: Name = (DAV, "supported-report")


class FilterRefused(Refused):
    """A filter asks for what we cannot tell."""

    condition = (CALDAV, "supported-filter")


class DataRefused(Refused):
    """Calendars are wanted in a format that we do not write."""

    condition = (CALDAV, "supported-calendar-data")


class TooManyDates(Refused):
    """A series would have more dates than we write down: over more than two years, or a thousand and more."""

    condition = (DAV, "number-of-matches-within-limits")


class TooDeep(Refused):
    """Everything below everything is asked for."""

    condition = (DAV, "propfind-finite-depth")


class TokenExpired(Refused):
    """Nobody knows any more what has gone since then: the program has to read everything anew."""

    title = _("This was too long ago, or was not here. Please read the whole calendar again.")
    condition = (DAV, "valid-sync-token")


class ReadOnly(Refused):
    """Somebody wants to write."""

    title = _("This calendar can only be read.")
    condition = (DAV, "need-privileges")
