"""Changes by hand: the judges of an entry, one by one. A conflict is never overruled, other rules with a reason."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.awards.assigning import writing
from app.awards.assigning.asked import Panels
from app.awards.assigning.errors import PromisesBroken
from app.awards.assigning.ground import Ground, Pair, locked
from app.awards.assigning.promises import broken, newly
from app.awards.assigning.words import broken_words
from app.awards.assigning.writing import Change
from app.awards.reach import RoundRef
from app.core import audit
from app.core.db import transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.core.validation import Line
from app.people.roles import Principal


class PanelWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The judges an entry shall have; `reason` when that breaks a rule of the round, or takes back what was begun."""

    judges: Annotated[tuple[UUID, ...], Meta(max_length=200)] = ()
    reason: Line = ""


async def set_panel(*, found: RoundRef, entry: UUID, wish: PanelWish, principal: Principal, now: dt.datetime) -> Change:
    """Let an entry have these judges. The same again changes nothing.

    Raises `NotFound` for an entry that is not in the round, `Invalid` for judges who may not have it, `PromisesBroken`
    without a reason.
    """
    async with transaction():
        known = await locked(found)
        if entry not in known.panels:
            raise NotFound
        return await change(
            known, {entry: set(wish.judges)}, wish.reason, source="manual", principal=principal, now=now
        )


async def change(
    known: Ground, panels: Panels, reason: str, *, source: str, principal: Principal, now: dt.datetime
) -> Change:
    """Let entries have these judges, the caller holding the lock. Raises as `set_panel` does."""
    if barred := refused(known, panels):
        raise Invalid([FieldError("judges", "conflict", words) for words in barred])
    breaks = breaking(known, panels)
    if breaks and not reason:
        raise PromisesBroken([FieldError("reason", "broken", words) for words in breaks])
    done = await writing.let_stand(known, panels, source=source, reason="changed by hand", now=now)
    if done.added or done.removed:
        told = {"added": done.added, "removed": done.removed, "despite": len(breaks), "reason": reason}
        await audit.record(
            actor=principal.actor, action="assignment.change", subject=f"round:{known.round.id}", now=now, detail=told
        )
    return done


def refused(known: Ground, panels: Panels) -> list[str]:
    """Return in words which judges may not have an entry: those with a conflict, and those who do not sit."""
    had = {(one.entry, one.judge) for one in known.standing}
    numbers = {one.id: one.number for one in known.entries}
    seated = {seat.judge: seat.pseudonym for seat in known.seats}
    wanted = sorted((entry, judge) for entry, panel in panels.items() for judge in panel)
    return [
        *(
            _("%(judge)s has a conflict with entry %(n)s, or one that is not decided.", judge=seated[j], n=numbers[e])
            for e, j in wanted
            if (e, j) in known.forbidden and j in seated
        ),
        *(_("One of these judges does not sit on the panel.") for pair in _strangers(wanted, seated, had)[:1]),
    ]


def _strangers(wanted: Iterable[Pair], seated: Iterable[UUID], had: set[Pair]) -> list[Pair]:
    """Return pairs with judges who do not sit; what somebody who left has already may stay."""
    sitting = set(seated)
    return [pair for pair in wanted if pair[1] not in sitting and pair not in had]


def breaking(known: Ground, panels: Panels) -> list[str]:
    """Return in words what a change breaks that held before, and whose work it takes back."""
    before = known.panels
    after = {**before, **panels}
    gone = {one.judge for one in known.standing} - set(known.judges)
    was, now = (broken(known.round, found, judges=known.judges, spared=gone) for found in (before, after))
    begun = [
        _("%(judge)s has begun to judge entry %(n)s. That work would not count.", judge=one.pseudonym, n=number)
        for number, one in ((_number(known, one.entry), one) for one in known.standing if one.begun)
        if one.entry in panels and one.judge not in panels[one.entry]
    ]
    return [*(broken_words(one, known) for one in newly(was, now)), *begun]


def _number(known: Ground, entry: UUID) -> int:
    return next((one.number for one in known.entries if one.id == entry), 0)
