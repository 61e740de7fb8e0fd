"""Keeping a form that is being filled in, with places for its party."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from app.core import jobs, limits
from app.core.db import transaction
from app.core.errors import Invalid, NotFound, TooManyRequests
from app.core.mail import is_mailable
from app.core.web.refusals import TooLarge
from app.core.web.request import Request
from app.people.persons import normal_address
from app.ticketing.errors import OfferChanged, SoldOut
from app.ticketing.pages.party import counted, word
from app.ticketing.registering import drafts, holds, offers
from app.ticketing.registering.drafts import PASSING, Draft
from app.ticketing.schemas import Offer

MOST_HOLDS = 120
"""How often places are kept for one network within ten minutes; whoever is beyond registers without."""
MOST_MAILS = 5
"""How many links to begun forms one address gets within an hour, whoever asks."""
TEN_MINUTES, HOUR = dt.timedelta(minutes=10), dt.timedelta(hours=1)
LARGEST = 4 * 1024 * 1024
"""Bytes of what is kept of a form, its files aside: as much as any other request may say."""
PASSED_OVER = ("csrf", "names", "mail_link", "action")
"""What a form says once and is not to be said again."""


def lasting(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be kept of a form; raises `TooLarge` for more than anybody types."""
    kept = {name: value for name, value in form.items() if name not in PASSED_OVER}
    if len(msgspec.json.encode(kept)) > LARGEST:
        raise TooLarge
    return kept


async def keep(
    request: Request,
    convention: str,
    form: Mapping[str, Any],
    bears: UUID,
    *,
    lasts: dt.timedelta = PASSING,
    tried: bool = False,
) -> Draft:
    """Keep a form under the id `bears`, and places for its party as far as there are any; return it as it is kept."""
    found = await offers.offer(convention, now=request.now)
    before = await drafts.get(bears, convention=convention, now=request.now)
    held = await _hold(request, found, form, bears, before)
    await drafts.keep(
        draft=bears,
        convention=convention,
        account=request.scope["user"].account,
        form=lasting(form),
        language=request.language,
        lasts=lasts,
        tried=tried,
        held=held,
        now=request.now,
    )
    kept = await drafts.get(bears, convention=convention, now=request.now)
    if kept is None:  # the link is that of another convention's form
        raise NotFound
    return kept


async def _hold(
    request: Request, found: Offer, form: Mapping[str, Any], bears: UUID, before: Draft | None
) -> dict[str, int]:
    """Keep places for the party as it is now and return for which tickets; those kept before stay if there are no more.

    Nothing is kept for who would wait anyway, and where nobody counts.
    """
    wanted = dict(counted(form["party"], found.types))
    still = before.held if before and before.held_until else {}
    if wanted == still:
        return still
    if word(form, "join_waiting_list") or not any(found.types[slug].quotas for slug in wanted):
        await holds.release(hold=bears, now=request.now)
        return {}
    try:
        await limits.take(purpose="hold", subject=request.network, most=MOST_HOLDS, within=TEN_MINUTES, now=request.now)
        await holds.hold(convention=found.slug, wanted=wanted, now=request.now, bears=bears)
    except (SoldOut, Invalid, OfferChanged, TooManyRequests):
        return before.held if before else {}
    return wanted


async def mail_link(request: Request, form: Mapping[str, Any], bears: UUID) -> bool:
    """Promise a mail with the link to the form, where its address can have one; return whether it will come."""
    email = word(form, "email")
    if not is_mailable(email):
        return False
    await limits.take(
        purpose="draft-mail", subject=normal_address(email), most=MOST_MAILS, within=HOUR, now=request.now
    )
    async with transaction():
        stamp = request.now.strftime("%Y%m%d%H%M")  # two clicks in a minute are one wish
        await jobs.defer(
            "ticketing.send_draft", key=f"draft-mail:{bears}:{stamp}", now=request.now, draft=str(bears), stamp=stamp
        )
    return True
