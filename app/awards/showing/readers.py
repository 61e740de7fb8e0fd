"""Who reads an entry."""

import datetime as dt
from uuid import UUID

from msgspec import Struct

from app.people.roles import Principal


class Secretary(Struct, frozen=True):
    """Whoever runs the award: secretary, officer, admin."""

    principal: Principal


class Judge(Struct, frozen=True):
    """A judge of the award, by the id of `judge`."""

    judge: UUID


class Member(Struct, frozen=True):
    """A member of an entry, by the id of `entry_member`."""

    member: UUID


class Voter(Struct, frozen=True):
    """Whoever holds a ticket of the convention, at a moment: while it is valid and votes are taken, he sees them."""

    ticket: UUID
    now: dt.datetime


class Public(Struct, frozen=True):
    """Anybody."""


Reader = Secretary | Judge | Member | Voter | Public
