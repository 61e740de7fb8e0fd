"""What programs ask every site for: `robots.txt`, and where to report a weakness (RFC 9116)."""

import datetime as dt

from litestar import Response, get

from app.core.errors import NotFound
from app.core.i18n import LANGUAGES
from app.core.settings import settings
from app.core.web.request import Request

PRIVATE = (
    "/account",
    "/api/",
    "/awards",
    "/console",
    "/entries/",
    "/gate",
    "/join/",
    "/judging",
    "/my",
    "/office",
    "/registrations/",
    "/room/",
    "/sign-in",
    "/start",
    "/tickets/",
)
"""Pages of one person or one role: nothing a search engine has use for."""
VALID = dt.timedelta(days=365)


@get("/robots.txt", include_in_schema=False)
async def robots() -> Response[str]:
    """Say what is worth reading, and where the list of it is."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {settings().base_url}/sitemap.xml",
        "",
    ]
    return Response("\n".join(lines), media_type="text/plain")


@get("/.well-known/security.txt", include_in_schema=False)
async def security_txt(request: Request) -> Response[str]:
    """Say whom to tell about a weakness; not found while no contact is set."""
    contact = settings().contact
    if not contact:
        raise NotFound
    expires = (request.now + VALID).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        f"Preferred-Languages: {', '.join(LANGUAGES)}",
        f"Canonical: {settings().base_url}/.well-known/security.txt",
        "",
    ]
    return Response("\n".join(lines), media_type="text/plain")


HANDLERS = [robots, security_txt]
