"""The JSON API of gates and online presence."""

from typing import Any

from app.attendance.routes import board, counting, door, gates, heads, identity, online, packs, reports

HANDLERS: list[Any] = [
    *counting.HANDLERS,
    *door.HANDLERS,
    *board.HANDLERS,
    *gates.HANDLERS,
    *heads.HANDLERS,
    *identity.HANDLERS,
    *online.HANDLERS,
    *packs.HANDLERS,
    *reports.HANDLERS,
]
SHORT_WAYS = gates.SHORT_WAYS
