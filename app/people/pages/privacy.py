"""Pages about privacy that everybody may read, and the link that takes a consent back."""

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.settings import settings
from app.core.web.console import done
from app.core.web.pages import page
from app.core.web.request import Request
from app.people import consents, retention


@get("/privacy", include_in_schema=False)
async def show_privacy(request: Request) -> Response[str]:
    """Say in plain words what is kept, why, how long, and what one can do about it."""
    return page(
        request,
        "people/privacy.html",
        texts=await consents.current_texts(request.now),
        times=await retention.times(),
        contact=settings().contact,
    )


@get("/withdraw/{token:str}", include_in_schema=False)
async def ask_withdraw(request: Request, token: FromPath[str]) -> Response[str]:
    """Show the button that takes a consent back; mail scanners open links too."""
    return page(request, "people/withdraw.html", given=await consents.by_link(token), token=token)


@post("/withdraw/{token:str}", include_in_schema=False)
async def withdraw(request: Request, token: FromPath[str]) -> Response[bytes]:
    """Take back the consent behind the link; a mail program that does so for its reader is led nowhere (RFC 8058)."""
    given = await consents.by_link(token)
    await consents.withdraw(consent=given.id, persons=[given.person], now=request.now)
    if (await request.form()).get("List-Unsubscribe") == "One-Click":
        return Response(b"", status_code=200)
    return done("/privacy", "withdrawn")


HANDLERS = [show_privacy, ask_withdraw, withdraw]
