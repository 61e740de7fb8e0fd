"""The viewer of caught mail, through HTTP."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.sandbox.mailbox import store
from app.core.sandbox.viewer import create_viewer
from tests.core.sandbox.test_mailbox import HOSTILE, NOW, PDF, keep, ticket_mail

PAGE = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    viewer: Any = create_viewer(tmp_path)
    transport = httpx.ASGITransport(viewer)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
        yield client


async def test_list_shows_the_newest_first_and_refreshes(client: httpx.AsyncClient, tmp_path: Path) -> None:
    for minute in range(2):
        keep(tmp_path, b"Subject: number %d\r\n\r\n" % minute, now=NOW + dt.timedelta(minutes=minute))
    page = (await client.get("/")).text
    assert '<meta http-equiv="refresh" content="5">' in page
    assert page.index("number 1") < page.index("number 0")


async def test_list_may_be_empty(client: httpx.AsyncClient) -> None:
    assert "No mail yet" in (await client.get("/")).text
    assert (await client.get("/api/messages")).json() == []


async def test_message_page_shows_text_frame_and_files(client: httpx.AsyncClient, tmp_path: Path) -> None:
    key = keep(tmp_path, ticket_mail("iso-2022-jp"))
    answer = await client.get(f"/messages/{key}", headers={"Accept-Language": "ja"})
    assert '<html lang="ja">' in answer.text
    assert "入場券のご案内" in answer.text
    assert '<a href="https://machigurumi.example/t/1" target="_blank" rel="noopener noreferrer">' in answer.text
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"' in answer.text
    assert f'src="/messages/{key}/html"' in answer.text
    assert f'<a href="/messages/{key}/attachments/1"><bdi>入場券.pdf</bdi></a>' in answer.text


async def test_api_twins(client: httpx.AsyncClient, tmp_path: Path) -> None:
    raw = ticket_mail("utf-8")
    key = keep(tmp_path, raw)
    (listed,) = (await client.get("/api/messages", params={"to": "taro"})).json()
    assert listed["id"] == key
    assert listed["from"] == "まちぐるみ <tickets@machigurumi.example>"
    one = (await client.get(f"/api/messages/{key}")).json()
    assert one["text"].startswith("ようこそ")
    assert one["attachments"][0] == {
        "name": "入場券.pdf",
        "type": "application/pdf",
        "size": len(PDF),
        "url": f"/messages/{key}/attachments/1",
    }
    file = await client.get(one["attachments"][0]["url"])
    assert file.content == PDF
    assert file.headers["content-type"] == "application/pdf"
    assert file.headers["content-disposition"] == ("inline; filename*=UTF-8''%E5%85%A5%E5%A0%B4%E5%88%B8.pdf")
    calendar = await client.get(one["attachments"][1]["url"])
    assert calendar.headers["content-disposition"] == "attachment; filename*=UTF-8''ticket.ics"
    assert (await client.get(f"/messages/{key}/source")).content.endswith(raw)


async def test_html_part_is_shut_in(client: httpx.AsyncClient, tmp_path: Path) -> None:
    raw = b"Content-Type: text/html\r\n\r\n<html><head><title>x</title></head><script>alert(1)</script>"
    answer = await client.get(f"/messages/{keep(tmp_path, raw)}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:;")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<head><base target="_blank"><title>' in answer.text


async def test_pictures_of_the_mail_itself_are_put_in(client: httpx.AsyncClient, tmp_path: Path) -> None:
    raw = (
        b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        b'<img src="cid:qr@x"><img src="cid:gone">\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <qr@x>\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\niVBO\r\n--b--\r\n"
    )
    page = (await client.get(f"/messages/{keep(tmp_path, raw)}/html")).text
    assert '<img src="data:image/png;base64,iVBO"><img src="data:;base64,">' in page


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml"])
async def test_attached_pages_never_run(client: httpx.AsyncClient, tmp_path: Path, kind: str) -> None:
    raw = f'Content-Type: {kind}\r\nContent-Disposition: attachment; filename="a.html"\r\n\r\n<script>'.encode()
    answer = await client.get(f"/messages/{keep(tmp_path, raw)}/attachments/1")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox;")


async def test_words_of_a_mail_are_escaped(client: httpx.AsyncClient, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    raw = f'Subject: {evil}\r\nFrom: {evil}\r\nTo: {evil}\r\n\r\n{evil} https://x.example/"><script>'.encode()
    key = store(tmp_path, content=raw, sender=evil, recipients=[evil], now=NOW)
    for path in ("/", f"/messages/{key}", f"/?to={evil}"):
        assert "<script" not in (await client.get(path)).text


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_mail_has_all_its_pages(client: httpx.AsyncClient, tmp_path: Path, name: str) -> None:
    key = keep(tmp_path, HOSTILE[name])
    one = await client.get(f"/api/messages/{key}")
    assert one.status_code == 200
    paths = ["/", f"/messages/{key}", f"/messages/{key}/html", *(file["url"] for file in one.json()["attachments"])]
    for path in paths:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/viewer.css", 200),
        ("/messages/nothing", 404),
        ("/messages/..%2f..%2fsecret", 404),
        ("/api/messages/nothing", 404),
        ("/nowhere", 404),
        ("/api/messages?limit=0", 400),
        ("/api/messages?limit=1001", 400),
        (f"/?to={'x' * 321}", 400),
        ("/messages/20261120T010203456789Z-00000000/attachments/99999999999999999999", 404),
    ],
)
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == PAGE
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_missing_message_is_a_problem_in_the_api(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/messages/nothing")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["type"] == "/problems/not-found"


async def test_other_host_names_are_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/", headers={"Host": "evil.example"})).status_code == 400
    assert (await client.get("/", headers={"Host": "localhost:8025"})).status_code == 200


async def test_pages_have_no_inline_style_or_script(client: httpx.AsyncClient, tmp_path: Path) -> None:
    key = keep(tmp_path, ticket_mail("utf-8"))
    for path in ("/", f"/messages/{key}", "/messages/nothing"):
        page = (await client.get(path)).text
        assert "style=" not in page
        assert "<style" not in page
        assert "<script" not in page
