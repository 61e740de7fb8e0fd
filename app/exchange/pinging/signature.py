"""How pings are signed, in both directions. Pure.

`Machigurumi-Timestamp` is the time in seconds since 1970, `Machigurumi-Signature` is `v1=` and the HMAC-SHA256 of
timestamp, a dot and the body, in hexadecimal, under the key that both sides know.
"""

import datetime as dt
import hashlib
import hmac
import re

TIMESTAMP = "Machigurumi-Timestamp"
SIGNATURE = "Machigurumi-Signature"
VERSION = "v1="
WINDOW = dt.timedelta(minutes=5)
"""How far a timestamp may lie from our clock, on either side, included."""
_SECONDS = re.compile(r"[0-9]{1,11}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body sent at a time."""
    told = timestamp.encode() + b"." + body
    return VERSION + hmac.digest(secret.encode(), told, hashlib.sha256).hex()


def signed(secret: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """Return the headers of a ping that is sent now."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: sign(secret, timestamp, body)}


def is_true(secret: str, timestamp: str, body: bytes, given: str) -> bool:
    """Whether a signature is the right one; takes as long for a wrong one. Without a key none is."""
    expected = sign(secret, timestamp, body).encode()
    return hmac.compare_digest(expected, given.strip().lower().encode(errors="replace")) and bool(secret)


def is_fresh(timestamp: str, now: dt.datetime) -> bool:
    """Whether a ping was sent within the window."""
    return bool(_SECONDS.fullmatch(timestamp)) and abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()
