"""The states of a ticket and what may become of them: pure."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from app.core.errors import DomainError
from app.core.i18n import gettext_lazy as _

State = Literal["waiting", "offered", "unapproved", "unpaid", "valid", "blocked", "canceled"]
Status = Literal["waiting", "offered", "pending", "confirmed", "canceled"]
Action = Literal[
    "offered",
    "accepted",
    "declined",
    "approved",
    "refused",
    "paid",
    "lapsed",
    "changed",
    "transferred",
    "reissued",
    "blocked",
    "unblocked",
    "canceled",
]
"""What may happen to a ticket after it was issued; a stable word in the history and in `PATCH`."""
ACTIONS: Final = frozenset(get_args(Action))

HOLDING: Final = frozenset({"offered", "unapproved", "unpaid", "valid", "blocked"})
"""States in which a ticket takes its places: `quota.taken` counts these, and holds."""
SHOWN: Final = frozenset({"unpaid", "valid", "blocked"})
"""States in which the holder has a code; a gate says of the first and the last why they do not open."""

MOVES: Final[Mapping[Action, Mapping[State, tuple[State, ...]]]] = {
    "offered": {"waiting": ("offered",)},
    "accepted": {"offered": ("unapproved", "unpaid", "valid")},
    "declined": {"offered": ("canceled",)},
    "approved": {"unapproved": ("unpaid", "valid")},
    "refused": {"unapproved": ("canceled",)},
    "paid": {"unpaid": ("valid",), "canceled": ("valid",)},  # the second when it lapsed, and the money came after all
    "lapsed": {"offered": ("canceled",), "unpaid": ("canceled",)},
    "changed": {s: (s,) for s in ("waiting", "offered", "unapproved", "unpaid", "valid")},
    "transferred": {s: (s,) for s in ("unapproved", "unpaid", "valid")},
    "reissued": {"unpaid": ("unpaid",), "valid": ("valid",)},
    "blocked": {"unpaid": ("blocked",), "valid": ("blocked",)},
    "unblocked": {"blocked": ("unpaid", "valid")},
    "canceled": dict.fromkeys(("waiting", "offered", "unapproved", "unpaid", "valid", "blocked"), ("canceled",)),
}
"""From which state an action leads to which; where there are several, price and admission decide."""


class NotNow(DomainError):
    """A ticket's state allows no such action; nothing was changed."""

    title = _("That cannot be done with this ticket any more. Please look at it again.")


def may(action: Action, state: str) -> bool:
    """Whether an action is possible in a state."""
    return state in MOVES[action]


def admitted(*, admission: str, price: int, approved: bool = False) -> State:
    """Return the state of a ticket that has its places: to be approved first, then to be paid, then valid."""
    if admission == "approval" and not approved:
        return "unapproved"
    return "unpaid" if price else "valid"


def status_of(states: Iterable[str]) -> Status:
    """Return the status of a registration with tickets in these states."""
    live = {state for state in states if state != "canceled"}
    if not live:
        return "canceled"
    for status in ("waiting", "offered"):
        if status in live:
            return status
    return "pending" if live & {"unapproved", "unpaid"} else "confirmed"
