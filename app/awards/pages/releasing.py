"""Releasing a result, at the console: one person proposes it, another one approves."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from msgspec import Struct

from app.awards import reach
from app.awards.deciding.minutes import decision
from app.awards.entering import field
from app.awards.pages.frame import round_address, round_frame
from app.awards.reach import RoundRef, Texts
from app.awards.releasing import gathering, release, votes
from app.awards.releasing.errors import (
    AlreadyProposed,
    NothingDecided,
    OtherPersonNeeded,
    ProposalOvertaken,
    RoundRunning,
)
from app.awards.releasing.release import Proposal
from app.awards.setting.rounds import round_in
from app.core.errors import DomainError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, moment
from app.core.validation import check
from app.core.web.console import done
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.events.edits import Paragraphs
from app.events.pages.frame import Form, Typed, sent, who
from app.people.sessions import accounts_of_human

HTML: dict[str, Any] = {"include_in_schema": False}
POSTED: dict[str, Any] = {"include_in_schema": False, "status_code": HTTPStatus.SEE_OTHER}
RELEASE = "/awards/{award:str}/rounds/{round_id:uuid}/release"
SAID = (AlreadyProposed, NothingDecided, OtherPersonNeeded, ProposalOvertaken, RoundRunning)
DONE = {
    "proposed": gettext_lazy("Proposed. Somebody else has to approve it now."),
    "withdrawn": gettext_lazy("The proposal is withdrawn."),
    "released": gettext_lazy("Released. Everybody can see it now, and every applicant gets a mail."),
}


class Words(Struct, frozen=True):
    """What the jury says of each winner, by entry."""

    words: dict[UUID, Paragraphs] = {}


class Act(Struct, frozen=True):
    """The proposal that a button is about."""

    release: UUID


async def _round(request: Request) -> RoundRef:
    """Return the round of the address, for whoever runs its award. Raises `NotFound`."""
    award = await reach.award(request.path_params["award"], who(request))
    return await round_in(award=award, round_id=request.path_params["round_id"])


@get(RELEASE, **HTML)
async def show_release(request: Request) -> Response[str]:
    """Show what would be released, who proposed it, and what is still missing."""
    return await _shown(request, await _round(request), Form())


async def _shown(request: Request, found: RoundRef, form: Form, refusal: DomainError | None = None) -> Response[str]:
    proposal = await release.standing(found.id)
    return page(
        request,
        "awards/results/release.html",
        status=int(refusal.status) if refusal else form.status,
        **round_frame(found, ("", _("Release of the result"))) | {"done_words": DONE},
        proposal=proposal,
        lacks=[] if proposal else await _lacks(found, request),
        last=await gathering.is_last(found),
        placed=await _placed(found, proposal),
        titles={one.id: one for one in await field.in_round(found)},
        may_approve=await _may_approve(request, proposal),
        address=round_address(found, "release"),
        form=Typed(form.typed),
        errors=form.errors,
        refusal=refusal,
        moment=moment,
        headers=UNKEPT,
    )


async def _lacks(found: RoundRef, request: Request) -> list[str]:
    """Return what has to be done before a result can be proposed."""
    lacks = []
    if found.state != "closed":
        lacks.append(_("Close the round."))
    if not votes.is_over(found, request.now):
        lacks.append(_("Wait until the public vote is over."))
    if await decision(found) is None:
        lacks.append(_("Write the minutes of the jury with its decision."))
    return lacks


async def _placed(found: RoundRef, proposal: Proposal | None) -> list[tuple[UUID, int]]:
    """Return the winners by place: those proposed, or those that the minutes name."""
    if proposal is not None:
        return [(line.entry, line.place) for line in proposal.result.winners]
    minutes = await decision(found)
    places = minutes.decision.places if minutes else ()
    return sorted(((e, place) for e, place in places if place <= found.best), key=lambda one: one[1])


async def _may_approve(request: Request, proposal: Proposal | None) -> bool:
    account = who(request).account
    if proposal is None or proposal.released or account is None:
        return False
    return proposal.proposed_by not in {account, *await accounts_of_human(account)}


@post(RELEASE, **POSTED)
async def propose(request: Request) -> Response[Any]:
    """Propose the result."""
    found, form = await _round(request), await sent(request)
    try:
        wish = check(form.typed, Words)
        words: dict[UUID, Texts] = {entry: msgspec.to_builtins(said) for entry, said in wish.words.items()}
        await release.propose(found=found, principal=who(request), words=words, now=request.now)
    except Invalid as error:
        return await _shown(request, found, form.refused(error))
    except SAID as error:
        return await _shown(request, found, form, error)
    return done(round_address(found, "release"), "proposed")


@get(f"{RELEASE}/approve", **HTML)
async def ask_approve(request: Request) -> Response[str]:
    """Ask before everything appears."""
    found = await _round(request)
    proposal = await release.standing(found.id)
    if proposal is None or proposal.released:
        return await _shown(request, found, Form(), ProposalOvertaken())
    return page(
        request,
        "core/confirm.html",
        question=_("Release this result?"),
        words=_("Everybody sees it from that moment on, and every applicant gets a mail. Nobody can take that back."),
        consequences=[
            _("Proposed by %(name)s.", name=proposal.proposer),
            _("SHA-256 of the bundle: %(digest)s", digest=proposal.digest.hex()),
        ],
        action=f"{round_address(found, 'release')}/approve",
        fields={"release": str(proposal.id)},
        button=_("Release for good"),
        back=round_address(found, "release"),
        danger=True,
        headers=UNKEPT,
    )


@post(f"{RELEASE}/approve", **POSTED)
async def approve(request: Request) -> Response[Any]:
    """Release the result that somebody else proposed."""
    found, form = await _round(request), await sent(request)
    try:
        act = check(form.typed, Act)
        await release.approve(found=found, release=act.release, principal=who(request), now=request.now)
    except SAID as error:
        return await _shown(request, found, Form(), error)
    return done(round_address(found, "release"), "released")


@post(f"{RELEASE}/withdraw", **POSTED)
async def withdraw(request: Request) -> Response[Any]:
    """Withdraw a proposal."""
    found, form = await _round(request), await sent(request)
    try:
        act = check(form.typed, Act)
        await release.withdraw(found=found, release=act.release, principal=who(request), now=request.now)
    except SAID as error:
        return await _shown(request, found, Form(), error)
    return done(round_address(found, "release"), "withdrawn")


HANDLERS: list[Any] = [show_release, propose, ask_approve, approve, withdraw]
