"""What surrounds every answer: security headers, nonces, the language."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from app.core.i18n import match
from app.core.web.frame import Frame
from app.core.web.metrics import REQUESTS
from tests.conftest import client as client_of
from tests.core.probe import browser

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-%s'%s; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/hello", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("POST", "/hello", 405),
        ("GET", "/boom", 500),
        ("GET", "/slow", 429),
        ("GET", "/static/jobs.py", 200),
        ("GET", "/static/none.py", 404),
    ],
)
async def test_security_headers_on_every_answer(method: str, path: str, status: int) -> None:
    async with browser() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    found = answer.headers
    nonce = re.search(r"'nonce-([\w-]{24})'", found["content-security-policy"])
    assert nonce is not None
    wasm = " 'wasm-unsafe-eval'" if path.startswith("/static/") else ""
    assert found["content-security-policy"] == POLICY % (nonce[1], wasm)
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["permissions-policy"] == "camera=(), microphone=(), geolocation=()"
    assert found["x-frame-options"] == "DENY"
    assert re.fullmatch(r"[0-9a-f]{16}", found["x-request-id"])
    assert "strict-transport-security" not in found, "the test's address is plain http"


async def test_camera_and_decoder_only_at_the_gate() -> None:
    async with browser() as client:
        found = (await client.get("/gate/nowhere")).headers
    assert "'wasm-unsafe-eval'" in found["content-security-policy"]
    assert found["permissions-policy"] == "camera=(self), microphone=(), geolocation=()"


async def test_head_answers_as_get_without_the_body() -> None:
    async with browser() as client:
        found, answer = await client.get("/hello"), await client.head("/hello")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == found.headers["content-type"]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_nonce_is_fresh_and_stands_in_the_page() -> None:
    nonces = set()
    async with browser() as client:
        for _ in range(3):
            answer = await client.get("/hello")
            (nonce,) = re.findall(r'<script type="module" src="[^"]+" nonce="([^"]+)">', answer.text)
            assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
            nonces.add(nonce)
    assert len(nonces) == 3


async def test_pages_hold_no_inline_script_or_style() -> None:
    async with browser() as client:
        for path in ("/hello", "/nowhere", "/boom"):
            text = (await client.get(path)).text
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        ("", "", "", "en"),
        ("", "", "ja", "ja"),
        ("", "", "ko-KR,en;q=0.5", "ko"),
        ("", "", "pt,fr;q=0.9", "en"),
        ("", "", "de-CH,fr;q=0.9", "de"),
        ("", "", "th-TH,en;q=0.9", "th"),
        ("", "", "en;q=0.4, ja;q=0.6", "ja"),
        ("", "", "en; q=0.1, ko; q=0.9", "ko"),
        ("", "", "ja;q=0, ko;q=0.1", "ko"),
        ("", "", "zh-TW", "zh-Hans"),
        ("", "", "*", "en"),
        ("", "", "ja;q=many, ko", "ko"),
        ("", "ja", "ko", "ja"),
        ("", "xx", "ko", "ko"),
        ("", '"; drop', "ko", "ko"),
        ("?lang=zh-Hans", "ja", "ko", "zh-Hans"),
        ("?lang=xx", "ja", "ko", "ja"),
        ("?lang=", "", "ko", "ko"),
    ],
)
async def test_language_of_a_page(query: str, cookie: str, header: str, expected: str) -> None:
    headers = {"accept-language": header} | ({"cookie": f"language={cookie}"} if cookie else {})
    async with browser(**headers) as client:
        answer = await client.get(f"/hello{query}")
    assert f'<html lang="{expected}">' in answer.text
    assert answer.headers["vary"] == "Accept-Language, Cookie"


async def test_language_asked_for_is_remembered() -> None:
    async with browser() as client:
        first = await client.get("/hello?lang=ja")
        assert first.headers["set-cookie"] == "language=ja; Path=/; Max-Age=31536000; SameSite=Lax"
        assert '<html lang="ja">' in (await client.get("/hello")).text


@pytest.mark.parametrize("before", ["a[b]=1; ", "x; " * 1000, "language=xx; "])
async def test_language_is_found_among_cookies_of_others(before: str) -> None:
    async with browser() as client:
        answer = await client.get("/hello", headers={"cookie": f"{before}language=ja"})
    assert '<html lang="ja"' in answer.text


async def test_anonymous_page_sets_no_cookie() -> None:
    async with browser() as client:
        assert "set-cookie" not in (await client.get("/hello")).headers


async def test_language_switch_keeps_the_rest_of_the_address() -> None:
    async with browser() as client:
        text = (await client.get("/hello?day=2026-11-21&lang=ko&q=%22%3E%3Cb%3E")).text
    assert 'href="/hello?day=2026-11-21&amp;q=%22%3E%3Cb%3E&amp;lang=ja" lang="ja"' in text
    assert "<b>" not in text


def test_match_reads_at_most_twenty_wishes() -> None:
    assert match(",".join(["xx"] * 20 + ["ja"])) is None


@pytest.mark.parametrize("path", ["//evil.example/x", "///evil.example", "/\\evil.example/x", "/a b/“c”?q=1"])
async def test_language_switch_stays_on_this_site(path: str) -> None:
    async with browser() as client:
        text = (await client.get("http://test" + path)).text
    found = [unescape(href) for href in re.findall(r'href="([^"]*lang=[^"]*)"', text)]
    assert len(found) == 12, "the switch, and the alternates for search engines"
    for address in (href.removeprefix("http://test") for href in found):
        assert urlsplit(urljoin("http://test/", address)).netloc == "test"
        assert re.fullmatch(r"/[\w.%/-]+\?[\w=&-]+", address)
        assert not address.startswith("//")


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/%00/register",
        "/a%00b",
        "/static/%00",
        "/sign-in/%00",
        "/hello?q=%00",
        "/api/v1/%00",
        "/api/v1/slow?q=a%00b",
    ],
)
async def test_nul_in_an_address_leads_nowhere(app: Frame, path: str) -> None:
    async with browser() as probe, client_of(app, accept="text/html") as real:
        for client in (probe, real):
            answer = await client.get(path)
            assert answer.status_code == 404
            kind = "application/problem+json" if "/api/" in path else "text/html; charset=utf-8"
            assert answer.headers["content-type"] == kind
            assert "x-request-id" in answer.headers


async def test_invented_methods_are_counted_as_one() -> None:
    async with browser() as client:
        for method in ("BREW", "WHEN", "X" * 500):
            assert (await client.request(method, "/hello")).status_code == 405
    methods = {sample.labels["method"] for metric in REQUESTS.collect() for sample in metric.samples}
    assert "OTHER" in methods
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "REPORT", "OTHER"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/static/assets/app-DEYySPkK.css", "public, max-age=31536000, immutable"),
        ("/static/assets/gone-00000000.css", "no-cache"),
        ("/static/jobs.py", "no-cache"),
        ("/hello", "private, no-cache"),
    ],
)
async def test_only_files_named_after_their_content_are_kept(path: str, expected: str) -> None:
    async with browser() as client:
        assert (await client.get(path)).headers["cache-control"].endswith(expected)
