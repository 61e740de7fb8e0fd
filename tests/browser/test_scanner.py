"""The scanner in a real browser: with a dead server, closed tabs, a full storage, hardware that types."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, Route, expect

from tests.browser import planting
from tests.browser.conftest import sign_in
from tests.browser.line import Line, line_to
from tests.browser.test_enrolment import new_code
from tests.browser.walk import AXE, OVERFLOW, RUN_AXE

LISTEN = "() => { window.told = []; addEventListener('gate:verdict', (event) => told.push(event.detail)); }"
TYPE = """async (codes) => {
  const input = document.querySelector('#code');
  for (const code of codes) {
    const before = told.length;
    input.value = code;
    input.form.requestSubmit();
    while (told.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return told.slice(-codes.length);
}"""
KEPT = """async (paths) => {
  const kept = async (path) => (await caches.open('gate-pages')).match(path);
  while (!navigator.serviceWorker.controller || !(await Promise.all(paths.map(kept))).every(Boolean)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""
STORED = """async () => {
  const rows = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => resolve(asked.result);
    });
    for (const store of database.objectStoreNames) {
      rows.push(await new Promise((resolve) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => resolve(asked.result);
      }));
    }
    database.close();
  }
  const words = [];
  const dig = (value) => {
    if (value instanceof CryptoKey) words.push(value.extractable ? 'a key that can be read' : '');
    else if (ArrayBuffer.isView(value)) words.push(new TextDecoder('utf-8').decode(value));
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(dig);
    else words.push(String(value));
  };
  dig(rows);
  dig({ ...localStorage });
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      if (/html|json/.test(answer.headers.get('content-type') ?? '')) words.push(await answer.text());
    }
  }
  return words.join('\\n');
}"""


@pytest.fixture
async def line(demo: dict[str, Any]) -> AsyncIterator[Line]:
    async with line_to(demo) as found:
        yield found


@pytest.fixture
async def phone(demo: dict[str, Any], line: Line, chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A phone whose staff have signed in over the line."""
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    page = await context.new_page()
    await page.goto(line.through(demo["links"]["staff"]))
    await page.locator("main form button[type=submit]").first.click()
    await page.wait_for_url("**/start")
    await page.close()
    yield context
    await context.close()


async def tickets(demo: dict[str, Any], count: int, **member: Any) -> list[dict[str, Any]]:
    """Register parties of at most forty, and return their tickets."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        party = [{"name": f"Guest {n}", **member} for n in range(min(40, count - len(found)))]
        found += (await planting.register(demo, f"{uuid4().hex}@example.org", party))["tickets"]
    return found


async def scanner(demo: dict[str, Any], line: Line, phone: BrowserContext, *, lang: str = "en") -> Page:
    """Open the gate, and wait until it could do without the server."""
    page = await phone.new_page()
    page.set_default_timeout(15_000)
    await page.goto(f"{line.url}/gate/{demo['gates'][0]['id']}?lang={lang}")
    await page.wait_for_selector("main[data-ready]")
    await page.evaluate(LISTEN)
    return page


async def settled(page: Page, path: str) -> None:
    """Wait until the list is there and the service worker keeps the pages."""
    await expect(page.locator("[data-pack]")).to_have_attribute("data-tone", "calm", timeout=15_000)
    await page.evaluate(KEPT, ["/gate", path])


async def rows(demo: dict[str, Any], given: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Return the stored scans of these tickets: verdict, direction, number."""
    async with planting.database(demo) as found:
        stored = await found.fetch(
            "SELECT verdict, direction, seq FROM scan WHERE ticket = ANY($1::uuid[]) AND status = 'stored' ORDER BY id",
            [UUID(ticket["id"]) for ticket in given],
        )
    return [tuple(row) for row in stored]


async def all_sent(page: Page) -> None:
    await expect(page.locator("[data-queue]")).to_have_text("All sent", timeout=20_000)


async def test_reload_with_the_server_dead_goes_on_scanning_at_once(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    given = await tickets(demo, 21)
    page = await scanner(demo, line, phone)
    gate = f"/gate/{demo['gates'][0]['id']}"
    await settled(page, gate)
    await line.cut()
    with pytest.raises(Error, match="ECONNREFUSED"):  # control: nobody answers at this address
        await phone.request.get(f"{line.url}{gate}")

    await reloaded(page)
    told = await page.evaluate(TYPE, [ticket["code"] for ticket in given])
    assert {(one["verdict"], one["by"]) for one in told} == {("admitted", "device")}
    await expect(page.locator("[data-line]")).to_have_text("Off line")
    await expect(page.locator("[data-verdict]")).to_contain_text("Admitted")
    await expect(page.locator("[data-verdict]")).to_contain_text("Guest 20")
    await expect(page.locator("[data-queue]")).to_have_text("21 waiting")

    # the choice of gates opens as well
    await page.goto(f"{line.url}/gate")
    await expect(page.get_by_role("heading", name="Choose a gate")).to_be_visible()

    await line.mend()
    await page.goto(f"{line.url}{gate}")
    await all_sent(page)
    assert [(verdict, direction) for verdict, direction, _seq in await rows(demo, given)] == [
        ("admitted", "entry")
    ] * 21


async def reloaded(page: Page) -> float:
    """Reload, and return the milliseconds until the scanner is ready."""
    began = await page.evaluate("performance.timeOrigin + performance.now()")
    await page.reload()
    await page.wait_for_selector("main[data-ready]")
    ready = await page.evaluate("performance.timeOrigin + performance.now()")
    await page.evaluate(LISTEN)
    return float(ready - began)


@pytest.mark.faults
async def test_scanner_without_a_server_is_quick(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    """Two seconds from a reload to scanning (median of five), 300 ms to a verdict (95 of 100)."""
    given = await tickets(demo, 100)
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    reloads = sorted([await reloaded(page) for _ in range(5)])
    told = await page.evaluate(TYPE, [ticket["code"] for ticket in given])
    assert reloads[2] < 2_000, reloads
    times = sorted(one["ms"] for one in told)
    assert times[94] <= 300, times


async def test_three_hundred_scans_off_line_with_the_tab_closed_in_between_all_arrive(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    given = await tickets(demo, 300)
    codes = [ticket["code"] for ticket in given]
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    await page.evaluate(TYPE, codes[:150])
    await page.close()

    page = await scanner(demo, line, phone)
    await page.evaluate(TYPE, codes[150:])
    await expect(page.locator("[data-queue]")).to_have_text("300 waiting")
    await line.mend()
    await all_sent(page)
    stored = await rows(demo, given)
    assert len(stored) == 300
    assert {(verdict, direction) for verdict, direction, _seq in stored} == {("admitted", "entry")}
    assert len({seq for _verdict, _direction, seq in stored}) == 300


async def test_two_tabs_are_one_scanner(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    given = await tickets(demo, 40)
    codes = [ticket["code"] for ticket in given]
    one = await scanner(demo, line, phone)
    await settled(one, f"/gate/{demo['gates'][0]['id']}")
    two = await scanner(demo, line, phone)
    await settled(two, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    await one.evaluate(TYPE, codes[:20])
    await two.evaluate(TYPE, codes[20:])
    for page in (one, two):
        await expect(page.locator("[data-queue]")).to_have_text("40 waiting")
    await two.close()
    await line.mend()
    await all_sent(one)
    stored = await rows(demo, given)
    assert len(stored) == 40
    assert len({seq for _verdict, _direction, seq in stored}) == 40


async def test_full_storage_is_told_and_loses_nothing(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    given = await tickets(demo, 3)
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    await page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    told = await page.evaluate(TYPE, [ticket["code"] for ticket in given])
    assert [one["verdict"] for one in told] == ["admitted"] * 3
    await expect(page.locator("[data-problem]")).to_contain_text("keep this page open")
    await line.mend()
    await all_sent(page)
    await expect(page.locator("[data-problem]")).to_be_hidden()
    assert [verdict for verdict, _direction, _seq in await rows(demo, given)] == ["admitted"] * 3


async def test_hardware_scanner_types_wherever_the_focus_is(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    given = await tickets(demo, 3)
    page = await scanner(demo, line, phone)
    verdict = page.locator("[data-verdict]")

    await page.locator("main").focus()
    await page.keyboard.type(given[0]["code"])
    await page.keyboard.press("Enter")
    await expect(verdict).to_contain_text("Guest 0")

    await page.get_by_role("button", name="Search").focus()
    await page.keyboard.type(given[1]["code"])
    await page.keyboard.press("Enter")
    await expect(verdict).to_contain_text("Guest 1")

    await page.get_by_role("button", name="Search").click()
    await page.get_by_label("Name", exact=True).press_sequentially(given[2]["code"])
    await page.keyboard.press("Enter")
    await expect(verdict).to_contain_text("Guest 2")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_slow_server_does_not_keep_the_door_waiting(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    [ticket] = given = await tickets(demo, 1)
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")

    async def late(route: Any) -> None:
        await page.wait_for_timeout(1_500)
        await route.continue_()

    await page.route("**/api/v1/scans", late)
    [told] = await page.evaluate(TYPE, [ticket["code"]])
    assert (told["by"], told["verdict"]) == ("device", "admitted")
    assert told["ms"] < 1_500, "the verdict does not wait for the server"
    await all_sent(page)
    assert [verdict for verdict, _direction, _seq in await rows(demo, given)] == ["admitted"]


async def test_guest_reads_the_verdict_in_the_guests_own_language(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    registered = await planting.register(demo, f"{uuid4().hex}@example.org", [{"name": "김민준"}], language="ko")
    page = await scanner(demo, line, phone)
    await page.evaluate(TYPE, [registered["tickets"][0]["code"]])
    verdict = page.locator("[data-verdict]")
    await expect(verdict.locator(".verdict__word")).to_have_attribute("lang", "ko")
    await expect(verdict.locator(".verdict__word")).to_have_text("입장 가능")
    await expect(verdict.locator(".verdict__staff")).to_have_text("Admitted")


async def unsaid(demo: dict[str, Any]) -> str:
    """Register somebody from Korea of whom nobody knows where he lives, and return the code."""
    registered = await planting.register(demo, f"{uuid4().hex}@example.org", [{"name": "김민준"}], language="ko")
    [ticket] = registered["tickets"]
    async with planting.database(demo) as database:
        await database.execute("UPDATE ticket SET residence = NULL WHERE id = $1", UUID(ticket["id"]))
    code: str = ticket["code"]
    return code


async def test_guest_who_has_not_said_where_he_lives_is_asked_on_the_spot(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    code = await unsaid(demo)
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    [told] = await page.evaluate(TYPE, [code])
    assert (told["verdict"], told["reason"]) == ("refused", "residence_missing")
    sheet = page.locator("dialog[open][data-sheet=residence]")
    await expect(sheet.get_by_role("heading")).to_have_attribute("lang", "ko")
    assert await sheet.locator("[data-frequent] button").count() == 8
    await expect(sheet.get_by_role("button", name="일본 Japan")).to_be_visible()
    assert await page.evaluate(OVERFLOW) == 0
    await sheet.get_by_role("searchbox").fill("스위")
    await sheet.get_by_role("button", name="스위스 Switzerland").click()
    await expect(page.locator("[data-verdict]")).to_have_class("verdict verdict--admitted")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    async with planting.database(demo) as database:
        lives = await database.fetchval("SELECT residence FROM ticket ORDER BY changed_at DESC NULLS LAST LIMIT 1")
    assert lives == "CH"


async def test_off_line_a_missing_residence_sends_to_the_help_desk(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    code = await unsaid(demo)
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    [told] = await page.evaluate(TYPE, [code])
    assert (told["verdict"], told["reason"], told["by"]) == ("refused", "residence_missing", "device")
    await expect(page.locator("[data-verdict]")).to_contain_text("ask for it at the help desk")
    await expect(page.locator("dialog[open]")).to_have_count(0)


async def test_party_is_counted_as_its_members_come(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    given = await tickets(demo, 12)
    page = await scanner(demo, line, phone)
    for n, ticket in enumerate(given[:3], start=1):
        await page.evaluate(TYPE, [ticket["code"]])
        await expect(page.locator(".verdict__party")).to_contain_text(f"{n} of 12 of this party inside")
        assert await page.locator(".verdict__dots .is-inside").count() == n


async def test_last_scan_is_taken_back(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    [ticket] = given = await tickets(demo, 1)
    page = await scanner(demo, line, phone)
    undo = page.locator("[data-undo]")
    await expect(undo).to_be_disabled()
    await page.evaluate(TYPE, [ticket["code"]])
    await undo.click()
    await expect(undo).to_have_text("Really undo?")
    verdict = page.locator("[data-verdict]")
    await expect(verdict).to_contain_text("Really undo?Guest 0")  # whose entry it is about
    await expect(verdict).to_contain_text("Ready", timeout=6_000)  # nobody has answered
    await undo.click()
    await undo.click()
    await expect(verdict).to_contain_text("Undone")
    await expect(verdict).to_contain_text("Guest 0")
    await all_sent(page)
    await page.wait_for_timeout(3_100)  # the same code is seen anew when it was out of sight for three seconds
    [told] = await page.evaluate(TYPE, [ticket["code"]])
    assert told["verdict"] == "admitted"
    assert [direction for _verdict, direction, _seq in await rows(demo, given)].count("entry") == 2


async def test_guest_without_a_code_is_found_and_let_in_by_hand(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    name = f"林{uuid4().hex[:6]}"
    registered = await planting.register(demo, f"{uuid4().hex}@example.org", [{"name": name}])
    page = await scanner(demo, line, phone)
    await page.get_by_role("button", name="Search").click()
    found = page.locator(".guests button", has_text=name)
    for _ in range(40):  # a new ticket is found within five seconds
        await page.get_by_label("Name", exact=True).fill("")
        await page.get_by_label("Name", exact=True).fill(name[:5])
        await page.wait_for_timeout(500)
        if await found.count():
            break
    await found.first.click()
    await expect(page.get_by_role("heading", name=name)).to_be_focused()
    badge = await page.get_by_role("link", name="Print badge").get_attribute("href")
    await page.get_by_label("The phone is flat or missing").check()
    await page.get_by_label("Your name").fill("Sato")
    await page.locator("[data-manual-submit]").click()
    await expect(page.locator("[data-verdict]")).to_contain_text("Admitted")
    await expect(page.locator("[data-verdict]")).to_contain_text(name)
    async with planting.database(demo) as database:
        manual = await database.fetchval(
            "SELECT manual FROM scan WHERE ticket = $1", UUID(registered["tickets"][0]["id"])
        )
    assert manual == "Sato: The phone is flat or missing"
    answer = await page.request.get(f"{line.url}{badge}")
    assert (answer.status, (await answer.body())[:5]) == (200, b"%PDF-")


async def test_new_guest_is_registered_at_the_door_and_let_in(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    page = await scanner(demo, line, phone)
    await page.get_by_role("button", name="New guest").click()
    await page.get_by_label("Full name").fill("孫")
    await page.get_by_label("Country or region of residence").select_option("TW")
    await page.get_by_role("button", name="Register and let in").click()
    await expect(page.locator("[data-walk-in-done]")).to_contain_text("孫")
    await page.locator("dialog[open] [data-close]").click()
    await expect(page.locator("[data-verdict]")).to_contain_text("Admitted")
    await expect(page.locator("[data-verdict]")).to_contain_text("孫")


async def test_phone_holds_no_readable_name(demo: dict[str, Any], line: Line, phone: BrowserContext) -> None:
    name = f"Ngozi-{uuid4().hex[:8]}"
    registered = await planting.register(demo, f"{uuid4().hex}@example.org", [{"name": name}])
    page = await scanner(demo, line, phone)
    await settled(page, f"/gate/{demo['gates'][0]['id']}")
    await line.cut()
    await page.evaluate(TYPE, [registered["tickets"][0]["code"]])
    await expect(page.locator("[data-verdict]")).to_contain_text(name)
    stored = await page.evaluate(STORED)
    assert registered["tickets"][0]["code"] in stored, "control: the scan itself is there"
    assert name not in stored
    assert "a key that can be read" not in stored


async def test_enrolled_phone_whose_session_is_over_comes_in_again_by_itself(
    demo: dict[str, Any], chromium: Browser
) -> None:
    desk = await (await chromium.new_context(locale="en")).new_page()
    await sign_in(desk, demo, "organiser")
    address = await new_code(demo, desk, "South gate 3")
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="en")
    phone = await context.new_page()
    await phone.goto(address)
    await phone.get_by_role("button", name="Enrol this phone").click()
    await phone.wait_for_url("**/gate")
    await phone.locator("main a[href^='/gate/']").first.click()
    await phone.wait_for_selector("main[data-ready]")
    await settled(phone, phone.url.removeprefix(demo["url"]))
    await context.clear_cookies()
    await phone.goto(phone.url)
    await phone.wait_for_selector("main[data-ready]")
    await expect(phone.locator("[data-line]")).to_have_text("On line")
    await context.close()
    await desk.context.close()


async def test_code_sent_before_the_scanner_is_ready_keeps_its_verdict(
    demo: dict[str, Any], line: Line, phone: BrowserContext
) -> None:
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        with suppress(Error):  # the page that asked may be gone
            await route.continue_()

    page = await phone.new_page()
    await page.route(re.compile(r"/assets/gate-[^/]*[.]js"), hold)
    await page.goto(f"{line.url}/gate/{demo['gates'][0]['id']}?lang=en", wait_until="commit")
    await page.get_by_label("Code").fill("Y1:NOT A TICKET")
    await page.locator("form[data-scan-form] button[type=submit]").click(no_wait_after=True)
    verdict = page.locator("[data-verdict]")
    await expect(verdict).to_contain_text("Refused", timeout=15_000)
    go_on.set()
    await page.wait_for_selector("main[data-ready]")
    assert "Refused" in await verdict.inner_text()
    await page.evaluate(LISTEN)
    await page.evaluate(TYPE, ["Y1:NOR IS THIS"])
    await expect(page.locator("[data-scan-log] li")).to_have_count(1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 320), ("dark", 390), ("light", 1280)])
async def test_sheets_and_verdicts_are_for_everybody(
    demo: dict[str, Any], line: Line, phone: BrowserContext, scheme: Any, width: int
) -> None:
    given = await tickets(demo, 2)
    page = await scanner(demo, line, phone)
    await page.set_viewport_size({"width": width, "height": 760})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await page.evaluate(AXE())
    assert await page.evaluate(RUN_AXE) == []
    for code in (given[0]["code"], "Y1:NOT A TICKET"):
        await page.evaluate(TYPE, [code])
        assert await page.evaluate(RUN_AXE) == []
        assert await page.evaluate(OVERFLOW) == 0
    for name in ("Search", "New guest", "More"):
        await page.get_by_role("button", name=name, exact=True).click()
        assert await page.evaluate(RUN_AXE) == [], name
        assert await page.evaluate(OVERFLOW) == 0
        await page.keyboard.press("Escape")
