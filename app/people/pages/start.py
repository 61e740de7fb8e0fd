"""The start page: what waits, then what one can do."""

from typing import Any

from litestar import Response, get

from app.core.web.pages import page
from app.core.web.request import Request
from app.people.proofs import roles_of_human
from app.people.roles import ROLE_NAMES
from app.people.waiting import todos


@get("/start", include_in_schema=False)
async def start(request: Request) -> Response[str]:
    """Show the work that waits for this role, and the pages it works with."""
    principal = request.scope["user"]
    return page(
        request,
        "people/start.html",
        todos=await todos(principal, request.now),
        role=ROLE_NAMES[principal.role],
        roles=await roles_of_human(principal.account),
    )


HANDLERS: list[Any] = [start]
