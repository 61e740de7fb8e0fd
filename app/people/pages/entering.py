"""Coming in by something that was just proved: an accepted invitation, the token of a phone."""

from uuid import UUID

from litestar import Response

from app.core.web.request import Request
from app.people import sign_in
from app.people.pages.cookies import agent, held_cookie, with_session


async def enter(request: Request, account: UUID, address: str, *, invited: bool = False) -> Response[bytes]:
    """Start a fresh session for an account and lead to `address`; whatever session came along is ended.

    Only whoever was `invited` may then add his first passkey: a token must not turn into one.
    """
    entered = await sign_in.without_mail(
        account=account, invited=invited, now=request.now, agent=agent(request), replaces=held_cookie(request)
    )
    return with_session(address, entered.cookie, entered.role)
