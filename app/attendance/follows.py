"""What attendance tells the programme: whether anybody ever had a ticket checked at a gate."""

from app.attendance.queries import was_used
from app.events.dependants import USED_GATE

if was_used not in USED_GATE:
    USED_GATE.append(was_used)
