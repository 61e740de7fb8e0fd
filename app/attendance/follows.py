"""What attendance tells those below: whether a gate was ever used, and which tickets somebody came in with.

It forgets with them what it has read of gates and ticket types.
"""

from app.attendance.queries import took_part, was_used
from app.attendance.scanning import around
from app.events.dependants import USED_GATE
from app.ticketing.life.used import USED
from app.ticketing.registering import offers

if was_used not in USED_GATE:
    USED_GATE.append(was_used)
    USED.append(took_part)
    offers.FORGET.append(around.forget)
