"""All that assigning has to know of a round, and what may be asked of the optimisation."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec import Struct

from app.awards.assigning.asked import Asked, Keep
from app.awards.assigning.errors import AssigningOver, NothingToAssign
from app.awards.assigning.promises import needs_joining
from app.awards.assigning.standing import Standing, standing
from app.awards.assigning.suits import suits
from app.awards.conflicts.recusals import forbidden
from app.awards.entering.field import FieldEntry, in_round
from app.awards.reach import RoundRef, any_round, round_of
from app.awards.setting.panels import Seat, panel
from app.awards.wishes import GRAIN
from app.core.db import fetch_one
from app.core.errors import NotFound
from app.people.roles import Principal

Pair = tuple[UUID, UUID]
"""Entry and judge."""
OPEN = frozenset({"draft", "open"})
"""States of a round in which who judges what may change."""


class Ground(Struct, frozen=True, kw_only=True):
    """A round with its field, its panel, the pairs (entry, judge) that may not be, and those that stand."""

    round: RoundRef
    entries: Sequence[FieldEntry]
    seats: Sequence[Seat]
    forbidden: frozenset[Pair]
    standing: Sequence[Standing]

    @property
    def panels(self) -> dict[UUID, set[UUID]]:
        """Every entry of the field with the judges it has; pairs of entries that left the field are no part of it."""
        found: dict[UUID, set[UUID]] = {one.id: set() for one in self.entries}
        for one in self.standing:
            if one.entry in found:
                found[one.entry].add(one.judge)
        return found

    @property
    def judges(self) -> list[UUID]:
        """Who sits, by pseudonym."""
        return [seat.judge for seat in self.seats]

    def kept(self, keep: Keep, leaving: UUID | None = None) -> set[Pair]:
        """Return the pairs that stay; of who leaves or has left, only what was submitted."""
        field, seated = {one.id for one in self.entries}, set(self.judges) - {leaving}
        return {
            (one.entry, one.judge)
            for one in self.standing
            if one.entry in field
            and (one.entry, one.judge) not in self.forbidden
            and (one.submitted if one.judge not in seated else keep == "standing" or one.begun)
        }


async def reached(*, award: str, round_id: UUID, principal: Principal) -> RoundRef:
    """Return a round of an award (by slug) that somebody runs. Raises `NotFound`."""
    found = await round_of(round_id, principal)
    if found.award.slug != award:
        raise NotFound
    return found


async def ground(found: RoundRef) -> Ground:
    """Return what assigning has to know of a round now."""
    return Ground(
        round=found,
        entries=await in_round(found),
        seats=await panel(found.id),
        forbidden=frozenset(await forbidden(found)),
        standing=await standing(found.id),
    )


async def locked(found: RoundRef) -> Ground:
    """Return the same, and let nobody else assign in this round until the transaction ends. Raises `AssigningOver`."""
    await fetch_one("SELECT 1 FROM award_round WHERE id = $1 FOR NO KEY UPDATE", found.id)
    again = await any_round(found.id)
    if again.state not in OPEN:
        raise AssigningOver
    return await ground(again)


def asked(known: Ground, *, keep: Keep, leaving: UUID | None = None) -> Asked:
    """Return what to ask of the optimisation. Raises `NothingToAssign`.

    Judges who have left count with what they submitted: those pairs are fixed, all their others forbidden.
    """
    seats = [seat for seat in known.seats if seat.judge != leaving]
    if not known.entries or not seats:
        raise NothingToAssign
    kept = known.kept(keep, leaving)
    gone = sorted({judge for _, judge in kept} - {seat.judge for seat in seats})
    entries = [one.id for one in known.entries]
    closed = {(entry, judge) for entry in entries for judge in gone} - kept
    barred = {pair for pair in known.forbidden if pair[0] in set(entries)} | closed
    judges = [*(seat.judge for seat in seats), *gone]
    return Asked(
        entries=tuple(map(str, entries)),
        judges=tuple(map(str, judges)),
        each=known.round.each,
        loads=(known.round.least, known.round.most),
        forbidden=_texts(pair for pair in barred if pair[1] in set(judges)),
        fixed=_texts(kept),
        fit=tuple(tuple(_points(one, seat) for seat in seats) + (0,) * len(gone) for one in known.entries),
        spared=tuple(map(str, gone)),
        connected=needs_joining(known.round),
        keep=keep,
        leaving=None if leaving is None else str(leaving),
    )


def _texts(pairs: Iterable[Pair]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(entry), str(judge)) for entry, judge in pairs))


def _points(entry: FieldEntry, seat: Seat) -> int:
    return round(GRAIN * suits(written=entry.languages, about=entry.topics, reads=seat.languages, knows=seat.topics))
