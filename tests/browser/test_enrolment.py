"""A phone is enrolled as people do it: a code on one screen, a phone in the hand, and it admits a guest."""

import time
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import sign_in

STORED = """async () => new Promise((resolve) => {
  const asked = indexedDB.open("machigurumi-phone");
  asked.onsuccess = () => {
    const found = asked.result.transaction("enrolment").objectStore("enrolment").get("this phone");
    found.onsuccess = () => resolve({
      token: found.result.token, name: found.result.name, extractable: found.result.keys.privateKey.extractable,
    });
  };
})"""


async def new_code(demo: dict[str, Any], desk: Page, name: str) -> str:
    """Make a code as an organiser does and return the address that its picture holds."""
    await desk.goto(f"{demo['url']}/console/devices/new")
    await desk.get_by_label("Name of the phone").fill(name)
    await desk.get_by_role("checkbox").first.check()
    await desk.get_by_role("button", name="Make the code").click()
    await expect(desk.locator("figure.qr svg")).to_be_visible()
    return f"{demo['url']}/gate/enrol#{(await desk.locator('figure.qr .mono').inner_text()).strip()}"


async def test_phone_is_enrolled_within_a_minute(demo: dict[str, Any], chromium: Browser) -> None:
    began = time.monotonic()
    desk = await (await chromium.new_context(locale="en")).new_page()
    await sign_in(desk, demo, "organiser")
    address = await new_code(demo, desk, "North gate 2")

    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    phone = await context.new_page()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    await phone.goto(address)
    code = address.partition("#")[2]
    await expect(phone.get_by_label("Code")).to_have_value(code)
    assert phone.url == f"{demo['url']}/gate/enrol", "the code is taken out of the address"
    await phone.get_by_role("button", name="Enrol this phone").click()
    await phone.wait_for_url("**/gate")
    assert time.monotonic() - began < 60
    assert [line for line in asked if code in line] == [], "no address holds the code"

    await phone.locator("main a[href^='/gate/']").first.click()
    await phone.wait_for_selector("main[data-ready]")
    await phone.get_by_label("Code").fill("Y1:NOT A TICKET")
    bearer: list[str | None] = []
    phone.on("request", lambda r: bearer.append(r.headers.get("authorization")) if "/api/v1/scans" in r.url else None)
    await phone.locator("form[data-scan-form] button[type=submit]").click()
    await expect(phone.locator("[data-verdict]")).to_contain_text("Refused")
    stored = await phone.evaluate(STORED)
    assert bearer == [f"Bearer {stored['token']}"]
    assert stored["extractable"] is False, "the private key cannot leave the phone"

    # its session ends; it comes in again by itself
    await context.clear_cookies()
    await phone.goto(f"{demo['url']}/gate/enrol")
    await phone.get_by_role("button", name="Go to its gates").click()
    await phone.wait_for_url("**/gate")

    # lost: whoever answers for it closes it, and it opens nothing any more
    await desk.goto(f"{demo['url']}/console/devices")
    await desk.get_by_role("link", name="North gate 2").click()
    await desk.get_by_role("link", name="Revoke").click()
    await desk.get_by_role("button", name="Revoke").click()
    await expect(desk.locator("main")).to_contain_text("Revoked. The phone opens nothing any more.")
    answer = await phone.goto(f"{demo['url']}/gate")
    assert answer is not None
    assert answer.status == 403
    await expect(phone.locator("main")).to_contain_text("This phone was revoked")
    await context.close()
    await desk.context.close()


async def test_used_code_says_what_to_do(demo: dict[str, Any], chromium: Browser) -> None:
    phone = await (await chromium.new_context(viewport={"width": 320, "height": 640}, locale="en")).new_page()
    await phone.goto(f"{demo['url']}/gate/enrol#0000-0000-0000")
    await phone.get_by_role("button", name="Enrol this phone").click()
    await expect(phone.get_by_role("alert")).to_contain_text("check it, or ask for a new one")
    await expect(phone.get_by_label("Code")).to_have_value("0000-0000-0000")
    await phone.context.close()


async def test_typed_code_enrols_without_script(demo: dict[str, Any], chromium: Browser) -> None:
    desk = await (await chromium.new_context(locale="en")).new_page()
    await sign_in(desk, demo, "organiser")
    code = (await new_code(demo, desk, "South gate")).partition("#")[2]
    context = await chromium.new_context(java_script_enabled=False, locale="en")
    phone = await context.new_page()
    await phone.goto(f"{demo['url']}/gate/enrol")
    await phone.get_by_label("Code").fill(code.lower())
    await phone.get_by_role("button", name="Enrol this phone").click()
    await phone.wait_for_url("**/gate")
    await expect(phone.get_by_role("heading", name="Choose a gate")).to_be_visible()
    await context.close()
    await desk.context.close()
