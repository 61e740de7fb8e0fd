"""Panels: which judges sit in a round, and who leads them."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID, uuid4

import asyncpg
import msgspec
from msgspec import Struct

from app.awards.reach import RoundRef
from app.awards.setting.awards import note
from app.awards.setting.edits import PanelEdit
from app.core.db import fetch, fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.events.errors import WrongState
from app.people.roles import Principal

_PANEL = """
SELECT j.id AS judge, j.pseudonym, j.account, c.label, s.chair, j.languages, j.topics
FROM panel_seat s JOIN judge j ON j.id = s.judge JOIN account c ON c.id = j.account
WHERE s.round = $1 AND s.left_at IS NULL AND c.suspended_at IS NULL ORDER BY j.pseudonym
"""
_SEAT = """
INSERT INTO panel_seat (id, round, judge, chair) VALUES ($1, $2, $3, $4)
ON CONFLICT (round, judge) DO UPDATE SET chair = excluded.chair, left_at = NULL
"""
_LEAVE = """
UPDATE panel_seat SET left_at = $3, chair = false
WHERE round = $1 AND left_at IS NULL AND NOT (judge = ANY($2::uuid[])) RETURNING judge
"""
_STILL_ASSIGNED = """
SELECT DISTINCT j.pseudonym FROM assignment a JOIN judge j ON j.id = a.judge LEFT JOIN sheet s ON s.assignment = a.id
WHERE a.round = $1 AND a.removed_at IS NULL AND s.submitted_at IS NULL AND NOT (a.judge = ANY($2::uuid[]))
ORDER BY j.pseudonym
"""
_KNOWING = """
SELECT DISTINCT j.pseudonym FROM panel_seat s JOIN judge j ON j.id = s.judge JOIN award_round r ON r.id = s.round
WHERE r.category = $1 AND r.position < $2 AND NOT r.blind AND (s.left_at IS NULL OR r.opened_at IS NOT NULL)
AND s.judge = ANY($3::uuid[]) ORDER BY j.pseudonym
"""
_OF_AWARD = "SELECT id FROM judge WHERE award = $1"
FIXED = frozenset({"closed", "released"})
"""States of a round in which its panel stays as it is."""


class Seat(Struct, frozen=True, kw_only=True):
    """A judge on a panel; `label` is how its account is called."""

    judge: UUID
    pseudonym: str
    account: UUID
    label: str
    chair: bool
    languages: tuple[str, ...]
    topics: tuple[str, ...]


async def panel(round_id: UUID) -> list[Seat]:
    """Return who sits in a round now, by pseudonym; suspended accounts do not."""
    return [_seat(row) for row in await fetch(_PANEL, round_id)]


def _seat(row: asyncpg.Record) -> Seat:
    lists = {name: tuple(msgspec.json.decode(row[name])) for name in ("languages", "topics")}
    return Seat(**{**dict(row), **lists})


async def set_panel(*, principal: Principal, found: RoundRef, wish: PanelEdit, now: dt.datetime) -> None:
    """Let these judges sit in a round, and nobody else.

    Raises `Invalid` for judges of another award, for one who leaves with entries still to be judged, and for one whom a
    round before has told the names that a blind round hides; `WrongState` once the round is closed.
    """
    async with transaction():
        await _locked_open(found)
        known = {row["id"] for row in await fetch(_OF_AWARD, found.award.id)}
        await _require(found, wish, known)
        for judge in wish.judges:
            await fetch(_SEAT, uuid4(), found.id, judge, judge == wish.chair)
        left = await fetch(_LEAVE, found.id, list(wish.judges), now)
        detail = {"round": str(found.id), "judges": len(wish.judges), "left": len(left)}
        await note(principal, "award_round.panel", found.award.id, now, **detail, chair=str(wish.chair or ""))


async def _locked_open(found: RoundRef) -> None:
    row = await fetch_one("SELECT state FROM award_round WHERE id = $1 FOR UPDATE", found.id)
    if row is None or row["state"] in FIXED:
        raise WrongState


async def _require(found: RoundRef, wish: PanelEdit, known: set[UUID]) -> None:
    choose = _("Please choose one of the values offered.")
    errors = []
    if not set(wish.judges) <= known:
        errors.append(FieldError("judges", "choice", choose))
    if wish.chair is not None and wish.chair not in wish.judges:
        errors.append(FieldError("chair", "choice", _("The chair has to sit on the panel.")))
    if busy := await fetch(_STILL_ASSIGNED, found.id, list(wish.judges)):
        names = ", ".join(row["pseudonym"] for row in busy)
        words = _("%(judges)s still have entries assigned. Take these back first.", judges=names)
        errors.append(FieldError("judges", "assigned", words))
    if words := await knowing(found, wish.judges):
        errors.append(FieldError("judges", "knowing", words))
    if errors:
        raise Invalid(errors)


async def knowing(found: RoundRef, judges: Iterable[UUID]) -> str:
    """Say who of these judges knows from a round before what a blind round hides; "" when nobody does."""
    rows = await fetch(_KNOWING, found.category, found.position, list(judges)) if found.blind else []
    if not rows:
        return ""
    return _(
        "%(judges)s sit in a round before this one that shows names, so this one would not be blind for them."
        " Choose others, or let both rounds hide the names.",
        judges=", ".join(row["pseudonym"] for row in rows),
    )
