"""Rounds: set up as drafts, opened with everything pinned, closed when their window is over."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards import rubric, tie_break
from app.awards.reach import AwardRef, RoundRef, any_round
from app.awards.rubric import MISSING_RULES, Rubric
from app.awards.setting import rubrics, rules
from app.awards.setting.awards import lock, note
from app.awards.setting.categories import MILLI, lacking, misordered, one_category
from app.awards.setting.edits import MOST_REMINDERS, LaterEnd, RoundEdit, choices_wrong, is_zone
from app.awards.setting.panels import Seat, panel
from app.awards.setting.readiness import missing
from app.awards.windows import phase
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid, NotFound
from app.core.i18n import gettext as _
from app.events import changes
from app.events.changes import unless
from app.events.edits import Lines
from app.events.errors import StillNeeded, WrongState
from app.people.roles import Principal

__all__ = ["Seat", "panel"]  # who sits in a round belongs to it

_IDS = """
SELECT r.id FROM award_round r JOIN award_category g ON g.id = r.category
WHERE g.award = $1 ORDER BY g.position, g.slug, r.position
"""
_COLUMNS = (
    "title, kind, method, rubric, zone, opens_at, closes_at, grace_ms, each, unlinked, least, most, blind, peers,"
    " carry, carry_count, best, missing_rule, tie_rule, public_percent, vote_opens_at, vote_closes_at, reminders"
)
_PLACES = ", ".join(f"${n}" for n in range(1, 24))
_ADD = f"""
INSERT INTO award_round ({_COLUMNS}, id, category, position, state, revision)
VALUES ({_PLACES}, $24, $25, (SELECT coalesce(max(position), 0) + 1 FROM award_round WHERE category = $25), 'draft', 0)
"""
_CHANGE = f"UPDATE award_round SET ({_COLUMNS}) = ({_PLACES}), revision = revision + 1 WHERE id = $24"
_RUBRIC = "SELECT body FROM rubric WHERE id = $1"
_EXTEND = "UPDATE award_round SET closes_at = $2, revision = revision + 1 WHERE id = $1"
_CLOSE = "UPDATE award_round SET state = 'closed', revision = revision + 1 WHERE id = $1"
_UNFINISHED = """
SELECT count(*) FROM assignment a LEFT JOIN sheet s ON s.assignment = a.id
WHERE a.round = $1 AND a.removed_at IS NULL AND s.submitted_at IS NULL
"""
_UNRANKED = """
SELECT count(*) FROM panel_seat p LEFT JOIN rank_ballot b ON b.round = p.round AND b.judge = p.judge
WHERE p.round = $1 AND p.left_at IS NULL AND b.submitted_at IS NULL
"""


class Stored(Struct, frozen=True):
    """What a round's form shows, with the revision it was read at."""

    edit: RoundEdit
    revision: int


async def rounds_of(award_id: UUID) -> list[RoundRef]:
    """Return the rounds of an award by category and position."""
    return [await any_round(row["id"]) for row in await fetch(_IDS, award_id)]


async def round_in(*, award: AwardRef, round_id: UUID) -> RoundRef:
    """Return a round of this award, or raise `NotFound`."""
    found = await any_round(round_id)
    if found.award.id != award.id:
        raise NotFound
    return found


async def rubric_of(found: RoundRef) -> Rubric:
    """Return the rubric that a round judges by: the pinned one once it has opened. Raises `NotFound` without any."""
    if found.rules is not None:
        pinned = rules.decode(found.rules).rubric
        if pinned is not None:
            return pinned
        raise NotFound
    row = await fetch_one(_RUBRIC, found.rubric)
    if row is None:
        raise NotFound
    return rubric.decode(row["body"])


async def stored(found: RoundRef) -> Stored:
    """Return a round as its form shows it."""
    row = await fetch_one("SELECT reminders FROM award_round WHERE id = $1", found.id)
    hours = msgspec.json.decode(row["reminders"], type=list[int]) if row else []
    same = {name: getattr(found, name) for name in RoundEdit.__struct_fields__ if hasattr(found, name)}
    other = {
        "title": msgspec.convert(found.title, Lines),
        "grace": found.grace_ms // MILLI,
        "reminders": ", ".join(map(str, hours)),
    }
    return Stored(RoundEdit(**{**same, **other}), found.revision)


async def add(*, principal: Principal, award: AwardRef, category: UUID, wish: RoundEdit, now: dt.datetime) -> UUID:
    """Add a round behind the others of its category, as a draft. Raises `Invalid`, `NotFound`."""
    async with transaction():
        await lock(award.id)
        await one_category(award, category)
        await _require(award, wish)
        made = uuid4()
        await fetch(_ADD, *_values(wish), made, category)
        await note(principal, "award_round.add", award.id, now, round=str(made), **changes.told(None, wish))
    return made


async def change(*, principal: Principal, found: RoundRef, seen: int, wish: RoundEdit, now: dt.datetime) -> None:
    """Change a round that has not opened. Raises `Invalid`, `Outdated`, `WrongState` once it has."""
    async with transaction():
        locked = await _locked(found.id, "draft")
        before = await stored(locked)
        changes.refuse_outdated(seen=seen, revision=before.revision, stored=before.edit, sent=wish)
        await _require(found.award, wish)
        await fetch(_CHANGE, *_values(wish), found.id)
        told = changes.told(before.edit, wish)
        await note(principal, "award_round.change", found.award.id, now, round=str(found.id), **told)


async def remove(*, principal: Principal, found: RoundRef, now: dt.datetime) -> None:
    """Remove the draft of a round. Raises `WrongState` once it has opened, `StillNeeded` while judges sit in it."""
    try:
        async with transaction():
            await _locked(found.id, "draft")
            await fetch("DELETE FROM award_round WHERE id = $1", found.id)
            await note(principal, "award_round.remove", found.award.id, now, round=str(found.id))
    except asyncpg.ForeignKeyViolationError:
        raise StillNeeded(_("Somebody sits on its panel, or has worked in it.")) from None


async def _locked(round_id: UUID, *states: str) -> RoundRef:
    """Return a round that nobody else changes until the transaction ends, or raise `WrongState`."""
    await fetch_one("SELECT 1 FROM award_round WHERE id = $1 FOR UPDATE", round_id)
    found = await any_round(round_id)
    if found.state not in states:
        raise WrongState
    return found


def _values(wish: RoundEdit) -> list[Any]:
    """Return the values of `_COLUMNS`."""
    made: dict[str, Any] = {
        **{name: getattr(wish, name) for name in RoundEdit.__struct_fields__},
        "title": msgspec.json.encode(wish.title).decode(),
        "grace_ms": wish.grace * MILLI,
        "reminders": msgspec.json.encode(wish.hours).decode(),
    }
    return [made[name.strip()] for name in _COLUMNS.split(",")]


def _alone() -> str:
    return _(
        "With one judge for each entry nobody can tell a strict judge from a weak entry."
        " Ask for two or more, or tick below that it is meant."
    )


async def _require(award: AwardRef, wish: RoundEdit) -> None:
    offered = await rubrics.choices(award.id)
    sent = [("missing_rule", wish.missing_rule, MISSING_RULES), ("tie_rule", wish.tie_rule, tie_break.RULES)]
    order = _("This is more than the most.")
    votes = (wish.vote_opens_at, wish.vote_closes_at)
    changes.refuse(
        [
            *lacking("title", wish.title, award),
            *choices_wrong(sent),
            rubrics.chosen_wrong(wish.rubric, offered),
            unless(is_zone(wish.zone), "zone", "format", _("Give a time zone such as Asia/Tokyo.")),
            *misordered(wish.opens_at, wish.closes_at, "closes_at"),
            unless(wish.least <= wish.most, "least", "order", order),
            unless(wish.linked or wish.unlinked, "each", "unlinked", _alone()),
            unless(len(wish.hours) <= MOST_REMINDERS, "reminders", "range", _("Ten reminders are the most.")),
            unless(
                None not in votes or votes == (None, None), "vote_closes_at", "required", _("Give both or neither.")
            ),
            *(misordered(votes[0], votes[1], "vote_closes_at") if votes[0] and votes[1] else []),
        ]
    )


async def open_round(*, principal: Principal, found: RoundRef, now: dt.datetime) -> None:
    """Open a round: its rules and the versions that are judged are pinned for good.

    Raises `Invalid` with everything that is missing, `WrongState` when it has opened already.
    """
    from app.awards.entering.field import pin  # noqa: PLC0415  # entries know rounds as well

    async with transaction():
        locked = await _locked(found.id, "draft")
        if lacks := await missing(locked, now=now):
            raise Invalid([FieldError(one.about, "missing", one.words) for one in lacks])
        text = rules.encode(rules.rules_of(locked, await rubric_of(locked) if locked.rubric else None))
        await fetch(
            "UPDATE award_round SET state = 'open', rules = $2, opened_at = $3, revision = revision + 1 WHERE id = $1",
            found.id,
            text,
            now,
        )
        await pin(await any_round(found.id))
        detail = {"round": str(found.id), "digest": rubric.digest(text).hex()}
        await note(principal, "award_round.open", found.award.id, now, **detail)


async def extend(*, principal: Principal, found: RoundRef, wish: LaterEnd, now: dt.datetime) -> None:
    """Let an open round end later; the audit log keeps why. Raises `Invalid`, `WrongState`."""
    async with transaction():
        locked = await _locked(found.id, "open")
        later = _("Give a time after the present end.")
        changes.refuse(
            [
                unless(wish.closes_at > max(locked.closes_at, now), "closes_at", "order", later),
                *misordered(locked.opens_at, wish.closes_at, "closes_at"),
            ]
        )
        await fetch(_EXTEND, found.id, wish.closes_at)
        ends = {"before": locked.closes_at.isoformat(), "after": wish.closes_at.astimezone(dt.UTC).isoformat()}
        await note(
            principal, "award_round.extend", found.award.id, now, round=str(found.id), reason=wish.reason, **ends
        )


async def unfinished(found: RoundRef) -> int:
    """Return how much is still to be judged: sheets, or ballots where judges rank; pairs are never finished."""
    if found.method == "pairs":
        return 1
    row = await fetch_one(_UNRANKED if found.method == "ranks" else _UNFINISHED, found.id)
    return int(row[0]) if row else 0


async def may_close(found: RoundRef, *, now: dt.datetime) -> bool:
    """Whether a round can be closed: its window is over, or nobody has anything left to judge."""
    over = phase(now, found.opens_at, found.closes_at, found.grace_ms) == "closed"
    return found.state == "open" and (over or await unfinished(found) == 0)


async def close_round(*, principal: Principal, found: RoundRef, now: dt.datetime) -> None:
    """Close a round; nothing is judged in it any more. Raises `WrongState` while judges may still work."""
    async with transaction():
        locked = await _locked(found.id, "open")
        if not await may_close(locked, now=now):
            raise WrongState(_("Judges may work until the end of the round. It can be closed after that."))
        await fetch(_CLOSE, found.id)
        await note(principal, "award_round.close", found.award.id, now, round=str(found.id))
