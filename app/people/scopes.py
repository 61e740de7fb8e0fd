"""What a scope may name: rows of packages above, found through a registry; and whether a scope fits its role."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.i18n import text
from app.people.roles import INVITES, KINDS, NEEDS_SCOPE, Asker, Kind, Principal, Role, Scope


class Choice(msgspec.Struct, frozen=True):
    """A row that a scope may name, `of` what it belongs to; nobody needs it after `until`."""

    id: UUID
    name: dict[str, str]
    of: dict[str, str] = {}
    until: dt.datetime | None = None

    @property
    def words(self) -> str:
        """How it is called, with what it belongs to, in the reader's language."""
        return " · ".join(filter(None, (text(self.of), text(self.name))))


class Ticked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rows that were ticked in a form, by kind."""

    organisers: tuple[UUID, ...] = ()
    gates: tuple[UUID, ...] = ()
    awards: tuple[UUID, ...] = ()
    partners: tuple[UUID, ...] = ()

    @property
    def scope(self) -> Scope:
        """The scope they make; nothing ticked names nothing."""
        return Scope(self.organisers or None, self.gates or None, self.awards or None, self.partners or None)


def of_row(row: Mapping[str, Any]) -> Scope:
    """Return the scope that a row holds."""
    return msgspec.json.decode(row["scope"], type=Scope)


Find = Callable[[Scope], Awaitable[list[Choice]]]

SOURCES: dict[Kind, Find] = {}
"""Who knows the rows of a kind; filled by `app/parts.py`. A kind without a source has no rows."""


async def choices(kind: Kind, reach: Scope, *, now: dt.datetime | None = None) -> list[Choice]:
    """Return the rows of a kind within `reach`; with `now`, without those that nobody needs any more."""
    found = await SOURCES[kind](reach) if kind in SOURCES else []
    return [one for one in found if now is None or one.until is None or one.until > now]


async def offered(roles: Iterable[Role], principal: Principal, now: dt.datetime) -> dict[Kind, list[Choice]]:
    """Return what `principal` may give to accounts of these roles, by kind."""
    needed = dict.fromkeys(kind for role in roles for kind in NEEDS_SCOPE.get(role, ()))
    return {kind: await choices(kind, principal.scope, now=now) for kind in needed}


async def fit(role: Role, scope: Scope) -> Scope:
    """Return the part of `scope` that means something to `role`, or raise `Invalid` when it has to name rows.

    Rows of several kinds add up: the gates that were named and every gate of the organisers that were named.
    """
    kinds = NEEDS_SCOPE.get(role, ())
    kept = {kind: ids for kind, ids in scope.named().items() if kind in kinds and ids}
    if kinds and not kept:
        raise Invalid([FieldError(kinds[0], "required", needs(role))])
    if not kinds:
        return Scope()
    return await joined(*(Scope(**{kind: ids}) for kind, ids in kept.items()))


def needs(role: Role) -> str:
    """Say what an account of `role` must be bound to."""
    return {
        "staff": _("Gate staff work at named gates; choose at least one."),
        "lead": _("Leads answer for named gates; choose at least one."),
        "organiser": _("An organiser's account belongs to an organisation; choose at least one."),
        "secretary": _("Secretaries answer for named awards; choose at least one."),
        "judge": _("Judges work for named awards; choose at least one."),
        "partner": _("A partner's account belongs to a partner city; choose at least one."),
    }[role]


async def require_within(scope: Scope, reach: Scope) -> None:
    """Raise `NotFound` unless every row named by `scope` exists within `reach`."""
    for kind, ids in scope.named().items():
        if not set(ids) <= {one.id for one in await choices(kind, reach)}:
            raise NotFound


async def joined(*parts: Scope) -> Scope:
    """Return the scope that reaches what any of these does.

    Kinds narrow each other, so scopes of different kinds are added up in the gates they reach today.
    """
    named = [part.named() for part in parts]
    if not all(named):
        return Scope()
    if len({kind for one in named for kind in one}) == 1:
        kind = next(iter(named[0]))
        return Scope(**{kind: tuple(dict.fromkeys(row for one in named for row in one[kind]))})
    gates = [gate.id for part in parts for gate in await choices("gates", part)]
    return Scope(gates=tuple(dict.fromkeys(gates)))


class Reach(msgspec.Struct, frozen=True):
    """Which accounts somebody answers for: those of `roles` whose scope lies within `ids`, None for any scope."""

    roles: tuple[Role, ...]
    ids: dict[Kind, frozenset[UUID]] | None

    def holds(self, role: Role, scope: Scope) -> bool:
        """Whether an account of this role and scope is within reach."""
        if role not in self.roles or self.ids is None:
            return role in self.roles
        named = scope.named()
        return bool(named) and all(set(ids) <= self.ids.get(kind, frozenset()) for kind, ids in named.items())


async def reach_of(principal: Principal, *, over: dict[Asker, tuple[Role, ...]] = INVITES) -> Reach:
    """Return which accounts `principal` answers for; `over` says which roles stand below which."""
    roles = over.get(principal.role, ())
    if principal.role not in NEEDS_SCOPE:
        return Reach(roles, None)
    kinds = {kind for role in roles for kind in NEEDS_SCOPE.get(role, ())}
    return Reach(roles, {kind: frozenset(one.id for one in await choices(kind, principal.scope)) for kind in kinds})


async def names(scopes: Iterable[Scope]) -> dict[UUID, str]:
    """Return how the rows named by these scopes are called; rows that are gone are left out."""
    kinds = {kind for scope in scopes for kind in scope.named()}
    return {one.id: one.words for kind in KINDS if kind in kinds for one in await choices(kind, Scope())}
