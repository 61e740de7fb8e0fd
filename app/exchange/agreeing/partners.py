"""Partner cities, as the city's officers enter them."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.events import changes
from app.events.changes import unless
from app.events.edits import Lines
from app.events.slugs import candidates, latin, proposal
from app.exchange.agreeing import reach
from app.exchange.agreeing.edits import PartnerEdit
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.joining.titles import LATIN
from app.people.roles import Principal

RESERVED = frozenset({"new", "sources", "cards"})
"""Slugs that are addresses of other pages."""
_KIND = re.compile("[都府県市区町村]$")
_ADD = """
INSERT INTO partner (id, slug, name, code, url, created_at, revision) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (slug) DO NOTHING RETURNING id
"""
_CHANGE = "UPDATE partner SET slug = $2, name = $3, code = $4, url = $5, revision = revision + 1 WHERE id = $1"


def edit_of(partner: PartnerRef) -> PartnerEdit:
    """Return a partner as its form shows it."""
    name = msgspec.convert(partner.name, Lines)
    return PartnerEdit(name=name, slug=partner.slug, code=partner.code, url=partner.url)


async def create(*, principal: Principal, wish: PartnerEdit, now: dt.datetime) -> PartnerRef:
    """Add a partner city. Raises `Invalid`."""
    _refuse_wrong(wish)
    async with transaction():
        made = await _insert(wish, now)
        await note(principal, "partner.create", made, now)
        return await reach.any_partner(made)


def _refuse_wrong(wish: PartnerEdit) -> None:
    words = _("Write the name in one language at least.")
    free = wish.slug is None or (wish.slug not in RESERVED and reach.as_id(wish.slug) is None)
    changes.refuse(
        [
            unless(wish.name != Lines(), "name", "required", words),
            unless(free, "slug", "taken", _("This address is that of another page. Please choose another.")),
        ]
    )


async def _insert(wish: PartnerEdit, now: dt.datetime) -> UUID:
    name = msgspec.to_builtins(wish.name)
    words = msgspec.json.encode(name).decode()
    for slug in [wish.slug] if wish.slug else candidates(proposal(name, _city(wish.name.ja))):
        row = await fetch_one(_ADD, uuid4(), slug, words, wish.code, wish.url, now)
        if row:
            made: UUID = row["id"]
            return made
    raise _taken()


def _city(name: str) -> str:
    """Return how a city with a Japanese name is written in Latin letters, `partner` when that is not known."""
    bare = _KIND.sub("", name)
    known = LATIN.get(name) or LATIN.get(bare)
    return known[0] if known else latin(bare) or "partner"


def _taken() -> Invalid:
    return Invalid([FieldError("slug", "taken", _("Another partner has this address."))])


async def change(*, principal: Principal, partner: UUID, seen: int, wish: PartnerEdit, now: dt.datetime) -> None:
    """Change a partner. Raises `Invalid`, or `Outdated` when somebody else saved since revision `seen`."""
    async with transaction():
        await fetch_one("SELECT 1 FROM partner WHERE id = $1 FOR UPDATE", partner)
        stored = await reach.any_partner(partner)
        before, after = edit_of(stored), msgspec.structs.replace(wish, slug=wish.slug or stored.slug)
        changes.refuse_outdated(seen=seen, revision=stored.revision, stored=before, sent=after)
        _refuse_wrong(after)
        await _write(partner, after)
        await note(principal, "partner.change", partner, now, **changes.told(before, after))


async def _write(partner: UUID, after: PartnerEdit) -> None:
    name = msgspec.json.encode(after.name).decode()
    try:
        async with transaction():
            await fetch(_CHANGE, partner, after.slug, name, after.code, after.url)
    except asyncpg.UniqueViolationError:
        raise _taken() from None


async def note(principal: Principal, action: str, partner: UUID, now: dt.datetime, **detail: object) -> None:
    """Write into the audit log what was done to a partner or to something of it."""
    await audit.record(actor=principal.actor, action=action, subject=f"partner:{partner}", now=now, detail=detail)


def names(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the column `name` of a row by language."""
    return msgspec.json.decode(found["name"], type=dict[str, str])
