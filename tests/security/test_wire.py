"""Requests that two servers may read differently, as bytes: to our web server alone, and through the proxy in front."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar.routes import HTTPRoute

from app.asgi import create_app
from app.core.sandbox.places import free_port
from app.core.web.short import LARGEST_BODY
from tests.clock import NOW
from tests.serving import served

DEPLOY = Path(__file__).parents[2] / "deploy"
CHUNKED = "Transfer-Encoding: chunked"
DOUBTFUL = {
    "two lengths": ("POST", ["Content-Length: 5", "Content-Length: 6"], "abcdef"),
    "two names": ("GET", ["Host: evil.example"], ""),
    "two encodings": ("POST", [CHUNKED, "Transfer-Encoding: identity"], "0\r\n\r\n"),
    "space before the colon": ("POST", ["Content-Length : 5"], "abcde"),
    "folded header": ("GET", ["X-A: a\r\n b"], ""),
    "bare CR": ("GET", ["X-A: a\rb"], ""),
    "NUL": ("GET", ["X-A: a\0b"], ""),
}
SMUGGLED = ("POST", ["Content-Length: 4", CHUNKED], "0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")


async def exchange(port: int, host: str, method: str, headers: list[str], body: str) -> list[int]:
    """Send these bytes and return the status of every answer until the other side is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join([f"{method} /sign-in HTTP/1.1", f"Host: {host}", *headers, "", body]).encode("latin-1"))
    found = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(1.0):
            while part := await reader.read(65_536):
                found += part
    writer.close()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", found)]


@pytest.mark.usefixtures("committed")
async def test_web_server_and_program_refuse_what_is_doubtful() -> None:
    async with served("redis://127.0.0.1:1/0") as address:
        port = int(address.rpartition(":")[2])
        assert await exchange(port, "127.0.0.1", "GET", [], "") == [200]
        assert await exchange(port, "evil.example", "GET", [], "") == [421]
        for name in ("two lengths", "two names", "space before the colon", "bare CR", "NUL"):
            (status,) = await exchange(port, "127.0.0.1", *DOUBTFUL[name]) or [400]
            assert status == 400, name
        assert 200 not in await exchange(port, "127.0.0.1", *SMUGGLED)


async def is_open(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def proxied(folder: Path, upstream: int) -> AsyncIterator[int]:
    """Run nginx with the configuration of `deploy/`, without its certificates and at a free port."""
    port = free_port()
    changes = {
        r"listen 8443 ssl": f"listen {port}",
        r"listen 8080": f"listen {free_port()}",
        r"(?m)^ *(http2 on|ssl_\w+ .*);$": "",
        r"server web:8000": f"server 127.0.0.1:{upstream}",
        r"/tmp/|/dev/std\w+": f"{folder}/",
        r"(?m)^worker_processes": f"user root;\nerror_log {folder}/error.log;\nworker_processes",
        r"error_log \S+/ warn;|access_log .*;": "",
        r"(?m)^http \{": "http {\n    access_log off;",
        r"/etc/nginx/machi_proxy\.conf": str(DEPLOY / "nginx_proxy.conf"),
    }
    text = (DEPLOY / "nginx.conf").read_text()
    for old, new in changes.items():
        text, count = re.subn(old, new, text)
        assert count, old
    (folder / "nginx.conf").write_text(text)
    words = ["-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    process = await asyncio.create_subprocess_exec("nginx", *words)
    try:
        async with asyncio.timeout(10):
            while not await is_open(port):  # noqa: ASYNC110  # another process starts
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
async def test_proxy_refuses_what_is_doubtful_and_passes_on_what_it_wrote_itself(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    upstream = server.sockets[0].getsockname()[1]
    name = "tickets.example.jp"
    async with server, proxied(tmp_path, upstream) as port:
        for doubtful, request in DOUBTFUL.items():
            assert await exchange(port, name, *request) == [400], doubtful
        assert await exchange(port, name, *SMUGGLED) == [400]
        assert await exchange(port, "evil.example", "GET", [], "") == []
        assert seen == [], "nothing of this came through"
        assert await exchange(port, name, "GET\nX-A: a", [], "") != [200]
        seen.clear()
        assert await exchange(
            port, name, "GET", ["X-Forwarded-For: 1.1.1.1\nX-B: c", "X_Forwarded_For: 1.1.1.1"], ""
        ) == [200]
        assert await exchange(port, name, "POST", [CHUNKED], "5\r\nabcde\r\n0\r\n\r\n") == [200]
    first, second = seen
    assert first.lower().count(b"x-forwarded-for: 127.0.0.1\r\n") == 1, "set by the proxy, whatever the client claims"
    assert b"1.1.1.1" not in first
    assert b"\n" not in first.replace(b"\r\n", b"")
    assert b"content-length: 5\r\n" in second.lower()
    assert b"chunked" not in second.lower()


FORM_OF_FILES = 25 * 1024**2
LARGEST = {
    "/sign-in": 4 * 1024**2,
    "/api/v1/scans": 4 * 1024**2,
    "/yokohama-2026/register": FORM_OF_FILES,
    "/yokohama-2026/register/a-draft.x": FORM_OF_FILES,
    "/tickets/a-token/change": FORM_OF_FILES,
    "/registrations/a-token/tickets/00000000-0000-0000-0000-000000000001/pass-on": FORM_OF_FILES,
    "/registrations/a-token/cancel": 4 * 1024**2,
    "/entries/a-token/files": 9 * 1024**2,
    "/entries/a-token/members": 4 * 1024**2,
    "/office/partners/fukuoka/sources/00000000-0000-0000-0000-000000000001/file": 11 * 1024**2,
    "/partner/fukuoka/sources/00000000-0000-0000-0000-000000000001/file": 11 * 1024**2,
    "/api/v1/conventions/yokohama-2026/uploads/card": 6 * 1024**2,
    "/api/v1/conventions/yokohama-2026/registrations": 4 * 1024**2,
}
"""Bytes of a body that the proxy passes on, by path; what the program takes is never more."""


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
async def test_proxy_lets_files_through_and_nothing_larger(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with (
        server,
        proxied(tmp_path, server.sockets[0].getsockname()[1]) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"host": "tickets.example.jp"}) as asker,
    ):
        for path, most in LARGEST.items():
            assert (await asker.post(path, content=b"a" * most)).status_code == 204, path
            assert (await announced(port, path, most + 1)) == 413, path


async def announced(port: int, path: str, length: int) -> int:
    """Announce a body without sending it, and return the status of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: tickets.example.jp\r\nContent-Length: {length}\r\n\r\n".encode())
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return int(status.split()[1])


def test_proxy_takes_what_the_program_takes() -> None:
    """A route with a larger body than others has its line here and its place in `nginx.conf`."""
    larger = {
        route.path_format: int(handler.resolve_request_max_body_size() or 0)
        for route in create_app(clock=lambda: NOW).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if int(handler.resolve_request_max_body_size() or 0) > LARGEST_BODY
    }
    assert len(larger) == 9
    for path, size in larger.items():
        pattern = re.sub(
            r"\\\{\w+\\\}", "[^/]+", re.escape(path.replace("/tickets/{ticket}/change", "/tickets/{ticket}/pass-on"))
        )
        (most,) = [most for one, most in LARGEST.items() if re.fullmatch(pattern, one)]
        assert LARGEST_BODY < size <= most
