"""Under which id a ticket's holder is sent to a platform: it names nobody, and only we know whose it is.

`t-<52 letters>@join.<our host>` is the ticket and its holder, encrypted for one event: two platforms cannot put their
lists together, a ticket that was passed on has another id, and no table has to be kept to know them again.
"""

import base64
import re
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.core.settings import settings
from app.core.signing import derived

_ID: Final = re.compile(r"(?<![a-z0-9.-])t-([a-z2-7]{52})(?![a-z0-9-])", re.IGNORECASE)
_LIKE_ONE: Final = re.compile(r"(?<![a-z0-9.-])t-[^@\s]{1,64}@join\.|^t-[a-z2-7]{20,64}$", re.IGNORECASE)


class Holding(NamedTuple):
    """A ticket and the person who held it when the id was given out."""

    ticket: UUID
    person: UUID


def _cipher(event: UUID) -> "Cipher[modes.CBC]":
    # Equal rows have to give equal ids, hence the fixed vector. No two tickets begin alike, so nothing shows of it.
    return Cipher(algorithms.AES256(derived(f"opaque-id/{event}")), modes.CBC(bytes(16)))


def opaque_id(holding: Holding, *, event: UUID) -> str:
    """Return the id of a ticket's holder at an event: `t-` and 52 letters and digits."""
    worker = _cipher(event).encryptor()
    sealed = worker.update(holding.ticket.bytes + holding.person.bytes) + worker.finalize()
    return f"t-{base64.b32encode(sealed).decode().rstrip('=').lower()}"


def address(holding: Holding, *, event: UUID) -> str:
    """Return the id in the form of a mail address, under which a platform registers somebody."""
    return f"{opaque_id(holding, event=event)}@join.{settings().host}"


def opened(text: str, *, event: UUID) -> Holding | None:
    """Return what an id stands for. Of an id that is not ours, nobody's ticket and person come out; None for no id."""
    found = _ID.search(text)
    if found is None:
        return None
    try:
        sealed = base64.b32decode(found[1].upper() + "====")
    except ValueError:
        return None
    worker = _cipher(event).decryptor()
    plain = worker.update(sealed) + worker.finalize()
    return Holding(UUID(bytes=plain[:16]), UUID(bytes=plain[16:]))


def is_like_one(text: str) -> bool:
    """Whether a text wants to be such an id, perhaps cut off or mistyped."""
    return bool(_ID.search(text) or _LIKE_ONE.search(text))
