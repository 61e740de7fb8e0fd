"""The public vote: one ballot for each valid ticket of the convention, changed at will until the vote closes.

A ballot is a row of its ticket, so however often and from wherever it is sent, it is one; the last one counts, for a
slip of the finger should not decide. Nobody learns a count before the result is released. (`bundle.VOTE_RULE`)
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import reach, windows
from app.awards.entering import field
from app.awards.reach import RoundRef, Texts
from app.awards.releasing.errors import TicketNotValid, VoteClosed
from app.awards.showing.entry import entries_for
from app.awards.showing.readers import Voter
from app.awards.showing.shown import Shown
from app.core.again import repeated
from app.core.db import fetch, fetch_one
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _

# An earlier ballot of the same ticket gives way; a later one, kept by a process that was faster, stays.
_CAST = """
INSERT INTO ballot AS b (id, round, ticket, entry, cast_at) VALUES (gen_random_uuid(), $1, $2, $3, $4)
ON CONFLICT (round, ticket) DO UPDATE SET entry = EXCLUDED.entry, cast_at = EXCLUDED.cast_at
WHERE b.cast_at <= EXCLUDED.cast_at
"""
_TALLY = """
SELECT b.entry, count(*) AS votes FROM ballot b JOIN ticket t ON t.id = b.ticket
WHERE b.round = $1 AND t.state = 'valid' GROUP BY b.entry
"""
_HANDED_IN = "SELECT 1 FROM award_entry WHERE id = $1 AND category = $2 AND state = 'submitted' AND pinned IS NOT NULL"
_TICKET = """
SELECT t.state, y.convention FROM ticket t JOIN ticket_type y ON y.id = t.ticket_type WHERE t.id = $1
"""
# Whoever holds a ticket that was passed on does not learn how the one before voted.
_OWN = """
SELECT entry, cast_at FROM ballot b WHERE round = $1 AND ticket = $2 AND cast_at >= coalesce(
    (SELECT max(h.at) FROM ticket_change h WHERE h.ticket = b.ticket AND h.action = 'transferred'), '-infinity')
"""
_OPEN = """
SELECT r.id, r.title, r.vote_closes_at, r.zone, a.title AS award FROM ticket t
JOIN ticket_type y ON y.id = t.ticket_type JOIN award a ON a.convention = y.convention
JOIN award_category g ON g.award = a.id JOIN award_round r ON r.category = g.id
WHERE t.id = $1 AND t.state = 'valid' AND a.published_at IS NOT NULL AND r.opened_at IS NOT NULL
    AND r.state IN ('open', 'closed') AND r.vote_opens_at <= $2 AND $2 < r.vote_closes_at
    AND NOT EXISTS (SELECT FROM award_release w WHERE w.round = r.id AND w.withdrawn_at IS NULL)
ORDER BY a.slug, g.position, r.position
"""


class OpenVote(Struct, frozen=True):
    """A vote that a ticket may take part in now."""

    id: UUID
    title: Texts
    vote_closes_at: dt.datetime
    zone: str
    award: Texts


class Booth(Struct, frozen=True, kw_only=True):
    """What a ticket's page of a vote shows: the entries by number, and the ballot there is."""

    round: RoundRef
    entries: Sequence[Shown]
    chosen: UUID | None
    cast_at: dt.datetime | None
    open: bool


def has_vote(found: RoundRef) -> bool:
    """Whether a round asks the public."""
    return found.vote_opens_at is not None and found.vote_closes_at is not None


def takes_votes(found: RoundRef, now: dt.datetime) -> bool:
    """Whether votes are taken at a moment: from `vote_opens_at` until before `vote_closes_at`."""
    if found.vote_opens_at is None or found.vote_closes_at is None or found.state not in {"open", "closed"}:
        return False
    return windows.accepts(now, found.vote_opens_at, found.vote_closes_at)


def is_over(found: RoundRef, now: dt.datetime) -> bool:
    """Whether no vote can come any more."""
    return found.vote_closes_at is None or now >= found.vote_closes_at


async def open_votes(ticket: UUID, now: dt.datetime) -> list[OpenVote]:
    """Return the votes that a valid ticket may take part in now; one statement."""
    return [_vote(row) for row in await fetch(_OPEN, ticket, now)]


def _vote(row: asyncpg.Record) -> OpenVote:
    texts = {name: msgspec.json.decode(row[name], type=Texts) for name in ("title", "award")}
    return OpenVote(**{**dict(row), **texts})


async def booth(*, ticket: UUID, round_id: UUID, now: dt.datetime) -> Booth:
    """Return the vote of a round for a ticket of its convention. Raises `NotFound` for any other."""
    found = await _round(ticket, round_id)
    row = await fetch_one(_OWN, found.id, ticket)
    return Booth(
        round=found,
        entries=await _candidates(found, Voter(ticket, now)) if takes_votes(found, now) else [],
        chosen=row["entry"] if row else None,
        cast_at=row["cast_at"] if row else None,
        open=takes_votes(found, now),
    )


async def _candidates(found: RoundRef, voter: Voter) -> list[Shown]:
    ids = [one.id for one in await field.in_round(found)]
    return list((await entries_for(voter, ids, found)).values())


async def _round(ticket: UUID, round_id: UUID) -> RoundRef:
    found, row = await reach.any_round(round_id), await fetch_one(_TICKET, ticket)
    is_shown = found.award.published_at is not None and found.opened_at is not None and has_vote(found)
    if row is None or row["convention"] != found.award.convention or not is_shown:
        raise NotFound
    return found


@repeated
async def cast(*, ticket: UUID, round_id: UUID, entry: UUID, now: dt.datetime) -> None:
    """Cast the ballot of a ticket, in place of the one before.

    Raises `NotFound` for a ticket of another convention, `TicketNotValid`, `VoteClosed`, `Invalid` for an entry that
    is not in the round.
    """
    found = await _round(ticket, round_id)
    row = await fetch_one("SELECT 1 FROM ticket WHERE id = $1 AND state = 'valid' FOR SHARE", ticket)
    if row is None:
        raise TicketNotValid
    if not takes_votes(found, now):
        raise VoteClosed
    if not await _competes(found, entry):
        raise Invalid([FieldError("entry", "choice", _("Please choose one of the values offered."))])
    try:
        await fetch(_CAST, found.id, ticket, entry, now)
    except asyncpg.CheckViolationError:  # a result has just been proposed
        raise VoteClosed from None


async def _competes(found: RoundRef, entry: UUID) -> bool:
    """Whether an entry is in the round; where no round came before, without reading all of them for each ballot."""
    if found.position > 1:
        return entry in {one.id for one in await field.in_round(found)}
    return await fetch_one(_HANDED_IN, entry, found.category) is not None


async def tally(found: RoundRef, *, now: dt.datetime) -> dict[UUID, int] | None:
    """Return the votes by entry, of valid tickets; None without a public vote, and as long as votes are taken."""
    if not has_vote(found) or not is_over(found, now):
        return None
    return {row["entry"]: row["votes"] for row in await fetch(_TALLY, found.id)}
