"""An invitation as people live it: sent from the console, opened from the mail in another browser, accepted."""

import re
from typing import Any

import httpx
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import sign_in


async def link_to(demo: dict[str, Any], page: Page, address: str) -> str:
    """Wait for the mail and return the link in it."""
    async with httpx.AsyncClient(base_url=demo["mail_url"]) as http:
        for _ in range(100):
            found = (await http.get("/api/messages", params={"to": address})).json()
            if found:
                text = (await http.get(f"/api/messages/{found[0]['id']}")).json()["text"]
                link = re.search(r"http\S+/invitations/\S+", text)
                assert link is not None
                return link[0]
            await page.wait_for_timeout(200)
    raise AssertionError(f"No mail for {address}")


async def test_lead_is_invited_and_comes_in(demo: dict[str, Any], chromium: Browser) -> None:
    organiser = await (await chromium.new_context(locale="en")).new_page()
    await sign_in(organiser, demo, "organiser")
    await organiser.goto(f"{demo['url']}/console/invitations")
    await organiser.get_by_role("link", name="Lead of gate staff").click()
    await organiser.get_by_label("E-mail address").fill("lead@example.org")
    await organiser.get_by_label("Name in lists").fill("Tanaka, doors")
    await organiser.get_by_role("checkbox").first.check()
    await organiser.get_by_role("button", name="Send the invitation").click()
    await expect(organiser.get_by_role("row", name="Tanaka, doors")).to_contain_text("Open")

    lead = await (await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")).new_page()
    link = await link_to(demo, lead, "lead@example.org")
    await lead.goto(link)
    await expect(lead.get_by_role("heading", name="Lead of gate staff")).to_be_visible()
    await lead.get_by_role("button", name="Accept and come in").click()
    await lead.wait_for_url("**/start")
    await expect(lead.locator("main a[href='/console/devices']")).to_be_visible()

    again = await (await chromium.new_context(locale="en")).new_page()
    answer = await again.goto(link)
    assert answer is not None
    assert answer.status == 410
    await organiser.reload()
    await expect(organiser.get_by_role("row", name="Tanaka, doors")).to_contain_text("Accepted")
    for page in (organiser, lead, again):
        await page.context.close()
