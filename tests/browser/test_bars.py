"""The bars of every page: each is opened at 320 px by whoever it is for, in every language, by day and by night."""

import gzip
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from app.core.i18n import LANGUAGES
from tests.browser import walk
from tests.browser.walk import Visit, Walker, pages

KINDS = ("status", "axe", "overflow", "language", "h1", "policy", "inline")
SCHEMES = ("light", "dark")
AXE_EACH = 5
"""Of so many pages axe looks at one in the short form; no divisor of the languages, so that each has its turn."""
ENROL = "GET /gate/enrol"
"""Belongs to the scanner, though anybody may open it."""
SEASON = {"GET /{convention}", "GET /start", "GET /office"}
"""Pages beside those of partner cities that show something of them."""
PAGE_WEIGHT, SCANNER_WEIGHT = 25_000, 450_000
"""Bytes of scripts and styles as they are sent, packed; the scanner's with its decoder."""


@pytest.fixture(scope="module")
async def walker(demo: dict[str, Any], chromium: Browser) -> AsyncIterator[Walker]:
    found = Walker(demo, chromium, *await walk.values(demo))
    yield found
    await found.close()


@pytest.fixture(scope="module")
async def visits(walker: Walker) -> list[Visit]:
    """Every page once, by the least powerful reader, the languages and the colours in turn; axe looks at a sample."""
    found = []
    for n, route in enumerate(pages()):
        if route not in walk.NOT_FOUND_HERE:
            language, scheme = LANGUAGES[n % len(LANGUAGES)], SCHEMES[n // len(LANGUAGES) % 2]
            found.append(await walker.visit_first(route, language, scheme=scheme, axe=n % AXE_EACH == 0))
    return [visit for visit in found if visit]


def wrong(visits: list[Visit], *kinds: str) -> dict[str, list[str]]:
    """Return what is wrong, by visit."""
    found = {visit.name: [line for kind in kinds for line in visit.wrong.get(kind, [])] for visit in visits}
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_is_below_a_bar(visits: list[Visit], kind: str) -> None:
    assert wrong(visits, kind) == {}


def test_no_key_is_shown_untranslated(visits: list[Visit]) -> None:
    assert wrong(visits, "untranslated") == {}


def test_words_of_partner_cities_are_marked_with_their_language(visits: list[Visit]) -> None:
    """Letters of Japanese, Korean or Thai stand in no element of another language."""
    seen = [visit for visit in visits if "partner" in visit.route or visit.route in SEASON]
    assert wrong(seen, "unmarked") == {}


def test_every_page_has_been_seen(visits: list[Visit]) -> None:
    assert len(visits) > 80
    assert {visit.role for visit in visits} >= {"anonymous", "attendee", "staff", "organiser", "officer"}
    assert {visit.language for visit in visits} == set(LANGUAGES)


def thing(route: str) -> str:
    """Return the page under one name: the office and the console show the same account to different people.

    So do the links of a ticket and of its registration, and the address of this year's figure that stays. A partner
    city sees what the office sees of it, and comes to it at once when it is the only one.
    """
    same = route.replace("/registrations/{token}/tickets/{ticket}/", "/tickets/{token}/")
    same = same.replace("/registrations/{token}/other-address", "/tickets/{token}/other-address")
    same = same.replace("/office/partners", "/partner").replace("/console/staff/", "/office/people/")
    return {"GET /partner": "GET /partner/{partner}"}.get(same, same.replace("/kpi/{year}", "/kpi"))


async def test_every_title_says_which_page_it_is(walker: Walker, visits: list[Visit]) -> None:
    """The pages are read once more in one language, without looking at them: titles of two languages never meet."""
    titles: dict[str, list[str]] = {}
    for visit in visits:
        page = await walker.page_of(visit.role)
        path = walk.address(visit.route, walker.given)
        html = await (await page.request.get(f"{walker.demo['url']}{path}?lang=en")).text()
        titles.setdefault(html.partition("<title>")[2].partition("</title>")[0], []).append(visit.route)
    assert {title: routes for title, routes in titles.items() if len({*map(thing, routes)}) > 1} == {}


@pytest.mark.faults
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_in_every_language_for_every_role(
    demo: dict[str, Any], chromium: Browser, walker: Walker, language: str, scheme: str
) -> None:
    fresh = Walker(demo, chromium, walker.given, walker.mail)  # who signs in anew has just proved who he is
    found = [
        (route, await fresh.visit(route, role, language, scheme=scheme))
        for route in pages()
        if route not in walk.NOT_FOUND_HERE
        for role in walk.readers(route)
    ]
    await fresh.close()
    # Rows that are out of somebody's scope are not found; what is no page, such as an archive, is no visit.
    own = [(route, visit) for route, visit in found if visit is None or visit.wrong.get("status") != ["404"]]
    assert wrong([visit for _route, visit in own if visit], *KINDS, "untranslated") == {}
    assert {route for route, _visit in own} == {route for route, _visit in found}


def test_a_route_without_a_value_is_not_passed_over(walker: Walker) -> None:
    with pytest.raises(KeyError, match=r"say in tests/browser/walk\.py what stands for thing"):
        walk.address("GET /new/{thing}", walker.given)


async def test_planted_faults_are_found(walker: Walker) -> None:
    """Control: a page without a title's head, with handlers, keys and a wide box is found wrong in every way."""
    page = await walker.page_of("anonymous")

    async def spoil(route: Any) -> None:
        answer = await route.fetch()
        html = (await answer.text()).replace("<h1", '<p><img src="/none"></p><b onclick="x()">Sign in</b><i ', 1)
        html = html.replace("</main>", "<table><tr><td><pre>" + "wide" * 200 + "</pre></td></tr></table></main>")
        await route.fulfill(response=answer, body=html.replace("</head>", "<style>b{color:red}</style></head>"))

    await page.route("**/accessibility?lang=de", spoil)
    found = await walker.visit("GET /accessibility", "anonymous", "de")
    await page.unroute("**/accessibility?lang=de", spoil)
    assert found is not None
    assert any(line.startswith("image-alt") for line in found.wrong["axe"])
    assert found.wrong["overflow"]
    assert found.wrong["h1"] == ["0"]
    assert any("style" in line for line in found.wrong["policy"])
    assert found.wrong["inline"] == ["style", "b onclick=x()"]
    assert "Sign in" in found.wrong["untranslated"]


async def packed(page: Page, addresses: set[str]) -> dict[str, int]:
    """Return the size of each file as it is sent, packed."""
    found = {}
    for one in addresses:
        answer = await page.request.get(one)
        assert answer.ok, one
        found[one] = len(gzip.compress(await answer.body(), 9))
    return found


async def test_public_pages_are_light(walker: Walker, visits: list[Visit]) -> None:
    public = [visit for visit in visits if visit.role == "anonymous" and visit.route != ENROL]
    page = await walker.page_of("anonymous")
    sizes = await packed(page, {file for visit in public for file in visit.files})
    weights = {visit.name: sum(sizes[file] for file in visit.files) for visit in public}
    assert {name: weight for name, weight in weights.items() if not 0 < weight <= PAGE_WEIGHT} == {}
    assert len(sizes) > 2, "some pages bring scripts of their own"


async def test_scanner_with_its_decoder_is_light(demo: dict[str, Any], walker: Walker, visits: list[Visit]) -> None:
    (gate,) = [visit for visit in visits if visit.route == "GET /gate/{gate}"]
    decoder = {demo["url"] + path for path in walk.decoder()}
    assert any(path.endswith(".wasm") for path in decoder)
    sizes = await packed(await walker.page_of("anonymous"), {*gate.files, *decoder})
    assert 100_000 < sum(sizes.values()) <= SCANNER_WEIGHT, sizes


async def test_heavy_page_is_found(walker: Walker) -> None:
    """Control: a style sheet that nobody packs small makes a page too heavy."""
    page = await walker.page_of("anonymous")

    async def spoil(route: Any) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=await answer.text() + f"/*{secrets.token_hex(60_000)}*/")

    await page.route("**/*.css", spoil)
    async with page.expect_response("**/*.css") as heard:
        await page.goto(walker.demo["url"] + "/privacy?lang=en")
    body = await (await heard.value).body()
    await page.unroute("**/*.css", spoil)
    assert len(gzip.compress(body, 9)) > PAGE_WEIGHT
