"""An organiser whom nobody has told anything makes an event, and a guest walks in. How long it takes is computed."""

import io
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import sign_in

THINK, POINT, KEY, HOME, WAIT = 1.35, 1.1, 0.28, 0.4, 0.5
"""Seconds of the keystroke-level model (Card, Moran and Newell 1980): to decide, to point, to hit a key (an average
typist), to move a hand to the keyboard; and what a page may take to come."""
THREE_MINUTES = 180.0
HTML_TITLE = {"en": "Harbour Lab", "ja": "みなと実験室"}


class Hands:
    """Does what a person does, only by what can be seen, and counts it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.fields = self.keys = 0

    async def press(self, what: str) -> None:
        """Click on a link or a button that shows, and wait for the page it leads to."""
        place = self.page.locator(f"main {what}").first
        await expect(place).to_be_visible()
        async with self.page.expect_navigation():
            await place.click()
        self.clicks += 1

    async def write(self, name: str, words: str) -> None:
        """Fill a field; kana and kanji take two keys each and one to accept them."""
        await self.page.locator(f"main [id='{name}']").fill(words)
        self.fields += 1
        self.keys += len(words) if words.isascii() else 2 * len(words) + 1

    async def choose(self, name: str, index: int) -> None:
        """Open a list and take one: two clicks."""
        await self.page.locator(f"main select[name='{name}']").select_option(index=index)
        self.clicks += 2

    @property
    def seconds(self) -> float:
        """How long a person takes for this."""
        aimed = self.clicks + self.fields
        return aimed * (THINK + POINT) + self.fields * HOME + self.keys * KEY + self.clicks * WAIT


async def make_event(hands: Hands, language: str, title: str) -> str:
    """From the start page to the published event; return the address of its console."""
    words = {
        "en": (("Visitors", "Makers"), ("Opening", "Workshop", "Closing"), "Main door"),
        "ja": (("来場者", "出展者"), ("開会", "体験", "閉会"), "正面入口"),
    }
    types, sessions, gate = words[language]
    await hands.press("a[href='/console']")
    await hands.press("a[href='/console/events/new']")
    await hands.write(f"title-{language}", title)
    await hands.choose("venue", 1)
    await hands.press("form.form button[type=submit].button--large")
    base = hands.page.url.partition("?")[0]
    path = "/console" + base.partition("/console")[2]

    await hands.press(f"nav.tabs a[href='{path}/tickets']")
    await hands.press(f"a[href='{path}/tickets/new']")
    await hands.write(f"title-{language}", types[0])
    await hands.write("places", "100")
    await hands.press("button[name=action][value=another]")
    await hands.write(f"title-{language}", types[1])
    await hands.press("form.form button.button--large:not([name])")

    await hands.press(f"nav.tabs a[href='{path}/sessions']")
    await hands.press(f"a[href='{path}/sessions/new']")
    for n, name in enumerate(sessions):
        await hands.write(f"title-{language}", name)
        await hands.press(f"button[name=action][value={'another' if n < 2 else 'save'}]")

    await hands.press(f"nav.tabs a[href='{path}/places']")
    await hands.press(f"a[href='{path}/places/gates/new']")
    await hands.write(f"name-{language}", gate)
    await hands.press("form.form button.button--large")

    await hands.press(f"nav.tabs a[href='{path}']")
    await hands.press(f"form[action='{path}/publish'] button")
    return base


async def register(guest: Page, language: str, email: str, address: str) -> str:
    """Register at the address that the organiser hands out, and return the code that the ticket shows."""
    await guest.goto(address)
    offered = guest.locator(".offer", has_text="Visitors" if language == "en" else "来場者")
    await offered.first.locator("input").fill("1")
    await guest.locator("main form.form .button--large").click()
    await guest.locator("#email").fill(email)
    await guest.locator("#party-0-name").fill("王 小明")
    await guest.locator("#party-0-residence").select_option("SG")
    await guest.locator("#consents").check()
    await guest.locator("main form.form .button--large").click()
    await guest.wait_for_url("**/registrations/**")
    return await read(guest.locator(".ticket__qr svg"))


async def read(symbol: Locator) -> str:
    """Read a QR symbol off the screen with an independent reader."""
    picture = Image.open(io.BytesIO(await symbol.screenshot())).convert("L")
    found = zxingcpp.read_barcodes(picture.resize((picture.width * 2, picture.height * 2)))
    assert found, "The symbol on the screen cannot be read."
    return found[0].text


async def enrol(organiser: Page, phone: Page, demo: dict[str, Any], gate: str, name: str) -> None:
    """Enrol a phone for one gate by the symbol that the organiser's screen shows."""
    await organiser.goto(f"{demo['url']}/console/devices/new")
    await organiser.locator("#name").fill(name)
    for box in await organiser.locator("input[name=gates]").all():
        await box.set_checked(await box.get_attribute("value") == gate)
    await organiser.locator("main form.form .button--large").click()
    await phone.goto(await read(organiser.locator("figure.qr svg")))
    await phone.locator("main [data-enrol-form] button[type=submit]").click()
    await phone.wait_for_url("**/gate")


@pytest.mark.parametrize(
    ("width", "language"),
    [(390, "ja"), *(pytest.param(width, "en", marks=pytest.mark.faults) for width in (390, 1280))],
)
async def test_new_event_takes_under_three_minutes_and_its_gate_opens(
    demo: dict[str, Any], chromium: Browser, width: int, language: str
) -> None:
    place = await chromium.new_context(viewport={"width": width, "height": 900}, locale=language)
    organiser = await place.new_page()
    await sign_in(organiser, demo, "organiser")
    hands = Hands(organiser)
    title = f"{HTML_TITLE[language]} {width}"

    base = await make_event(hands, language, title)

    assert (hands.clicks, hands.fields) == (19, 8)
    assert hands.seconds < THREE_MINUTES
    assert await organiser.evaluate("document.documentElement.scrollWidth") <= width

    await organiser.goto(f"{base}/tickets")
    address = await organiser.locator("#register-address").inner_text()
    guest = await (await chromium.new_context(viewport={"width": 390, "height": 844}, locale=language)).new_page()
    code = await register(guest, language, f"guest-{language}-{width}@example.org", address)
    await organiser.goto(f"{base}/guests")
    await expect(organiser.locator("main")).to_contain_text("王 小明")

    await organiser.goto(f"{base}/places")
    change = await organiser.locator(
        "a[href*='/places/gates/']:not([href$='/new']):not([href$='/delete'])"
    ).first.get_attribute("href")
    gate = str(change).rpartition("/")[2]
    phone = await (await chromium.new_context(viewport={"width": 390, "height": 844}, locale=language)).new_page()
    await enrol(organiser, phone, demo, gate, f"Phone {language} {width}")
    await phone.goto(f"{demo['url']}/gate/{gate}")
    await phone.locator("#code").fill(code)
    await phone.locator("form[data-scan-form] button[type=submit]").click()
    verdict = phone.locator("[data-verdict]")
    await expect(verdict).to_have_class("verdict verdict--admitted", timeout=15_000)
    await expect(verdict).to_contain_text("王 小明")
    for page in (organiser, guest, phone):
        await page.context.close()
