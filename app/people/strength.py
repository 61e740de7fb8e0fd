"""How surely a session knows who sits there. One table says what each role needs, and how long its sessions last.

`link`    whoever reads the mailbox
`first`   the same, just invited and without any other proof: for an hour the first passkey may be added
`code`    the mailbox and an authenticator app
`strong`  a passkey, OpenID, or a link that an operator made on the command line
"""

import datetime as dt
from typing import Literal, get_args

import msgspec

from app.people.roles import Role

Strength = Literal["link", "first", "code", "strong"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
_RANKS: dict[str, int] = {"link": 0, "first": 0, "code": 1, "strong": 2}

PROOF = dt.timedelta(minutes=15)
"""How long ago a person may have proved who he is when something sensitive is done."""
FIRST = dt.timedelta(hours=1)
"""How long after an invitation the first passkey may be added."""


class Need(msgspec.Struct, frozen=True):
    """What a role needs: the strength of its sessions, and after how long unused and how long in all they end."""

    strength: Strength
    idle: dt.timedelta
    absolute: dt.timedelta


_SHORT = Need("strong", idle=dt.timedelta(hours=1), absolute=dt.timedelta(hours=12))
_OFFICE = Need("strong", idle=dt.timedelta(hours=4), absolute=dt.timedelta(hours=24))
_SHIFT = Need("link", idle=dt.timedelta(hours=12), absolute=dt.timedelta(days=7))

NEEDS: dict[Role, Need] = {
    "attendee": Need("link", idle=dt.timedelta(days=7), absolute=dt.timedelta(days=30)),
    "staff": _SHIFT,
    "lead": _SHIFT,
    "partner": _SHIFT,
    "judge": Need("code", idle=dt.timedelta(hours=12), absolute=dt.timedelta(days=3)),
    "organiser": _OFFICE,
    "secretary": _OFFICE,
    "officer": _SHORT,
    "admin": _SHORT,
}


def proves(role: Role) -> bool:
    """Whether this role needs more than a mailbox; then whatever was added to its account was proved by more."""
    return NEEDS[role].strength != "link"


def enough(role: str, strength: str) -> bool:
    """Whether a session of this strength may act in this role."""
    need = NEEDS.get(role)  # type: ignore[call-overload]  # nobody: needs nothing
    return need is None or _RANKS.get(strength, 0) >= _RANKS[need.strength]


def stronger(one: Strength, other: Strength) -> Strength:
    """Return the stronger of two; `first` gives way to whatever was proved."""
    return other if _RANKS[other] > _RANKS[one] or one == "first" else one


def strongest_need(roles: list[Role]) -> Strength:
    """Return the strength that the most demanding of these roles needs."""
    return max((NEEDS[role].strength for role in roles), key=_RANKS.__getitem__, default="link")


def reaches(strength: str, needed: Strength) -> bool:
    """Whether `strength` is at least `needed`."""
    return _RANKS.get(strength, 0) >= _RANKS[needed]


def alive(*, role: Role, created_at: dt.datetime, seen_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a session of this role has been used lately and is not too old."""
    need = NEEDS[role]
    return seen_at > now - need.idle and created_at > now - need.absolute


def fresh(proved_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a proof is recent enough for something sensitive."""
    return proved_at is not None and now - proved_at <= PROOF
