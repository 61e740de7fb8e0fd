"""`demo.json`: where the demo is and what opens it, for scripts; public interface."""

import os
from pathlib import Path
from uuid import UUID

import msgspec

from app.awards.seed import DemoAward
from app.commands.demo_keys import Keys
from app.core.sandbox.files import write_private
from app.events.demo_rows import DemoConvention
from app.exchange.seed import DemoPartner

NAME = "demo.json"


class GateNote(msgspec.Struct, frozen=True):
    """A gate, in order of position."""

    id: UUID
    event: UUID
    venue: UUID


class SessionNote(msgspec.Struct, frozen=True):
    """A session; `mode` on_site | online | hybrid."""

    id: UUID
    event: UUID
    mode: str


class TicketTypeNote(msgspec.Struct, frozen=True):
    """A ticket type, in order of position."""

    slug: str
    role: str


class Note(msgspec.Struct, frozen=True):
    """The whole file; `convention` is a slug, `tokens` are bearer tokens by role."""

    url: str
    mail_url: str
    convention: str
    tokens: dict[str, str]
    gates: list[GateNote]
    sessions: list[SessionNote]
    ticket_types: list[TicketTypeNote]
    awards: list[DemoAward]
    partners: list[DemoPartner]


def note(
    *,
    url: str,
    mail_url: str,
    data: DemoConvention,
    keys: Keys,
    awards: list[DemoAward],
    partners: list[DemoPartner],
) -> Note:
    """Put together what scripts need."""
    return Note(
        url=url,
        mail_url=mail_url,
        convention=data.convention.slug,
        tokens={role: key.token for role, key in keys.items()},
        gates=[GateNote(g.id, g.event, g.venue) for g in sorted(data.gates, key=lambda g: g.position)],
        sessions=[SessionNote(s.id, s.event, s.mode) for s in sorted(data.sessions, key=lambda s: s.starts_at)],
        ticket_types=[
            TicketTypeNote(t.slug, t.role) for t in sorted(data.ticket_types, key=lambda t: t.position) if t.public
        ],
        awards=awards,
        partners=partners,
    )


def write(folder: Path, found: Note) -> None:
    """Write the file whole, readable by its owner only: it holds tokens."""
    write_private(folder / NAME, msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n", None)


def remove(folder: Path) -> None:
    """Remove the file: while it is there, the demo runs."""
    if os.path.lexists(folder / NAME):
        (folder / NAME).unlink()
