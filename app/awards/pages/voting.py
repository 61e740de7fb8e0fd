"""The public vote, on the page of a ticket."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from msgspec import Struct

from app.awards.releasing import votes
from app.awards.releasing.errors import TicketNotValid, VoteClosed
from app.core.errors import DomainError, FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, moment
from app.core.validation import check
from app.core.web.console import done
from app.core.web.forms import read_form
from app.core.web.pages import UNKEPT, page
from app.core.web.request import Request
from app.ticketing.life.holder_queries import ticket_behind

VOTE = "/tickets/{token:str}/vote/{round_id:uuid}"
DONE = {"voted": gettext_lazy("Thank you, your vote is counted. You can change it until the vote closes.")}


class Ballot(Struct, frozen=True):
    """The entry somebody votes for."""

    entry: UUID


@get(VOTE, include_in_schema=False)
async def show_vote(request: Request) -> Response[str]:
    """Show the entries that a ticket may vote for, and its ballot."""
    return await _shown(request)


async def _shown(request: Request, error: DomainError | None = None) -> Response[str]:
    token: str = request.path_params["token"]
    view = await ticket_behind(token)
    booth = await votes.booth(ticket=view.id, round_id=request.path_params["round_id"], now=request.now)
    return page(
        request,
        "awards/results/vote.html",
        status=int(error.status) if error else 200,
        booth=booth,
        ballots=view.state == "valid",
        ticket=f"/tickets/{token}",
        convention={"slug": view.convention_slug, "title": view.convention_title},
        errors=error.errors if isinstance(error, Invalid) else [],
        refusal=None if isinstance(error, Invalid) else error,
        moment=moment,
        done_words=DONE,
        headers=UNKEPT,
    )


@post(VOTE, include_in_schema=False, status_code=HTTPStatus.SEE_OTHER)
async def vote(request: Request) -> Response[Any]:
    """Cast the ballot of a ticket."""
    token, round_id = request.path_params["token"], request.path_params["round_id"]
    view, form = await ticket_behind(token), await read_form(request)
    try:
        wish = _chosen(form)
        await votes.cast(ticket=view.id, round_id=round_id, entry=wish.entry, now=request.now)
    except (Invalid, TicketNotValid, VoteClosed) as error:
        return await _shown(request, error)
    return done(f"/tickets/{token}/vote/{round_id}", "voted")


def _chosen(form: dict[str, Any]) -> Ballot:
    if "entry" not in form:
        raise Invalid([FieldError("entry", "required", _("Please choose an entry."))])
    return check({"entry": form["entry"]}, Ballot)


HANDLERS: list[Any] = [show_vote, vote]
