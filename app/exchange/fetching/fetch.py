"""The one way out: every call to an address that a partner, or anybody else, has chosen goes through here.

A call ends within its deadline, whatever the other side does; it carries no cookie, no credential and no proxy of the
environment, and follows at most three redirects, each checked like the first address.
"""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore
import msgspec

from app.core.settings import settings
from app.exchange.fetching.addresses import Target, follow, target
from app.exchange.fetching.calling import Guarded, Way, reason
from app.exchange.fetching.errors import Unreachable
from app.exchange.fetching.unpacking import Unpacked

REDIRECTS: Final = 3
CALENDARS: Final = "text/calendar, text/html;q=0.8, text/csv;q=0.8, */*;q=0.5"
_MOVED = frozenset({301, 302, 303, 307, 308})
_GOOD = frozenset({200, 203})
_NOT_MODIFIED = 304
_SENDABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,500}[\x21-\x7e])?")
_LONGEST_WAIT = 7 * 24 * 3600

Headers = dict[str, str]


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: the body unpacked, names of headers in small letters, cookies left out.

    `url` is the address that answered, after redirects. With `not_modified` there is no body.
    """

    status: int
    url: str
    body: bytes
    headers: Mapping[str, str]
    not_modified: bool


async def fetch(
    url: str, *, etag: str = "", last_modified: str = "", accept: str = "", way: Way | None = None
) -> Fetched:
    """Ask for an address; with `etag` or `last_modified`, as an earlier answer gave them, for news alone.

    Raises `Unreachable`, and nothing else.
    """
    way = way or Way()
    headers = _asking(etag, last_modified, accept)
    async with _within(way):
        place = target(url, allowed=way.places)
        for _ in range(REDIRECTS + 1):
            async with _called("GET", place, headers, b"", way) as answer:
                location = _read(answer).get("location", "")
                if answer.status not in _MOVED or not location:
                    return await _taken(answer, place, way, conditional=bool(etag or last_modified))
            place = follow(place, location, allowed=way.places)
        raise Unreachable("too_many_redirects")


async def send(url: str, *, body: bytes, headers: Mapping[str, str], way: Way | None = None) -> int:
    """Post a body and return the status of the answer, of which nothing else is read; redirects are not followed.

    Raises `Unreachable` when there was no answer.
    """
    way = way or Way()
    async with _within(way):
        place = target(url, allowed=way.places)
        sent = {**_ours(), **headers, "Content-Length": str(len(body))}
        async with _called("POST", place, sent, body, way) as answer:
            return answer.status


@asynccontextmanager
async def _within(way: Way) -> AsyncIterator[None]:
    """Keep to the deadline, and turn what the client raises into a code; causes would tell the address."""
    try:
        async with asyncio.timeout(way.seconds):
            yield
    except TimeoutError:
        raise Unreachable("too_slow") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        raise Unreachable(reason(error)) from None


@asynccontextmanager
async def _called(
    method: str, place: Target, headers: Headers, body: bytes, way: Way
) -> AsyncIterator[httpcore.Response]:
    """Make one call on a connection of its own, and hang up behind it."""
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.path)
    named = [("Host", place.place), *headers.items()]
    async with (
        Guarded(way, place) as guarded,
        httpcore.AsyncConnectionPool(ssl_context=way.trust(), network_backend=guarded) as pool,
        pool.stream(method, url, headers=named, content=body or None) as answer,
    ):
        yield answer


async def _taken(answer: httpcore.Response, place: Target, way: Way, *, conditional: bool) -> Fetched:
    headers = _read(answer)
    unchanged = conditional and answer.status == _NOT_MODIFIED
    if answer.status not in _GOOD and not unchanged:
        raise Unreachable("status", status=answer.status, retry_after=_retry_after(headers))
    body = b"" if unchanged else await _body(answer, headers, way)
    return Fetched(status=answer.status, url=place.url, body=body, headers=headers, not_modified=unchanged)


async def _body(answer: httpcore.Response, headers: Headers, way: Way) -> bytes:
    found = Unpacked(headers.get("content-encoding", ""), packed=way.packed, unpacked=way.unpacked)
    found.expect(headers.get("content-length", ""))
    try:
        async for part in answer.aiter_stream():
            for _ in found.add(part):
                await asyncio.sleep(0)  # others have their turn, the deadline too
    except httpcore.RemoteProtocolError as error:
        raise Unreachable("cut_off" if "peer closed" in str(error) else "protocol") from None
    except httpcore.ReadError:
        raise Unreachable("cut_off") from None
    return found.body()


def _asking(etag: str, last_modified: str, accept: str) -> Headers:
    found = {**_ours(), "Accept": accept or CALENDARS, "Accept-Encoding": "gzip, deflate"}
    if _SENDABLE.fullmatch(etag):
        found["If-None-Match"] = etag
    if _SENDABLE.fullmatch(last_modified):
        found["If-Modified-Since"] = last_modified
    return found


def _ours() -> Headers:
    """Say who asks, so that the other city can find us in its log."""
    return {"User-Agent": f"Machigurumi (+{settings().base_url})"}


def _read(answer: httpcore.Response) -> Headers:
    """Return the headers of an answer; one that comes twice is joined, as RFC 9110, 5.3 has it."""
    found: Headers = {}
    for raw_name, raw_value in answer.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    found.pop("set-cookie", None)
    return found


def _retry_after(headers: Headers) -> int | None:
    """Return for how many seconds the server asks us to wait; a date counts from the server's own clock."""
    written = headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,9}", written, re.ASCII):
        return min(int(written), _LONGEST_WAIT)
    then, now = _moment(written), _moment(headers.get("date", ""))
    return max(0, min(int((then - now).total_seconds()), _LONGEST_WAIT)) if then and now else None


def _moment(words: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(words)
    except (ValueError, TypeError, OverflowError):
        return None
    return found.replace(tzinfo=found.tzinfo or dt.UTC)
