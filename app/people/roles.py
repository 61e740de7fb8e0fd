"""Roles, and whoever asks."""

from typing import Literal, get_args
from uuid import UUID

import msgspec

from app.core.i18n import gettext_lazy as _

Role = Literal["attendee", "staff", "lead", "organiser", "secretary", "judge", "partner", "officer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Asker = Role | Literal["anonymous"]


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows an account reaches; None means all of that kind."""

    organisers: tuple[UUID, ...] | None = None
    gates: tuple[UUID, ...] | None = None
    awards: tuple[UUID, ...] | None = None
    partners: tuple[UUID, ...] | None = None


class Door(msgspec.Struct, frozen=True):
    """A page that some roles work with, for the menu and the start page."""

    path: str
    name: str
    purpose: str
    roles: frozenset[Asker]


DOORS = (
    Door("/gate", _("Gates"), _("Choose a gate and check tickets."), frozenset({"staff", "lead", "admin"})),
    Door(
        "/office",
        _("Office"),
        _("Figures of KPI 2, and work that needs a person."),
        frozenset({"officer", "admin"}),
    ),
)
"""The policy has the last word; this only says what is worth a link."""


class Principal(msgspec.Struct, frozen=True):
    """Whoever asks. `device` is set for an enrolled phone, `csrf` for a signed-in browser."""

    role: Asker
    account: UUID | None = None
    label: str = ""
    scope: Scope = Scope()
    device: UUID | None = None
    device_revoked: bool = False
    csrf: str = ""

    @property
    def actor(self) -> str:
        """How the audit log names this principal: role and account, no personal data."""
        return f"{self.role}:{self.account}" if self.account else self.role

    @property
    def doors(self) -> list[Door]:
        """The pages this principal works with."""
        return [door for door in DOORS if self.role in door.roles]

    def may_see_gate(self, *, gate: UUID, organiser: UUID) -> bool:
        """Whether this principal's scope holds the gate and the organiser of its event."""
        return (self.scope.gates is None or gate in self.scope.gates) and self.may_see_organiser(organiser)

    def may_see_organiser(self, organiser: UUID) -> bool:
        """Whether this principal's scope holds the organiser."""
        return self.scope.organisers is None or organiser in self.scope.organisers


ANONYMOUS = Principal(role="anonymous")
