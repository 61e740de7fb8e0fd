"""Ways in which assigning says no."""

from http import HTTPStatus

from app.core.errors import DomainError, FieldError
from app.core.i18n import gettext_lazy as _


class NothingToAssign(DomainError):
    """There are no entries or no judges yet."""

    title = _("There are no entries in this round, or no judges on its panel. See to that first.")


class AssigningOver(DomainError):
    """The round is closed: who judged what stays."""

    title = _("This round is closed. Who judges what does not change any more.")


class ProposalOutdated(DomainError):
    """What was asked has changed since the proposal was worked out."""

    title = _("Entries, judges or conflicts have changed since. Please work it out again.")


class ProposalDecided(DomainError):
    """The proposal was taken or discarded already, or is not ready."""

    title = _("This proposal is not open any more.")


class PromisesBroken(DomainError):
    """A change by hand breaks what panels promise, and no reason was given; `errors` names what."""

    status = HTTPStatus.CONFLICT
    title = _("This breaks a rule of the round. Give a reason if it has to be.")

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("", errors=errors)
        self.errors = errors
