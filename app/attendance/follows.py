"""What attendance tells those below: whether a gate was ever used, and which tickets somebody came in with."""

from app.attendance.queries import took_part, was_used
from app.events.dependants import USED_GATE
from app.ticketing.life.used import USED

if was_used not in USED_GATE:
    USED_GATE.append(was_used)
    USED.append(took_part)
