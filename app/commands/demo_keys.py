"""The accounts of the demo: one per role, their tokens and sign-in links."""

import datetime as dt
import os
from pathlib import Path
from uuid import UUID

import msgspec

from app.core.sandbox.files import write_private
from app.events.tables import Organiser
from app.people import access
from app.people.roles import NEEDS_SCOPE, Role, Scope
from app.people.sign_in import link_for

ROLES: tuple[Role, ...] = ("officer", "organiser", "staff", "judge", "secretary", "partner", "admin")
ORGANISER = "yokohama-mirai-kiko"
"""Slug of the organiser that runs YOXO FESTIVAL."""
LINK_DAYS = 30


class Key(msgspec.Struct, frozen=True):
    """What opens the account of one role."""

    account: UUID
    token: str


Keys = dict[Role, Key]


async def keys(*, folder: Path, now: dt.datetime) -> Keys:
    """Return a key per role: those kept in `folder`, and new ones for those that are missing or no longer valid."""
    path = folder / "keys.json"
    kept = _read(path)
    found: Keys = {role: await _valid(role, kept.get(role), now) or await _new(role, now) for role in ROLES}
    if found != kept:
        write_private(path, msgspec.json.encode(found).decode(), None)
    return found


def _read(path: Path) -> Keys:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keys)
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


async def _valid(role: Role, key: Key | None, now: dt.datetime) -> Key | None:
    if key is None:
        return None
    principal = await access.by_token(key.token, now)
    return key if (principal.role, principal.account) == (role, key.account) else None


async def _new(role: Role, now: dt.datetime) -> Key:
    account = await access.add_account(
        role=role,
        label=f"Demo {role}",
        now=now,
        scope=await _scope(role),
        device="Demo phone" if role == "staff" else None,
    )
    return Key(account, await access.issue_token(account=account, now=now))


async def _scope(role: Role) -> Scope:
    """Return what a demo account reaches: its organiser, the gates of all of them, or nothing that is not there yet."""
    kinds = NEEDS_SCOPE.get(role, ())
    if "organisers" not in kinds:
        return Scope(**dict.fromkeys(kinds, ()))
    rows = await Organiser.select(Organiser.id, Organiser.slug).order_by(Organiser.slug)
    return Scope(organisers=tuple(row["id"] for row in rows if role != "organiser" or row["slug"] == ORGANISER))


async def links(found: Keys, *, base_url: str, now: dt.datetime) -> dict[Role, str]:
    """Return one sign-in link per role that opens as often as one likes, for a month."""
    minutes = LINK_DAYS * 24 * 60
    return {
        role: f"{base_url}/sign-in/{await link_for(account=key.account, now=now, minutes=minutes, reusable=True)}"
        for role, key in found.items()
    }


def require_private(folder: Path) -> None:
    """Make the folder of the demo, or raise `OSError` when we cannot write to it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} is not writable.")
