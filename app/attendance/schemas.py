"""What comes in and goes out over HTTP."""

import datetime as dt
from functools import lru_cache
from typing import Annotated, Literal
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from msgspec import Meta, Struct

from app.attendance.judging.verdict import Answer, Direction, Facts

MOST_SCANS = 1000
LENGTH_OF_ID = 36
Milliseconds = Annotated[float, Meta(ge=-(2**53), le=2**53)]


def id_of(text: str) -> UUID:
    """Return an id that a device has sent; a text that is none gets one of its own, which nothing bears."""
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, text)


_usual_id = lru_cache(1000)(id_of)
"""All phones of a hall name the same few gates, over and over."""


class ClockIn(Struct, frozen=True):
    """The clock of a device: a counter that only runs forward, and server minus device time at the last contact.

    `anchor_ms` is the wall clock (since 1970) minus the counter at that contact, None when the counter has begun anew
    since: by it a wall clock is found out that jumped while off line.
    """

    monotonic_ms: Milliseconds = 0
    offset_ms: Milliseconds = 0
    anchor_ms: Milliseconds | None = None


class DeviceVerdict(Struct, frozen=True):
    """What a device showed; None in place of it while it does not know yet, or when it left that to the server.

    What was shown is final, and comes with the next upload of the scan: `admitted` lets the scan count whatever the
    server would have said, `refused` takes back what the server said to nobody.
    """

    verdict: str
    reason: str | None = None


class Undoes(Struct, frozen=True):
    """The scan that an undo takes back; `device` None for one of the same device."""

    seq: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    device: str | None = None


class ScanIn(Struct, frozen=True):
    """A code read by a device. `seq` counts the scans of the device; `scanned_at` is its wall clock, RFC 3339.

    Without a code it is a check-in by hand of the ticket with the id `ticket`, `manual` says why; or it is the `undo`
    of another scan (`undoes`) by the same device, or by a lead at the gate of that scan.

    As little as possible can be wrong here: a scan that a device holds is a fact, whatever code, gate or time it
    names, and what a newer device says beside it is left aside. Gate and time are texts for the same reason.
    """

    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    gate: str
    direction: Direction | Literal["undo"]
    scanned_at: Annotated[str, Meta(max_length=80)]
    code: str = ""
    clock: ClockIn | None = None
    device_verdict: DeviceVerdict | None = None
    ticket: str | None = None
    manual: str = ""
    undoes: Undoes | None = None

    @property
    def place(self) -> UUID:
        """The gate's id; a text that is none gets an id of its own, which no gate has."""
        return (_usual_id if len(self.gate) <= LENGTH_OF_ID else id_of)(self.gate)

    @property
    def by_hand(self) -> UUID | None:
        """The ticket that is checked in by hand, None when a code was read; a text that is no id is no ticket's."""
        if self.code or self.ticket is None or self.direction == "undo":
            return None
        return id_of(self.ticket)


class ScansIn(Struct, frozen=True):
    """An upload; one scan on line is a list of one. `sent_at` is the device's wall clock while it sends, RFC 3339."""

    scans: Annotated[list[ScanIn], Meta(min_length=1, max_length=MOST_SCANS)]
    sent_at: Annotated[str, Meta(max_length=80)] | None = None


class Guest(Struct, frozen=True):
    """Whose ticket it is. `party` counts the tickets of the registration, `inside` those of them in this venue.

    `id` is the ticket's, `language` the one its holder reads.
    """

    name: str
    ticket_type: str
    party: int
    inside: int
    id: UUID | None = None
    language: str = ""


class Receipt(Struct, frozen=True):
    """The answer to one scan; whatever it says, the scan is stored and may leave the device.

    Who was admitted with a reason was let in by the device alone, in spite of it. `facts` are what the words of a
    reason need, `explanation` is the reason in words; a scan that is sent again is told the reason without its facts.
    """

    seq: int
    status: Literal["stored", "already_stored", "quarantined"]
    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    ticket: Guest | None = None
    facts: Facts = {}
    explanation: str = ""


class ScansOut(Struct, frozen=True):
    """The answers in the order of the upload; `pack_number` is that of the newest pack at the last gate, 0: unknown."""

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
