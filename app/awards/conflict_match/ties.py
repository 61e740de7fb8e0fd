"""What ties a judge to the parties of an entry, as far as names tell: proposals, never decisions. Pure.

Names of people meet by `persons`, organisations by `organisations`, governments of cities by `cities`.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from app.awards.conflict_match import cities, organisations, persons

Tie = Literal["person", "organisation", "group", "city", "former_employer", "other"]


class Ties(Struct, frozen=True, kw_only=True):
    """What may tie somebody: names in every spelling, employers now and before, groups, cities."""

    names: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()


class Party(Struct, frozen=True):
    """A member of an entry: the spellings of a person's name, the organisation, whether that is a city."""

    names: tuple[str, ...]
    organisation: str
    is_city: bool = False


class Found(Struct, frozen=True):
    """A tie, how sure it is (above 0 to 1), and the two names that met."""

    tie: Tie
    score: float
    judge: str
    party: str


def ties(judge: Ties, parties: Sequence[Party]) -> list[Found]:
    """Return the surest tie of each kind to any of the parties, in the order of the kinds' names."""
    found = [one for party in parties for one in _to(judge, party)]
    best: dict[str, Found] = {}
    for one in sorted(found, key=lambda one: (-one.score, one.judge, one.party)):
        best.setdefault(one.tie, one)
    return [best[kind] for kind in sorted(best)]


def _to(judge: Ties, party: Party) -> Iterator[Found]:
    met = persons.meet(judge.names, party.names)
    if met is not None:
        yield Found("person", met.score, met.one, met.other)
    for own in judge.organisations:
        yield from _at(own, party, "organisation", "group")
    for own in judge.former:
        yield from _at(own, party, "former_employer", "former_employer")
    for own in judge.groups:
        yield from _at(own, party, "group", "group")
    for own in judge.cities:
        if _is_of(own, party):
            yield Found("city", 1.0, own, party.organisation)


def _at(own: str, party: Party, same: Tie, near: Tie) -> Iterator[Found]:
    score = likeness(own, party.organisation)
    if score:
        yield Found(same, score, own, party.organisation)
        return
    score = kinship(own, party.organisation)
    if score:
        yield Found(near, score, own, party.organisation)


def likeness(one: str, other: str) -> float:
    """Return how sure it is that two names mean one organisation, governments of cities among them: 0 to 1."""
    first, second = cities.city_of(one), cities.city_of(other)
    if first and second:
        return 1.0 if cities.same(first, second) else 0.0
    return 0.0 if first or second else organisations.likeness(one, other)


def kinship(one: str, other: str) -> float:
    """Return how sure it is that two organisations belong to one group; a government belongs to none."""
    return 0.0 if cities.city_of(one) or cities.city_of(other) else organisations.kinship(one, other)


def _is_of(city: str, party: Party) -> bool:
    """Whether the party is the government of a city that the judge named."""
    government = cities.city_of(party.organisation)
    if government is not None:
        named = cities.city_of(city)
        return cities.same(named, government) if named else cities.same_place(cities.place_of(city), government.place)
    return party.is_city and cities.same_place(cities.place_of(city), cities.place_of(party.organisation))
