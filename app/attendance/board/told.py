"""A board as the API and the pages tell it: with its alarms in the reader's words."""

import datetime as dt
from uuid import UUID

import msgspec
from msgspec import Struct

from app.attendance.board.figures import Board, DeviceLine, EventLine, RefusalLine, VenueLine
from app.attendance.board.words import Told, told


class BoardOut(Struct, frozen=True):
    """A board; the fields mean what they mean in `Board`, alarms are in the language of the request."""

    convention: str
    event: UUID | None
    at: dt.datetime
    inside: int
    entered: int
    per_minute: list[int]
    venues: list[VenueLine]
    events: list[EventLine]
    refusals: list[RefusalLine]
    devices: list[DeviceLine]
    alarms: list[Told]


def board_out(found: Board) -> BoardOut:
    """Return the board with its alarms in words."""
    words = [told(alarm, convention=found.convention) for alarm in found.alarms]
    return BoardOut(**{**msgspec.structs.asdict(found), "alarms": words})


def as_data(found: Board) -> dict[str, msgspec.Raw]:
    """Return the whole board as one piece of a stream."""
    return {"board": msgspec.Raw(msgspec.json.encode(board_out(found)))}
