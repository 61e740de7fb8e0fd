"""Every page at every width, in light and dark: nothing overflows, axe finds nothing, no policy is broken."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import in_turn, sign_in
from tests.ticketing.wishes import member, wish

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text
WIDTHS = (320, 390, 768, 1280)
LANGUAGES = ("ja", "en", "th")
EXAMINED = frozenset({320, 1280})
"""Widths between which the markup that is shown changes."""
RUN_AXE = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
    .violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

PUBLIC = {
    "home": "/",
    "programme": "/{convention}",
    "programme, nothing found": "/{convention}?q=zzzzzz",
    "timetable": "/{convention}?view=timetable&day=all",
    "search": "/search?q=a",
    "search, nothing found": "/search?q=zzzzzz",
    "accessibility": "/accessibility?done=saved",
    "event": "/{convention}/events/yoxo-festival",
    "session": "/{convention}/sessions/opening",
    "choice of tickets": "/{convention}/register",
    "registration form": "/{convention}/register?party=2",
    "registration with questions": "/{convention}/register?type=yoxo-booth",
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


async def look(page: Page, address: str) -> list[str]:
    """Return all that is wrong with how a page looks, at every width, by day and by night."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type == "error" and "404" not in m.text else None)
    await page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    await page.emulate_media(reduced_motion="reduce")  # else colours are measured on their way from light to dark
    await page.goto(address)
    # In the page's own world, where its policy does not reach: the policy itself stays strict.
    await page.evaluate(AXE())
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        overflow = await page.evaluate(OVERFLOW)
        found += [f"{width}: {overflow} px too wide"] if overflow else []
        if width in EXAMINED:
            found += [f"{width}: {wrong}" for wrong in await page.evaluate(RUN_AXE)]
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + [f"dark: {wrong}" for wrong in await page.evaluate(RUN_AXE)]


@pytest.fixture(scope="module")
async def places(demo: dict[str, Any]) -> dict[str, str]:
    """What stands in for the braces of the addresses: a registration of two with its pages."""
    url = f"/api/v1/conventions/{demo['convention']}/registrations"
    async with httpx.AsyncClient(base_url=demo["url"]) as http:
        body = wish(member(name="髙橋﨑"), member(name="Nguyễn Thị Ánh"), email="looks@example.org")
        made = (await http.post(url, json=body, headers={"idempotency-key": str(uuid4())})).json()
        ticket = made["tickets"][0]["page_url"]
        page = (await http.get(ticket, headers={"accept": "text/html"})).text
        join = page.split('href="/join/')[1].split('"')[0]
        room = (await http.post(f"/join/{join}")).headers["location"]
    return {
        "convention": demo["convention"],
        "registration": made["manage_url"].removeprefix(demo["url"]),
        "ticket": ticket.removeprefix(demo["url"]),
        "join": f"/join/{join}",
        "room": room,
        "gate": demo["gates"][0]["id"],
    }


@pytest.mark.parametrize(("name", "language"), in_turn(PUBLIC, LANGUAGES))
async def test_public_page(
    demo: dict[str, Any], chromium: Browser, places: dict[str, str], name: str, language: str
) -> None:
    page = await chromium.new_page(locale=language)
    assert await look(page, demo["url"] + PUBLIC[name].format(**places)) == []
    assert await page.locator("html").get_attribute("lang") == language
    await page.close()


@pytest.mark.parametrize(("role", "language"), in_turn(BY_ROLE, LANGUAGES))
async def test_page_of_a_role(
    demo: dict[str, Any], chromium: Browser, places: dict[str, str], role: str, language: str
) -> None:
    context = await chromium.new_context(locale=language)
    await sign_in(await context.new_page(), demo, role)
    wrong = {}
    for name, address in BY_ROLE[role].items():
        page = await context.new_page()
        wrong[name] = await look(page, demo["url"] + address.format(**places))
        await page.close()
    await context.close()
    assert {name: found for name, found in wrong.items() if found} == {}


async def test_planted_faults_are_found(demo: dict[str, Any], chromium: Browser) -> None:
    page = await chromium.new_page()
    await page.set_viewport_size({"width": 390, "height": 900})
    await page.goto(demo["url"] + "/sign-in")
    await page.evaluate("document.querySelector('main label').remove()")
    await page.evaluate(AXE())

    assert any(found.startswith("label:") for found in await page.evaluate(RUN_AXE))
    await page.evaluate("document.querySelector('main').style.minWidth = '2000px'")
    assert await page.evaluate(OVERFLOW) > 0
    await page.close()


async def keys(page: Page, count: int) -> list[str]:
    """Press Tab and return what has the focus each time, with whether one sees it."""
    seen = []
    for _ in range(count):
        await page.keyboard.press("Tab")
        seen.append(await page.evaluate(FOCUSED))
    return seen


FOCUSED = """() => { const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const shown = box.width > 0 && style.visibility === 'visible' && style.outlineStyle !== 'none';
    return (shown ? '' : 'unseen ') + (e.textContent.trim() || e.getAttribute('name') || e.tagName); }"""


async def test_keyboard_goes_through_the_bar(demo: dict[str, Any], chromium: Browser) -> None:
    page = await chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en")
    await page.goto(demo["url"])
    bar = ["Skip to content", "Machigurumi", "Programme", "Register", "Sign in", "q", "Search", "Language: English"]
    assert await keys(page, len(bar)) == bar
    await page.keyboard.press("Enter")
    assert await keys(page, 2) == ["日本語", "English"]
    await page.close()


async def test_menus_of_a_phone_work_without_script(demo: dict[str, Any], chromium: Browser) -> None:
    context = await chromium.new_context(viewport={"width": 320, "height": 700}, locale="en", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(demo["url"])
    for summary, shown in (("Menu", "Sign in"), ("Language", "ไทย")):
        link = page.get_by_role("banner").get_by_role("link", name=shown)
        await expect(link).to_be_hidden()
        await page.get_by_role("banner").locator("summary", has_text=summary).click()
        await expect(link).to_be_visible()
    await expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_hidden()
    await page.get_by_role("banner").locator("summary", has_text="Search").click()
    await page.get_by_role("banner").get_by_role("searchbox").fill("yoxo")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="YOXO FESTIVAL", exact=True)).to_be_visible()
    await context.close()


async def test_dark_is_the_devices_until_the_reader_chooses(demo: dict[str, Any], chromium: Browser) -> None:
    context = await chromium.new_context(color_scheme="dark", java_script_enabled=False, locale="en")
    page = await context.new_page()
    ground = "() => getComputedStyle(document.body).backgroundColor"
    await page.goto(demo["url"] + "/accessibility?lang=en")
    night = await page.evaluate(ground)
    await page.get_by_role("button", name="Light colours").click()
    await page.wait_for_url("**/accessibility")
    day = await page.evaluate(ground)
    assert (night, day) == ("rgb(11, 20, 23)", "rgb(251, 250, 246)")
    await page.get_by_role("button", name="As the device").click()
    await page.wait_for_url("**/accessibility")
    assert await page.evaluate(ground) == night
    await context.close()


SCROLLED = "e => new Promise(done => e.scrollLeft > 0 ? done() : e.addEventListener('scroll', done, {once: true}))"


async def test_timetable_scrolls_inside_its_box(demo: dict[str, Any], chromium: Browser) -> None:
    page = await chromium.new_page(viewport={"width": 320, "height": 700}, locale="en")
    await page.goto(f"{demo['url']}/{demo['convention']}?view=timetable")
    box = page.locator(".timetable-box").first
    await box.focus()
    await page.keyboard.press("ArrowRight")
    await box.evaluate(SCROLLED)
    assert await page.evaluate(OVERFLOW) == 0
    await page.close()


async def test_notice_after_a_form_has_the_focus_and_leaves_the_address(
    demo: dict[str, Any], chromium: Browser
) -> None:
    page = await chromium.new_page(locale="en")
    await page.goto(demo["url"] + "/accessibility?done=saved")
    await expect(page.get_by_role("status")).to_be_focused()
    assert page.url == demo["url"] + "/accessibility"
    await page.close()
