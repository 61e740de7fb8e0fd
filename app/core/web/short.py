"""Short ways: routes that are asked thousands of times a second pass by the framework, and by none of its rules.

A short way answers only what is in order. For anything else it returns None before anything has happened; the request
then takes the ordinary way, which knows how to say no. So both ways agree, whatever is wrong with a request.
"""

import datetime as dt
from collections.abc import Awaitable, Callable

from litestar.types import HTTPScope, Receive, ReceiveMessage, Send

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes; a full upload of 1,000 scans is about 400 kB."""

ShortWay = Callable[[HTTPScope, bytes, dt.datetime], Awaitable[bytes | None]]
"""Answers a body at a moment with JSON, or with None."""


async def go(way: ShortWay, scope: HTTPScope, receive: Receive, send: Send, now: dt.datetime) -> Receive | None:
    """Answer by the short way and return None, else what the ordinary way reads: the same request from its beginning.

    What the route itself raises comes out here.
    """
    body, again = await _read(receive)
    if body is None:
        return again
    scope["state"]["now"] = now
    answer = await way(scope, body, now)
    if answer is None:
        return again
    scope["path_template"] = scope["path"]
    length = str(len(answer)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer, "more_body": False})
    return None


async def _read(receive: Receive) -> tuple[bytes | None, Receive]:
    """Read the whole body, None when it is too large or breaks off; and return what reads it once more."""
    messages: list[ReceiveMessage] = []
    body = b""
    while len(body) <= LARGEST_BODY:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            break
        body += message["body"]
        if not message["more_body"]:
            return body, _again(messages, receive)
    return None, _again(messages, receive)


def _again(messages: list[ReceiveMessage], receive: Receive) -> Receive:
    kept = iter(messages)

    async def read() -> ReceiveMessage:
        return next(kept, None) or await receive()

    return read
