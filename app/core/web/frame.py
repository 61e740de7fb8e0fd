"""What surrounds every request, routed or not: language, nonce, security headers, the log line, the metrics."""

import secrets
import time
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

import structlog
from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Message, Receive, Scope, Send

from app.core.errors import NotFound
from app.core.i18n import DEFAULT, LANGUAGES, match, use_language
from app.core.settings import settings
from app.core.web import problems
from app.core.web.metrics import REQUESTS, SECONDS
from app.core.web.request import Request

log = structlog.get_logger()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods counted by their name; whatever else somebody invents is counted as `OTHER`."""
LANGUAGE_COOKIE = "language"
YEAR = 365 * 24 * 3600
CAMERA = "/gate"
"""Pages under this path may use the camera and run the QR decoder (WebAssembly)."""
SCRIPTS = "/static/"
"""The decoder runs in a worker, and a worker lives under the policy of its own file."""
HASHED = "/static/assets/"
"""Files named after their content: another content has another name."""


class Frame:
    """The outermost ASGI application; it sees what Litestar's middlewares miss: 404, 405, static files."""

    def __init__(self, litestar: Litestar) -> None:
        self.litestar = litestar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self.litestar(scope, receive, send)
            return
        started = time.perf_counter()
        chosen = _choose_language(scope)
        nonce = secrets.token_urlsafe(18)
        scope["state"] = {"nonce": nonce, "request_id": secrets.token_hex(8)}
        status = 500
        head = scope["method"] == "HEAD"
        if head:  # what GET would answer, without its body
            scope["method"] = "GET"  # the plain word, as servers send it

        async def answer(message: Message) -> None:
            nonlocal status
            if head and message["type"] == "http.response.body":
                message["body"] = b""
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders(message)
                _add_headers(headers, scope, nonce, chosen)
                _set_age(headers, scope["path"], status)
            await send(message)

        try:
            await (_refuse if _holds_nul(scope) else self.litestar)(scope, receive, answer)
        finally:
            _write_down(scope, status, time.perf_counter() - started)


def _holds_nul(scope: HTTPScope) -> bool:
    """Whether path or query hold a NUL, which neither PostgreSQL nor the file system takes."""
    return "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive, send)
    await problems.answer(request, NotFound()).to_asgi_response(None, request)(scope, receive, send)


def _choose_language(scope: Scope) -> str | None:
    """Set the request's language; return the one asked for by `?lang=`, to be remembered."""
    query = scope.get("query_string", b"")
    asked = match(parse_qs(query.decode("latin-1")).get("lang", [""])[0]) if b"lang=" in query else None
    headers = dict(scope["headers"])
    kept = _cookie(headers.get(b"cookie", b""))
    use_language(asked or kept or match(headers.get(b"accept-language", b"").decode("latin-1")) or DEFAULT)
    return asked


def _cookie(header: bytes) -> str | None:
    if LANGUAGE_COOKIE.encode() not in header:
        return None
    try:
        found = SimpleCookie(header.decode("latin-1")).get(LANGUAGE_COOKIE)
    except CookieError:
        return None
    return found.value if found and found.value in LANGUAGES else None


def _add_headers(headers: MutableScopeHeaders, scope: Scope, nonce: str, chosen: str | None) -> None:
    path = scope["path"]
    camera = path.startswith(CAMERA)
    html = headers.get("content-type", "").startswith("text/html")
    for name, value in _security_headers(nonce, camera=camera, wasm=path.startswith((CAMERA, SCRIPTS))).items():
        headers.setdefault(name, value)
    if html:
        headers.setdefault("cache-control", "private, no-cache")
        headers.setdefault("vary", "Accept-Language, Cookie")
    headers["x-request-id"] = scope["state"].get("request_id", "")
    if chosen and html:
        secure = "; Secure" if settings().secure else ""
        headers.add("set-cookie", f"{LANGUAGE_COOKIE}={chosen}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}")


def _set_age(headers: MutableScopeHeaders, path: str, status: int) -> None:
    """Let browsers keep the files whose name changes with their content, and ask again for every other file."""
    if path.startswith(SCRIPTS):
        kept = path.startswith(HASHED) and status < HTTPStatus.BAD_REQUEST
        headers["cache-control"] = f"public, max-age={YEAR}, immutable" if kept else "no-cache"


def _security_headers(nonce: str, *, camera: bool, wasm: bool) -> dict[str, str]:
    run_wasm = " 'wasm-unsafe-eval'" if wasm else ""
    found = {
        "content-security-policy": (
            f"default-src 'none'; script-src 'self' 'nonce-{nonce}'{run_wasm}; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; "
            "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": f"camera={'(self)' if camera else '()'}, microphone=(), geolocation=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    if settings().secure:
        found["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return found


def _write_down(scope: HTTPScope, status: int, seconds: float) -> None:
    """Log and count by the route's template: a path may hold a token, a query may hold a name."""
    route = scope.get("path_template") or "unrouted"
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    log.info(
        "request",
        id=scope["state"].get("request_id"),
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )
