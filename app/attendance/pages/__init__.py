"""Pages of the gate and of the online room."""

from typing import Any

from app.attendance.pages import (
    board,
    certificates,
    corrections,
    counting,
    doubles,
    gate_rules,
    gates,
    installed,
    odd,
    reports,
    rooms,
)

HANDLERS: list[Any] = [
    *counting.HANDLERS,
    *corrections.HANDLERS,
    *doubles.HANDLERS,
    *board.HANDLERS,
    *certificates.HANDLERS,
    *gate_rules.HANDLERS,
    *gates.HANDLERS,
    *installed.HANDLERS,
    *odd.HANDLERS,
    *reports.HANDLERS,
    *rooms.HANDLERS,
]
