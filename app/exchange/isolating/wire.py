"""What goes through the pipes: a question, and its answer in frames. Pure.

A frame is its length in four bytes (big end first) and msgpack. Events come in frames of their own, so that a child
never holds all of them twice; the last frame is the reading without its events.
"""

from collections.abc import Iterator
from struct import Struct as Packing
from typing import Final

import msgspec

from app.exchange.reading.request import Request
from app.exchange.schemas import Incoming, Reading

LENGTH: Final = Packing(">I")
BATCH: Final = 500
"""Events in a frame."""
_events = msgspec.msgpack.Decoder(tuple[Incoming, ...])
_reading = msgspec.msgpack.Decoder(Reading)
_request = msgspec.msgpack.Decoder(Request)


def asked(request: Request) -> bytes:
    """Return the question: a frame, and behind it the file as it is."""
    return _frame(msgspec.structs.replace(request, body=b"")) + request.body


def question(raw: bytes) -> Request:
    """Return what is asked. Raises `msgspec.DecodeError`."""
    (size,) = LENGTH.unpack_from(raw)
    head = _request.decode(raw[LENGTH.size : LENGTH.size + size])
    return msgspec.structs.replace(head, body=raw[LENGTH.size + size :])


def answered(reading: Reading) -> Iterator[bytes]:
    """Yield the frames of an answer."""
    for at in range(0, len(reading.events), BATCH):
        yield _frame(reading.events[at : at + BATCH])
    yield _frame(msgspec.structs.replace(reading, events=()))


def answer(raw: bytes) -> Reading:
    """Return the reading of an answer. Raises `msgspec.DecodeError` or `struct.error` for one that is not whole."""
    frames, at = list[bytes](), 0
    while at < len(raw):
        (size,) = LENGTH.unpack_from(raw, at)
        frames.append(raw[at + LENGTH.size : at + LENGTH.size + size])
        at += LENGTH.size + size
    if not frames:
        raise msgspec.DecodeError("nothing came")
    events = tuple(event for frame in frames[:-1] for event in _events.decode(frame))
    return msgspec.structs.replace(_reading.decode(frames[-1]), events=events)


def _frame(said: object) -> bytes:
    body = msgspec.msgpack.encode(said)
    return LENGTH.pack(len(body)) + body
