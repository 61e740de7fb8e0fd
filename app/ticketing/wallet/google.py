"""A ticket for Google Wallet: a link whose signed token holds the ticket (JWT of the Google Wallet API, RS256).

Nothing is sent to Google by us: the holder's own browser takes the link there.
"""

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.core.i18n import language, text
from app.core.settings import settings
from app.ticketing.documents import papers
from app.ticketing.schemas import TicketView

SAVE: Final = "https://pay.google.com/gp/v/save/"
LONGEST: Final = 1800
"""Characters of a token that every browser carries, by Google's documentation."""
LETTERS: Final = (80, 60, 40, 28, 20, 12, 6)
"""How much is kept of each text: as much as fits into a token."""


class Account(NamedTuple):
    """The service account that Google knows the issuer by."""

    mail: str
    key: RSAKey


def save_link(view: TicketView, *, now: dt.datetime) -> str:
    """Return the address that puts a ticket into the holder's Google Wallet, in the present language."""
    tokens = (_token(view, letters, now) for letters in LETTERS)
    return SAVE + next(token for token in tokens if len(token) <= LONGEST)


def _token(view: TicketView, letters: int, now: dt.datetime) -> str:
    """Return the signed token with at most so many letters of each text."""
    found = settings()
    account = _account(found.google_wallet_account)
    claims = {
        "iss": account.mail,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "payload": _payload(view, found.google_wallet_issuer, letters),
    }
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, account.key)


def _payload(view: TicketView, issuer: str, letters: int) -> dict[str, Any]:
    """Return class and object in one. Each language has a class of its own: Google keeps the first it sees."""
    kind = f"{issuer}.{view.convention_slug}-{language()}"
    convention = text(view.convention_title)[:letters]
    return {
        "eventTicketClasses": [
            {
                "id": kind,
                "issuerName": convention,
                "eventName": _localised(convention),
                "reviewStatus": "UNDER_REVIEW",
            }
        ],
        "eventTicketObjects": [
            {
                "id": f"{issuer}.{view.id.hex}-{view.generation}",
                "classId": kind,
                "state": "INACTIVE" if view.state in {"canceled", "blocked"} else "ACTIVE",
                "barcode": {"type": "QR_CODE", "value": papers.code(view)},
                "ticketHolderName": view.name[:letters],
                "ticketNumber": papers.grouped(view.serial),
                "ticketType": _localised(text(view.type_title)[:letters]),
            }
        ],
    }


def _localised(words: str) -> dict[str, Any]:
    return {"defaultValue": {"language": language(), "value": words}}


@lru_cache(maxsize=1)
def _account(path: str) -> Account:
    """Read the key file of the account, as Google hands it out."""
    found = msgspec.json.decode(Path(path).read_bytes())
    return Account(found["client_email"], RSAKey.import_key(found["private_key"]))
