"""Ways in which a push is refused."""

from http import HTTPStatus

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class VersionDiffers(DomainError):
    """The event is not in the version that the sender has seen; `etag` is the present one, "" when there is none."""

    status = HTTPStatus.PRECONDITION_FAILED
    title = _("The event has changed in the meantime. Read it again, then send your change.")

    def __init__(self, etag: str) -> None:
        super().__init__("", etag=etag)
        self.etag = etag


class OlderThanHeld(DomainError):
    """An older version arrives after a newer one, or after the event was deleted; `etag` is what is held."""

    title = _("We hold a newer version of this event. Send yours with a higher SEQUENCE.")

    def __init__(self, etag: str) -> None:
        super().__init__("", etag=etag)
        self.etag = etag


class OurOwnEvent(DomainError):
    """The event is a copy of one that we publish."""

    title = _("This is an event of ours, which you may have from us but not change.")


class EventDeleted(DomainError):
    """The event was there, and was deleted by who had sent it."""

    status = HTTPStatus.GONE
    title = _("This event was deleted.")


class UnknownFormat(DomainError):
    """The body is declared as nothing that we read."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = _("Send the event as text/calendar or application/json, and say which in Content-Type.")


class PushPaused(DomainError):
    """An officer has paused the source."""

    title = _("The city takes no events from you in this way at the moment. Please ask its office.")
