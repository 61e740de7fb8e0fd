"""Ways in which deciding says no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class NotClosed(DomainError):
    """The jury decides on what all have said, not on what some have said so far."""

    title = _("This round is not closed yet. Close it first; then the jury can decide.")


class ReleaseStands(DomainError):
    """A result that is proposed or out rests on the minutes that stood then."""

    title = _(
        "A result of this round is proposed or released already. It has to be withdrawn before the jury decides anew."
    )


class PublicStillVotes(DomainError):
    """Where the public's vote weighs, the jury decides once it is counted: the order advised changes with it."""

    title = _("The public is still voting, and its vote weighs in this round. The jury decides once it is over.")
