"""The live board in a real browser: it renews itself, comes back by itself, and fits on a wall."""

import re
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from playwright.async_api import Browser, expect

from tests.browser import planting
from tests.browser.conftest import sign_in

CHANGES = 10_000
"""Milliseconds in which a change must be seen; a reading is made every second."""


CROWDED = """() => {
  for (const list of document.querySelectorAll('.board__venues, .board__table tbody')) {
    const [first] = list.children;
    for (let n = 0; n < 30; n++) list.append(first.cloneNode(true));
    list.closest('.board__part').insertAdjacentHTML('beforeend', '<p class="board__more">and 30 more</p>');
  }
}"""
"""Makes a city of many venues and events of what is on the board."""


async def _enter(demo: dict[str, Any], seq: int) -> None:
    """Register somebody and let him in at the first gate."""
    registered = await planting.register(demo, f"board-{seq}@example.org", [{"name": "李娜"}])
    sent = {
        "seq": seq,
        "code": registered["tickets"][0]["code"],
        "gate": demo["gates"][0]["id"],
        "direction": "entry",
    }
    headers = {"authorization": f"Bearer {demo['tokens']['staff']}"}
    async with httpx.AsyncClient(base_url=demo["url"], headers=headers) as phone:
        answer = await phone.get("/health/live")
        sent["scanned_at"] = _iso(answer.headers["date"])
        answer = await phone.post("/api/v1/scans", json={"scans": [sent]})
    assert answer.json()["receipts"][0]["verdict"] == "admitted", answer.text


def _iso(date: str) -> str:
    """Return the moment of a `Date` header as RFC 3339."""
    return parsedate_to_datetime(date).isoformat()


async def test_board_renews_itself_and_comes_back(demo: dict[str, Any], chromium: Browser) -> None:
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    page = await context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    await sign_in(page, demo, "officer")
    await page.goto(f"{demo['url']}/board/{demo['convention']}")
    await expect(page.locator("[data-state]")).to_have_text("Live", timeout=CHANGES)
    entered = page.locator("[data-piece=figures] .kpi__number").nth(1)
    before = int((await entered.inner_text()).replace(",", ""))
    await _enter(demo, 800_001)
    await expect(entered).to_have_text(re.compile(rf"^{before + 1:,}$"), timeout=CHANGES)
    await context.set_offline(True)
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    await context.set_offline(False)
    await _enter(demo, 800_002)
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    await expect(entered).to_have_text(re.compile(rf"^{before + 2:,}$"), timeout=CHANGES)
    assert said == []
    await context.close()


async def test_wall_screen_fits_and_is_dark(demo: dict[str, Any], chromium: Browser) -> None:
    for language in ("ja", "en"):
        context = await chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
        page = await context.new_page()
        await sign_in(page, demo, "officer")
        await page.goto(f"{demo['url']}/board/{demo['convention']}?wall=1&lang={language}")
        await page.evaluate(CROWDED)
        size = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [1920, 1080]
        assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
        assert not await page.locator(".site-header").is_visible()
        await context.close()
