"""What people come for works in a browser that runs no scripts."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import planting
from tests.browser.conftest import sign_in
from tests.browser.planting import Demo
from tests.browser.test_new_event import Hands, make_event


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page of a phone on which scripts are switched off; the browser says so itself."""
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en", java_script_enabled=False)
    made = await context.new_page()
    await made.set_content("<noscript>no scripts</noscript><script>document.body.textContent = 'scripts'</script>")
    await expect(made.locator("body")).to_have_text("no scripts")
    yield made
    await context.close()


async def send(page: Page, selector: str) -> None:
    """Press a button and wait for the page that answers."""
    async with page.expect_navigation():
        await page.locator(selector).first.click()


async def fill(page: Page, number: int, name: str) -> None:
    """Fill in one person of a party."""
    await page.locator(f"#party-{number}-name").fill(name)
    await page.locator(f"#party-{number}-residence").select_option("DE")


async def test_party_of_two_registers_and_has_its_tickets(demo: Demo, page: Page) -> None:
    await page.goto(f"{demo['url']}/{demo['convention']}/register")
    await page.locator("#count-citywide-pass").fill("1")
    await send(page, "main form.form .button--large")
    await page.locator("#email").fill("plain@example.org")
    await fill(page, 0, "Änne Müller")
    await send(page, "main form.form button[name=action][value=add]")
    await expect(page.locator("#party-0-name")).to_have_value("Änne Müller")
    await fill(page, 1, "王小明")
    await send(page, "main form.form .button--large")  # without the box that everybody has to tick
    await expect(page.locator("[data-error-summary]")).to_be_visible()
    await expect(page.locator("#party-1-name")).to_have_value("王小明")
    await page.locator("#consents").check()
    await send(page, "main form.form .button--large")
    await expect(page).to_have_url(re.compile("/registrations/"))
    await expect(page.locator(".ticket__qr svg")).to_have_count(2)

    ticket = await page.locator("main a[href*='/tickets/']").first.get_attribute("href")
    assert ticket is not None
    await page.goto(demo["url"] + ticket.removeprefix(demo["url"]).partition("/ticket.pdf")[0])
    await expect(page.locator(".ticket__qr svg").first).to_be_visible()
    paper = await page.request.get(page.url + "/ticket.pdf")
    assert paper.headers["content-type"] == "application/pdf"


async def test_programme_is_narrowed_and_read_as_a_timetable(demo: Demo, page: Page) -> None:
    await page.goto(f"{demo['url']}/{demo['convention']}?day=all")
    everything = await page.locator("main a[href*='/sessions/']").count()
    await page.locator("main summary").first.click()
    await page.locator("main select[name=mode]").select_option("online")
    await send(page, "main form:has(select[name=mode]) button[type=submit]")
    narrowed = await page.locator("main a[href*='/sessions/']").count()
    assert 0 < narrowed < everything
    await page.goto(f"{demo['url']}/{demo['convention']}")
    await send(page, "main a[href*='view=timetable']")
    await expect(page.locator(".timetable-box a").first).to_be_visible()
    await send(page, ".timetable-box a")
    await expect(page.locator("h1")).to_be_visible()


async def test_search_finds(demo: Demo, page: Page) -> None:
    await page.goto(f"{demo['url']}/search")
    await page.locator("main #q").fill("yoxo festival")
    await send(page, "main form[role=search] button, main form:has(#q) button")
    await expect(page.locator("main a[href$='/events/yoxo-festival']").first).to_be_visible()
    assert "q=yoxo" in page.url


async def test_attendee_signs_in_by_a_link_and_sees_the_tickets(demo: Demo, page: Page) -> None:
    email = "plain-sign-in@example.org"
    await planting.register(demo, email, [{"name": "陳美玲"}])
    await page.goto(f"{demo['url']}/sign-in?next=/my")
    await page.locator("main input[name=email]").fill(email)
    await send(page, "main form:has(input[name=email]) button[type=submit]")
    await page.goto(demo["url"] + await planting.link(demo, email, "sign-in"))
    await send(page, "main form button[type=submit]")
    await expect(page).to_have_url(f"{demo['url']}/my")
    await expect(page.locator("main")).to_contain_text("陳美玲")


async def test_organiser_makes_an_event_and_publishes_it(demo: Demo, page: Page) -> None:
    await sign_in(page, demo, "organiser")
    base = await make_event(Hands(page), "en", "Plain Fair")
    await page.context.clear_cookies()
    answer = await page.goto(f"{demo['url']}/{demo['convention']}?day=all&q=Plain+Fair")
    assert answer is not None
    assert answer.status == 200
    await expect(page.locator("main a[href*='/events/plain-fair']").first).to_be_visible()
    assert base


async def test_colours_are_chosen(demo: Demo, page: Page) -> None:
    await page.goto(f"{demo['url']}/accessibility")
    await send(page, "form.appearance button[value=dark]")
    assert await _theme(page) == "dark"


async def _theme(page: Page) -> Any:
    return await page.locator("html").get_attribute("data-theme")
