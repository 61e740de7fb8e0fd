"""What an applicant learns at the release: the result of his own entry, and what judges wrote to him.

Comments come without a name and in an order of their own, so that nobody can tell which of them are by one judge.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from app.awards.entering import entries, members
from app.awards.entering.entries import EntryRef
from app.awards.entering.members import Held
from app.awards.reach import Texts, any_round
from app.awards.releasing import released
from app.awards.releasing.released import Released
from app.awards.schemas import ResultLine
from app.awards.scoring import sheets
from app.core.db import fetch_one
from app.core.errors import NotFound
from app.core.i18n import gettext as _

Outcome = Literal["won", "goes_on", "not_won", "stays"]


class Told(Struct, frozen=True, kw_only=True):
    """The result of one round for one entry among `of`; `line` when it has won. `public` when everybody reads it."""

    round: Texts
    outcome: Outcome
    line: ResultLine | None
    of: int
    comments: Sequence[str]
    released_at: dt.datetime
    public: bool

    @property
    def words(self) -> str:
        """The result in a sentence."""
        if self.line is not None:
            return _("Your entry has won: place %(place)s among %(of)s.", place=self.line.place, of=self.of)
        if self.outcome == "goes_on":
            return _("Your entry goes on into the next round.")
        if self.outcome == "stays":
            return _("Your entry does not go on into the next round. Thank you for taking part.")
        return _("Your entry is not among the winners this time. Thank you for taking part.")


async def of_member(*, token: str) -> tuple[Held, list[Told]]:
    """Return the results of an entry behind a member's own link. Raises `NotFound` before the first is released."""
    held = await members.held(*entries.opened(token))
    found = [await _told(held.entry, one) for one in await released.of_entry(held.entry.id)]
    if not found:
        raise NotFound
    return held, found


async def of_release(*, release: UUID, member: UUID) -> tuple[Held, Told] | None:
    """Return what a member is told of a released result; None for one who has left or was erased."""
    row = await fetch_one("SELECT entry FROM entry_member WHERE id = $1 AND removed_at IS NULL", member)
    try:
        held = await members.held(row["entry"], member) if row else None
    except NotFound:
        held = None
    return None if held is None else (held, await _told(held.entry, await released.by_id(release)))


async def _told(entry: EntryRef, one: Released) -> Told:
    line = next((line for line in one.result.winners if line.entry == entry.id), None)
    rows = await sheets.submitted(await any_round(one.round), entry=entry.id)
    return Told(
        round=one.title,
        outcome=_outcome(entry.id, one, line),
        line=line,
        of=one.result.entries,
        comments=sorted({row.to_applicant for row in rows if row.to_applicant.strip()}, key=_shuffled),
        released_at=one.result.released_at,
        public=one.result.last,
    )


def _outcome(entry: UUID, one: Released, line: ResultLine | None) -> Outcome:
    if line is not None:
        return "won"
    if one.result.last:
        return "not_won"
    return "goes_on" if entry in one.result.goes_on else "stays"


def _shuffled(words: str) -> bytes:
    """Return what puts comments into an order that has nothing to do with who wrote them."""
    return hashlib.sha256(words.encode()).digest()
