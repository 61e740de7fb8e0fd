"""The registration form, for people: choose tickets, say for whom they are, send."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import BadRequest, DomainError, FieldError, Invalid, NotFound, TooManyRequests
from app.core.i18n import gettext as _
from app.core.idempotency import KeyInProgress, KeyReused
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page, see_other
from app.core.web.request import Request
from app.ticketing import queries
from app.ticketing.errors import OfferChanged, SoldOut
from app.ticketing.pages import choosing, form_files, form_keeping, form_view, form_wish, party
from app.ticketing.pages.draft_cookie import begun, forgotten
from app.ticketing.pages.form_files import LARGEST_FORM
from app.ticketing.registering import drafts, holds, offers, uploads, voucher_tries
from app.ticketing.registering.drafts import Draft
from app.ticketing.registering.register import register
from app.ticketing.schemas import LARGEST_PARTY, Offer
from app.ticketing.tickets import manage_token

REFUSED = (Invalid, SoldOut, TooManyRequests, KeyInProgress, KeyReused, BadRequest, OfferChanged, uploads.UploadGone)
"""What the form is shown again for, with everything that was typed."""
KEEPING = {"show", "save", "hold"}
"""Buttons that keep the form and change nobody: to see the questions of another ticket, for later, for places again."""


@get("/{convention:str}/register", include_in_schema=False)
async def show_form(request: Request, convention: FromPath[str]) -> Response[str]:
    """Let people choose tickets; `?event=` shows those that open it.

    `?type=` chooses one and `?party=3` three: both lead to the form at once. Whoever is signed in finds name and
    address there, and may change them.
    """
    query = request.query_params
    if not {"type", "party"} & set(query):
        return await choosing.show(request, convention)
    people = query.get("party", "1")
    count = min(int(people), LARGEST_PARTY) if people.isdecimal() and len(people) < 4 else 1
    first, email = await choosing.known(request)
    chosen = {"ticket_type": query.get("type", "")}
    form = {"party": [{**first, **chosen}, *[chosen] * (count - 1)], "email": email, "event": query.get("event", "")}
    return await _form(request, convention, form)


@post("/{convention:str}/register", include_in_schema=False, status_code=200, request_max_body_size=LARGEST_FORM)
async def send_form(request: Request, convention: FromPath[str]) -> Response[Any]:
    """Take what was chosen, or the whole form, and go on to what comes next."""
    form = await read_form(request)
    if party.word(form, "action") in choosing.ACTIONS:
        return await choosing.choose(request, convention, form)
    form["key"] = choosing.key_of(form)
    return await _take(request, convention, form, choosing.draft_for(form["key"]))


@get("/{convention:str}/register/{draft:str}", include_in_schema=False)
async def show_draft(request: Request, convention: FromPath[str], draft: FromPath[str]) -> Response[str]:
    """Show a form that was begun; one that came back says again what is wrong, in the language of now."""
    found = await _draft(request, convention, draft)
    if found is None:
        return await _gone(request, convention)
    error = None
    if found.tried:
        try:
            form_wish.read(found.form, await offers.offer(convention, now=request.now), request)
        except Invalid as wrong:
            error = wrong
    return await _form(request, convention, found.form, error, kept=found, status=200)


@post(
    "/{convention:str}/register/{draft:str}",
    include_in_schema=False,
    status_code=200,
    request_max_body_size=LARGEST_FORM,
)
async def send_draft(request: Request, convention: FromPath[str], draft: FromPath[str]) -> Response[Any]:
    """Take a form that was begun; also one that is not kept any more, for it may be the second click."""
    bears = drafts.draft_of(draft)
    if bears is None:
        raise NotFound
    form = await read_form(request)
    form["key"] = choosing.key_of(form)
    return await _take(request, convention, form, bears)


async def _gone(request: Request, convention: str) -> Response[Any]:
    """Say that there is no such form, also to whoever came back from what it led to."""
    found = await offers.offer(convention, now=request.now)
    return page(request, "ticketing/form_gone.html", status=HTTPStatus.NOT_FOUND, headers=UNKEPT, convention=found)


async def _draft(request: Request, convention: str, token: str) -> Draft | None:
    bears = drafts.draft_of(token)
    return await drafts.get(bears, convention=convention, now=request.now) if bears else None


async def _take(request: Request, convention: str, form: dict[str, Any], bears: UUID) -> Response[Any]:
    """Do what the pressed button says."""
    action = form.pop("action", "send")
    action = action if isinstance(action, str) else "send"
    form["party"] = party.members(form)
    if action == "anew":
        await drafts.give_up(bears, now=request.now)
        return forgotten(f"/{convention}/register", convention)
    if action == "follow":
        return await _follow(request, convention, form, bears)
    if action == "wait":
        form["join_waiting_list"] = "true"
    found = await offers.offer(convention, now=request.now)
    wrong: list[FieldError] = []
    left: list[str] = []
    try:
        wrong = await form_files.keep(form, found, bears=bears, request=request)
        if action == "names" and (left := party.left_out(form["party"], form)):
            wrong.append(FieldError("names", "range", _("There is no room for these names.")))
        changed = party.act(form["party"], action, form)
        form["party"] = form["party"] if changed is None else changed
        if changed is None and action not in KEEPING:
            if form.get("names"):
                wrong.append(FieldError("names", "pending", _("Please add these people first, or empty this field.")))
            return await _send(request, found, form, bears, wrong)
        form["names"] = "\n".join(left)
        if wrong:
            raise Invalid(wrong)
        return await _change(request, convention, form, bears, action)
    except REFUSED as error:
        if isinstance(error, KeyReused | BadRequest):  # this key is of no more use
            form["key"] = str(uuid4())
        kept = await form_keeping.keep(request, convention, form, bears, tried=isinstance(error, Invalid))
        return await _form(request, convention, {**kept.form, "names": form.get("names", "")}, error, kept=kept)


async def _send(
    request: Request, found: Offer, form: dict[str, Any], bears: UUID, wrong: list[FieldError]
) -> Response[bytes]:
    """Register, and lead on to the tickets; the form is forgotten."""
    try:
        wish = form_wish.read(form, found, request, hold=holds.hold_token(bears))
    except Invalid as error:
        unpaid = await form_view.payment_errors(form, found, request.now)
        raise Invalid([*wrong, *error.errors, *unpaid]) from error
    if wrong:
        raise Invalid(wrong)
    typed = any(member.voucher for member in wish.party)
    async with voucher_tries.counted(network=request.network, typed=typed, now=request.now):
        made = await register(convention=found.slug, request=wish, key=form["key"], now=request.now)
    await drafts.give_up(bears, now=request.now)
    token = manage_token(UUID(msgspec.json.decode(made)["id"]))
    return forgotten(f"/registrations/{token}?new=1", found.slug)


async def _change(request: Request, convention: str, form: dict[str, Any], bears: UUID, action: str) -> Response[bytes]:
    """Keep the form as it is now and show it again, where it was changed."""
    mailed = "mail_link" in form and action == "save" and await form_keeping.mail_link(request, form, bears)
    lasts = drafts.KEPT if action == "save" else drafts.PASSING
    kept = await form_keeping.keep(request, convention, form, bears, lasts=lasts)
    done = "?done=mailed" if mailed else "?done=kept" if action == "save" else ""
    address = f"/{convention}/register/{kept.token}{done}{_place(form, action)}"
    return begun(see_other(address), convention, kept.token)


def _place(form: dict[str, Any], action: str) -> str:
    """Return where on the page the change is to be seen."""
    verb, _is, rest = action.partition(".")
    people = len(form["party"])
    if verb == "add":
        return f"#party-{people - (party.MANY if rest == str(party.MANY) and people > party.MANY else 1)}-name"
    if verb == "drop":
        return f"#party-{rest.replace('.', '-answers-', 1)}"
    return "" if verb == "save" else "#party"


async def _follow(request: Request, convention: str, form: dict[str, Any], bears: UUID) -> Response[bytes]:
    """Keep what is being typed, quietly."""
    found = await drafts.get(bears, convention=convention, now=request.now)
    form_files.forget(form)
    kept = found is not None and await drafts.follow(draft=found, form=form_keeping.lasting(form), now=request.now)
    return Response(b"", status_code=HTTPStatus.NO_CONTENT if kept else HTTPStatus.NOT_FOUND)


async def _form(
    request: Request,
    convention: str,
    form: dict[str, Any],
    error: DomainError | None = None,
    *,
    kept: Draft | None = None,
    status: int | None = None,
) -> Response[str]:
    found = await offers.offer(convention, now=request.now)
    left = await queries.places_left(found.convention)
    form = {
        "key": str(uuid4()),
        "email": "",
        "event": "",
        "join_waiting_list": "",
        **form,
        "party": party.members(form),
    }
    errors = form_wish.shown(error.errors, terms=_terms(found)) if isinstance(error, Invalid) else []
    answer = page(
        request,
        "ticketing/register.html",
        status=status or (error.status if error else 200),
        headers={
            **UNKEPT,
            **({"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}),
        },
        read_at=f"/{convention}/register/{kept.token}" if kept else "",
        convention=found,
        event=next((e for e in found.events.values() if e.slug == form["event"]), None),
        errors=errors,
        refusal=_refusal(error) if error and not isinstance(error, Invalid) else None,
        **form_view.holding(kept, form, request.now),
        **await form_view.values(form, found, left, request, errors),
    )
    return begun(answer, convention, kept.token) if kept else answer


def _terms(found: Offer) -> str:
    return ", ".join(t.version for t in found.texts if t.required)


def _refusal(error: DomainError) -> dict[str, Any]:
    """Return what the notice says; a key is nothing that people know of."""
    title, detail = str(error.title), error.detail
    if isinstance(error, KeyReused):
        title = _("This form was sent before")
        detail = _(
            "Your first registration stands, and its tickets come by mail. "
            "Send this form again only if you want these tickets as well."
        )
    if isinstance(error, KeyInProgress):
        title = _("Your registration is being worked on")
        detail = _("Please wait a moment and send the form again as it is: it counts once.")
    return {"title": title, "detail": detail, "full": error.extra.get("full")}


HANDLERS = [show_form, send_form, show_draft, send_draft]
