"""A real browser in front of a running demo."""

from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright

from app.core.sandbox.places import free_port
from tests.running import Run, open_folder, stopped

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below needs a browser."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo() -> Iterator[dict[str, Any]]:
    """A demo of its own: addresses and tokens as in its `demo.json`, a sign-in link per role, its data folder."""
    with open_folder() as folder, stopped(Run(folder, free_port())) as run:
        yield {**run.ready(), "links": run.links(), "folder": folder}


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright, once."""
    async with async_playwright() as found:
        yield found


@pytest.fixture(scope="session")
async def chromium(playwright: Playwright) -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    await browser.close()


def in_turn(names: Iterable[str], languages: tuple[str, ...]) -> list[Any]:
    """Pair every name with every language; each name in one of them, in turn, and the rest only in the long form."""
    return [
        pytest.param(name, language, marks=() if n % len(languages) == m else pytest.mark.faults)
        for n, name in enumerate(names)
        for m, language in enumerate(languages)
    ]


async def with_camera(playwright: Playwright, film: Path) -> Browser:
    """Launch a Chromium whose camera shows `film` (MJPEG) over and over."""
    camera = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])


async def sign_in(page: Page, demo: dict[str, Any], role: str) -> None:
    """Open the role's link and press its button."""
    await page.goto(demo["links"][role])
    await page.locator("main form button[type=submit]").first.click()
    await page.wait_for_url("**/start")
