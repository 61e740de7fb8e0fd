"""By what we know an event again: what it says, with what its feed says of the zones that it names. Pure."""

import hashlib
from collections.abc import Iterable

from app.exchange.reading.properties import parse
from app.exchange.reading.zones import Zones

VERSION = b"1"
"""Part of every digest: raised when the same words come to mean something else, so that all is read again."""


class Digests:
    """The digests of one feed: its zones are part of its times, and so is `usual`, that of times that name none."""

    def __init__(self, zones: Zones, usual: str) -> None:
        self._zones, self._usual = zones, usual.encode()
        self._names: dict[str, bytes] = {}

    def of(self, said: bytes, zoned: Iterable[str]) -> bytes:
        """Return the digest of an event from that of its own words, `said`, and those of its lines that name a zone."""
        zones = b"".join(map(self._zone, sorted(set(zoned))))
        return hashlib.sha256(b"\0".join((VERSION, self._usual, zones, said))).digest()

    def _zone(self, text: str) -> bytes:
        """Return what the feed says of the zone that a line names."""
        head = text.rpartition(":")[0]
        if head not in self._names:
            found = parse(text, 0)
            name = found.parameters.get("TZID", "") if found else ""
            self._names[head] = hashlib.sha256(self._zones.said(name).encode()).digest() if name else b""
        return self._names[head]
