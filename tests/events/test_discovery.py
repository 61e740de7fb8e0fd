"""What search engines and shared links read."""

import re
import struct
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx

from app.core.db import fetch
from app.core.i18n import LANGUAGES
from app.events.pages.discovery import SITEMAP, XHTML
from app.events.picture import HEIGHT, WIDTH


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def addresses_in(http: httpx.AsyncClient) -> list[str]:
    answer = await http.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    return [str(loc.text) for loc in ET.fromstring(answer.content).iter(f"{{{SITEMAP}}}loc")]


async def test_sitemap_lists_every_public_page_in_every_language(http: httpx.AsyncClient) -> None:
    found = await addresses_in(http)
    paths = {address.split("?")[0] for address in found}
    assert len(found) == len(paths) * len(LANGUAGES)
    for path in sorted(paths)[::9]:
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert "noindex" not in answer.text
    tree = ET.fromstring((await http.get("/sitemap.xml")).content)
    first = tree.find(f"{{{SITEMAP}}}url")
    assert first is not None
    assert [link.get("hreflang") for link in first.iter(f"{{{XHTML}}}link")] == list(LANGUAGES)


async def test_sitemap_leaves_out_drafts(http: httpx.AsyncClient) -> None:
    before = await addresses_in(http)
    assert any("/events/yoxo-festival" in address for address in before)
    await fetch("UPDATE event SET published_at = NULL WHERE slug = 'yoxo-festival'")
    assert not any("/events/yoxo-festival" in address for address in await addresses_in(http))
    assert (await http.get("/yokohama-2026/events/yoxo-festival")).status_code == 404
    assert (await http.get("/yokohama-2026/events/yoxo-festival/picture.png")).status_code == 404
    await fetch("UPDATE convention SET published_at = NULL")
    assert len(await addresses_in(http)) == len(LANGUAGES)


async def test_picture_is_drawn_for_the_reader(http: httpx.AsyncClient) -> None:
    pictures = {}
    for language in LANGUAGES:
        answer = await http.get("/yokohama-2026/events/yoxo-festival/picture.png", params={"lang": language})
        assert answer.headers["content-type"] == "image/png"
        assert size_of(answer.content) == (WIDTH, HEIGHT)
        pictures[language] = answer.content
    assert pictures["ja"] != pictures["en"]
    again = await http.get(
        "/yokohama-2026/events/yoxo-festival/picture.png",
        params={"lang": "ja"},
        headers={
            "if-none-match": (await http.get("/yokohama-2026/events/yoxo-festival/picture.png?lang=ja")).headers["etag"]
        },
    )
    assert again.status_code == 304


async def test_picture_follows_the_title(http: httpx.AsyncClient) -> None:
    before = (await http.get("/yokohama-2026/picture.png?lang=en")).content
    await fetch("""UPDATE convention SET title = '{"en": "Another name"}'""")
    assert (await http.get("/yokohama-2026/picture.png?lang=en")).content != before


async def test_robots_keep_out_of_personal_pages(http: httpx.AsyncClient) -> None:
    lines = (await http.get("/robots.txt")).text.splitlines()
    assert "Disallow: /tickets/" in lines
    assert lines[-1].endswith("/sitemap.xml")


async def test_pages_tell_their_picture(http: httpx.AsyncClient) -> None:
    for path, picture in (
        ("/", "/yokohama-2026/picture.png"),
        ("/yokohama-2026/events/yoxo-festival", "/yokohama-2026/events/yoxo-festival/picture.png"),
    ):
        html = (await http.get(path, params={"lang": "ko"})).text
        found = re.findall(r'<meta property="og:image" content="([^"]+)">', html)
        assert [urlsplit(one).path for one in found] == [picture]
        assert urlsplit(found[0]).query == "lang=ko"
        assert (await http.get(f"{picture}?lang=ko")).status_code == 200
    assert "og:image" not in (await http.get("/sign-in")).text
