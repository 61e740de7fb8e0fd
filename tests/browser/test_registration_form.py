"""The registration form in a real browser: questions that hang on answers, files, places that are kept, saved forms."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app.core.i18n import gettext as _
from app.core.i18n import use_language

PDF = b"%PDF-1.7 a page about a booth"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


READERS = [
    pytest.param((language, width), marks=() if (language, width) == ("ja", 390) else pytest.mark.faults)
    for language in ("en", "ja")
    for width in (390, 1280)
]
"""One phone in the short form, each language with each width in the long one."""


@pytest.fixture(params=READERS, ids=lambda one: f"{one[0]}-{one[1]}")
async def guest(request: pytest.FixtureRequest, chromium: Browser) -> AsyncIterator[Page]:
    """Somebody with a phone or a desk, who reads English or Japanese."""
    language, width = request.param
    context = await chromium.new_context(viewport={"width": width, "height": 844}, locale=language)
    page = await context.new_page()
    use_language(language)
    yield page
    use_language("en")
    await context.close()


async def chosen(page: Page, demo: dict[str, Any], **count: int) -> None:
    """Choose tickets and come to the form."""
    await page.goto(f"{demo['url']}/{demo['convention']}/register")
    for slug, n in count.items():
        await page.locator(f"#count-{slug.replace('_', '-')}").fill(str(n))
    assert await page.evaluate(OVERFLOW) == 0
    await page.locator("main form.form .button--large").click()
    await page.wait_for_url("**/register/*")


async def person(page: Page, number: int, name: str) -> None:
    """Fill in what everybody says."""
    await page.locator(f"#party-{number}-name").fill(name)
    await page.locator(f"#party-{number}-residence").select_option("DE")


async def test_two_people_with_questions_a_file_and_a_price(demo: dict[str, Any], guest: Page, tmp_path: Path) -> None:
    await chosen(guest, demo, yoxo_robot_ticket=1, yoxo_booth=1)
    await expect(guest.locator("[data-countdown]")).to_have_text(re.compile(r"^1[45] (minutes|分)$"))
    await guest.locator("#email").fill("form@example.org")
    await person(guest, 0, "Änne Müller")
    await person(guest, 1, "王小明")

    # a question is shown when it applies, and only then
    allergens = guest.locator("[id$=-answers-robot-allergens]")
    robot = re.sub(r"\D", "", str(await allergens.get_attribute("id")))
    await expect(allergens).to_be_hidden()
    await guest.locator("input[name$='.answers.robot-allergies'][value=yes]").check()
    await expect(allergens).to_be_visible()
    await guest.locator("input[name$='.answers.robot-experience'][value=once]").check()
    await guest.locator("[id$=-answers-booth-plan]").fill("A ferry made of paper")
    file = tmp_path / "ferry.pdf"
    file.write_bytes(PDF)
    await guest.locator("[id$=-answers-booth-file]").set_input_files(file)
    await guest.locator("#consents").check()

    # what is missing is named; nothing is lost, the file included
    await guest.locator("main form.form .button--large").click()
    await expect(guest.locator("[data-error-summary]")).to_be_focused()
    assert await guest.evaluate(OVERFLOW) == 0
    links = await guest.locator("[data-error-summary] a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == [f"#party-{robot}-answers-robot-allergens", "#payment"]
    await expect(guest.locator("main")).to_contain_text("ferry.pdf")
    await allergens.fill("Nuts")
    await guest.locator("#payment").check()
    await guest.locator("main form.form .button--large").click()
    await guest.wait_for_url("**/registrations/**")
    await expect(guest.locator("main")).to_contain_text("3,300")


async def test_form_is_kept_while_it_is_typed_and_gone_on_with(demo: dict[str, Any], guest: Page) -> None:
    await chosen(guest, demo, citywide_pass=2)
    await person(guest, 0, "李娜")
    async with guest.expect_response(lambda a: a.request.method == "POST" and a.status == 204):
        await guest.locator("#party-1-name").fill("林")
    await guest.goto(f"{demo['url']}/{demo['convention']}/register")
    await guest.get_by_role("link", name=_("Continue where you stopped")).click()
    await expect(guest.locator("#party-0-name")).to_have_value("李娜")
    await expect(guest.locator("#party-1-name")).to_have_value("林")
    await guest.locator("button[name=action][value='remove.0']").click()
    await expect(guest.locator("#party-0-name")).to_have_value("林")
    await expect(guest.locator("#party-1-name")).to_have_count(0)


async def test_places_that_are_not_kept_any_more_are_told_of(demo: dict[str, Any], guest: Page) -> None:
    await guest.clock.install()
    await chosen(guest, demo, citywide_pass=1)
    await guest.clock.fast_forward("13:30")
    await expect(guest.locator("[data-countdown-said]")).not_to_be_empty()
    await guest.clock.fast_forward("02:00")
    over = _("Your places are not kept any more. You may still send the form: you get them if they are free then.")
    await expect(guest.locator(".notice--warning [role=status]")).to_have_text(over)
