"""The whole story, as people live it: register, mail, gate, officer."""

import io
import re
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Playwright, expect

from app.ticketing.documents.qr import matrix
from tests.browser.conftest import sign_in, with_camera


def film(code: str, path: Path) -> Path:
    """Film a phone that shows a ticket: a few frames of MJPEG, slightly turned and off centre."""
    modules = matrix(code)
    small = Image.new("L", (45, 45), 255)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            small.putpixel((x + 4, y + 4), 0 if dark else 255)
    ticket = small.resize((315, 315), Image.Resampling.NEAREST)
    with path.open("wb") as file:
        for turn in (3, 5, 4):
            frame = Image.new("RGB", (640, 480), (120, 110, 100))
            frame.paste(ticket.rotate(turn, expand=True, fillcolor=255), (150, 70))
            frame.save(file, "JPEG", quality=90)
    return path


async def figure(demo: dict[str, Any]) -> dict[str, Any]:
    """Return the officer's figure of the year of the demo."""
    token = {"authorization": f"Bearer {demo['tokens']['officer']}"}
    async with httpx.AsyncClient(base_url=demo["url"], headers=token) as http:
        found: dict[str, Any] = (await http.get("/api/v1/kpi/overseas-participants")).json()
        return found


async def test_person_from_singapore_is_counted_once(
    demo: dict[str, Any], chromium: Browser, playwright: Playwright, tmp_path: Path
) -> None:
    before = await figure(demo)
    guest = await (await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en-SG")).new_page()

    # registers on the page
    await guest.goto(f"{demo['url']}/{demo['convention']}/register")
    await guest.get_by_label("Citywide Pass").fill("1")
    await guest.get_by_role("button", name="Continue").click()
    await guest.get_by_label("E-mail").fill("wei.ling@example.org")
    await guest.get_by_label("Full name").fill("陈伟玲")
    await guest.get_by_label("Country or region of residence").select_option("SG")
    await guest.get_by_role("checkbox", name=re.compile("I agree")).check()
    await guest.get_by_role("button", name="Send registration").click()
    await expect(guest.get_by_role("heading", name="You are registered")).to_be_visible()

    # the ticket arrives by mail, with its QR on paper
    message = await _mail(demo, guest, "wei.ling@example.org")
    (pdf,) = [a for a in message["attachments"] if a["type"] == "application/pdf"]
    async with httpx.AsyncClient(base_url=demo["mail_url"]) as http:
        paper = (await http.get(pdf["url"])).content
    picture = pypdfium2.PdfDocument(io.BytesIO(paper))[0].render(scale=2).to_pil()
    code = zxingcpp.read_barcodes(picture)[0].text
    assert code in message["text"]

    # staff scan it with the camera at a gate of YOXO FESTIVAL
    browser = await with_camera(playwright, film(code, tmp_path / "ticket.mjpeg"))
    staff = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en")
    await sign_in(staff, demo, "staff")
    await staff.goto(f"{demo['url']}/gate/{demo['gates'][0]['id']}")
    await staff.locator("[data-camera-start]").click()
    verdict = staff.locator("[data-verdict]")
    await expect(verdict).to_contain_text("Admitted", timeout=15_000)
    await expect(verdict).to_contain_text("陈伟玲")
    await browser.close()

    # follows a session on line as well: the room records while it is open
    await _follow_on_line(demo, guest, message["text"])

    # the officer sees one more person from overseas
    after = await figure(demo)
    assert (after["people"], after["on_site"]) == (before["people"] + 1, before["on_site"] + 1)
    officer = await chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en")
    await sign_in(officer, demo, "officer")
    await officer.goto(f"{demo['url']}/office/kpi")
    await expect(officer.locator(".kpi--headline .kpi__number")).to_contain_text(str(after["people"]))
    await expect(officer.locator("main")).to_contain_text("Singapore")
    await officer.context.close()


async def _mail(demo: dict[str, Any], page: Any, to: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=demo["mail_url"]) as http:
        for _ in range(100):
            found = (await http.get("/api/messages", params={"to": to})).json()
            if found:
                message: dict[str, Any] = (await http.get(f"/api/messages/{found[0]['id']}")).json()
                return message
            await page.wait_for_timeout(200)
    raise AssertionError(f"No mail for {to}")


async def _follow_on_line(demo: dict[str, Any], guest: Any, text: str) -> None:
    link = re.search(r"http\S+/tickets/\S+", text)
    assert link is not None
    await guest.goto(link[0])
    rooms = guest.locator("a[href^='/join/']")
    assert await rooms.count() > 0
    await rooms.last.click()
    await guest.locator("main form button[type=submit]").click()
    await expect(guest.locator("main")).to_be_visible()


async def test_typed_code_works_without_script(demo: dict[str, Any], chromium: Browser) -> None:
    context = await chromium.new_context(java_script_enabled=False, locale="en")
    page = await context.new_page()
    await sign_in(page, demo, "staff")
    await page.goto(f"{demo['url']}/gate/{demo['gates'][0]['id']}")

    await page.get_by_label("Code").fill("Y1:NOT A TICKET")
    await page.locator("form[data-scan-form] button[type=submit]").click()

    await expect(page.locator("[data-verdict]")).to_contain_text("Refused")
    await context.close()
