"""A calendar program for tests: asks as programs do, and reads the answers with an XML parser of its own."""

from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import httpx

SPACES = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "CS": "http://calendarserver.org/ns/"}
DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
PUBLIC = "/dav/public/yokohama-2026/"
PROPS = "<D:prop><D:getetag/></D:prop>"
DATA = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"


class Said(NamedTuple):
    """What was said of one address: properties that are there, names of those that are not, a status of its own."""

    found: dict[str, ET.Element]
    lacking: list[str]
    status: int

    def text(self, name: str) -> str:
        """Return a property's text."""
        return self.found[name].text or ""


class Program:
    """A calendar program on one HTTP client."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self.http = http
        self.headers = headers

    async def ask(self, method: str, path: str, body: str = "", **headers: str) -> httpx.Response:
        """Send anything."""
        return await self.http.request(method, path, content=body.encode(), headers=self.headers | headers)

    async def propfind(self, path: str, inside: str = "<D:allprop/>", depth: str = "0") -> dict[str, Said]:
        """Ask for properties."""
        body = f"<D:propfind {DECLARED}>{inside}</D:propfind>"
        return answers(await self.ask("PROPFIND", path, body, depth=depth))

    async def query(self, path: str, inside: str, props: str = PROPS) -> dict[str, Said]:
        """Ask for events by a filter."""
        said = f'<C:filter><C:comp-filter name="VCALENDAR">{inside}</C:comp-filter></C:filter>'
        return answers(await self.ask("REPORT", path, f"<C:calendar-query {DECLARED}>{props}{said}</C:calendar-query>"))

    async def multiget(self, path: str, hrefs: list[str]) -> dict[str, Said]:
        """Ask for events by their addresses."""
        said = "".join(f"<D:href>{href}</D:href>" for href in hrefs)
        body = f"<C:calendar-multiget {DECLARED}>{DATA}{said}</C:calendar-multiget>"
        return answers(await self.ask("REPORT", path, body))

    async def sync(self, path: str, token: str = "", limit: int | None = None) -> httpx.Response:
        """Ask for what has changed."""
        most = "" if limit is None else f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>"
        said = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{most}{PROPS}"
        return await self.ask("REPORT", path, f"<D:sync-collection {DECLARED}>{said}</D:sync-collection>")


def answers(answer: httpx.Response) -> dict[str, Said]:
    """Return what a multistatus says, by address."""
    assert answer.status_code == 207, answer.text
    assert answer.headers["content-type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    return dict(_said(one) for one in root.findall("D:response", SPACES))


def token_in(answer: httpx.Response) -> str:
    """Return the token that a multistatus ends with."""
    return ET.fromstring(answer.content).findtext("D:sync-token", "", SPACES)


def _said(response: ET.Element) -> tuple[str, Said]:
    found: dict[str, ET.Element] = {}
    lacking: list[str] = []
    for part in response.findall("D:propstat", SPACES):
        there = _status(part) == 200
        for prop in part.find("D:prop", SPACES) or ():
            found.update({_short(prop.tag): prop}) if there else lacking.append(_short(prop.tag))
    own = response.find("D:status", SPACES)
    return response.findtext("D:href", "", SPACES), Said(found, lacking, 200 if own is None else _status(response))


def _status(of: Any) -> int:
    return int(of.findtext("D:status", "", SPACES).split()[1])


def _short(tag: str) -> str:
    space, _, local = tag.removeprefix("{").rpartition("}")
    return next((f"{prefix}:{local}" for prefix, known in SPACES.items() if known == space), local)
