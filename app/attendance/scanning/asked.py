"""A scan on its way in, and what became of it. Pure."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.attendance.judging.clocks import ScanTime
from app.attendance.judging.verdict import Answer, Facts, Key, Mark
from app.attendance.schemas import ScanIn, id_of
from app.people.roles import Principal
from app.ticketing.codes import Parsed

Status = Literal["stored", "already_stored", "quarantined"]


class Asked(Struct, frozen=True):
    """A scan on its way in: when it happened, by whom it was sent, and its code taken apart (None: not a code).

    `serial` as the ticket table keeps it: 64 bits, signed.
    """

    scan: ScanIn
    principal: Principal
    device: UUID
    place: UUID
    received_at: dt.datetime
    time: ScanTime
    digest: bytes
    code_digest: bytes
    parsed: Parsed | None
    serial: int | None

    @property
    def key(self) -> Key:
        """By which a scan is known for ever."""
        return (self.device, self.scan.seq)

    @property
    def mark(self) -> Mark:
        """Its place in the order of judging."""
        return (self.time.at, self.device, self.scan.seq)

    @property
    def is_undo(self) -> bool:
        """Whether it takes another scan back."""
        return self.scan.direction == "undo"

    @property
    def undoes(self) -> Key | None:
        """The scan that it takes back; a device that cannot be read is no device."""
        undoes = self.scan.undoes
        if not self.is_undo or undoes is None:
            return None
        return (self.device if undoes.device is None else id_of(undoes.device), undoes.seq)

    @property
    def operator(self) -> str:
        """Who checked somebody in by hand, as the ledger names people of ours."""
        return operator(self.principal.account)


def operator(account: UUID | None) -> str:
    """Return how the ledger names whoever works with a device: by the device's account."""
    return f"account:{account}"


class About(Struct, frozen=True):
    """Whose ticket a receipt is about; the details are still sealed."""

    key: bytes | None
    sealed: bytes | None
    title: dict[str, str]
    party: int
    inside: int
    ticket: UUID | None = None
    language: str = ""


class Outcome(Struct, frozen=True):
    """What became of a scan; `zone` is that of its gate, for the words of its facts."""

    status: Status
    verdict: Answer
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    about: About | None = None
    facts: Facts = {}
    zone: str = "UTC"
