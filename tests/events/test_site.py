"""Pages about the site, and how it looks to its reader."""

import httpx
import pytest

from app.events.art import tile


async def choose(http: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await http.post("/appearance", data=form, headers={"accept": "text/html"})


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_chosen_appearance_is_remembered(http: httpx.AsyncClient, theme: str) -> None:
    answer = await choose(http, theme=theme, back="/yokohama-2026?day=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/yokohama-2026?day=all")
    html = (await http.get("/", headers={"accept": "text/html"})).text
    assert f'<html lang="en" data-theme="{theme}">' in html
    assert f'<meta name="color-scheme" content="{theme}">' in html
    assert f'value="{theme}" aria-pressed="true"' in html


async def test_appearance_of_the_device_forgets_the_choice(http: httpx.AsyncClient) -> None:
    await choose(http, theme="dark", back="/")
    answer = await choose(http, theme="auto", back="/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert '<html lang="en">' in (await http.get("/", headers={"accept": "text/html"})).text


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nX: y", "evil"]
)
async def test_appearance_leads_back_into_this_site_only(http: httpx.AsyncClient, back: str) -> None:
    answer = await choose(http, theme="dark", back=back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("theme", ["neon", '"><script>', ""])
async def test_planted_appearance_is_ignored(http: httpx.AsyncClient, theme: str) -> None:
    html = (await http.get("/", headers={"accept": "text/html", "cookie": f"theme={theme}"})).text
    assert '<html lang="en">' in html


async def test_accessibility_statement_names_standard_and_way_to_complain(http: httpx.AsyncClient) -> None:
    html = (await http.get("/accessibility", headers={"accept": "text/html"})).text
    for words in (
        "WCAG) 2.2, level AA",
        "JIS X 8341-3:2016",
        "we do not claim full conformance",
        "tell the convention",
    ):
        assert words in html


async def test_switch_of_languages_keeps_page_and_query(http: httpx.AsyncClient) -> None:
    html = (await http.get("/yokohama-2026?day=all&q=a%26b&lang=ja&done=saved", headers={"accept": "text/html"})).text
    assert 'href="/yokohama-2026?day=all&amp;q=a%26b&amp;lang=ko"' in html
    assert 'href="http://test/yokohama-2026?day=all&amp;q=a%26b"' in html


def test_drawing_of_an_event_is_its_own_and_stays() -> None:
    drawn = {name: tile(name) for name in ("yoxo-festival", "oto-matsuri", "yokohama-triennale")}
    assert len(set(drawn.values())) == 3
    assert tile.__wrapped__("oto-matsuri") == drawn["oto-matsuri"]
    assert "style=" not in drawn["oto-matsuri"]
