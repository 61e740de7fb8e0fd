"""What a calendar program is answered: about the tree, about a calendar, about what has changed in it."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from app.core.errors import NotFound
from app.events.addresses import full
from app.exchange.dav import asking, places, shaping, tokens
from app.exchange.dav.asking import Multiget, Query, Sync, Wanted
from app.exchange.dav.errors import Refused, TokenExpired, TooDeep
from app.exchange.dav.keys import Visitor
from app.exchange.dav.multistatus import Part, multistatus
from app.exchange.dav.places import Calendar, Place
from app.exchange.dav.properties import of_folder, of_item
from app.exchange.dav.tokens import Stand
from app.exchange.publishing import listing
from app.exchange.publishing.listing import Head, Item
from app.exchange.reading.recurrence import LONGEST

DAY_BEFORE = dt.timedelta(hours=9)
"""Whole days begin at midnight in Tokyo; the log keeps them at midnight UTC."""
FULL = HTTPStatus.INSUFFICIENT_STORAGE
"""Not everything that was asked for is here (RFC 6578, 3.6)."""


async def propfind(*, path: str, depth: str, body: bytes, visitor: Visitor, now: dt.datetime) -> bytes:
    """Answer what is known of a thing, and with a `depth` of 1 of those right below it.

    Raises `BadRequest`, `NotFound`, `TooDeep`, `Unauthorized`.
    """
    wanted = asking.propfind(body)
    if depth not in {"0", "1"}:
        raise TooDeep
    place = await places.find(path, visitor)
    parts = [await _part(place, wanted, visitor, now)]
    if depth == "1":
        parts += await _below(place, wanted, visitor, now)
    return multistatus(parts, wanted)


async def _part(place: Place, wanted: Wanted, visitor: Visitor, now: dt.datetime) -> Part:
    if place.kind == "item":
        return Part(place.href, of_item(await item(place, now), wanted))
    if place.calendar is None:
        return Part(place.href, of_folder(place, visitor))
    return Part(place.href, of_folder(place, visitor, _token(place, _stand(await _head(place.calendar, now)))))


async def _below(place: Place, wanted: Wanted, visitor: Visitor, now: dt.datetime) -> list[Part]:
    if place.kind == "calendar":
        return [Part(place.item(one.uid).href, of_item(one, wanted)) for one in await _items(place)]
    return [await _part(one, wanted, visitor, now) for one in await places.below(place, visitor)]


async def item(place: Place, now: dt.datetime) -> Item:
    """Return the item at a place. Raises `NotFound`, also for one that has gone."""
    await _head(_calendar(place), now)
    found = await _items(place, uids=[place.uid])
    if not found:
        raise NotFound
    return found[0]


async def report(*, path: str, body: bytes, visitor: Visitor, now: dt.datetime) -> bytes:
    """Answer a question about a calendar. Raises `BadRequest`, `NotFound`, `Refused`, `Unauthorized`."""
    place = await places.find(path, visitor)
    asked = asking.report(body)
    if place.kind != "calendar":
        raise Refused
    head = await _head(_calendar(place), now)
    match asked:
        case Query():
            return await _query(place, asked)
        case Multiget():
            return await _multiget(place, asked)
        case Sync():
            return await _sync(place, asked, head)


async def _query(place: Place, asked: Query) -> bytes:
    found = [] if asked.nothing else await _items(place)
    # Ten thousand events are a second of work: in a thread, so that meanwhile others are answered.
    return await asyncio.to_thread(_those_of_the_time, place, found, asked)


def _those_of_the_time(place: Place, found: list[Item], asked: Query) -> bytes:
    return multistatus(_parts(place, [one for one in found if _overlaps(one, asked)], asked.wanted), asked.wanted)


def _overlaps(one: Item, asked: Query) -> bool:
    """Whether an item lies in the time that is asked for; one that is too long to be looked through counts."""
    starts = one.starts_at if one.zone else one.starts_at - DAY_BEFORE
    if one.said is not None and one.said.recurrence:
        since, until = asked.span.since, asked.span.until
        bounded = since is not None and until is not None and until - since <= LONGEST
        return shaping.overlaps(one.said, asked.span) if bounded else until is None or starts < until
    return asked.span.holds(starts, one.ends_at)


async def _multiget(place: Place, asked: Multiget) -> bytes:
    """Answer for each address once, in the order of the question."""
    named = {href: _uid(place, href) for href in asked.hrefs}
    found = {one.uid: one for one in await _items(place, uids=[uid for uid in named.values() if uid])}
    parts = [
        Part(place.item(uid).href, of_item(found[uid], asked.wanted))
        if uid in found
        else Part(href, status=HTTPStatus.NOT_FOUND)
        for href, uid in named.items()
    ]
    return multistatus(parts, asked.wanted)


def _uid(place: Place, href: str) -> str:
    """Return the UID that an address of this calendar names, "" for any other address."""
    try:
        path = unquote(urlsplit(href).path)
    except ValueError:
        return ""
    name = path.removeprefix(place.href) if path.startswith(place.href) else ""
    return name.removesuffix(places.SUFFIX) if name.endswith(places.SUFFIX) and "\0" not in name else ""


async def _sync(place: Place, asked: Sync, head: Head) -> bytes:
    """Answer what changed since a token, first changes first; what has gone, and was never told, is not told now.

    Raises `TokenExpired` when not everything that has gone since is still known.
    """
    since = tokens.read(_base(place), asked.token)
    if asked.token and (since is None or not _tells(head, since)):
        raise TokenExpired
    most = None if asked.limit is None else asked.limit + 1
    found = await _items(place, since=since.change if since else None, limit=most)
    kept = found if asked.limit is None else found[: asked.limit]
    parts, stand = list(_parts(place, kept, asked.wanted)), _stand(head)
    if len(kept) < len(found):
        parts.append(Part(place.href, status=FULL))
        stand = _half_way(kept, since, head)
    return multistatus(parts, asked.wanted, token=_token(place, stand))


def _tells(head: Head, since: Stand) -> bool:
    return head.knows(max(since.change, since.forgotten), since.selection)


def _half_way(kept: list[Item], since: Stand | None, head: Head) -> Stand:
    """Return where somebody stands who was told only the first changes."""
    before = since or Stand(0, head.selection, head.forgotten)
    return Stand(kept[-1].change if kept else before.change, head.selection, before.forgotten)


def _parts(place: Place, found: Iterable[Item], wanted: Wanted) -> Iterable[Part]:
    for one in found:
        href = place.item(one.uid).href
        yield Part(href, status=HTTPStatus.NOT_FOUND) if one.gone else Part(href, of_item(one, wanted))


async def _head(calendar: Calendar, now: dt.datetime) -> Head:
    return await listing.head(calendar.reader, calendar.selection, now=now)


async def _items(
    place: Place, *, since: int | None = None, limit: int | None = None, uids: list[str] | None = None
) -> list[Item]:
    calendar = _calendar(place)
    return await listing.items(
        calendar.reader, calendar.selection, since=since, language=calendar.language, limit=limit, uids=uids
    )


def _calendar(place: Place) -> Calendar:
    if place.calendar is None:
        raise NotFound
    return place.calendar


def _stand(head: Head) -> Stand:
    return Stand(head.change, head.selection)


def _base(place: Place) -> str:
    return full(place.href)


def _token(place: Place, stand: Stand) -> str:
    return tokens.written(_base(place), stand)
