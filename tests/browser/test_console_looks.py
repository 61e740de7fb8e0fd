"""Consoles beside their navigation: no table is cut off, however long the names, and boxes of a row are level."""

import itertools
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser import planting
from tests.browser.conftest import in_turn, sign_in

WIDTHS = (768, 1024, 1280)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenausstellungseröffnungsfeier"
CUT = """() => [...document.querySelectorAll('.scroll:has(> .table--cards)')]
    .filter(box => box.scrollWidth > box.clientWidth)
    .map(box => `${box.getAttribute('aria-label')}: ${box.scrollWidth - box.clientWidth} px cut off`)"""
UNEVEN = """() => [...document.querySelectorAll('.grid')].flatMap(grid => {
    const rows = new Map();
    for (const field of grid.querySelectorAll(':scope > .field')) {
      const box = field.querySelector(':scope > :is(input, select)');
      if (!box) continue;
      const top = Math.round(field.getBoundingClientRect().top);
      rows.set(top, [...(rows.get(top) ?? []), box]);
    }
    const level = row => new Set(row.map(box => Math.round(box.getBoundingClientRect().top))).size === 1;
    return [...rows.values()].filter(row => !level(row))
      .map(row => row.map(box => box.name).join(' and ') + ' are not on one line');
})"""
OFFICE = (
    "/office/people",
    "/office/conventions",
    "/office/conventions/{convention}",
    "/office/organisers",
    "/office/audit",
    "/office/jobs",
    "/office/consents",
    "/office/retention",
    "/console",
    "/console/devices",
    "/console/invitations",
    "/account/tokens",
)
OWN = (
    "/console",
    "/console/events/new",
    "/console/staff",
    "/console/events/{event}/details",
    "/console/events/{event}/sessions",
    "/console/events/{event}/places",
    "/console/events/{event}/places/gates/{gate}",
    "/console/events/{event}/places/venues/{venue}",
    "/console/events/{event}/tickets",
    "/console/events/{event}/guests",
)
PAGES = {"officer": OFFICE, "organiser": OWN}


@pytest.fixture(scope="module")
async def rows(demo: dict[str, Any]) -> dict[str, str]:
    """An event with everything, under names that have no gap to break at."""
    at, number = await planting.ground(demo), itertools.count()
    async with planting.desk(demo, "organiser") as organiser:
        made = await planting.event(organiser, at, lambda _field, tag: f"{LONG}{tag}{next(number)}")
    return {**made, "convention": at["convention"]}


async def faults(page: Page, address: str) -> list[str]:
    """Return what is cut off or out of line on a page, at every width."""
    await page.goto(address)
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {wrong}" for script in (CUT, UNEVEN) for wrong in await page.evaluate(script)]
    return found


@pytest.mark.parametrize(("role", "language"), in_turn(PAGES, ("ja", "en")))
async def test_nothing_is_cut_off_or_out_of_line(
    demo: dict[str, Any], chromium: Browser, rows: dict[str, str], role: str, language: str
) -> None:
    context = await chromium.new_context(locale=language)
    page = await context.new_page()
    await sign_in(page, demo, role)
    wrong = {address: await faults(page, demo["url"] + address.format(**rows)) for address in PAGES[role]}
    await context.close()
    assert {address: found for address, found in wrong.items() if found} == {}


async def test_planted_faults_are_found(demo: dict[str, Any], chromium: Browser, rows: dict[str, str]) -> None:
    context = await chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en")
    page = await context.new_page()
    await sign_in(page, demo, "organiser")
    await page.goto(demo["url"] + "/console")
    await page.evaluate("document.querySelector('.table--cards').style.minWidth = '3000px'")
    assert await page.evaluate(CUT) != []
    await page.goto(f"{demo['url']}/console/events/{rows['event']}/details")
    await page.evaluate("document.querySelector('#last_day').style.marginBlockEnd = '9px'")
    assert await page.evaluate(UNEVEN) == ["first_day and last_day are not on one line"]
    await context.close()
