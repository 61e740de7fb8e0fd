"""Answers of WebDAV in XML (RFC 4918, 14). Pure."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from http import HTTPStatus

from msgspec import Struct

from app.exchange.dav.asking import Wanted
from app.exchange.dav.elements import CALDAV, DAV, SERVER, Name

MEDIA_TYPE = "application/xml; charset=utf-8"
PREFIXES = {DAV: "D", CALDAV: "C", SERVER: "CS"}
_SPACES = " ".join(f'xmlns:{prefix}="{space}"' for space, prefix in PREFIXES.items())
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Properties = Mapping[Name, str]
"""Properties that a thing has: the XML inside of each."""


class Part(Struct, frozen=True):
    """What is said of one address: its properties, or only a status when it has none for the asker."""

    href: str
    properties: Properties = {}
    status: HTTPStatus = HTTPStatus.OK


def words(text: str) -> str:
    """Return text as it stands in XML; a CR is written as a reference, or reading would turn it into nothing."""
    return escape(_NOT_XML.sub("", text)).replace("\r", "&#13;")


def element(name: Name, inside: str = "") -> str:
    """Return an element with XML inside."""
    prefix = PREFIXES.get(name[0])
    tag = f"{prefix}:{name[1]}" if prefix else name[1]
    space = "" if prefix else f' xmlns="{words(name[0])}"'
    return f"<{tag}{space}>{inside}</{tag}>" if inside else f"<{tag}{space}/>"


def href(path: str) -> str:
    """Return the element that leads to a path."""
    return element((DAV, "href"), words(path))


def error(condition: Name, said: str) -> bytes:
    """Return the body that names a condition which does not hold, and says it to people."""
    inside = element(condition) + element((DAV, "responsedescription"), words(said))
    return f"{_HEAD}<D:error {_SPACES}>{inside}</D:error>".encode()


def multistatus(parts: Iterable[Part], wanted: Wanted, *, token: str = "") -> bytes:
    """Return what is said of several addresses: of each what is wanted; `token` is where they stand now."""
    said = "".join(_response(part, wanted) for part in parts)
    end = element((DAV, "sync-token"), words(token)) if token else ""
    return f"{_HEAD}<D:multistatus {_SPACES}>{said}{end}</D:multistatus>".encode()


def _response(part: Part, wanted: Wanted) -> str:
    said = "".join(_propstats(part.properties, wanted)) if part.properties else _status(part.status)
    return element((DAV, "response"), href(part.href) + said)


def _propstats(found: Properties, wanted: Wanted) -> Iterable[str]:
    """Yield what is there, then what was asked for and is not there."""
    names = wanted.names if wanted.kind == "named" else tuple(found)
    there = [element(name, "" if wanted.kind == "names" else found[name]) for name in names if name in found]
    lacking = [element(name) for name in names if name not in found]
    if there or not lacking:
        yield _propstat(there, HTTPStatus.OK)
    if lacking:
        yield _propstat(lacking, HTTPStatus.NOT_FOUND)


def _propstat(properties: list[str], status: HTTPStatus) -> str:
    return element((DAV, "propstat"), element((DAV, "prop"), "".join(properties)) + _status(status))


def _status(status: HTTPStatus) -> str:
    return element((DAV, "status"), f"HTTP/1.1 {int(status)} {status.phrase}")
