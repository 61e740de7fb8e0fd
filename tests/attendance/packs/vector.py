"""Writes the gate pack that both engines must read: `python -m tests.attendance.packs.vector`.

What has to be found in it is stated here by hand, in `TICKETS`, and goes into the description beside it.
"""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from app.attendance.judging.rules import Covered, Gate, GateRule, Product
from app.attendance.packs import layout
from app.ticketing.codes import Kind, Payload, sign

FOLDER = Path(__file__).parents[2] / "vectors"
BINARY, DESCRIPTION = FOLDER / "pack.bin", FOLDER / "pack.json"
SCOPE = 2026
TICKET_KEYS = {kid: Ed25519PrivateKey.from_private_bytes(bytes([7 + kid]) * 32) for kid in (0, 1)}
PACK_KEYS = {kid: Ed25519PrivateKey.from_private_bytes(bytes([0x50 + kid]) * 32) for kid in (0, 1)}
MADE = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
DAYS = (dt.date(2026, 11, 21), dt.date(2026, 11, 24))


def _id(number: int) -> UUID:
    return UUID(int=number, version=4)


EVENT, OTHER_EVENT, VENUE, OTHER_VENUE, ORGANISER = (_id(n) for n in range(1, 6))


class Told(Struct, frozen=True):
    """A ticket of the pack as a reader must find it; `here` when its type opens the gate's event."""

    serial: int
    product: int
    generation: int
    status: str
    residence: str
    party: int
    name: str
    language: str | None
    found_name: str
    kid: int = 0
    seal: int = 0
    here: bool = True


TICKETS = (
    Told(0x0123456789ABCDEF, 12, 0, "valid", "JP", 1, "林", "ja", "林"),
    Told(0, 12, 0, "valid", "JP", 2, "Alexandra Wörishofer", "de", "Alexandra Wörishofer"),
    Told(0xFFFFFFFFFFFFFFFF, 12, 255, "canceled", "JP", 4294967295, "김 서연", "ko", "김 서연", seal=65535),
    Told(1, 12, 1, "blocked", "", 3, "李娜", "zh-Hans", "李娜", seal=1),
    Told(2, 13, 0, "unpaid", "JP", 3, "สมชาย ใจดี", "th", "สมชาย ใจดี", kid=1),
    Told(3, 13, 0, "unapproved", "JP", 3, "", "en", ""),
    Told(4, 12, 0, "revoked", "", 4, "x" * 60, None, "x" * 44),
    # Fifteen letters of three bytes end at byte 45: the last one does not fit and goes as a whole.
    Told(5, 12, 0, "valid", "JP", 5, "あ" * 15, "ja", "あ" * 14),
    Told(6, 12, 0, "valid", "JP", 5, "👪" * 12, "en", "👪" * 11),
    Told(7, 14, 0, "valid", "JP", 6, "Elsewhere", "en", "Elsewhere", here=False),
    Told(8, 14, 3, "canceled", "", 6, "Elsewhere too", "en", "Elsewhere too", here=False),
)
GONE = (9, 10)


def code_of(told: Told) -> str:
    """Return the code of a ticket of the vector."""
    payload = Payload(Kind.ENTRY, 0, told.kid, SCOPE, told.product, told.serial, told.generation)
    return sign(payload, TICKET_KEYS[told.kid])


def record_of(told: Told) -> bytes:
    """Return the record of a ticket of the vector."""
    digest = hashlib.sha256(code_of(told).encode()).digest()
    return layout.record(
        tag=layout.tag_of(told.serial),
        generation=told.generation,
        flags=layout.flags_of(told.status, residence_known=bool(told.residence)),
        product=told.product,
        party=told.party,
        seal=told.seal,
        code_digest=digest,
        plain=layout.plain_of(digest, told.name, told.language or ""),
    )


def body() -> tuple[bytes, dict[str, int]]:
    """Return the body, and how many tickets are in its parts."""
    records = sorted(record_of(t) for t in TICKETS if t.here)
    others = sorted(record_of(t)[: layout.OTHER] for t in TICKETS if not t.here)
    gone = sorted(layout.tag_of(serial) for serial in GONE)
    return b"".join((*records, *others, *gone)), {"records": len(records), "others": len(others), "gone": len(gone)}


def head_of(content: bytes, counts: dict[str, int], *, number: int = 1000, since: int | None = 900) -> layout.Head:
    """Return the head of the vector."""
    return layout.Head(
        number=number,
        since=since,
        made_at=MADE,
        kid=0,
        pack_keys=[layout.PackKey(kid, _public(key)) for kid, key in PACK_KEYS.items()],
        keys=[
            layout.TicketKey(SCOPE, 0, _public(TICKET_KEYS[0]), MADE - dt.timedelta(days=60), MADE, MADE),
            layout.TicketKey(SCOPE, 1, _public(TICKET_KEYS[1]), MADE + dt.timedelta(days=7)),
        ],
        convention=layout.Convention(SCOPE, "yokohama-2026", "Asia/Tokyo", *DAYS),
        gate=_GATE,
        gates=[layout.Door(_GATE.id, {"en": "North gate", "ja": "北口"}, VENUE, EVENT)],
        venues=[layout.Named(VENUE, {"en": "Pier"}), layout.Named(OTHER_VENUE, {"ja": "倉庫"})],
        events=[layout.Titled(EVENT, {"en": "Festival"}), layout.Titled(OTHER_EVENT, {"en": "Conference"})],
        products=[_product(12, EVENT), _product(13, EVENT, "times"), _product(14, OTHER_EVENT)],
        **counts,
        sha256=hashlib.sha256(content).hexdigest(),
    )


_GATE = Gate(
    id=_id(20),
    event=EVENT,
    venue=VENUE,
    organiser=ORGANISER,
    convention=SCOPE,
    zone="Asia/Tokyo",
    scope="core",
    opens_at=dt.time(9),
    closes_at=dt.time(21, 30),
    capacity=500,
    elsewhere="refuse",
    rules=(GateRule(), GateRule(product=_id(113), admits=False, entry_rule="times", entry_times=2, days=DAYS)),
)


def _product(number: int, event: UUID, rule: str = "daily") -> Product:
    return Product(
        id=_id(100 + number),
        convention=SCOPE,
        role="visitor",
        mode="on_site",
        entry_rule=rule,
        first_day=DAYS[0],
        last_day=DAYS[1],
        title={"en": f"Type {number}"},
        days=DAYS if number == 13 else (),
        covers=(Covered(event, ORGANISER, VENUE if event == EVENT else OTHER_VENUE),),
        number=number,
        entry_times=3,
        reentry=number != 13,
    )


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def pack() -> bytes:
    """Return the pack of the vector."""
    content, counts = body()
    return layout.write(head_of(content, counts), content, PACK_KEYS[0])


def description() -> dict[str, Any]:
    """Return what a reader must find in the pack."""
    content, counts = body()
    return {
        "file": BINARY.name,
        "pack_keys": [{"kid": kid, "public": _public(key)} for kid, key in PACK_KEYS.items()],
        "head": msgspec.json.decode(msgspec.json.encode(head_of(content, counts))),
        "tickets": [_told(told) for told in TICKETS],
        "gone": [layout.tag_of(serial).hex() for serial in sorted(GONE)],
        "strange": {"code": code_of(Told(99, 12, 0, "valid", "JP", 1, "", "en", "")), "tag": layout.tag_of(99).hex()},
    }


def _told(told: Told) -> dict[str, Any]:
    open_part = {"tag": layout.tag_of(told.serial).hex(), "generation": told.generation, "status": told.status}
    return {
        "code": code_of(told),
        "serial": f"{told.serial:016x}",
        "here": told.here,
        "line": {**open_part, "residence_known": bool(told.residence), "product": told.product, "party": told.party},
        "sealed": {"name": told.found_name, "language": told.language} if told.here else None,
    }


def main() -> None:
    """Write both files."""
    FOLDER.mkdir(exist_ok=True)
    BINARY.write_bytes(pack())
    text = msgspec.json.format(msgspec.json.encode(description()), indent=2)
    DESCRIPTION.write_bytes(text + b"\n")


if __name__ == "__main__":
    main()
