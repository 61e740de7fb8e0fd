"""Roles, and whoever asks."""

import datetime as dt
from typing import Literal, get_args
from uuid import UUID

import msgspec

from app.core.i18n import gettext_lazy as _

Role = Literal["attendee", "staff", "lead", "organiser", "secretary", "judge", "partner", "officer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

Asker = Role | Literal["anonymous"]


Kind = Literal["organisers", "gates", "awards", "partners"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which rows an account reaches; None means all of that kind."""

    organisers: tuple[UUID, ...] | None = None
    gates: tuple[UUID, ...] | None = None
    awards: tuple[UUID, ...] | None = None
    partners: tuple[UUID, ...] | None = None

    def ids(self, kind: Kind) -> tuple[UUID, ...] | None:
        """Return the rows of one kind, None for all."""
        found: tuple[UUID, ...] | None = getattr(self, kind)
        return found

    def named(self) -> dict[Kind, tuple[UUID, ...]]:
        """Return the kinds that this scope restricts, with their rows."""
        return {kind: ids for kind in KINDS if (ids := self.ids(kind)) is not None}

    def narrowed(self, by: "Scope") -> "Scope":
        """Return what lies in both."""
        return Scope(**{kind: _both(self.ids(kind), by.ids(kind)) for kind in KINDS})


def _both(mine: tuple[UUID, ...] | None, other: tuple[UUID, ...] | None) -> tuple[UUID, ...] | None:
    if mine is None or other is None:
        return other if mine is None else mine
    return tuple(one for one in mine if one in other)


NEEDS_SCOPE: dict[Asker, tuple[Kind, ...]] = {
    "staff": ("gates", "organisers"),
    "lead": ("gates", "organisers"),
    "organiser": ("organisers",),
    "secretary": ("awards",),
    "judge": ("awards",),
    "partner": ("partners",),
}
"""Roles that reach only named rows, and the kinds of which at least one must be named; the others reach everything."""

INVITES: dict[Asker, tuple[Role, ...]] = {
    "admin": ("admin", "officer", "organiser", "secretary", "judge", "partner", "lead", "staff"),
    "officer": ("officer", "organiser", "secretary", "judge", "partner", "lead", "staff"),
    "organiser": ("organiser", "lead", "staff"),
    "secretary": ("judge",),
    "lead": ("staff",),
}
"""Who may invite whom, and later change or suspend them: always within the own scope."""

ENROLS: dict[Asker, tuple[Role, ...]] = {
    "admin": ("lead", "staff"),
    "officer": ("lead", "staff"),
    "organiser": ("lead", "staff"),
    "lead": ("staff",),
}
"""Who may enrol phones, and as what."""

ROLE_NAMES: dict[Role, str] = {
    "attendee": _("Attendee"),
    "staff": _("Gate staff"),
    "lead": _("Lead of gate staff"),
    "organiser": _("Organiser"),
    "secretary": _("Secretary of an award"),
    "judge": _("Judge"),
    "partner": _("Partner city"),
    "officer": _("City officer"),
    "admin": _("Administrator"),
}


class Door(msgspec.Struct, frozen=True):
    """A page that some roles work with, for the start page and the side of a console; most are in the menu as well."""

    path: str
    name: str
    purpose: str
    roles: frozenset[Asker]
    menu: bool = True


DOORS = (
    Door("/my", _("My tickets"), _("Your tickets, their codes, and what comes next."), frozenset({"attendee"})),
    Door(
        "/my",
        _("My tickets"),
        _("Your tickets, their codes, and what comes next."),
        frozenset(ROLES) - {"attendee"},
        menu=False,
    ),
    Door(
        "/account/data",
        _("My data"),
        _("See it, take it along, put it right, erase it."),
        frozenset({"attendee"}),
        menu=False,
    ),
    Door("/gate", _("Gates"), _("Choose a gate and check tickets."), frozenset({"staff", "lead", "admin"})),
    Door(
        "/board",
        _("Live board"),
        _("Who is inside, how fast people come, and what needs you."),
        frozenset({"lead", "organiser", "officer", "admin"}),
    ),
    Door(
        "/office",
        _("Office"),
        _("Figures of KPI 2, and work that needs a person."),
        frozenset({"officer", "admin"}),
    ),
    Door(
        "/office/people",
        _("People with roles"),
        _("Who may do what: change, suspend, end sessions."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/console",
        _("Events"),
        _("Your events: texts, sessions, places; drafts and what is published."),
        frozenset({"organiser", "officer", "admin"}),
    ),
    Door(
        "/office/conventions",
        _("Conventions"),
        _("Make the next convention, publish it, keep the city's venues."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/organisers",
        _("Organisers"),
        _("Who runs events: add, change, invite their people."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/console/staff",
        _("My people"),
        _("Who works with you: change, suspend, end sessions."),
        frozenset({"organiser", "secretary", "lead"}),
        menu=False,
    ),
    Door(
        "/console/invitations",
        _("Invitations"),
        _("Ask people to take a role, and see who has accepted."),
        frozenset({"organiser", "secretary", "lead", "officer", "admin"}),
        menu=False,
    ),
    Door(
        "/console/devices",
        _("Devices"),
        _("Enrol phones for the gates, see when they were last heard of, revoke lost ones."),
        frozenset({"organiser", "lead", "officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/privacy",
        _("Privacy"),
        _("Letters from people, texts to agree to, how long data is kept, and who was affected by a leak."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/doubles",
        _("Doubles"),
        _("People who may be registered twice: look at both, decide."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/corrections",
        _("Corrections"),
        _("What the ledger says of somebody, and putting it right with reason and evidence."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/jobs",
        _("Given-up jobs"),
        _("Work such as mails that failed eight times."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/audit",
        _("Audit log"),
        _("What people with power did, unchanged and complete."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/awards",
        _("Awards"),
        _("What you run: categories, rounds, judges, entries and results."),
        frozenset({"secretary", "officer", "admin"}),
        menu=False,
    ),
    Door(
        "/office/partners",
        _("Partner cities"),
        _("Whose calendars we show, what was agreed, and what they get from us."),
        frozenset({"officer", "admin"}),
        menu=False,
    ),
    Door(
        "/partner",
        _("Calendars"),
        _("Your calendars, how well they can be read, and what you get from us."),
        frozenset({"partner"}),
    ),
    Door("/judging", _("Judging"), _("Entries to score, and until when."), frozenset({"judge"})),
    Door("/account", _("My account"), _("Passkeys, roles, language, and where you are signed in."), frozenset(ROLES)),
    Door(
        "/account/tokens",
        _("API tokens"),
        _("Keys for programs that work in your name."),
        frozenset(ROLES) - {"attendee"},
        menu=False,
    ),
)
"""The policy has the last word; this only says what is worth a link."""


class Principal(msgspec.Struct, frozen=True):
    """Whoever asks. `device` is set for an enrolled phone, `csrf` to `proved_at` for a signed-in browser.

    `program` bears a token that somebody made for it: it acts in a name, and nobody sits there to prove it.
    """

    role: Asker
    account: UUID | None = None
    label: str = ""
    scope: Scope = Scope()
    device: UUID | None = None
    device_revoked: bool = False
    csrf: str = ""
    session: UUID | None = None
    strength: str = ""
    proved_at: dt.datetime | None = None
    program: bool = False

    @property
    def actor(self) -> str:
        """How the audit log names this principal: role and account, no personal data."""
        return f"{self.role}:{self.account}" if self.account else self.role

    @property
    def doors(self) -> list[Door]:
        """The pages this principal works with, as the menu names them."""
        return [door for door in self.rooms if door.menu]

    @property
    def rooms(self) -> list[Door]:
        """Every page this principal works with; a phone has no console."""
        found = [door for door in DOORS if self.role in door.roles]
        return [door for door in found if self.device is None or not door.path.startswith("/console")]

    def beside(self, *areas: str) -> list[tuple[str, str]]:
        """Return (address, words) of the pages of some areas (`/office`), for the side of a console."""
        return [(room.path, room.name) for room in self.rooms if room.path.startswith(areas)]

    def may_see_gate(self, *, gate: UUID, organiser: UUID) -> bool:
        """Whether this principal's scope holds the gate and the organiser of its event."""
        gates, organisers = self.scope.gates, self.scope.organisers
        return (gates is None or gate in gates) and (organisers is None or organiser in organisers)


ANONYMOUS = Principal(role="anonymous")
