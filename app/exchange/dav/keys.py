"""Who asks for our calendars: everybody, or a partner city that shows one of its feed tokens."""

import base64
import binascii
import datetime as dt
import hmac

from msgspec import Struct

from app.core.errors import Unauthorized
from app.exchange.agreeing import reach, tokens
from app.exchange.publishing.audiences import PUBLIC, Reader, under

NOBODY = "anonymous"
"""The user's name of programs that do not ask anything without one; their password is not looked at."""


class Visitor(Struct, frozen=True):
    """Whoever asks, as a reader of the log; `slug` names a partner, "" is everybody."""

    reader: Reader = PUBLIC
    slug: str = ""


ANYBODY = Visitor()


async def visitor(authorization: str, *, now: dt.datetime) -> Visitor:
    """Return who shows this key: `Bearer TOKEN`, or `Basic` with the partner's slug and the token as password.

    Raises `Unauthorized`, alike, for a key that opens nothing, one of another partner than the one named, and one whose
    agreement is over.
    """
    name, token = _shown(authorization)
    if not token or name == NOBODY:
        return ANYBODY
    agreement = await tokens.agreement_behind(token, now=now)
    if agreement is None:
        raise Unauthorized
    partner = await reach.any_partner(agreement.partner)
    if name is not None and not hmac.compare_digest(name.encode(), partner.slug.encode()):
        raise Unauthorized
    return Visitor(under(agreement), partner.slug)


def _shown(authorization: str) -> tuple[str | None, str]:
    """Return the user that is named, None where there is none, and the token. Raises `Unauthorized`."""
    if not authorization:
        return None, ""
    kind, _space, words = authorization.partition(" ")
    if kind.lower() == "bearer":
        return None, words.strip()
    if kind.lower() != "basic":
        raise Unauthorized
    try:
        plain = base64.b64decode(words.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise Unauthorized from None
    name, _colon, password = plain.partition(":")
    if name != NOBODY and not password:
        raise Unauthorized
    return name, password
