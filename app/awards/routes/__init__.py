"""The JSON API of the awards: a module per room, each offers its `HANDLERS`."""

from typing import Any

from app.awards.routes import (
    assigning,
    comparing,
    conflicts,
    deciding,
    entering,
    releasing,
    scoring,
    setting,
)

HANDLERS: list[Any] = [
    *assigning.HANDLERS,
    *comparing.HANDLERS,
    *conflicts.HANDLERS,
    *deciding.HANDLERS,
    *entering.HANDLERS,
    *releasing.HANDLERS,
    *scoring.HANDLERS,
    *setting.HANDLERS,
]
