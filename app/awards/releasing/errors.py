"""Ways in which releasing and voting say no."""

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _


class RoundRunning(DomainError):
    """The round, or its public vote, still takes something."""

    title = _("The round and its public vote have to be closed before a result can be proposed.")


class NothingDecided(DomainError):
    """There are no minutes with a decision yet."""

    title = _("The jury has not decided yet: write its minutes first.")


class AlreadyProposed(DomainError):
    """A proposal stands, or the result is released."""

    title = _("A result is proposed or released already.")


class OtherPersonNeeded(DomainError):
    """Who proposes does not approve, under whatever account."""

    title = _("Somebody else has to approve: you proposed this result yourself.")


class ProposalOvertaken(DomainError):
    """What the result rests on has changed since it was proposed, or another proposal stands."""

    title = _("What this result rests on has changed since it was proposed. Withdraw the proposal and make a new one.")


class VoteClosed(DomainError):
    """No vote is taken in this round now."""

    title = _("Votes are not taken now.")


class TicketNotValid(DomainError):
    """Only valid tickets vote."""

    title = _("Only who holds a valid ticket can vote.")
