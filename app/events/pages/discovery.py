"""What search engines and those who share a link read: the site map and the pictures of the programme."""

import asyncio
from functools import lru_cache
from xml.etree import ElementTree as ET

from litestar import Response, get
from litestar.params import FromPath

from app.core.i18n import LANGUAGES
from app.core.web.request import Request
from app.events import addresses
from app.events.conditional import answer
from app.events.picture import picture
from app.events.programme import event_of, programme, programmes
from app.events.schemas import Programme

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
PNG = "image/png"
KEPT = {"cache-control": "public, max-age=3600"}
"""A picture lags an hour at most behind a new title; it is asked for by every post that shows it."""


@get("/sitemap.xml", include_in_schema=False)
async def sitemap(request: Request) -> Response[bytes]:
    """List every public page of the published conventions, in every language."""
    return answer(request, _document(tuple(await programmes())), media_type="application/xml")


@get("/{convention:str}/picture.png", include_in_schema=False)
async def convention_picture(request: Request, convention: FromPath[str]) -> Response[bytes]:
    """Draw the picture of a convention."""
    found = await programme(convention=convention)
    drawn = await asyncio.to_thread(picture, found, None, request.language)
    return answer(request, drawn, media_type=PNG, headers=KEPT)


@get("/{convention:str}/events/{event:str}/picture.png", include_in_schema=False)
async def event_picture(request: Request, convention: FromPath[str], event: FromPath[str]) -> Response[bytes]:
    """Draw the picture of an event."""
    found = await programme(convention=convention)
    drawn = await asyncio.to_thread(picture, found, event_of(found, event).id, request.language)
    return answer(request, drawn, media_type=PNG, headers=KEPT)


@lru_cache(maxsize=4)
def _document(found: tuple[Programme, ...]) -> bytes:
    """Return the site map; with the element names of sitemaps.org and one alternate link per language."""
    ET.register_namespace("", SITEMAP)
    ET.register_namespace("xhtml", XHTML)
    root = ET.Element(f"{{{SITEMAP}}}urlset")
    for path, day in [("/", ""), *(page for one in found for page in _pages(one))]:
        for language in LANGUAGES:
            _add(root, path, day, language)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _pages(found: Programme) -> list[tuple[str, str]]:
    """Return path and day of the last change of the pages of a programme."""
    events = [(addresses.event_path(found, e), e.changed_at) for e in found.events.values()]
    sessions = [(addresses.session_path(found, s), s.changed_at) for s in found.sessions.values()]
    dated = [(path, changed.date().isoformat()) for path, changed in events + sessions]
    return [(addresses.convention_path(found), ""), (addresses.register_path(found), ""), *dated]


def _add(root: ET.Element, path: str, day: str, language: str) -> None:
    url = ET.SubElement(root, f"{{{SITEMAP}}}url")
    ET.SubElement(url, f"{{{SITEMAP}}}loc").text = f"{addresses.full(path)}?lang={language}"
    if day:
        ET.SubElement(url, f"{{{SITEMAP}}}lastmod").text = day
    for other in LANGUAGES:
        link = {"rel": "alternate", "hreflang": other, "href": f"{addresses.full(path)}?lang={other}"}
        ET.SubElement(url, f"{{{XHTML}}}link", link)


HANDLERS = [sitemap, convention_picture, event_picture]
