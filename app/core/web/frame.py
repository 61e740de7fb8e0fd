"""What surrounds every request, routed or not: language, nonce, security headers, the log line, the metrics."""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from app.core.errors import DomainError
from app.core.i18n import DEFAULT, LANGUAGES, match, use_language
from app.core.settings import settings
from app.core.web import problems
from app.core.web.metrics import REQUESTS, SECONDS
from app.core.web.refusals import LONGEST_ADDRESS, require_sound
from app.core.web.request import Request
from app.core.web.short import ShortWay, go
from app.core.web.verbs import VERBS

log = structlog.get_logger()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", *VERBS})
"""Methods counted by their name; whatever else somebody invents is counted as `OTHER`."""
LANGUAGE_COOKIE = "language"
YEAR = 365 * 24 * 3600
CAMERA = "/gate"
"""Pages under this path may use the camera and run the QR decoder (WebAssembly)."""
SCRIPTS = "/static/"
"""The decoder runs in a worker, and a worker lives under the policy of its own file."""
HASHED = "/static/assets/"
"""Files named after their content: another content has another name."""

OF_PAGES = [(b"cache-control", b"private, no-cache"), (b"vary", b"Accept-Language, Cookie")]

Header = tuple[bytes, bytes]


class Frame:
    """The outermost ASGI application; it sees what Litestar's middlewares miss: 404, 405, static files."""

    def __init__(self, litestar: Litestar) -> None:
        self.litestar = litestar
        self.short_ways: dict[str, ShortWay] = litestar.state.get("short_ways", {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self.litestar(scope, receive, send)
            return
        started = time.perf_counter()
        chosen = _choose_language(scope)
        chance = secrets.token_bytes(26)
        nonce = urlsafe_b64encode(chance[:18]).decode()
        scope["state"] = {"nonce": nonce, "request_id": chance[18:].hex()}
        status = 0
        head = scope["method"] == "HEAD"
        if head:  # what GET would answer, without its body
            scope["method"] = "GET"  # the plain word, as servers send it

        async def answer(message: Message) -> None:
            nonlocal status
            if head and message["type"] == "http.response.body":
                message["body"] = b""
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, scope, nonce, chosen)
            await send(message)

        try:
            require_sound(scope)
            short = self.short_ways.get(f"{scope['method']} {scope['path']}")
            left = await go(short, scope, receive, answer, self.litestar.state.clock()) if short else receive
            if left is not None:
                await self.litestar(scope, left, answer)
        except Exception as error:
            if status:
                raise
            await _refuse(error, scope, receive, answer)
        finally:
            _write_down(scope, status or HTTPStatus.INTERNAL_SERVER_ERROR, time.perf_counter() - started)


async def _refuse(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what was refused before Litestar saw it, raised on a short way, or where no handler of its own reaches."""
    if not isinstance(error, DomainError):
        scope["path"], scope["headers"] = "/api/", []  # as a problem: perhaps it is the page that fails
    request = Request(scope, receive, send)
    answer = problems.handler_of(error)(request, error)
    await answer.to_asgi_response(None, request)(scope, receive, send)


def _choose_language(scope: HTTPScope) -> str | None:
    """Set the request's language; return the one asked for by `?lang=`, to be remembered."""
    query = scope["query_string"][:LONGEST_ADDRESS]
    asked = match(parse_qs(query.decode("latin-1")).get("lang", [""])[0]) if b"lang=" in query else None
    cookie = wanted = b""
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookie = value
        elif name == b"accept-language":
            wanted = value
    kept = _cookie(cookie)
    use_language(asked or kept or (match(wanted.decode("latin-1")) if wanted else None) or DEFAULT)
    return asked


def _cookie(header: bytes) -> str | None:
    if LANGUAGE_COOKIE.encode() not in header:
        return None
    parts = (part.strip().partition("=") for part in header.decode("latin-1").split(";"))
    return next((value for name, _is, value in parts if name == LANGUAGE_COOKIE and value in LANGUAGES), None)


def _complete(message: HTTPResponseStartEvent, scope: Scope, nonce: str, chosen: str | None) -> None:
    """Add what every answer carries and the route did not set by itself."""
    path, found = scope["path"], dict(message["headers"])
    camera = path.startswith(CAMERA)
    added = _fixed_headers(settings().secure, camera, camera or path.startswith(SCRIPTS))(nonce)
    added.append((b"x-request-id", scope["state"]["request_id"].encode()))
    html = found.get(b"content-type", b"").startswith(b"text/html")
    if html:
        added += OF_PAGES
    kept = [header for header in added if header[0] not in found]
    if path.startswith(SCRIPTS):
        kept.append((b"cache-control", _age(path, message["status"])))
        message["headers"] = [header for header in message["headers"] if header[0] != b"cache-control"]
    if chosen and html:
        kept.append((b"set-cookie", _remember(chosen)))
    message["headers"] = [*message["headers"], *kept]


def _remember(chosen: str) -> bytes:
    secure = "; Secure" if settings().secure else ""
    return f"{LANGUAGE_COOKIE}={chosen}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}".encode()


def _age(path: str, status: int) -> bytes:
    """Let browsers keep the files whose name changes with their content, and ask again for every other file."""
    kept = path.startswith(HASHED) and status < HTTPStatus.BAD_REQUEST
    return f"public, max-age={YEAR}, immutable".encode() if kept else b"no-cache"


@cache
def _fixed_headers(secure: bool, camera: bool, wasm: bool) -> Callable[[str], list[Header]]:  # noqa: FBT001
    """Return what makes the security headers of an answer from its nonce; all else is made once."""
    run_wasm = " 'wasm-unsafe-eval'" if wasm else ""
    policy = (
        f"default-src 'none'; script-src 'self' 'nonce-%b'{run_wasm}; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ).encode()
    others = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=%b, microphone=(), geolocation=()" % (b"(self)" if camera else b"()")),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
    ]
    if secure:
        others.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return lambda nonce: [(b"content-security-policy", policy % nonce.encode()), *others]


def _write_down(scope: HTTPScope, status: int, seconds: float) -> None:
    """Log and count by the route's template: a path may hold a token, a query may hold a name."""
    route = scope.get("path_template") or "unrouted"
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    _count(method, route, int(status))()
    _timer(route)(seconds)
    log.info(
        "request",
        id=scope["state"]["request_id"],
        method=method,
        route=route,
        status=int(status),
        ms=round(seconds * 1000, 1),
    )


# There are as many of these as routes, not as addresses.
@cache
def _count(method: str, route: str, status: int) -> Callable[[], None]:
    return REQUESTS.labels(method, route, str(status)).inc


@cache
def _timer(route: str) -> Callable[[float], None]:
    return SECONDS.labels(route).observe
