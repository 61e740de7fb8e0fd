"""One request, one effect: the answer given under an `Idempotency-Key` is kept and given again byte for byte."""

import datetime as dt
import hashlib
from http import HTTPStatus

import asyncpg

from app.core.db import fetch_one
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


async def claim(*, scope: str, key: str, request: bytes, answer: bytes, now: dt.datetime) -> bytes | None:
    """Claim `key` in the caller's transaction, for an answer already known; return the one stored earlier, if any.

    The row commits or rolls back with the work it reports. A concurrent twin waits in the INSERT for the first one's
    commit and then reads its answer; if that takes longer than the lock timeout, `KeyInProgress`. Another request
    under the same key raises `KeyReused`.
    """
    digest = hashlib.sha256(request).digest()
    try:
        claimed = await fetch_one(
            "INSERT INTO stored_answer (id, scope, key, request, answer, created_at)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (scope, key) DO NOTHING RETURNING id",
            scope,
            key,
            digest,
            seal(derived("stored-answers"), answer),
            now,
        )
    except asyncpg.LockNotAvailableError as error:
        raise KeyInProgress from error
    return None if claimed is not None else await _earlier(scope, key, digest)


async def _earlier(scope: str, key: str, digest: bytes) -> bytes:
    row = await fetch_one("SELECT request, answer FROM stored_answer WHERE scope = $1 AND key = $2", scope, key)
    if row is None:
        raise KeyInProgress
    if row["request"] != digest:
        raise KeyReused
    return unseal(derived("stored-answers"), row["answer"])
