"""Every page at every width, in Japanese and English: nothing overflows, axe finds nothing, no policy is broken."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import sign_in
from tests.ticketing.wishes import member, wish

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text
WIDTHS = (320, 390, 1280)
LANGUAGES = ("ja", "en")
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
    .violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

PUBLIC = {
    "home": "/",
    "programme": "/{convention}",
    "programme, nothing found": "/{convention}?q=zzzzzz",
    "event": "/{convention}/events/yoxo-festival",
    "session": "/{convention}/sessions/opening",
    "registration form": "/{convention}/register?party=2",
    "sign in": "/sign-in",
    "not found": "/nothing/here/at/all",
    "registration": "{registration}",
    "ticket": "{ticket}",
    "join": "{join}",
    "online room": "{room}",
}
BY_ROLE = {
    "staff": {"start": "/start", "gates": "/gate", "gate": "/gate/{gate}"},
    "officer": {"start": "/start", "office": "/office", "figures": "/office/kpi", "jobs": "/office/jobs"},
    "organiser": {"start": "/start"},
}


async def look(page: Page, address: str, width: int) -> list[str]:
    """Return all that is wrong with how a page looks."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type == "error" and "404" not in m.text else None)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(address)
    overflow = await page.evaluate(OVERFLOW)
    if overflow:
        found.append(f"{overflow} px too wide")
    # In the page's own world, where its policy does not reach: the policy itself stays strict.
    await page.evaluate(AXE())
    return found + await page.evaluate(RUN_AXE)


@pytest.fixture(scope="module")
async def places(demo: dict[str, Any]) -> dict[str, str]:
    """What stands in for the braces of the addresses: a registration of two with its pages."""
    url = f"/api/v1/conventions/{demo['convention']}/registrations"
    async with httpx.AsyncClient(base_url=demo["url"]) as http:
        body = wish(member(name="髙橋﨑"), member(name="Nguyễn Thị Ánh"), email="looks@example.org")
        made = (await http.post(url, json=body, headers={"idempotency-key": str(uuid4())})).json()
        ticket = made["tickets"][0]["page_url"]
        page = (await http.get(ticket, headers={"accept": "text/html"})).text
    join = page.split('href="/join/')[1].split('"')[0] if "/join/" in page else ""
    return {
        "convention": demo["convention"],
        "registration": made["manage_url"].removeprefix(demo["url"]),
        "ticket": ticket.removeprefix(demo["url"]),
        "join": f"/join/{join}",
        "room": f"/room/{join}",
        "gate": demo["gates"][0]["id"],
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PUBLIC)
async def test_public_page(
    demo: dict[str, Any], chromium: Browser, places: dict[str, str], name: str, language: str
) -> None:
    context = await chromium.new_context(locale=language)
    wrong = {}
    for width in WIDTHS:
        page = await context.new_page()
        wrong[width] = await look(page, demo["url"] + PUBLIC[name].format(**places), width)
        assert await page.locator("html").get_attribute("lang") == language
        await page.close()
    await context.close()
    assert wrong == {width: [] for width in WIDTHS}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", BY_ROLE)
async def test_page_of_a_role(
    demo: dict[str, Any], chromium: Browser, places: dict[str, str], role: str, language: str
) -> None:
    context = await chromium.new_context(locale=language)
    await sign_in(await context.new_page(), demo, role)
    wrong = {}
    for name, address in BY_ROLE[role].items():
        for width in WIDTHS:
            page = await context.new_page()
            wrong[name, width] = await look(page, demo["url"] + address.format(**places), width)
            await page.close()
    await context.close()
    assert {key: found for key, found in wrong.items() if found} == {}


async def test_planted_faults_are_found(demo: dict[str, Any], chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.set_viewport_size({"width": 390, "height": 900})
    await page.goto(demo["url"] + "/sign-in")
    await page.evaluate("document.querySelector('label').remove()")
    await page.evaluate(AXE())

    assert any(found.startswith("label:") for found in await page.evaluate(RUN_AXE))
    await page.evaluate("document.querySelector('main').style.minWidth = '2000px'")
    assert await page.evaluate(OVERFLOW) > 0
    await page.close()
