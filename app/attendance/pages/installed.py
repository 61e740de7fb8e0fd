"""The scanner as an installed application: service worker, manifest, and the words of every language at once."""

from functools import cache
from typing import Any

from litestar import Response, get

from app.attendance.judging import reasons
from app.core.i18n import gettext
from app.core.web.pages import DIST, STATIC, asset, files_of
from app.core.web.request import Request

ENTRIES = ("src/app.ts", "src/enrol.ts", "src/gate.ts")
"""What the pages below `/gate` load."""
UNLISTED = ("decoder-*.js", "*.wasm")
"""Workers and WebAssembly stand in no manifest of the build."""
ICONS = f"{STATIC}/icons"


@get("/gate/sw.js", include_in_schema=False)
async def service_worker() -> Response[str]:
    """Give out the service worker, with the list of files it keeps in front; another build is another worker."""
    return Response(
        _worker(),
        media_type="text/javascript",
        headers={"cache-control": "no-cache", "service-worker-allowed": "/gate"},
    )


@cache
def _worker() -> str:
    files = ", ".join(f'"{address}"' for address in _kept())
    script = DIST / asset("src/sw.ts").script.removeprefix(f"{STATIC}/")
    return f"const FILES = [{files}];\n{script.read_text()}"


def _kept() -> list[str]:
    """Return the addresses of all files that the scanner needs without a server."""
    found = {*files_of(*ENTRIES)}
    for pattern in UNLISTED:
        found |= {f"{STATIC}/assets/{path.name}" for path in (DIST / "assets").glob(pattern)}
    return sorted(found)


@get("/gate/manifest.webmanifest", include_in_schema=False)
async def manifest(request: Request) -> Response[dict[str, Any]]:
    """Say how the scanner looks when it is installed on a phone."""
    sizes = [("gate-192.png", 192, "any"), ("gate-512.png", 512, "any"), ("gate-maskable-512.png", 512, "maskable")]
    described = {
        "id": "/gate",
        "name": gettext("Machigurumi gate"),
        "short_name": gettext("Gate"),
        "lang": request.language,
        "start_url": "/gate",
        "scope": "/gate",
        "display": "standalone",
        "orientation": "any",
        "background_color": "#0b1417",
        "theme_color": "#0b1417",
        "icons": [
            {"src": f"{ICONS}/{name}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in sizes
        ],
    }
    return Response(described, media_type="application/manifest+json", headers={"cache-control": "no-cache"})


@get("/gate/words.json", include_in_schema=False)
async def all_words() -> Response[dict[str, dict[str, str]]]:
    """Give out what a guest may be told, in every language: the guest's own is known when the code is read."""
    return Response(reasons.all_words(), headers={"cache-control": "no-cache"})


HANDLERS: list[Any] = [service_worker, manifest, all_words]
