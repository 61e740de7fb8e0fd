"""The jury's deliberation: who was there, who was out for what, what was decided and why it differs from the advice.

Minutes are appended: a correction is a new deliberation, and the latest stands.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from app.awards.deciding.differing import unexplained, unexplained_passes, wrong_places
from app.awards.deciding.errors import NotClosed, PublicStillVotes, ReleaseStands
from app.awards.deciding.lines import Ranking
from app.awards.deciding.scores import ranking
from app.awards.deciding.ties import Ties, tied
from app.awards.entering import field
from app.awards.reach import RoundRef
from app.awards.schemas import Decision
from app.awards.setting.awards import note
from app.awards.setting.panels import Seat, panel
from app.core.db import fetch_one, transaction
from app.core.errors import FieldError, Invalid
from app.core.i18n import gettext as _
from app.core.validation import Paragraph
from app.people.roles import Principal

_LOCK = "SELECT state FROM award_round WHERE id = $1 FOR UPDATE"
_RELEASE = "SELECT 1 FROM award_release WHERE round = $1 AND withdrawn_at IS NULL"
_ADD = """
INSERT INTO deliberation (round, held_at, present, decision, minutes, account, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
"""

Place = Annotated[int, Meta(ge=1, le=10_000)]


class Deliberated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Minutes as a form sends them. `places`, `reasons` and `out` by entry; an entry without a place has none."""

    held_at: dt.datetime
    chair: UUID
    present: Annotated[tuple[UUID, ...], Meta(max_length=200)] = ()
    places: dict[UUID, Place] = {}
    reasons: dict[UUID, Paragraph] = {}
    out: dict[UUID, tuple[UUID, ...]] = {}
    minutes: Paragraph = ""


class Setting(Struct, frozen=True):
    """What minutes are held against: the entries, who sits on the panel, who has a tie to what, and the advice."""

    round: RoundRef
    entries: tuple[UUID, ...]
    seats: tuple[Seat, ...]
    ties: Ties
    advice: Ranking


async def setting(found: RoundRef, *, now: dt.datetime) -> Setting:
    """Return what the minutes of a round are held against."""
    entries = tuple(one.id for one in await field.in_round(found))
    ties = await tied(found, entries)
    return Setting(found, entries, tuple(await panel(found.id)), ties, await ranking(found, now=now))


async def deliberate(*, principal: Principal, found: RoundRef, sent: Deliberated, now: dt.datetime) -> int:
    """Append minutes, and return their number.

    Raises `Invalid` with everything that is wrong, `NotClosed`, `ReleaseStands`, `PublicStillVotes`.
    """
    _require_closed(found.state)
    if found.public_percent and found.vote_closes_at is not None and now < found.vote_closes_at:
        raise PublicStillVotes
    # The votes of a closed round stay as they are: the advice is worked out before anything is locked.
    held = await setting(found, now=now)
    async with transaction():
        await _lock(found.id)
        again = msgspec.structs.replace(held, ties=await tied(found, held.entries))
        if errors := list(wrong(sent, again, now=now)):
            raise Invalid(errors)
        return await _append(principal, found, sent, held.advice, now)


def _require_closed(state: str) -> None:
    if state == "released":
        raise ReleaseStands
    if state != "closed":
        raise NotClosed


async def _lock(round_id: UUID) -> None:
    """Let nobody propose a result, or write other minutes, until the transaction ends."""
    row = await fetch_one(_LOCK, round_id)
    _require_closed(row["state"] if row else "")
    if await fetch_one(_RELEASE, round_id):
        raise ReleaseStands


async def _append(principal: Principal, found: RoundRef, sent: Deliberated, advice: Ranking, now: dt.datetime) -> int:
    decided = msgspec.json.encode(_decision(sent), order="sorted").decode()
    present = msgspec.json.encode(sorted(sent.present)).decode()
    row = await fetch_one(_ADD, found.id, sent.held_at, present, decided, sent.minutes, principal.account, now)
    assert row is not None  # noqa: S101  # RETURNING
    detail = {"round": str(found.id), "minutes": row["id"], "present": len(sent.present), "placed": len(sent.places)}
    detail["inputs"] = advice.digest
    await note(principal, "award_round.decide", found.award.id, now, **detail)
    return int(row["id"])


def _decision(sent: Deliberated) -> Decision:
    reasons = {str(entry): words for entry, words in sent.reasons.items() if words.strip()}
    return Decision(
        places=tuple(sorted(sent.places.items(), key=lambda item: (item[1], item[0]))),
        chair=sent.chair,
        reasons=reasons,
        out={str(entry): tuple(sorted(judges)) for entry, judges in sent.out.items() if judges},
    )


def wrong(sent: Deliberated, held: Setting, *, now: dt.datetime) -> Iterator[FieldError]:
    """Return everything that is wrong with minutes."""
    yield from _meeting_wrong(sent, held, now)
    yield from _room_wrong(sent, held)
    for entry, words in wrong_places(sent.places, held.entries, passing=held.round.method == "pass_fail"):
        yield FieldError(f"places.{entry}", "range", words)
    advised = {UUID(line.entry): line.shared_place for line in held.advice.lines}
    explained = {entry for entry, words in sent.reasons.items() if words.strip()}
    different = unexplained_passes if held.round.method == "pass_fail" else unexplained
    for entry in different(advised, sent.places, explained):
        words = _("Its place differs from the order advised. Say why; name no person.")
        yield FieldError(f"reasons.{entry}", "required", words)


def _meeting_wrong(sent: Deliberated, held: Setting, now: dt.datetime) -> Iterator[FieldError]:
    opened = held.round.opened_at and held.round.opened_at.replace(second=0, microsecond=0)  # forms know minutes
    if sent.held_at > now or (opened is not None and sent.held_at < opened):
        yield FieldError("held_at", "range", _("Give a time between the opening of the round and now."))
    if not sent.minutes.strip():
        yield FieldError("minutes", "required", _("This is needed."))
    seated = {seat.judge for seat in held.seats}
    if not sent.present or not set(sent.present) <= seated:
        yield FieldError("present", "choice", _("Choose who of the panel was there."))
    if sent.chair not in sent.present:
        yield FieldError("chair", "choice", _("Choose somebody who was there."))


def _room_wrong(sent: Deliberated, held: Setting) -> Iterator[FieldError]:
    """Say of each entry that was decided on who should not have been in the room, or that nobody was."""
    names = {seat.judge: seat.pseudonym for seat in held.seats}
    for entry in held.entries:
        out = set(sent.out.get(entry, ()))
        inside = set(sent.present) - out
        if stayed := sorted(names.get(judge, "") for judge in inside & held.ties.get(entry, frozenset())):
            words = _("%(judges)s has a tie to this entry. Without a discussion in their absence nothing is decided.",
                      judges=", ".join(stayed))  # fmt: skip
            yield FieldError(f"out.{entry}", "tie", words)
        elif not inside and entry in sent.places:
            yield FieldError(f"out.{entry}", "empty", _("Nobody was in the room who could decide on this entry."))
    yield from _strangers(sent, set(held.entries))


def _strangers(sent: Deliberated, entries: Collection[UUID]) -> Iterator[FieldError]:
    for name in ("places", "reasons", "out"):
        for entry in getattr(sent, name).keys() - entries:
            yield FieldError(f"{name}.{entry}", "unknown", _("This entry is not in the round."))
