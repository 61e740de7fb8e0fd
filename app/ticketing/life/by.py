"""Who does something to a ticket, and why."""

import msgspec

from app.people.roles import Principal


class By(msgspec.Struct, frozen=True):
    """The one who acts: `holder` | `system` | `account:ID`. An organiser's or officer's `reason` is told to the holder.

    Holders are bound by `ticket_type.changes_until`; whoever acts for a guest is not.
    """

    actor: str
    reason: str = ""

    @property
    def is_holder(self) -> bool:
        """Whether holders' limits bind."""
        return self.actor == "holder"


HOLDER = By("holder")
SYSTEM = By("system")


def staff(principal: Principal, reason: str) -> By:
    """Return an organiser or officer who acts for a guest."""
    return By(principal.actor, reason.strip())
