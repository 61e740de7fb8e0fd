"""Tickets in front of a real browser's camera: hurried hands, and a queue that does not stop."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import numpy as np
import pytest
from PIL import ImageOps
from playwright.async_api import Browser, Playwright, Request

from tests.browser import films
from tests.browser.conftest import sign_in, with_camera

PARTY = 10


class Seen:
    """The codes that a scanner has sent, each with the moment (seconds) of its first sending."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def note(self, request: Request) -> None:
        """Take down the codes of an upload."""
        if request.method == "POST" and request.url.endswith("/api/v1/scans"):
            for scan in msgspec.json.decode(request.post_data_buffer or b"{}").get("scans", []):
                self.at.setdefault(scan["code"], time.monotonic())

    def within(self, seconds: float) -> set[str]:
        """Return the codes seen so long after the first one: in one pass of a film."""
        first = min(self.at.values(), default=0.0)
        return {code for code, at in self.at.items() if at <= first + seconds}


async def tickets(demo: dict[str, Any], count: int) -> list[str]:
    """Register people and return the codes of their tickets."""
    codes: list[str] = []
    async with httpx.AsyncClient(base_url=demo["url"]) as http:
        while len(codes) < count:
            party = [
                {"name": f"Guest {n}", "residence": "DE", "ticket_type": "citywide-pass"}
                for n in range(min(PARTY, count - len(codes)))
            ]
            body = {"email": f"{uuid4().hex}@example.org", "language": "en", "consents": ["terms-2026"], "party": party}
            answer = await http.post(
                f"/api/v1/conventions/{demo['convention']}/registrations",
                json=body,
                headers={"Idempotency-Key": uuid4().hex},
            )
            assert answer.status_code == 201, answer.text
            codes += [ticket["code"] for ticket in answer.json()["tickets"]]
    return codes


async def watch(
    playwright: Playwright,
    demo: dict[str, Any],
    film: Path,
    wanted: Sequence[str],
    most: float,
    *,
    enough: int | None = None,
) -> Seen:
    """Let a scanner look at a film until it has seen all of `wanted`, or `enough` of them, at most so many seconds."""
    browser: Browser = await with_camera(playwright, film)
    page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="en")
    seen = Seen()
    page.on("request", seen.note)
    await sign_in(page, demo, "staff")
    await page.goto(f"{demo['url']}/gate/{demo['gates'][0]['id']}")
    await page.locator("[data-camera-start]").click()
    until = time.monotonic() + most
    while time.monotonic() < until and len(seen.at.keys() & set(wanted)) < (enough or len(wanted)):
        await page.wait_for_timeout(100)
    await page.wait_for_timeout(500)
    await browser.close()
    return seen


async def hard(
    playwright: Playwright, demo: dict[str, Any], path: Path, count: int, *, seconds: float, enough: int | None = None
) -> Seen:
    """Show so many hard pictures, each for so long, until all or `enough` are read."""
    dice = np.random.default_rng(11)
    codes = await tickets(demo, count)
    shots = [films.hard(dice) for _ in codes]
    film = films.write(path, films.stills(codes, shots, seconds=seconds, seed=5))
    return await watch(playwright, demo, film, codes, most=count * seconds * 1.5 + 5, enough=enough)


async def test_hurried_hands_are_read(demo: dict[str, Any], playwright: Playwright, tmp_path: Path) -> None:
    seen = await hard(playwright, demo, tmp_path / "hard.mjpeg", 6, seconds=1.2, enough=5)
    assert len(seen.at) >= 5


@pytest.mark.faults
async def test_nine_of_ten_hard_pictures_are_read(demo: dict[str, Any], playwright: Playwright, tmp_path: Path) -> None:
    seen = await hard(playwright, demo, tmp_path / "hard.mjpeg", 60, seconds=0.5)
    assert len(seen.within(60 * 0.75)) >= 54


async def test_picture_without_focus_is_not_read(demo: dict[str, Any], playwright: Playwright, tmp_path: Path) -> None:
    """What the other tests see is the decoder's work: nothing else sends a code."""
    codes = await tickets(demo, 2)
    shots = [films.Shot(side=150, blur=6) for _ in codes]
    film = films.write(tmp_path / "blurred.mjpeg", films.stills(codes, shots, seconds=0.5, seed=5))
    assert (await watch(playwright, demo, film, codes, most=4)).at == {}


async def test_white_on_black_is_read_as_well(demo: dict[str, Any], playwright: Playwright, tmp_path: Path) -> None:
    """A phone that turns the colours of everything it shows."""
    codes = await tickets(demo, 1)
    shown = films.stills(codes, [films.Shot(side=260)], seconds=2, seed=5)
    film = films.write(tmp_path / "inverted.mjpeg", (ImageOps.invert(one) for one in shown))
    assert set((await watch(playwright, demo, film, codes, most=10)).at) == set(codes)


async def test_people_who_walk_by_are_read_one_after_the_other(
    demo: dict[str, Any], playwright: Playwright, tmp_path: Path
) -> None:
    codes = await tickets(demo, 5)
    film = films.write(tmp_path / "queue.mjpeg", films.queue(codes, apart=2.0, seed=3))
    seen = await watch(playwright, demo, film, codes, most=25)
    assert set(seen.at) == set(codes)


@pytest.mark.faults
async def test_queue_of_twenty_is_read_in_one_pass(
    demo: dict[str, Any], playwright: Playwright, tmp_path: Path
) -> None:
    """People 0.77 s apart, without anybody touching the phone."""
    codes = await tickets(demo, 20)
    film = films.write(tmp_path / "queue.mjpeg", films.queue(codes, apart=0.77, seed=3))
    seen = await watch(playwright, demo, film, codes, most=19)
    assert len(seen.within(20 * 0.77)) == 20
    status = await _status(demo)
    assert status["inside"] >= 20


async def _status(demo: dict[str, Any]) -> dict[str, Any]:
    token = {"authorization": f"Bearer {demo['tokens']['staff']}"}
    async with httpx.AsyncClient(base_url=demo["url"], headers=token) as http:
        found: dict[str, Any] = (await http.get(f"/api/v1/gates/{demo['gates'][0]['id']}/status")).json()
        return found
