"""Somebody at a browser: fills in fields by their names, presses what is written in his language, sees what comes."""

import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from playwright.async_api import Browser, Locator, Page

from app.core.catalogues import load
from app.core.i18n import DEFAULT
from tests.browser.planting import Demo

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WRONG = "Array.from(document.querySelectorAll('.error-summary, .notice--error'), one => one.innerText)"
ONLOOKERS: list[Callable[[Page], Awaitable[None]]] = []
"""Who else looks at every page on the way, for example to take its picture."""


@cache
def _catalogue(language: str) -> dict[str, str]:
    return {m.id: str(m.string) for m in load(language) if isinstance(m.id, str) and m.string}


def words(key: str, language: str, **values: Any) -> str:
    """Return a text of the interface in a language; in English as long as nobody has translated it."""
    said = key if language == DEFAULT else _catalogue(language).get(key, key)
    return said % values if values else said


class Window:
    """A browser of one person, of one width, in one language."""

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page, self.base, self.language = page, base, language

    @classmethod
    async def of(cls, chromium: Browser, demo: Demo, *, language: str = "en", width: int = 390) -> "Window":
        """Open a window in a browser of its own."""
        context = await chromium.new_context(viewport={"width": width, "height": 844}, locale=language)
        context.set_default_timeout(10_000)
        return cls(await context.new_page(), demo["url"], language)

    def said(self, key: str, **values: Any) -> str:
        """Return a text of the interface as this person reads it."""
        return words(key, self.language, **values)

    async def open(self, path: str) -> None:
        """Go to an address."""
        answer = await self.page.goto(path if path.startswith("http") else self.base + path)
        assert answer is not None
        assert answer.status == 200, (answer.status, path)
        await self.look()

    async def look(self) -> None:
        """See that the page fits into the window, has one head and says nothing of errors."""
        await self.page.wait_for_load_state()
        assert await self.page.evaluate(WRONG) == [], self.page.url
        overflow = await self.page.evaluate(OVERFLOW)
        assert overflow == 0, (self.page.url, overflow)
        assert await self.page.locator("h1").count() == 1, self.page.url
        for one in ONLOOKERS:
            await one(self.page)

    async def fill(self, fields: dict[str, Any]) -> None:
        """Fill in the form of the page: text and moments as words, boxes as True or False, choices by their value."""
        for name, value in fields.items():
            every = self.page.locator(f'main [name="{name}"]:not([type=hidden])')
            field = every.first
            if isinstance(value, bool):
                await field.set_checked(value)
            elif await field.get_attribute("type") in {"radio", "checkbox"}:
                await every.and_(self.page.locator(f'[value="{value}"]')).check()
            elif await field.evaluate("one => one.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)

    def named(self, key: str, role: Any = "button", **values: Any) -> Locator:
        """Return the first button or link with these words; for ears they may go on with what it is about."""
        begin = re.compile(rf"^\s*{re.escape(self.said(key, **values))}\s*(:|$)")
        return self.page.locator("main").get_by_role(role, name=begin).first

    async def press(self, key: str, role: Any = "button", **values: Any) -> None:
        """Press a button, or follow a link, that leads to another page, and look at it."""
        async with self.page.expect_navigation():
            await self.named(key, role, **values).click()
        await self.look()

    async def follow(self, locator: Locator) -> None:
        """Follow a link, and look at where it leads."""
        async with self.page.expect_navigation():
            await locator.click()
        await self.look()

    async def sees(self, text: str) -> bool:
        """Whether a text stands on the page."""
        return await self.page.locator("main").get_by_text(text).count() > 0

    @property
    def path(self) -> str:
        """Where this person is, without host and query."""
        return self.page.url.removeprefix(self.base).partition("?")[0]

    async def close(self) -> None:
        """Close the browser."""
        await self.page.context.close()
