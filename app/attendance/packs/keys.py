"""The keys of a convention: those that sign codes, and those that sign packs. Two of a kind may live at once.

Private halves are derived (`core.signing`), only public ones are stored. A new key is announced in every pack `NOTICE`
before it signs anything, so that a phone that is off line for that long still knows it. One that has leaked is
distrusted from a moment on: what it signs opens nothing any more, but tickets that were issued stay good, because the
server knows their digests, and phones list them and prove their codes by the sealed byte.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Literal, get_args
from uuid import uuid4

from msgspec import Struct

from app.attendance.errors import NoKeyLeft
from app.core import audit
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import NotFound
from app.core.signing import pack_key, signing_key

Purpose = Literal["ticket", "pack"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
NOTICE = dt.timedelta(days=7)
FIRST = 0
LAST = 255
"""The number of a key is one byte of a code."""

_LOCK = "SELECT number FROM convention WHERE slug = $1 FOR NO KEY UPDATE"
_KEYS = """
SELECT kid, public, not_before, not_after, distrust_after FROM signing_key
WHERE purpose = $1 AND scope = $2 ORDER BY not_before, kid
"""
_ADD = """
INSERT INTO signing_key (id, purpose, scope, kid, public, not_before) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (purpose, scope, kid) DO NOTHING
"""
_RETIRE = """
UPDATE signing_key SET not_after = $4
WHERE purpose = $1 AND scope = $2 AND kid <> $3 AND (not_after IS NULL OR not_after > $4)
"""
_DISTRUST = """
UPDATE signing_key SET distrust_after = least(distrust_after, $4), not_after = least(not_after, $4)
WHERE purpose = $1 AND scope = $2 AND kid = $3
"""
_BEGIN = "UPDATE signing_key SET not_before = $4, not_after = NULL WHERE purpose = $1 AND scope = $2 AND kid = $3"


class Key(Struct, frozen=True):
    """The public half of a key and when it signs; `distrust_after` None as long as it is trusted."""

    kid: int
    public: bytes
    not_before: dt.datetime
    not_after: dt.datetime | None = None
    distrust_after: dt.datetime | None = None

    def state(self, now: dt.datetime) -> Literal["distrusted", "announced", "retired", "signs"]:
        """Say what it is good for now."""
        if self.distrust_after is not None and self.distrust_after <= now:
            return "distrusted"
        if now < self.not_before:
            return "announced"
        return "retired" if self.not_after is not None and self.not_after <= now else "signs"


def public_half(purpose: Purpose, scope: int, kid: int) -> bytes:
    """Return what is stored of a key."""
    private = signing_key(scope, kid) if purpose == "ticket" else pack_key(scope, kid)
    return private.public_key().public_bytes_raw()


async def listed(*, slug: str, purpose: Purpose) -> list[Key]:
    """Return the keys of a convention, the oldest first; raises `NotFound`."""
    row = await fetch_one("SELECT number FROM convention WHERE slug = $1", slug)
    if row is None:
        raise NotFound
    return await _keys(purpose, row["number"])


async def _keys(purpose: Purpose, scope: int) -> list[Key]:
    return [Key(**row) for row in await fetch(_KEYS, purpose, scope)]


async def begin(*, scope: int, purpose: Purpose, now: dt.datetime) -> None:
    """Give a convention its first key; does nothing when it has any."""
    if not await _keys(purpose, scope):
        await fetch(_ADD, uuid4(), purpose, scope, FIRST, public_half(purpose, scope, FIRST), now)


@repeated
async def rotate(*, slug: str, purpose: Purpose, actor: str, now: dt.datetime, notice: dt.timedelta = NOTICE) -> Key:
    """Announce the next key of a convention, which signs from `notice` on; those before sign until then.

    One that is announced already stays the next. Raises `NotFound`, `NoKeyLeft`.
    """
    scope = await _locked(slug, purpose, now)
    keys = await _keys(purpose, scope)
    waiting = [key for key in keys if key.state(now) == "announced"]
    if waiting:
        return waiting[0]
    made = await _add(purpose, scope, keys, now + notice)
    detail = {"purpose": purpose, "kid": made.kid}
    await audit.record(actor=actor, action="keys.rotate", subject=f"convention:{slug}", now=now, detail=detail)
    return made


@repeated
async def distrust(*, slug: str, purpose: Purpose, kid: int, actor: str, now: dt.datetime) -> Key:
    """Let a key prove nothing from now on; return the one that signs instead.

    That is another that signs now, else the one announced, which then begins at once, else a new one. Raises
    `NotFound` for an unknown convention or key, `NoKeyLeft`.
    """
    scope = await _locked(slug, purpose, now)
    if kid not in {key.kid for key in await _keys(purpose, scope)}:
        raise NotFound
    await fetch(_DISTRUST, purpose, scope, kid, now)
    detail = {"purpose": purpose, "kid": kid}
    await audit.record(actor=actor, action="keys.distrust", subject=f"convention:{slug}", now=now, detail=detail)
    return await _stand_in(purpose, scope, now)


async def _stand_in(purpose: Purpose, scope: int, now: dt.datetime) -> Key:
    keys = await _keys(purpose, scope)
    found = newest(keys, now)
    if found is not None:
        return found
    waiting = [key for key in keys if key.state(now) == "announced"]
    if not waiting:
        return await _add(purpose, scope, keys, now)
    await fetch(_BEGIN, purpose, scope, waiting[0].kid, now)
    return Key(waiting[0].kid, waiting[0].public, now)


def newest(keys: Sequence[Key], now: dt.datetime) -> Key | None:
    """Return the key that signs now, the one that began last; None when none does."""
    live = [key for key in keys if key.state(now) == "signs"]
    return max(live, key=lambda key: (key.not_before, key.kid), default=None)


async def _locked(slug: str, purpose: Purpose, now: dt.datetime) -> int:
    """Let nobody else change the keys of this convention meanwhile; return its number."""
    row = await fetch_one(_LOCK, slug)
    if row is None:
        raise NotFound
    await begin(scope=row["number"], purpose=purpose, now=now)
    number: int = row["number"]
    return number


async def _add(purpose: Purpose, scope: int, keys: Sequence[Key], begins: dt.datetime) -> Key:
    kid = max((key.kid for key in keys), default=FIRST - 1) + 1
    if kid > LAST:
        raise NoKeyLeft
    made = Key(kid, public_half(purpose, scope, kid), begins)
    await fetch(_RETIRE, purpose, scope, kid, begins)
    await fetch(_ADD, uuid4(), purpose, scope, kid, made.public, begins)
    return made
