"""Addresses that mail servers turned away: found again by keyed hash, forgotten once one takes mail again.

A report of failure is known by the token in the envelope of the mail (VERP). It names the row the mail was about and
proves the address it went to without holding it: for an address that was corrected since, it says nothing.
"""

import base64
import datetime as dt
import hmac
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from app.core import mail
from app.core.db import fetch
from app.core.signing import derived
from app.core.smtp import AddressRefused
from app.people.persons import address_key

log = structlog.get_logger()

PROOF = 10
"""Bytes of a token's proof: 80 bits, in an address that few ever see."""
NAMED = 16


class Undeliverable(msgspec.Struct, frozen=True):
    """That mail to an address came back; `status` as in RFC 3463, such as 5.1.1."""

    status: str
    at: dt.datetime


class Token(NamedTuple):
    """What a report is about: the row the mail was about, and the proof of the address."""

    about: UUID
    proof: bytes

    def proves(self, key: bytes) -> bool:
        """Whether the mail went to the address with this key."""
        return hmac.compare_digest(self.proof, _proof(self.about, key))


def token(*, about: UUID, address: str) -> str:
    """Return the token for a mail about a row: 42 small letters and digits, as some servers fold the case."""
    said = about.bytes + _proof(about, address_key(address))
    return base64.b32encode(said).decode().rstrip("=").lower()


def read(words: str) -> Token | None:
    """Return what a token says, or None for what is none; only `Token.proves` tells whether it is ours."""
    try:
        said = base64.b32decode(words.upper() + "=" * (-len(words) % 8))
    except ValueError:
        return None
    return Token(UUID(bytes=said[:NAMED]), said[NAMED:]) if len(said) == NAMED + PROOF else None


def _proof(about: UUID, key: bytes) -> bytes:
    return hmac.digest(derived("bounces"), about.bytes + key, "sha256")[:PROOF]


async def send(message: mail.Mail, now: dt.datetime) -> None:
    """Send a mail, and note it when the address is turned away for good; raises what else the server said.

    A server that takes the mail takes the note back.
    """
    key = address_key(message.to)
    try:
        await mail.send(message, now)
    except AddressRefused as error:
        await note(key=key, status=error.status, now=now)
        return
    await fetch("DELETE FROM undeliverable WHERE address_key = $1", key)


async def note(*, key: bytes, status: str, now: dt.datetime) -> None:
    """Note that mail to the address with this key came back."""
    log.info("undeliverable", status=status)
    await fetch(
        "INSERT INTO undeliverable (address_key, status, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (address_key) DO UPDATE SET status = EXCLUDED.status, at = EXCLUDED.at",
        key,
        status,
        now,
    )


async def of_addresses(keys: Collection[bytes]) -> dict[bytes, Undeliverable]:
    """Return what came back, by the key of the address (`persons.address_key`); the others are in order."""
    rows = await fetch(
        "SELECT address_key, status, at FROM undeliverable WHERE address_key = ANY($1::bytea[])", list(keys)
    )
    return {row["address_key"]: Undeliverable(row["status"], row["at"]) for row in rows}


async def forget(keys: Collection[bytes]) -> None:
    """Forget these addresses."""
    await fetch("DELETE FROM undeliverable WHERE address_key = ANY($1::bytea[])", list(keys))
