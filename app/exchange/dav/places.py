"""The tree that a calendar program walks: from the root by principal and home to calendars and their items.

```
/dav/                                    /dav/principals/public/
/dav/public/                             everybody's home: one calendar per convention
/dav/public/yokohama-2026/               in Japanese; /dav/public/yokohama-2026.en/ in English
/dav/partners/                           a partner's home
/dav/partners/fukuoka/                   what we publish to it; /dav/partners/fukuoka.en/
/dav/partners/fukuoka/session-...ics     an item
```
"""

from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from app.core.errors import NotFound, Unauthorized
from app.core.i18n import LANGUAGES, language, text
from app.core.i18n import gettext as _
from app.events.programme import programme, programmes
from app.events.schemas import Programme
from app.exchange.dav.keys import ANYBODY, Visitor
from app.exchange.publishing.audiences import EVERYTHING, Reader, Selection

ROOT = "/dav/"
PLAIN = LANGUAGES[0]
"""The language of a calendar whose name tells none."""
SUFFIX = ".ics"
Kind = Literal["root", "principal", "home", "calendar", "item"]


class Calendar(Struct, frozen=True):
    """A collection of items: what a reader may have of a selection, in a language."""

    title: str
    language: str
    reader: Reader
    selection: Selection


class Place(Struct, frozen=True):
    """One thing with an address of its own. `uid` only for an item."""

    kind: Kind
    href: str
    title: str = ""
    calendar: Calendar | None = None
    uid: str = ""

    def item(self, uid: str) -> "Place":
        """Return the item of this name in a calendar."""
        return Place("item", f"{self.href}{quote(uid, safe='@')}{SUFFIX}", calendar=self.calendar, uid=uid)


def principal_href(visitor: Visitor) -> str:
    """Return where a visitor finds himself."""
    return f"{ROOT}principals/{f'partners/{visitor.slug}' if visitor.slug else 'public'}/"


def home_href(visitor: Visitor) -> str:
    """Return where a visitor finds his calendars."""
    return f"{ROOT}{'partners' if visitor.slug else 'public'}/"


async def find(path: str, visitor: Visitor) -> Place:
    """Return what a path below the root leads to. Raises `NotFound`; `Unauthorized` for a partner's without its key."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["partners"] and visitor == ANYBODY:
        raise Unauthorized
    match parts:
        case []:
            return Place("root", ROOT, _("Calendars"))
        case ["principals", *_rest]:
            return _principal(f"{ROOT}{'/'.join(parts)}/", visitor)
        case ["public" | "partners" as home]:
            return Place("home", f"{ROOT}{home}/", _("Calendars"))
        case ["public", name]:
            return await _public(name)
        case ["partners", name]:
            return _partners(name, visitor)
        case ["public" | "partners", _name, item] if item.endswith(SUFFIX):
            return (await find("/".join(parts[:2]), visitor)).item(item.removesuffix(SUFFIX))
    raise NotFound


def _principal(href: str, visitor: Visitor) -> Place:
    """Return a visitor's own principal; that of somebody else is not there."""
    if href != principal_href(visitor):
        raise NotFound
    return Place("principal", href, visitor.slug or _("Everybody"))


async def below(place: Place, visitor: Visitor) -> list[Place]:
    """Return what lies in a folder that is no calendar: a home has its calendars in the reader's language."""
    if place.kind == "root":
        hrefs = (principal_href(visitor), home_href(visitor))
        return [await find(href.removeprefix(ROOT), visitor) for href in hrefs]
    if place.kind != "home":
        return []
    if place.href == home_href(ANYBODY):
        return [_of_convention(found, language()) for found in await programmes()]
    return [_of_partner(visitor, language())]


async def _public(name: str) -> Place:
    slug, tag = _named(name)
    return _of_convention(await programme(convention=slug), tag)


def _partners(name: str, visitor: Visitor) -> Place:
    slug, tag = _named(name)
    if slug != visitor.slug:
        raise NotFound
    return _of_partner(visitor, tag)


def _of_convention(found: Programme, tag: str) -> Place:
    title = text(found.convention.title, tag)
    calendar = Calendar(title, tag, ANYBODY.reader, Selection(convention=found.convention.id))
    return Place("calendar", f"{home_href(ANYBODY)}{_name(found.convention.slug, tag)}/", title, calendar)


def _of_partner(visitor: Visitor, tag: str) -> Place:
    title = _("Events of the city")
    calendar = Calendar(title, tag, visitor.reader, EVERYTHING)
    return Place("calendar", f"{home_href(visitor)}{_name(visitor.slug, tag)}/", title, calendar)


def _named(name: str) -> tuple[str, str]:
    """Take a calendar's name apart: slug and language."""
    slug, dot, tag = name.partition(".")
    if dot and (tag not in LANGUAGES or tag == PLAIN):
        raise NotFound
    return slug, tag or PLAIN


def _name(slug: str, tag: str) -> str:
    return slug if tag == PLAIN else f"{slug}.{tag}"
