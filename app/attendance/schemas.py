"""What comes in and goes out over HTTP."""

import datetime as dt
from typing import Annotated, Literal
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from msgspec import Meta, Struct

from app.attendance.verdict import Answer, Direction

MOST_SCANS = 1000
Milliseconds = Annotated[float, Meta(ge=-(2**53), le=2**53)]


class ClockIn(Struct, frozen=True):
    """The clock of a device: a counter that only runs forward, and server minus device time at the last contact."""

    monotonic_ms: Milliseconds = 0
    offset_ms: Milliseconds = 0


class DeviceVerdict(Struct, frozen=True):
    """What a device decided by itself; None in place of it when it left that to the server."""

    verdict: str
    reason: str | None = None


class ScanIn(Struct, frozen=True):
    """A code read by a device. `seq` counts the scans of the device; `scanned_at` is its wall clock, RFC 3339.

    As little as possible can be wrong here: a scan that a device holds is a fact, whatever code, gate or time it
    names, and what a newer device says beside it is left aside. Gate and time are texts for the same reason.
    """

    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    code: str
    gate: str
    direction: Direction
    scanned_at: Annotated[str, Meta(max_length=80)]
    clock: ClockIn | None = None
    device_verdict: DeviceVerdict | None = None

    @property
    def place(self) -> UUID:
        """The gate's id; a text that is none gets an id of its own, which no gate has."""
        try:
            return UUID(self.gate)
        except ValueError:
            return uuid5(NAMESPACE_OID, self.gate)


class ScansIn(Struct, frozen=True):
    """An upload; one scan on line is a list of one."""

    scans: Annotated[list[ScanIn], Meta(min_length=1, max_length=MOST_SCANS)]


class Guest(Struct, frozen=True):
    """Whose ticket it is. `party` counts the tickets of the registration, `inside` those of them in this venue."""

    name: str
    ticket_type: str
    party: int
    inside: int


class Receipt(Struct, frozen=True):
    """The answer to one scan; whatever it says, the scan is stored and may leave the device."""

    seq: int
    status: Literal["stored", "already_stored", "quarantined"]
    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    ticket: Guest | None = None


class ScansOut(Struct, frozen=True):
    """The answers in the order of the upload."""

    receipts: list[Receipt]
    server_time: dt.datetime
    pack_number: int = 0


class DeviceAtGate(Struct, frozen=True):
    """A device that has scanned at a gate."""

    id: UUID
    name: str
    scans: int
    last_scan_at: dt.datetime


class GateStatus(Struct, frozen=True):
    """A gate at a glance: people inside its venue, entries admitted at this gate, refusals by reason, devices."""

    gate: UUID
    inside: int
    entered: int
    refused: dict[str, int]
    quarantined: int
    devices: list[DeviceAtGate]


class PresenceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A sign of life of a page: the join token and the page's own number."""

    token: Annotated[str, Meta(max_length=200)]
    visit: UUID


PresenceState = Literal["waiting", "recording"]


class PresenceOut(Struct, frozen=True):
    """Whether time is being measured: `waiting` before the session starts."""

    state: PresenceState
    beat_seconds: int


class Joined(Struct, frozen=True):
    """An entered session; send `visit` with every beat."""

    visit: UUID
    state: PresenceState
    beat_seconds: int
    session: UUID
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    stream_url: str


class TypedCode(Struct, frozen=True):
    """The form of the gate page. `form` is a number the page was given, so that a reload sends the same scan."""

    code: Annotated[str, Meta(min_length=1, max_length=5000)]
    direction: Direction = "entry"
    form: Annotated[str, Meta(max_length=80)] = ""


decode_texts = msgspec.json.Decoder(dict[str, str]).decode
"""Read a content text from its JSONB column."""
