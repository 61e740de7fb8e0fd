"""Organisers, as the city's officers enter them."""

import datetime as dt
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.events import changes, queries
from app.events.changes import unless
from app.events.edits import Lines, OrganiserEdit
from app.events.owned import OwnOrganiser
from app.events.slugs import candidates, proposal
from app.events.tables import Organiser
from app.people.roles import Principal

_ADD = """
INSERT INTO organiser (id, slug, name, url, revision) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""


async def everybody() -> list[OwnOrganiser]:
    """Return all organisers."""
    return await queries.organisers(reach=None)


async def one(*, organiser: UUID) -> OwnOrganiser:
    """Return an organiser, or raise `NotFound`."""
    found = await queries.organisers(reach=[organiser])
    if not found:
        raise NotFound
    return found[0]


def edit_of(organiser: OwnOrganiser) -> OrganiserEdit:
    """Return an organiser as its form shows it."""
    return OrganiserEdit(name=msgspec.convert(organiser.name, Lines), url=organiser.url, slug=organiser.slug)


async def add(*, principal: Principal, wish: OrganiserEdit, now: dt.datetime) -> UUID:
    """Add an organiser and return its id. Raises `Invalid`."""
    _refuse_wrong(wish)
    async with transaction():
        made = await _insert(wish)
        await audit.record(actor=principal.actor, action="organiser.add", subject=f"organiser:{made}", now=now)
    return made


def _refuse_wrong(wish: OrganiserEdit) -> None:
    words = _("Write the name in one language at least.")
    changes.refuse([unless(wish.name != Lines(), "name", "required", words)])


async def _insert(wish: OrganiserEdit) -> UUID:
    name = msgspec.to_builtins(wish.name)
    words = msgspec.json.encode(name).decode()
    for slug in [wish.slug] if wish.slug else candidates(proposal(name, "organiser")):
        row = await fetch_one(_ADD, uuid4(), slug, words, wish.url)
        if row:
            found: UUID = row["id"]
            return found
    raise _taken()


def _taken() -> Invalid:
    return Invalid([FieldError("slug", "taken", _("Another organiser has this address."))])


async def change(*, principal: Principal, organiser: UUID, seen: int, wish: OrganiserEdit, now: dt.datetime) -> None:
    """Change an organiser. Raises `Invalid`, or `Outdated` when somebody else saved since revision `seen`."""
    async with transaction():
        await fetch_one("SELECT 1 FROM organiser WHERE id = $1 FOR UPDATE", organiser)
        stored = await one(organiser=organiser)
        before, after = edit_of(stored), msgspec.structs.replace(wish, slug=wish.slug or stored.slug)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=after)
        _refuse_wrong(after)
        await _write(organiser, after)
        await audit.record(
            actor=principal.actor,
            action="organiser.change",
            subject=f"organiser:{organiser}",
            now=now,
            detail=changes.told(before, after),
        )


async def _write(organiser: UUID, after: OrganiserEdit) -> None:
    try:
        async with transaction():
            await Organiser.update({**msgspec.to_builtins(after), Organiser.revision: Organiser.revision + 1}).where(
                Organiser.id == organiser
            )
    except asyncpg.UniqueViolationError:
        raise _taken() from None
