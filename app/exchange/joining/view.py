"""Cards as somebody may see them: officers all of it; a partner its own words, and of others what they let it see."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.core.db import fetch
from app.core.errors import NotFound
from app.exchange import classes
from app.exchange.agreeing.reach import valid_agreements
from app.exchange.classes import Shown
from app.exchange.joining import cards, records
from app.exchange.joining.cards import Authoritative
from app.exchange.joining.differing import Field, differing
from app.exchange.joining.records import Ours, Record
from app.exchange.joining.schemas import DifferenceOut, ExchangeCardOut, ProposalOut, TellingOut
from app.exchange.schemas import AgreementRef, Incoming, Position
from app.people.roles import Principal

_OFFICE = frozenset({"officer", "admin"})
_OPEN = """
SELECT id, one, other, score, reasons, found_at FROM likeness
WHERE decision = '' AND (one = ANY($1::uuid[]) OR other = ANY($1::uuid[])) ORDER BY score DESC, id
"""


class Reader(Struct, frozen=True):
    """Who looks: `partners` are those whose own it may see, None for the office; agreements in force, by id."""

    partners: frozenset[UUID] | None
    agreements: Mapping[UUID, AgreementRef]

    def sees(self, record: Record) -> Shown | None:
        """Return what this reader sees of a record; None for nothing at all."""
        if self.partners is None or record.partner in self.partners:
            return _everything(record.event)
        agreed = self.agreements.get(record.agreement)
        if agreed is None or not record.opened or not record.live:
            return None
        return classes.shown(record.event, agreed.fields, "partner" if agreed.onward else "public")


async def reader(principal: Principal, now: dt.datetime) -> Reader:
    """Return what somebody may see. Raises `NotFound` for everybody but officers and partners."""
    agreements = {one.id: one for one in await valid_agreements(now)}
    if principal.role in _OFFICE:
        return Reader(None, agreements)
    if principal.role != "partner" or not principal.scope.partners:
        raise NotFound
    return Reader(frozenset(principal.scope.partners), agreements)


def _everything(event: Incoming) -> Shown:
    """Return an event as its own city and officers see it: all of it, private or not."""
    found = classes.shown(event, {}, "officer")
    assert found is not None  # noqa: S101  # an officer sees everything
    return found


async def card_of(card: UUID, who: Reader, *, now: dt.datetime) -> ExchangeCardOut:
    """Return a card with its tellings, differences and proposals. Raises `NotFound`."""
    found = (await several([card], who, now=now)).get(card)
    if found is None:
        raise NotFound
    return found


async def several(wanted: Sequence[UUID], who: Reader, *, now: dt.datetime) -> dict[UUID, ExchangeCardOut]:
    """Return those of the cards that somebody may see: for a partner, those with something of its own."""
    held = await cards.several(wanted, now=now)
    proposals = await _proposals(held.values(), who)
    made = ((key, _out(one, who, proposals.get(key, []))) for key, one in held.items() if _concerns(one.records, who))
    return {key: one for key, one in made if one.tellings}


def _concerns(told: Iterable[Record], who: Reader) -> bool:
    return who.partners is None or any(one.partner in who.partners and not one.own for one in told)


def _out(held: Authoritative, who: Reader, proposals: list[ProposalOut]) -> ExchangeCardOut:
    tellings = [one for one in (telling(r, who) for r in held.records) if one is not None]
    if held.ours and (who.partners is None or held.ours.published):
        tellings.insert(0, telling_of_ours(held.ours))
    seen = {one.id for one in tellings}
    tellings.sort(key=lambda one: (not one.ours, not (held.owner and one.id == held.owner.id)))
    owner = held.owner if held.owner and held.owner.id in seen else None
    return ExchangeCardOut(
        id=held.card,
        revision=held.revision,
        alive=held.alive,
        owner=owner.partner_slug if owner else "",
        event=held.ours.id if held.ours and held.ours.id in seen else None,
        believed={field: one.id for field, one in held.tellers.items() if one.id in seen},
        tellings=tellings,
        differences=_differences(held, tellings),
        proposals=proposals,
    )


def _differences(held: Authoritative, tellings: Sequence[TellingOut]) -> list[DifferenceOut]:
    """Return the differences that show: a partner learns of none by what it may not see."""
    return [
        DifferenceOut(field=one.field, group=one.group, chosen=one.chosen)
        for one in held.differences
        if one.field in differing([_plain(t) for t in tellings if t.id in one.told_by])
    ]


def _plain(told: TellingOut) -> Incoming:
    """Return a telling as an event again, with nothing but what is seen of it."""
    said = told.said
    return Incoming(
        uid="",
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        first_day=told.first_day,
        last_day=told.last_day,
        zone=told.zone,
        title=said.title,
        place=said.place,
        address=said.address,
        status=said.status,  # type: ignore[arg-type]  # one of an event's
        position=None if said.latitude is None or said.longitude is None else Position(said.latitude, said.longitude),
        digest=b"",
    )


def telling(record: Record, who: Reader) -> TellingOut | None:
    """Return what somebody sees of a record; None for our own that came back, and for what it may not see."""
    said = None if record.own else who.sees(record)
    if said is None:
        return None
    return TellingOut(
        id=record.id,
        partner=record.partner_slug,
        name=record.partner_name,
        source=record.source_name,
        told_at=record.changed_at,
        state=record.state,
        copied=bool(record.event.origin),
        ours=False,
        language=record.language,
        said=said,
        **_times(record.event),  # type: ignore[arg-type]  # fields of these names
    )


def telling_of_ours(ours: Ours) -> TellingOut:
    """Return an event of our own beside what partners tell."""
    return TellingOut(
        id=ours.id,
        partner="",
        name={},
        source="",
        told_at=ours.changed_at,
        state="shown",
        copied=False,
        ours=True,
        language="",
        said=_everything(ours.event),
        **_times(ours.event),  # type: ignore[arg-type]  # fields of these names
    )


def _times(event: Incoming) -> dict[str, object]:
    return {name: getattr(event, name) for name in ("starts_at", "ends_at", "first_day", "last_day", "zone")}


async def _proposals(held: Iterable[Authoritative], who: Reader) -> dict[UUID, list[ProposalOut]]:
    """Return the open proposals of cards."""
    of_card = {key: one.card for one in held for key in _ids(one)}
    rows = await fetch(_OPEN, list(of_card))
    sides = await sides_of({key for row in rows for key in (row["one"], row["other"])}, who)
    found: dict[UUID, list[ProposalOut]] = {}
    for row in rows:
        for one, other in ((row["one"], row["other"]), (row["other"], row["one"])):
            if one in of_card and one in sides and other in sides:
                found.setdefault(of_card[one], []).append(_proposal(row, sides[one].said, sides[other].said))
    return found


def _ids(held: Authoritative) -> list[UUID]:
    return [one.id for one in held.records] + ([held.ours.id] if held.ours else [])


def _proposal(row: Mapping[str, Any], one: TellingOut, other: TellingOut) -> ProposalOut:
    return ProposalOut(
        id=row["id"],
        score=row["score"],
        reasons=msgspec.json.decode(row["reasons"]),
        found_at=row["found_at"],
        one=one,
        other=other,
    )


class Side(Struct, frozen=True):
    """One side of a proposal that may be seen: its card (None for an event of ours), whether it is the reader's own."""

    said: TellingOut
    card: UUID | None
    mine: bool


async def sides_of(ids: Iterable[UUID], who: Reader) -> dict[UUID, Side]:
    """Return those sides of proposals that still tell and that somebody may see."""
    wanted = list(ids)
    found: dict[UUID, Side] = {}
    for record in await records.of_ids(wanted):
        said = telling(record, who) if record.live else None
        if said is not None:
            found[record.id] = Side(said, record.card, who.partners is None or record.partner in who.partners)
    for ours in (await records.ours(wanted)).values():
        if ours.published:
            found[ours.id] = Side(telling_of_ours(ours), None, mine=False)
    return found


def fields_of(found: ExchangeCardOut) -> list[Field]:
    """Return the fields that differ and that nobody has decided."""
    return [one.field for one in found.differences if one.chosen is None]
