"""A card: who tells of one event, whose value of each field is believed, and where they differ."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from app.core.db import fetch
from app.core.gentle import each
from app.exchange import classes
from app.exchange.agreeing.reach import valid_agreements
from app.exchange.classes import Shown
from app.exchange.joining import records
from app.exchange.joining.differing import Field, differing, digest_of
from app.exchange.joining.owner import owner as owner_of
from app.exchange.joining.records import Ours, Record
from app.exchange.schemas import FIELDS, AgreementRef, Audience

Choosable = Literal["title", "time", "place", "status"]
CHOOSABLE: tuple[Choosable, ...] = get_args(Choosable)
"""Fields of which an officer may choose a value; `time` is start, end and repetition together."""
TOLD = (*FIELDS, "status")
"""What is told by one record each. `place` goes with address and position, `title` with its languages."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's choice. It stands while the values that were compared are still the same."""

    field: str
    told_by: UUID
    digest: bytes
    decided_at: dt.datetime


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field whose values differ: who says so, in the order of the records. `chosen` by an officer, or nobody yet."""

    field: Field
    told_by: tuple[UUID, ...]
    chosen: UUID | None

    @property
    def group(self) -> Choosable:
        """What an officer chooses to settle it."""
        return "time" if self.field in {"start", "end"} else self.field  # type: ignore[return-value]


class Authoritative(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it is believed.

    `records` are all there are, `heard` those that count now: told still, under an agreement in force, by a
    source that is live. `tellers` names the record whose value of each of `TOLD` is believed. `alive` is false when the
    city that answers for the event tells of it no more, or its agreement is over: copies do not keep it alive. `ours`
    is the event of our own that this is; then our own programme tells of it, and nobody else.
    """

    card: UUID
    revision: int
    ours: Ours | None
    owner: Record | None
    tellers: Mapping[str, Record]
    records: tuple[Record, ...]
    heard: tuple[Record, ...]
    differences: tuple[Difference, ...]
    alive: bool

    @property
    def open(self) -> tuple[Difference, ...]:
        """Differences that nobody has decided."""
        return tuple(one for one in self.differences if one.chosen is None)


async def authoritative(card: UUID, *, now: dt.datetime) -> Authoritative | None:
    """Return a card as it is believed now; None when there is no such card, or nothing is told of it."""
    return (await several([card], now=now)).get(card)


_CARDS = "SELECT id, event, owner, revision FROM card"
_CHOICES = "SELECT card, field, told_by, digest, decided_at FROM field_choice"


async def several(cards: Sequence[UUID] | None, *, now: dt.datetime) -> dict[UUID, Authoritative]:
    """Return cards by id as they are believed now; all there are for None."""
    which = "" if cards is None else " WHERE {} = ANY($1::uuid[])"
    values: list[object] = [] if cards is None else [cards]
    told = _grouped(await (records.every() if cards is None else records.of_cards(cards)))
    chosen: dict[UUID, list[Choice]] = {}
    for row in await fetch(_CHOICES + which.format("card"), *values):
        choice = Choice(**{name: row[name] for name in Choice.__struct_fields__})
        chosen.setdefault(row["card"], []).append(choice)
    rows = await fetch(_CARDS + which.format("id"), *values)
    ours = await records.ours(row["event"] for row in rows if row["event"])
    valid = frozenset(one.id for one in await valid_agreements(now))

    def made(row: Mapping[str, Any]) -> Authoritative:
        return believed(
            card=row["id"],
            revision=row["revision"],
            ours=ours.get(row["event"]),
            told=told.get(row["id"], ()),
            choices=chosen.get(row["id"], ()),
            named=row["owner"],
            valid=valid,
        )

    return {one.card: one for one in await each(made, rows)}


def _grouped(told: Iterable[Record]) -> dict[UUID, list[Record]]:
    found: dict[UUID, list[Record]] = {}
    for one in told:
        found.setdefault(one.card, []).append(one)
    return found


def believed(
    *,
    card: UUID,
    revision: int = 0,
    ours: Ours | None = None,
    told: Sequence[Record],
    choices: Sequence[Choice] = (),
    named: UUID | None = None,
    valid: frozenset[UUID],
) -> Authoritative:
    """Return what is believed of a card. Pure: `valid` are the agreements in force, `named` whom an officer named."""
    heard = [one for one in told if one.agreement in valid and one.opened and not one.own]
    first = _answering(told, heard, named)
    live = [one for one in heard if one.live]
    differences = _differences(live, ours, choices)
    return Authoritative(
        card=card,
        revision=revision,
        ours=ours,
        owner=first,
        tellers={} if first is None else _tellers(first, live, choices),
        records=tuple(told),
        heard=tuple(live),
        differences=differences,
        alive=first is not None and first.live,
    )


def _answering(told: Sequence[Record], heard: Sequence[Record], named: UUID | None) -> Record | None:
    """Return who answers for the event; nobody when all that is left are copies of what may not be shown any more."""
    originals = [one for one in told if not one.own and not one.event.origin]
    left = [one for one in heard if not one.event.origin] if originals else list(heard)
    return owner_of(left, named)


def _tellers(first: Record, live: Sequence[Record], choices: Sequence[Choice]) -> dict[str, Record]:
    """Return whose value of each field is believed: the owner's; where it says nothing, the next who is no copy."""
    others = [one for one in live if one is not first and not one.event.origin]
    found = {field: next((one for one in (first, *others) if says(one, field)), first) for field in TOLD}
    by_id = {one.id: one for one in live}
    for choice in choices:
        if choice.told_by in by_id and _stands(choice, live):
            found[choice.field] = by_id[choice.told_by]
    return found


def says(record: Record, field: str) -> bool:
    """Whether a record has a value of a field."""
    if field in {"title", "time", "status"}:
        return True
    if field == "place":
        return bool(record.event.place or record.event.address or record.event.position)
    return bool(getattr(record.event, "others" if field == "other" else field))


def _stands(choice: Choice, live: Sequence[Record]) -> bool:
    return choice.digest == digest_of(choice.field, live)


def _differences(live: Sequence[Record], ours: Ours | None, choices: Sequence[Choice]) -> tuple[Difference, ...]:
    """Return where those differ who know it at first hand; a copy that lags behind is no difference."""
    first_hand = [one for one in live if not one.event.origin] or list(live)
    standing = {one.field: one.told_by for one in choices if _stands(one, live)}
    events = [one.event for one in first_hand] + ([ours.event] if ours else [])
    ids = tuple(one.id for one in first_hand) + ((ours.id,) if ours else ())
    found = []
    for field in differing(events):
        group = "time" if field in {"start", "end"} else field
        found.append(Difference(field=field, told_by=ids, chosen=ours.id if ours else standing.get(group)))
    return tuple(found)


_OF_PLACE = ("place", "address", "latitude", "longitude")
_OF_TITLE = ("title", "titles", "title_language")


def shown(card: Authoritative, agreements: Mapping[UUID, AgreementRef], audience: Audience) -> Shown | None:
    """Return what an audience sees of a card, each field as the agreement of whoever tells it allows; None if nothing.

    `agreements` by id. Title and time have to be open, or nothing is.
    """
    if card.owner is None or not card.alive:
        return None
    seen = {one.id: _seen(one, agreements, audience) for one in {r.id: r for r in card.tellers.values()}.values()}
    if any(seen[card.tellers[field].id] is None for field in ("title", "time")):
        return None
    values: dict[str, object] = {}
    for field, record in card.tellers.items():
        view = seen[record.id]
        if view is not None:
            values |= {name: getattr(view, name) for name in _names(field)}
    return Shown(**values)  # type: ignore[arg-type]  # names of its own fields


def _names(field: str) -> tuple[str, ...]:
    groups = {"place": _OF_PLACE, "title": _OF_TITLE, "time": ("recurrence",), "other": ("others",)}
    return groups.get(field, (field,))


def _seen(record: Record, agreements: Mapping[UUID, AgreementRef], audience: Audience) -> Shown | None:
    agreed = agreements.get(record.agreement)
    return classes.shown(record.event, agreed.fields, audience) if agreed else None
