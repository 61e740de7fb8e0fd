"""What is asked of a reader. Pure."""

import datetime as dt

import msgspec

from app.exchange.schemas import Kind

MOST_BYTES = 50_000_000
"""What a file may have, unpacked."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be read. `zone` (IANA) is meant where times name none, `language` where texts do not.

    `known` are digests of events that are held: those are not parsed again. `own_host` is the host of our own UIDs.
    """

    kind: Kind
    body: bytes
    zone: str = "Asia/Tokyo"
    language: str = "ja"
    known: frozenset[bytes] = frozenset()
    own_host: str = ""
    now: dt.datetime
