"""Where a calendar stands, as a token that a program brings back to hear what has changed since (RFC 6578). Pure.

It names the last change and the part of the log that is read: when that becomes another part, things appear and go
without any change of their own, and only a full reading tells of them.
"""

import re

from msgspec import Struct

_TOKEN = re.compile(r"sync/([0-9]{1,18})-([0-9]{1,18})-([0-9a-f]{1,64})")


class Stand(Struct, frozen=True):
    """The number of the last change that was told, and what `listing.Head.selection` was then.

    `forgotten` is `listing.Head.forgotten` as it was when somebody began to read in parts: what had gone before, he has
    never heard of. 0 when he had read to the end.
    """

    change: int
    selection: str
    forgotten: int = 0


def written(base: str, stand: Stand) -> str:
    """Return the token of a calendar whose address is `base`."""
    return f"{base}sync/{stand.change}-{stand.forgotten}-{stand.selection}"


def read(base: str, token: str) -> Stand | None:
    """Return what a token of this calendar says, None for any other word."""
    found = _TOKEN.fullmatch(token.removeprefix(base)) if token.startswith(base) else None
    return Stand(int(found[1]), found[3], int(found[2])) if found else None
