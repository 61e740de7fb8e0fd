"""What becomes of an event whose title alone says that it is canceled. Pure.

An officer decides, and that stands for as long as the title does.
"""

from typing import Literal

from app.exchange.schemas import Incoming, Status

Proposed = Literal["", "cancelled", "accepted", "refused"]


def standing(new: Incoming, *, title: str = "", before: Proposed = "") -> tuple[Status, Proposed]:
    """Return status and proposal of a version that came, where `title` had been decided as `before` says."""
    if not new.called_off or new.status == "cancelled":
        return new.status, ""
    decided: Proposed = before if title == new.title and before in {"accepted", "refused"} else "cancelled"
    return ("cancelled" if decided == "accepted" else new.status), decided
