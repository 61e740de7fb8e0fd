"""What we publish to a partner: the addresses of its calendars, what is in them, and the tokens that open them."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.settings import settings
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT
from app.core.web.request import Request
from app.events.pages.frame import REFUSED, SCOPES, Form, sent, who
from app.exchange.agreeing import outgoing, reach, tokens
from app.exchange.agreeing.edits import NewTarget, NewToken
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.errors import AgreementNotValid
from app.exchange.pages.frame import HTML, NO, ONE, OWN_ONE, POSTED, SHOWN, base, form_page, frame
from app.exchange.pinging import targets

PLACE = "TOKEN"
"""Stands in an address for the token, which is shown once and never again."""


@get([f"{ONE}/published", f"{OWN_ONE}/published"], **HTML)
async def show_published(request: Request, partner: FromPath[str]) -> Response[str]:
    """Show what we publish to a partner, and how it is fetched."""
    return await _page(request, await reach.partner(partner, who(request)), Form())


async def _page(
    request: Request,
    found: PartnerRef,
    form: Form,
    *,
    refusal: DomainError | None = None,
    drawn: str = "",
    secret: str = "",
) -> Response[str]:
    answer = form_page(
        request,
        "published",
        form,
        refusal=refusal.detail if refusal else "",
        drawn=drawn,
        secret=secret,
        target=await targets.target_of(found.id),
        feeds=_feeds(found, drawn or PLACE),
        outgoing=await outgoing.of_partner(found, request.now),
        tokens=await tokens.tokens_of(found.id),
        scope_words=SCOPES,
        **frame(request, found, ("", _("What we publish to them"))),
    )
    answer.headers.update(UNKEPT)
    answer.status_code = int(refusal.status) if refusal else answer.status_code
    return answer


def _feeds(found: PartnerRef, token: str) -> list[tuple[str, str]]:
    """Return (name, address) of what a token opens."""
    root = settings().base_url
    return [
        (_("Calendar (ICS)"), f"{root}/calendars/partners/{token}.ics"),
        (_("Changes (JSON)"), f"{root}/calendars/partners/{token}.json"),
        (_("Municipal list (CSV)"), f"{root}/calendars/partners/{token}.csv"),
        ("CalDAV", f"{root}/dav/partners/{found.slug}/"),
    ]


@post([f"{ONE}/tokens", f"{OWN_ONE}/tokens"], **SHOWN)
async def make_token(request: Request, partner: FromPath[str]) -> Response[Any]:
    """Draw a token and show it, once."""
    found, form = await reach.partner(partner, who(request)), await sent(request)
    try:
        wish = check(form.typed, NewToken)
        drawn = await tokens.make(principal=who(request), partner=found, wish=wish, now=request.now)
    except REFUSED as error:
        return await _page(request, found, form.refused(error))
    except AgreementNotValid as error:
        return await _page(request, found, form.refused(Invalid([FieldError("label", "agreement", error.detail)])))
    return await _page(request, found, Form(), drawn=drawn)


@post([f"{ONE}/tokens/{{token:str}}/revoke", f"{OWN_ONE}/tokens/{{token:str}}/revoke"], **POSTED)
async def revoke_token(request: Request, partner: FromPath[str], token: FromPath[str]) -> Response[Any]:
    """Make a token worthless."""
    found = await reach.partner(partner, who(request))
    try:
        await tokens.revoke(principal=who(request), partner=found, token=token, now=request.now)
    except NO as error:
        return await _page(request, found, Form(), refusal=error)
    return done(base(request, found, "published"), "saved")


@post([f"{ONE}/ping-target", f"{OWN_ONE}/ping-target"], **SHOWN)
async def set_target(request: Request, partner: FromPath[str]) -> Response[Any]:
    """Tell a partner at an address when something changes, and show the key of the pings, once."""
    found, form = await reach.partner(partner, who(request)), await sent(request)
    try:
        url = check(form.typed, NewTarget).url
        secret = await targets.set_target(partner=found, url=url, principal=who(request), now=request.now)
    except REFUSED as error:
        return await _page(request, found, form.refused(error))
    except AgreementNotValid as error:
        return await _page(request, found, Form(), refusal=error)
    return await _page(request, found, Form(), secret=secret)


@post([f"{ONE}/ping-target/remove", f"{OWN_ONE}/ping-target/remove"], **POSTED)
async def remove_target(request: Request, partner: FromPath[str]) -> Response[bytes]:
    """Tell a partner no more."""
    found = await reach.partner(partner, who(request))
    await targets.remove_target(partner=found, principal=who(request), now=request.now)
    return done(base(request, found, "published"), "removed")


HANDLERS: list[Any] = [show_published, make_token, revoke_token, set_target, remove_target]
