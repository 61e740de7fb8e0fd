"""One request, one effect: the answer given under an `Idempotency-Key` is kept and given again byte for byte."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID, uuid4

import asyncpg
import msgspec

from app.core.db import fetch, fetch_one
from app.core.errors import BadRequest, DomainError
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy
from app.core.signing import derived, seal, unseal

LONGEST_KEY = 200


class KeyReused(DomainError):
    """The key came before with another body."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = gettext_lazy("This Idempotency-Key was used for another request; send a new key.")


class KeyInProgress(DomainError):
    """The first request with this key is still being worked on."""

    status = HTTPStatus.CONFLICT
    title = gettext_lazy("The same request is still being worked on; ask again in a moment.")


def check_key(key: str | None) -> str:
    """Return the key, or raise `BadRequest` if it is missing or unusable."""
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise BadRequest(
            _("Send an Idempotency-Key header of 1 to 200 printable characters, a new one for each new request.")
        )
    return key


class Claim(msgspec.Struct, frozen=True):
    """A key with the request it stands for and the answer already made; `id` is that of the row."""

    id: UUID
    scope: str
    key: str
    digest: bytes
    answer: bytes


def claim_of(*, scope: str, key: str, request: bytes, answer: bytes) -> Claim:
    """Prepare a claim; `request` is the canonical form of what was asked, of which only the digest is kept."""
    return Claim(uuid4(), scope, key, hashlib.sha256(request).digest(), answer)


async def claim_all(claims: Sequence[Claim], *, now: dt.datetime) -> set[UUID]:
    """Claim keys in the caller's transaction with one statement; return the ids of the claims that hold.

    The rows commit or roll back with the work they report. A concurrent twin waits in the INSERT for the first one's
    commit; if that takes longer than the lock timeout, `KeyInProgress`. Keys are claimed in one order, so that two
    groups never wait for each other.
    """
    ordered = sorted(claims, key=lambda claim: (claim.scope, claim.key))
    try:
        rows = await fetch(
            "INSERT INTO stored_answer (id, scope, key, request, answer, created_at)"
            " SELECT c.id, c.scope, c.key, c.request, c.answer, $6"
            " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[])"
            " AS c (id, scope, key, request, answer) ON CONFLICT (scope, key) DO NOTHING RETURNING id",
            [claim.id for claim in ordered],
            [claim.scope for claim in ordered],
            [claim.key for claim in ordered],
            [claim.digest for claim in ordered],
            [seal(derived("stored-answers"), claim.answer) for claim in ordered],
            now,
        )
    except asyncpg.LockNotAvailableError as error:
        raise KeyInProgress from error
    return {row["id"] for row in rows}


async def restate(claim: Claim, answer: bytes) -> None:
    """Keep another answer for a claim of the present transaction: the work came out otherwise than was prepared."""
    sealed = seal(derived("stored-answers"), answer)
    await fetch("UPDATE stored_answer SET answer = $2 WHERE id = $1", claim.id, sealed)


async def give_back(claims: Sequence[Claim]) -> None:
    """Give claims of the present transaction back, whose work was refused: the key may come again."""
    await fetch("DELETE FROM stored_answer WHERE id = ANY($1::uuid[])", [claim.id for claim in claims])


async def earlier(claim: Claim) -> bytes | None:
    """Return the answer stored under the claim's key, or None if it was given back; raises `KeyReused`."""
    row = await fetch_one(
        "SELECT request, answer FROM stored_answer WHERE scope = $1 AND key = $2", claim.scope, claim.key
    )
    if row is None:
        return None
    if row["request"] != claim.digest:
        raise KeyReused
    return unseal(derived("stored-answers"), row["answer"])


async def claim(*, scope: str, key: str, request: bytes, answer: bytes, now: dt.datetime) -> bytes | None:
    """Claim one key in the caller's transaction; return the answer stored earlier, if any.

    Another request under the same key raises `KeyReused`, one still being worked on `KeyInProgress`.
    """
    wish = claim_of(scope=scope, key=key, request=request, answer=answer)
    if await claim_all([wish], now=now):
        return None
    found = await earlier(wish)
    if found is None:
        raise KeyInProgress
    return found
