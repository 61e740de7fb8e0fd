"""Ways in which scoring says no."""

from http import HTTPStatus
from typing import Any

from app.awards.scoring.sheet import Sheet
from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class RoundClosed(DomainError):
    """Nothing is taken in this round now: it has not begun, or it is over."""

    title = _("This round takes no scores now. What you wrote before its end is kept.")


class DeclareFirst(DomainError):
    """The judge has not yet said whether there is a tie to this entry."""

    title = _("Please say first whether you have a tie to this entry.")


class RevisionNeeded(DomainError):
    """A save does not say which revision it was made from."""

    status = HTTPStatus.PRECONDITION_REQUIRED
    title = _('Send the revision your sheet was made from as If-Match, such as "3"; "0" for a new one.')


class SheetOutdated(DomainError):
    """The sheet was saved elsewhere in between; `stored` is what it says now."""

    status = HTTPStatus.PRECONDITION_FAILED
    title = _("This sheet was saved in another window in the meantime.")

    def __init__(self, stored: Sheet, revision: int, **said: Any) -> None:
        super().__init__("", stored=stored, revision=revision, **said)
        self.stored = stored
        self.revision = revision
