"""Pages of signing in at one's organisation."""

from typing import Any

import msgspec
from litestar import Response, get

from app.core.web.pages import see_other
from app.core.web.request import Request
from app.people import openid
from app.people.ceremonies import LASTS
from app.people.openid import Answer
from app.people.pages.cookies import OPENID, agent, cookie, held_cookie, with_session
from app.people.pages.doors import onward
from app.people.ways import local


@get("/sign-in/openid", include_in_schema=False)
async def go(request: Request) -> Response[bytes]:
    """Send the browser to the provider; a link, because forms of ours lead to our own pages only."""
    sent = await openid.begin(
        next_address=local(request.query_params.get("next")),
        again="again" in request.query_params,
        now=request.now,
    )
    answer = see_other(sent.address)
    answer.set_cookie(cookie(OPENID, sent.token, seconds=int(LASTS.total_seconds()), path="/sign-in/openid"))
    return answer


@get("/sign-in/openid/back", include_in_schema=False)
async def come_back(request: Request) -> Response[bytes]:
    """Take what the provider sent the browser back with."""
    asked = {name: request.query_params.get(name, "") for name in Answer.__struct_fields__}
    returned = await openid.finish(
        answer=msgspec.convert(asked, Answer),
        token=request.cookies.get(OPENID),
        now=request.now,
        agent=agent(request),
        replaces=held_cookie(request),
        stay=request.scope["user"].account,
    )
    entered = returned.entered
    return with_session(onward(returned.next, entered.choices), entered.cookie, entered.role)


HANDLERS: list[Any] = [go, come_back]
