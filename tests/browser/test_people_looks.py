"""The pages of people, phones and keys look as all others must: nothing overflows, axe finds nothing."""

from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import in_turn, sign_in
from tests.browser.test_looks import look

PAGES = {
    "officer": (
        "/start",
        "/office",
        "/office/people",
        "/office/people?q=zzzzzz",
        "/office/audit?verify=1",
        "/account/tokens",
        "/console/devices",
    ),
    "organiser": (
        "/console/staff",
        "/console/invitations",
        "/console/invitations/new/organiser",
        "/console/invitations/new/staff",
        "/console/devices/new",
    ),
    "secretary": ("/start", "/console/staff", "/console/invitations/new/judge"),
}


@pytest.mark.parametrize(("role", "language"), in_turn(PAGES, ("ja", "en")))
async def test_page_of_a_role(demo: dict[str, Any], chromium: Browser, role: str, language: str) -> None:
    context = await chromium.new_context(locale=language)
    await sign_in(await context.new_page(), demo, role)
    wrong = {}
    for address in PAGES[role]:
        page = await context.new_page()
        wrong[address] = await look(page, demo["url"] + address)
        assert page.url == demo["url"] + address
        await page.close()
    await context.close()
    assert {address: found for address, found in wrong.items() if found} == {}


@pytest.mark.parametrize(("address", "language"), in_turn(["/gate/enrol"], ("ja", "en")))
async def test_page_that_a_phone_opens(demo: dict[str, Any], chromium: Browser, address: str, language: str) -> None:
    page = await (await chromium.new_context(locale=language)).new_page()
    assert await look(page, demo["url"] + address) == []
    await page.context.close()
