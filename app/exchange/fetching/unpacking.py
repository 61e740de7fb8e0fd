"""Bodies as they are meant: one content encoding undone, never more at a time than there is room for."""

import io
import zlib
from collections.abc import Iterator
from typing import Final

from app.exchange.fetching.errors import Unreachable

PIECE: Final = 64 * 1024
"""Bytes that are unpacked at a time."""
ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_GZIP = b"\x1f\x8b"


class Unpacked:
    """A body that grows: at most `packed` bytes come in when they are encoded, at most `unpacked` come out.

    Raises `Unreachable`: `encoding`, `too_large` by what came in, `bomb` by what would come out, `cut_off` at the end.
    """

    def __init__(self, encoding: str, *, packed: int, unpacked: int) -> None:
        self._encoding = encoding.strip().lower()
        if self._encoding not in ENCODINGS:
            raise Unreachable("encoding")
        self._plain = self._encoding in {"", "identity"}
        self._most_in = unpacked if self._plain else packed
        self._most_out = unpacked
        self._in = 0
        self._out = io.BytesIO()
        self._waiting = b""
        self._stream: zlib._Decompress | None = None

    def expect(self, length: str) -> None:
        """Refuse at once what says itself that it is too large."""
        if length.isdecimal() and int(length[:20]) > self._most_in:
            raise Unreachable("too_large")

    def add(self, part: bytes) -> Iterator[None]:
        """Take a part in; pauses after each piece that came out, so that others have their turn."""
        self._in += len(part)
        if self._in > self._most_in:
            raise Unreachable("too_large")
        if self._plain:
            self._out.write(part)
            return  # one part at a time came from the network, where others have had their turn
        self._waiting += part
        while len(self._waiting) > 1 or (self._waiting and self._stream and not self._stream.eof):
            try:
                yield from self._unpack()
            except zlib.error:
                raise Unreachable("encoding") from None

    def body(self) -> bytes:
        """Return the whole body, once everything has come."""
        if not self._plain and self._in and (self._stream is None or not self._stream.eof):
            raise Unreachable("cut_off")
        return self._out.getvalue()

    def _unpack(self) -> Iterator[None]:
        """Unpack what waits up to its end, or to the end of a gzip member."""
        stream = self._stream = self._stream or self._begun()
        if stream.eof:
            if self._waiting.startswith(_GZIP) and self._encoding != "deflate":
                self._stream = None  # members may stand one behind the other (RFC 1952, 2.2)
            else:
                self._waiting = b""  # padding behind the end
            return
        part, self._waiting = self._waiting, b""
        while True:
            piece = stream.decompress(part, PIECE)
            self._keep(piece)
            yield
            part = stream.unconsumed_tail
            if stream.eof or (not part and len(piece) < PIECE):  # zlib itself may hold more when a piece was full
                self._waiting = stream.unused_data
                return

    def _begun(self) -> "zlib._Decompress":
        if self._encoding != "deflate":
            return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        first, second = self._waiting[:2]
        wrapped = first & 0x0F == 8 and (first << 8 | second) % 31 == 0
        return zlib.decompressobj(wbits=zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)  # many leave the wrapping out

    def _keep(self, piece: bytes) -> None:
        if self._out.tell() + len(piece) > self._most_out:
            raise Unreachable("bomb")
        self._out.write(piece)
