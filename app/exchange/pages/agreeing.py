"""Partner cities and what was agreed with them: the office's pages, and the partner's own, which only shows."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from app.core.errors import DomainError
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text
from app.core.validation import check
from app.core.web.console import done, listed
from app.core.web.pages import page
from app.core.web.request import Request
from app.events.errors import WrongState
from app.events.pages.frame import REFUSED, SCOPES, Form, filled, sent, who
from app.exchange.agreeing import agreements, overview, partners, reach
from app.exchange.agreeing.edits import LICENCES, AgreementEdit, NoticeEdit, PartnerEdit, Revocation
from app.exchange.agreeing.reach import PartnerRef
from app.exchange.agreeing.standing import standing
from app.exchange.pages.frame import HTML, OFFICE, ONE, OWN, OWN_ONE, POSTED, base, form_page, frame
from app.exchange.schemas import AgreementRef
from app.exchange.terms import today

AGREEMENTS = f"{ONE}/agreements"
FIELDS = {
    "title": gettext_lazy("Title"),
    "time": gettext_lazy("Time and status"),
    "place": gettext_lazy("Place"),
    "description": gettext_lazy("Description"),
    "url": gettext_lazy("Link"),
    "categories": gettext_lazy("Kinds of event"),
    "organiser": gettext_lazy("Organiser"),
    "price": gettext_lazy("Price"),
    "contact": gettext_lazy("Contact"),
    "phone": gettext_lazy("Telephone"),
    "other": gettext_lazy("All other columns"),
}
CLASSES = {
    "public": gettext_lazy("Everybody"),
    "partner": gettext_lazy("Partner cities"),
    "confidential": gettext_lazy("Our office alone"),
}


@get(OFFICE, **HTML)
async def show_partners(request: Request) -> Response[str]:
    """List the partner cities, and what waits."""
    found = await overview.listed(who(request), request.now)
    return page(request, "exchange/agreeing/partners.html", found=found)


@get(OWN, **HTML)
async def show_own(request: Request) -> Response[str]:
    """Show a partner its calendars; somebody who works for several chooses one."""
    found = await overview.listed(who(request), request.now)
    if len(found) == 1:
        return await _overview(request, found[0].partner)
    return page(request, "exchange/agreeing/own.html", found=found)


@get([ONE, OWN_ONE], **HTML)
async def show_partner(request: Request, partner: FromPath[str]) -> Response[str]:
    """Show a partner: agreements, calendars, what needs somebody."""
    return await _overview(request, await reach.partner(partner, who(request)))


async def _overview(
    request: Request, found: PartnerRef, refusal: DomainError | None = None, **values: Any
) -> Response[str]:
    return page(
        request,
        "exchange/agreeing/partner.html",
        status=int(refusal.status) if refusal else 200,
        refusal=refusal.detail if refusal else "",
        line=await overview.of_partner(found, request.now),
        fields=FIELDS,
        classes=CLASSES,
        scope_words=SCOPES,
        kinds=overview.KINDS,
        **frame(request, found),
        **values,
    )


@get(f"{OFFICE}/new", **HTML)
async def new_partner(request: Request) -> Response[str]:
    """Show the form of a new partner."""
    return _partner_page(request, None, Form())


def _partner_page(request: Request, found: PartnerRef | None, form: Form) -> Response[str]:
    title = _("Name and address") if found else _("New partner city")
    values = frame(request, found, ("", title)) if found else {"crumbs": [(OFFICE, _("Partner cities")), ("", title)]}
    target = base(request, found, "settings") if found else f"{OFFICE}/new"
    return form_page(request, "partner_form", form, title=title, target=target, **values)


@post(f"{OFFICE}/new", **POSTED)
async def add_partner(request: Request) -> Response[Any]:
    """Add a partner."""
    form = await sent(request)
    try:
        made = await partners.create(principal=who(request), wish=check(form.typed, PartnerEdit), now=request.now)
    except REFUSED as error:
        return _partner_page(request, None, form.refused(error, code=_code_words()))
    return done(base(request, made), "added")


def _code_words() -> str:
    return _("Give all six digits of the municipal code, such as 401307.")


@get(f"{ONE}/settings", **HTML)
async def show_settings(request: Request, partner: FromPath[str]) -> Response[str]:
    """Show the form of a partner."""
    found = await reach.partner(partner, who(request))
    return _partner_page(request, found, filled(partners.edit_of(found), found.revision))


@post(f"{ONE}/settings", **POSTED)
async def save_settings(request: Request, partner: FromPath[str]) -> Response[Any]:
    """Save a partner."""
    found, form = await reach.partner(partner, who(request)), await sent(request)
    try:
        wish = check(form.typed, PartnerEdit)
        await partners.change(principal=who(request), partner=found.id, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return _partner_page(request, found, form.refused(error, code=_code_words()))
    return done(base(request, await reach.any_partner(found.id)), "saved")


@get(f"{AGREEMENTS}/new", **HTML)
async def new_agreement(request: Request, partner: FromPath[str]) -> Response[str]:
    """Show the form of a new agreement, filled in as most cities agree."""
    found = await reach.partner(partner, who(request))
    return _agreement_page(request, found, None, filled(agreements.proposed(found, now=request.now), -1))


def _agreement_page(request: Request, found: PartnerRef, agreement: AgreementRef | None, form: Form) -> Response[str]:
    title = _("Agreement") if agreement else _("New agreement")
    return form_page(
        request,
        "agreement_form",
        form,
        title=title,
        target=base(request, found, "agreements", agreement.id if agreement else "new"),
        is_new=agreement is None,
        licences=[(one, _("In other words") if one == "own" else one) for one in LICENCES],
        fields=FIELDS,
        classes=CLASSES,
        scopes=list(SCOPES.items()),
        standing=standing(agreement, request.now) if agreement else None,
        **frame(request, found, ("", title)),
    )


@post(f"{AGREEMENTS}/new", **POSTED)
async def add_agreement(request: Request, partner: FromPath[str]) -> Response[Any]:
    """Add an agreement."""
    found, form = await reach.partner(partner, who(request)), await sent(request)
    try:
        wish = check(listed(form.typed, "scopes"), AgreementEdit)
        await agreements.create(principal=who(request), partner=found.id, wish=wish, now=request.now)
    except REFUSED as error:
        return _agreement_page(request, found, None, form.refused(error))
    return done(base(request, found), "added")


@get(f"{AGREEMENTS}/{{agreement:str}}", **HTML)
async def show_agreement(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[str]:
    """Show the form of an agreement."""
    found, agreed = await _both(request, partner, agreement)
    held = await agreements.stored(agreed)
    return _agreement_page(request, found, agreed, filled(held.edit, held.revision))


async def _both(request: Request, partner: str, agreement: str) -> tuple[PartnerRef, AgreementRef]:
    found = await reach.partner(partner, who(request))
    return found, await reach.agreement_with(found, agreement)


@post(f"{AGREEMENTS}/{{agreement:str}}", **POSTED)
async def save_agreement(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[Any]:
    """Save an agreement."""
    (found, agreed), form = await _both(request, partner, agreement), await sent(request)
    try:
        wish = check(listed(form.typed, "scopes"), AgreementEdit)
        await agreements.change(principal=who(request), agreement=agreed, seen=form.seen, wish=wish, now=request.now)
    except REFUSED as error:
        return _agreement_page(request, found, agreed, form.refused(error))
    except WrongState as error:
        return await _overview(request, found, error)
    return done(base(request, found), "saved")


@get(f"{AGREEMENTS}/{{agreement:str}}/notice", **HTML)
async def ask_notice(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[str]:
    """Ask on which day notice was given."""
    found, agreed = await _both(request, partner, agreement)
    return _notice_page(request, found, agreed, Form({"notice_on": str(today(request.now))}))


def _notice_page(request: Request, found: PartnerRef, agreed: AgreementRef, form: Form) -> Response[str]:
    return form_page(
        request,
        "notice",
        form,
        question=_("Write down that notice was given?"),
        words=_("The agreement with %(partner)s then ends with its term.", partner=text(found.name)),
        consequences=[standing(agreed, request.now).words],
        action=base(request, found, "agreements", agreed.id, "notice"),
        button=_("Write it down"),
        back=base(request, found),
    )


@post(f"{AGREEMENTS}/{{agreement:str}}/notice", **POSTED)
async def give_notice(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[Any]:
    """Write down that notice was given."""
    (found, agreed), form = await _both(request, partner, agreement), await sent(request)
    try:
        day = check(form.typed, NoticeEdit).notice_on
        await agreements.give_notice(principal=who(request), agreement=agreed, day=day, now=request.now)
    except REFUSED as error:
        return _notice_page(request, found, agreed, form.refused(error))
    except WrongState as error:
        return await _overview(request, found, error)
    return done(base(request, found), "noticed")


@post(f"{AGREEMENTS}/{{agreement:str}}/notice/back", **POSTED)
async def take_notice_back(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[Any]:
    """Let the agreement go on after all."""
    found, agreed = await _both(request, partner, agreement)
    try:
        await agreements.take_notice_back(principal=who(request), agreement=agreed, now=request.now)
    except WrongState as error:
        return await _overview(request, found, error)
    return done(base(request, found), "saved")


@get(f"{AGREEMENTS}/{{agreement:str}}/revoke", **HTML)
async def ask_revoke(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[str]:
    """Ask before ending an agreement at once."""
    found, agreed = await _both(request, partner, agreement)
    return _revoke_page(request, found, agreed, Form())


def _revoke_page(request: Request, found: PartnerRef, agreed: AgreementRef, form: Form) -> Response[str]:
    return form_page(
        request,
        "revoke",
        form,
        question=_("Revoke the agreement with %(partner)s?", partner=text(found.name)),
        words=_("It ends at once, and nobody can take that back. A new agreement can be made at any time."),
        consequences=[
            _("Their calendars are not read any more, and their events leave every page and calendar of ours."),
            _("Their tokens open nothing any more."),
            _("What they have sent stays in our office's records. What is confidential stays confidential."),
        ],
        action=base(request, found, "agreements", agreed.id, "revoke"),
        button=_("Revoke for good"),
        back=base(request, found),
        danger=True,
    )


@post(f"{AGREEMENTS}/{{agreement:str}}/revoke", **POSTED)
async def revoke_agreement(request: Request, partner: FromPath[str], agreement: FromPath[str]) -> Response[Any]:
    """End an agreement at once."""
    (found, agreed), form = await _both(request, partner, agreement), await sent(request)
    try:
        reason = check(form.typed, Revocation).reason
        await agreements.revoke(principal=who(request), agreement=agreed, reason=reason, now=request.now)
    except REFUSED as error:
        return _revoke_page(request, found, agreed, form.refused(error))
    except WrongState as error:
        return await _overview(request, found, error)
    return done(base(request, found), "revoked")


HANDLERS: list[Any] = [
    show_partners,
    show_own,
    show_partner,
    new_partner,
    add_partner,
    show_settings,
    save_settings,
    new_agreement,
    add_agreement,
    show_agreement,
    save_agreement,
    ask_notice,
    give_notice,
    take_notice_back,
    ask_revoke,
    revoke_agreement,
]
