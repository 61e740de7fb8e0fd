"""A judge's sheet in a real browser: saved by itself, through a lost connection, in two windows, by keyboard."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser import planting
from tests.browser.conftest import sign_in

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WITHIN_MS = 2_000
"""How soon what was chosen is saved."""


@pytest.fixture
async def phone(chromium: Browser, demo: dict[str, Any]) -> AsyncIterator[BrowserContext]:
    """The phone of a judge who is signed in."""
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    page = await context.new_page()
    await sign_in(page, demo, "judge")
    await page.close()
    yield context
    await context.close()


def round_of(demo: dict[str, Any]) -> str:
    """The address of the queue of the demo's open round of documents."""
    award = demo["awards"][0]
    found = next(one for one in award["rounds"] if one["kind"] == "document" and one["state"] == "open")
    return f"{award['slug']}/{found['id']}"


async def sheet(phone: BrowserContext, demo: dict[str, Any], number: int) -> Page:
    """Open the sheet of an entry, after having declared."""
    page = await phone.new_page()
    award, _slash, _round = round_of(demo).partition("/")
    await page.goto(f"{demo['url']}/judging/{award}/declare")
    if await page.locator("#sure").count():
        await page.locator("#sure").check()
        await page.locator("main form button[type=submit]").last.click()
        await page.wait_for_load_state()
    await page.goto(f"{demo['url']}/judging/{round_of(demo)}")
    entries = page.locator("main tbody th a")  # as many as the optimisation gave this judge
    await expect(entries.first).to_be_visible()
    await entries.nth(number % await entries.count()).click()
    await expect(page.locator("form[data-sheet]")).to_be_visible()
    assert await page.evaluate(OVERFLOW) == 0
    return page


async def stored(demo: dict[str, Any], page: Page) -> dict[str, Any]:
    """What the server holds of the sheet that a page shows."""
    url = await page.locator("form[data-sheet]").get_attribute("data-url")
    async with planting.desk(demo, "judge") as judge:
        answer: httpx.Response = await judge.get(f"{url}", headers={"accept": "application/json"})
        return dict(answer.json())


def level(page: Page, criterion: int, value: str) -> Any:
    return page.locator(".levels").nth(criterion).locator(f"input[value='{value}']")


async def saved(page: Page, words: str = "Saved") -> None:
    await expect(page.locator("[data-sheet-state]")).to_have_text(words, timeout=WITHIN_MS)


async def test_saved_by_itself_within_two_seconds(phone: BrowserContext, demo: dict[str, Any]) -> None:
    page = await sheet(phone, demo, 0)
    await level(page, 0, "4").check()
    await expect(page.locator("[data-sheet-answered]")).to_have_text("1 of 6 answered")
    await saved(page)
    await page.locator("#to_applicant").fill("Clear figures.")
    await saved(page, "Not saved yet")
    await saved(page)
    found = (await stored(demo, page))["sheet"]
    assert (list(found["values"].values()), found["to_applicant"]) == ([4.0], "Clear figures.")
    await page.close()


async def test_lost_connection_loses_nothing(phone: BrowserContext, demo: dict[str, Any]) -> None:
    page = await sheet(phone, demo, 1)
    await phone.set_offline(True)
    await page.locator("#to_committee").fill("Written in a tunnel.")
    await level(page, 1, "2").check()
    await saved(page, "No connection. What you wrote is kept on this device and sent when the connection is back.")
    address = page.url
    await page.close()
    await phone.set_offline(False)
    assert (await stored_at(demo, address))["revision"] == 0
    page = await phone.new_page()
    await page.goto(address)
    await expect(page.locator("#to_committee")).to_have_value("Written in a tunnel.")
    await saved(page)
    found = await stored(demo, page)
    assert found["sheet"]["to_committee"] == "Written in a tunnel."
    assert list(found["sheet"]["values"].values()) == [2.0]
    await phone.set_offline(True)
    await page.locator("#to_committee").fill("And in another one.")
    await saved(page, "No connection. What you wrote is kept on this device and sent when the connection is back.")
    await phone.set_offline(False)
    await saved(page)
    assert (await stored(demo, page))["sheet"]["to_committee"] == "And in another one."
    assert await page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('sheet:')).length") == 0
    await page.close()


async def stored_at(demo: dict[str, Any], address: str) -> dict[str, Any]:
    award, round_id, entry = address.split("?", maxsplit=1)[0].split("/")[-3:]
    async with planting.desk(demo, "judge") as judge:
        path = f"/api/v1/awards/{award}/rounds/{round_id}/scores/{entry}"
        return dict((await judge.get(path, headers={"accept": "application/json"})).json())


@pytest.mark.parametrize("keep", ["mine", "stored"])
async def test_two_windows_show_both(phone: BrowserContext, demo: dict[str, Any], keep: str) -> None:
    first = await sheet(phone, demo, 2)
    second = await phone.new_page()
    await second.goto(first.url)
    await first.locator("#to_committee").fill(f"First window {keep}")
    await saved(first)
    await second.locator("#to_committee").fill(f"Second window {keep}")
    box = second.locator("[data-conflict-place]")
    await expect(box.locator("tbody tr")).to_have_text(
        re.compile(f"Comment to the committee\\s*Second window {keep}\\s*First window {keep}"), timeout=WITHIN_MS
    )
    assert (await stored(demo, first))["sheet"]["to_committee"] == f"First window {keep}"
    await box.locator(f"[data-keep={keep}]").click()
    await saved(second)
    wanted = f"{'Second' if keep == 'mine' else 'First'} window {keep}"
    await expect(second.locator("#to_committee")).to_have_value(wanted)
    assert (await stored(demo, first))["sheet"]["to_committee"] == wanted
    await first.close()
    await second.close()


async def test_by_keyboard_alone(phone: BrowserContext, demo: dict[str, Any]) -> None:
    page = await sheet(phone, demo, 2)
    address = page.url
    await page.locator("#sheet").focus()
    for n in range(6):
        await page.keyboard.press("Tab")
        await page.keyboard.press(str(1 + n % 5))
    await expect(page.locator("[data-sheet-answered]")).to_have_text("6 of 6 answered")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**done=submitted**", wait_until="commit")
    found = await stored_at(demo, address)
    assert sorted(found["sheet"]["values"].values()) == [1.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert found["submitted_at"] is not None
    await page.close()


async def test_without_scripts(chromium: Browser, demo: dict[str, Any], phone: BrowserContext) -> None:
    page = await sheet(phone, demo, 0)
    address = page.url
    state = await phone.storage_state()
    plain = await chromium.new_context(
        java_script_enabled=False, storage_state=state, viewport={"width": 390, "height": 844}
    )
    page = await plain.new_page()
    await page.goto(address)
    for n in range(6):
        await level(page, n, "3").check()
    await page.locator("button[value=save]").click()
    await expect(page.locator("[data-sheet-state]")).to_have_text("Saved")
    await page.locator("button[value=submit]").click()
    assert (await stored_at(demo, address))["submitted_at"] is not None
    await plain.close()
