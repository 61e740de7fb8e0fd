"""The convention in which the vectors play, and the shapes in which they are written down."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.attendance.judging.fold import Direction, Entered, Inside, Seen, State
from app.attendance.judging.rules import Covered, Gate, GateRule, Product
from app.attendance.judging.verdict import Case, Facts, Holder, Shown, Verdict

SITUATIONS = (
    "valid",
    "canceled",
    "blocked",
    "unpaid",
    "unapproved",
    "not yet valid",
    "no longer valid",
    "wrong ticket type",
    "wrong day",
    "wrong venue",
    "wrong organiser",
    "wrong convention",
    "revoked",
    "superseded",
    "same code twice at one gate",
    "same code twice at two gates",
    "same code on two devices off line",
    "same scan sent several times",
    "same scan sent by several connections at once",
    "re-entry after exit",
    "exit without entry",
    "entry at B while inside A",
    "uploads in every order",
    "clock wrong by minutes",
    "clock wrong by a day",
    "clock wrong by years",
    "clock changed while off line",
    "gate deleted or changed",
    "event deleted or changed",
    "ticket type deleted or changed",
    "device revoked",
    "pass revoked at 10:00, scanned off line at 09:55 and at 10:05",
    "admitted by the server, refused on the device",
    "key rotation while off line",
    "server killed between commit and answer",
    "two tabs of one scanner",
    "storage full",
    "a party of 40 on one phone",
    "JST midnight",
    "31 March, 1 April",
    "same person registered twice",
    "on line in the morning, on site in the afternoon",
    "a one-character family name found by search",
    "entry rules",
    "rules of a gate",
    "venue full",
    "residence missing",
    "undo",
    "order of the checks",
)
"""Everything that happens at a gate; each has at least one vector."""

DAY = dt.date(2026, 11, 21)
YESTERDAY, TOMORROW = dt.date(2026, 11, 20), dt.date(2026, 11, 22)
AT = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
"""10:00 in Yokohama on the first day."""

HALL, PIER, PARK = (UUID(int=n) for n in (1, 2, 3))
FESTIVAL, CONCERT, FORUM = (UUID(int=n) for n in (11, 12, 13))
CITY, CLUB = UUID(int=21), UUID(int=22)
PHONE, TABLET = UUID(int=31), UUID(int=32)
NORTH, SOUTH, EAST, WEST = (UUID(int=n) for n in (41, 42, 43, 44))
PASS_ID, VIP_ID = UUID(int=51), UUID(int=52)
TICKET = UUID(int=61)

GATE = Gate(
    id=NORTH,
    event=FESTIVAL,
    venue=HALL,
    organiser=CITY,
    convention=12,
    zone="Asia/Tokyo",
    scope="core",
    capacity=100,
    inside=7,
)
PIER_GATE = replace(GATE, id=EAST, event=CONCERT, venue=PIER, organiser=CLUB, scope="linked")
PASS = Product(
    id=PASS_ID,
    convention=12,
    role="delegate",
    mode="on_site",
    entry_rule="daily",
    first_day=DAY,
    last_day=dt.date(2026, 11, 24),
    title={"en": "Citywide pass", "ja": "全市パス"},
    covers=(Covered(FESTIVAL, CITY, HALL), Covered(CONCERT, CLUB, PIER)),
    number=3,
)


class Vector(Struct, frozen=True):
    """One case with the verdict that both engines give."""

    name: str
    situation: str
    case: Case
    expect: Verdict


def tokyo(clock: str, day: int = 21) -> dt.datetime:
    """Return a moment of November 2026 by the clocks of Yokohama."""
    local = dt.datetime.fromisoformat(f"2026-11-{day}T{clock}+09:00")
    return local.astimezone(dt.UTC)


def case(
    *,
    gate: Gate = GATE,
    product: Product = PASS,
    at: dt.datetime = AT,
    day: dt.date = DAY,
    direction: Direction = "entry",
    status: str = "valid",
    residence: str | None = "SG",
    shown: Shown | None = None,
    generation: int = 1,
    listed: bool = True,
    state: State | None = None,
    latest: State | None = None,
    full: bool = False,
    rule: str | None = None,
    times: int | None = None,
    reentry: bool | None = None,
    device: UUID = PHONE,
    seq: int = 1,
    ticket: UUID = TICKET,
) -> Case:
    """Return a case; without changes it is a valid ticket at an open gate.

    `day`, `rule`, `times` and `reentry` are stated, not worked out: they are what the engines must find by themselves.
    """
    return Case(
        shown=Shown(12, 1) if shown is None else shown,
        holder=Holder(ticket, generation, status, residence, product) if listed else None,
        gate=gate,
        seen=Seen(
            at=at,
            device=device,
            seq=seq,
            direction=direction,
            gate=gate.id,
            event=gate.event,
            venue=gate.venue,
            day=day,
            rule=(product.entry_rule if rule is None else rule) if listed else "",
            entry_times=(product.entry_times if times is None else times) if listed else 1,
            reentry=(product.reentry if reentry is None else reentry) if listed else True,
            elsewhere=gate.elsewhere,
        ),
        state=state or State(),
        full=full,
        latest=latest,
    )


def yes(situation: str, name: str, **changes: Any) -> Vector:
    """State that this is admitted."""
    return Vector(name, situation, case(**changes), Verdict("admitted"))


def no(situation: str, name: str, reason: str, facts: Mapping[str, Any] | None = None, **changes: Any) -> Vector:
    """State that this is refused, for this reason and with these facts."""
    return Vector(name, situation, case(**changes), Verdict("refused", reason, facts=dict(facts or {})))


def door(**changes: Any) -> Gate:
    """Return the usual gate with something else."""
    return replace(GATE, **changes)


def kind(**changes: Any) -> Product:
    """Return the usual ticket type with something else."""
    return replace(PASS, **changes)


def hours(opens: str | None, closes: str | None, **changes: Any) -> Gate:
    """Return the usual gate with opening hours."""
    return door(opens_at=_clock(opens), closes_at=_clock(closes), **changes)


def asks(opens: str | None = None, closes: str | None = None, **changes: Any) -> GateRule:
    """Return what a gate asks: of the usual ticket type unless `product` says otherwise."""
    return GateRule(**{"product": PASS_ID, "opens_at": _clock(opens), "closes_at": _clock(closes)} | changes)


def _clock(said: str | None) -> dt.time | None:
    return dt.time.fromisoformat(said) if said is not None else None


NINE = tokyo("09:00")
IN_HALL = Inside(FESTIVAL, HALL, NORTH, DAY, NINE)
IN_HALL_YESTERDAY = Inside(FESTIVAL, HALL, NORTH, YESTERDAY, tokyo("09:00", 20))
ON_PIER = Inside(CONCERT, PIER, EAST, DAY, tokyo("09:30"))
CAME = Entered(FESTIVAL, DAY, NINE)
CAME_YESTERDAY = Entered(FESTIVAL, YESTERDAY, tokyo("09:00", 20))
CAME_TO_PIER = Entered(CONCERT, DAY, tokyo("09:30"))
INSIDE: Facts = {"since": "2026-11-21T00:00:00Z", "gate": str(NORTH)}
INSIDE_SINCE_YESTERDAY: Facts = {"since": "2026-11-20T00:00:00Z", "gate": str(NORTH)}
USED: Facts = {"since": "2026-11-21T00:00:00Z"}
USED_YESTERDAY: Facts = {"since": "2026-11-20T00:00:00Z"}
