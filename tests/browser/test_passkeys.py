"""Passkeys in a real browser, with the authenticator that Chromium brings for tests."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, CDPSession, Page

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def at_localhost(address: str) -> str:
    """Return the address under the name that passkeys answer to; they take no number."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A page whose browser holds no passkey yet, and complains of nothing."""
    context = await chromium.new_context(locale="en")
    made = await context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    yield made
    await context.close()
    assert wrong == []


async def with_phone(page: Page) -> tuple[CDPSession, str]:
    """Put a virtual authenticator into the page's browser."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    return session, added["authenticatorId"]


async def enter(page: Page, demo: dict[str, Any], role: str) -> None:
    await page.goto(at_localhost(demo["links"][role]))
    await page.get_by_role("button", name="Sign in now").click()
    await page.wait_for_url("**/start")


async def add(page: Page, origin: str, name: str) -> None:
    await page.goto(f"{origin}/account/passkeys/new")
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_role("rowheader", name=name).wait_for()  # the page takes `?done=added` out of its address at once


async def leave(page: Page, origin: str) -> None:
    await page.goto(f"{origin}/account")
    await page.locator("main").get_by_role("button", name="Sign out").click()
    await page.wait_for_url(f"{origin}/")


async def test_add_sign_out_sign_in(page: Page, demo: dict[str, Any]) -> None:
    origin = at_localhost("http://" + urlsplit(demo["links"]["officer"]).netloc)
    session, phone = await with_phone(page)
    await enter(page, demo, "officer")
    await add(page, origin, "My phone")
    assert await page.get_by_role("rowheader", name="My phone").is_visible()
    held = (await session.send("WebAuthn.getCredentials", {"authenticatorId": phone}))["credentials"]
    assert [(one["rpId"], one["isResidentCredential"]) for one in held] == [("localhost", True)]

    await page.goto(f"{origin}/account/passkeys/new")
    await page.get_by_label("Name").fill("Again")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_text("This device already holds a passkey of yours").wait_for()

    await leave(page, origin)
    await page.goto(f"{origin}/sign-in?next=/office")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or "") if one.url.endswith("/sign-in/passkey") else None)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url(f"{origin}/office")

    await leave(page, origin)
    (recorded,) = sent
    answer = await page.request.post(
        f"{origin}/sign-in/passkey",
        data=recorded,
        headers={"content-type": "application/x-www-form-urlencoded", "origin": origin},
    )
    assert answer.status == 410, "what was recorded proves nothing a second time"

    await session.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
    await page.goto(f"{origin}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_text("That did not work, or was canceled.").wait_for()


async def test_challenge_that_was_changed_on_the_way_is_refused(page: Page, demo: dict[str, Any]) -> None:
    origin = at_localhost("http://" + urlsplit(demo["links"]["secretary"]).netloc)
    await with_phone(page)
    await enter(page, demo, "secretary")
    await add(page, origin, "Key")
    await leave(page, origin)

    async def change(route: Any) -> None:
        answer = await route.fetch()
        body = await answer.json()
        await route.fulfill(response=answer, body=json.dumps({**body, "challenge": "A" * 86}))

    await page.route("**/sign-in/passkey/options", change)
    await page.goto(f"{origin}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_text("This passkey did not open the door.").wait_for()
    await page.unroute("**/sign-in/passkey/options")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url("**/start")


async def test_under_another_name_the_page_says_where_passkeys_work(page: Page, demo: dict[str, Any]) -> None:
    address = "http://" + urlsplit(demo["links"]["officer"]).netloc
    await page.goto(f"{address}/sign-in")
    assert await page.get_by_role("button", name="Sign in with a passkey").count() == 0
    await page.get_by_role("link", name=f"{at_localhost(address)}/sign-in").click()
    await page.get_by_role("button", name="Sign in with a passkey").wait_for()


async def test_without_scripts_the_page_says_what_to_do(chromium: Browser, demo: dict[str, Any]) -> None:
    origin = at_localhost("http://" + urlsplit(demo["links"]["officer"]).netloc)
    context = await chromium.new_context(java_script_enabled=False, locale="en")
    page = await context.new_page()
    await page.goto(f"{origin}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    shown = page.get_by_role("alert").get_by_text(
        "Passkeys need scripts. Allow them for this site, or use another way."
    )
    await shown.wait_for()
    await context.close()
