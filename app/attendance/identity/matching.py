"""Whether two pseudonyms are one person: the rules 9 (c), (d) and (e) of `kpi2-v1`. Pure.

(c) the same normalised address and a compatible name, never the address alone; (d) the same name, country and
organisation; both are merged without asking. (e) What only resembles is looked at by an officer. Whoever lives in Japan
changes no figure: for two such people nothing but (c) is looked for, names so common among their like would be no
evidence anyway.
"""

from collections.abc import Iterable
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from app.people.naming.names import Spellings, alike

HOME: Final = "JP"
"""Whose residents KPI 2 does not count."""
NEAR_LETTERS: Final = 8
"""A name in Latin letters of so many may have one letter wrong and still be near."""

Rule = Literal["9c", "9d"]
Reason = Literal[
    "address", "name", "country", "organisation", "no_organisation", "near_name", "part_of_name", "other_script",
    "together", "other_reading", "other_characters", "short_name", "told_apart",
]  # fmt: skip
"""What two people have in common, or what speaks against them; in words in `identity.words`."""


class Place(Struct, frozen=True):
    """Where somebody lives and works, as declared in one registration; `organisation` in the form of `names`."""

    country: str
    organisation: str = ""


class Known(Struct, frozen=True):
    """All that is compared of a pseudonym. `parties` are the registrations in which it has a ticket."""

    person: UUID
    name: Spellings
    address: bytes
    places: frozenset[Place] = frozenset()
    parties: frozenset[UUID] = frozenset()

    @property
    def countries(self) -> set[str]:
        """Where it said to live, in any of its registrations."""
        return {place.country for place in self.places}

    @property
    def abroad(self) -> set[Place]:
        """The places outside `HOME`."""
        return {place for place in self.places if place.country != HOME}


class Match(Struct, frozen=True):
    """What came of a comparison: merged without asking by a `rule`, or to be looked at when that is None."""

    reasons: tuple[Reason, ...]
    rule: Rule | None = None


def compare(one: Known, other: Known) -> Match | None:
    """Return how two people match, None when nothing says that they are one."""
    address = one.address == other.address
    place = _shared_place(one, other)
    matching, doubts = alike(one.name, other.name), _doubts(one, other)
    if matching and (address or place):
        found = _found(address=address, place=place)
        sure: Rule | None = "9c" if address else "9d"
        if not doubts:
            return Match((*found, "name"), sure)
        return _to_look_at(one, other, (*found, "name", *doubts))
    return _to_look_at(one, other, _resemblance(one, other, address=address, place=place, alike=matching))


def _shared_place(one: Known, other: Known) -> bool:
    """Whether both named the same country abroad and the same organisation."""
    return any(place.organisation for place in one.abroad & other.abroad)


def _found(*, address: bool, place: bool) -> tuple[Reason, ...]:
    return (*(("address",) if address else ()), *(("country", "organisation") if place else ()))


def _doubts(one: Known, other: Known) -> tuple[Reason, ...]:
    """What keeps people of compatible names from being merged without asking."""
    found: list[Reason] = []
    if one.parties & other.parties:
        found.append("together")
    if one.name.reading and other.name.reading and not one.name.reading & other.name.reading:
        found.append("other_reading")
    if not (one.name.full and other.name.full):
        found.append("short_name")
    return tuple(found)


def _to_look_at(one: Known, other: Known, reasons: tuple[Reason, ...]) -> Match | None:
    """Return what an officer looks at: nothing when neither of the two could be counted."""
    is_home = one.countries | other.countries <= {HOME}
    return Match(reasons) if reasons and not is_home else None


def _resemblance(one: Known, other: Known, *, address: bool, place: bool, alike: bool) -> tuple[Reason, ...]:
    """Rule (e): why two people who are not certainly one may be one, () when they need no look."""
    if alike:
        return ("country", "name", "no_organisation") if _may_work_together(one, other) else ()
    if not address and not place:
        return ()
    how = _near(one.name, other.name, address=address)
    if how == "other_script" and not one.countries & other.countries:
        return ()
    return (*_found(address=address, place=place), how) if how and not one.parties & other.parties else ()


def _may_work_together(one: Known, other: Known) -> bool:
    """Whether they share a country abroad in which one of them named no organisation."""
    shared = one.countries & other.countries - {HOME}
    silent = [{place.country for place in known.places if not place.organisation} for known in (one, other)]
    return one.name.full and other.name.full and any(shared & countries for countries in silent)


def _near(one: Spellings, other: Spellings, *, address: bool) -> Reason | None:
    """How names that are not compatible resemble each other."""
    if one.scripts & other.scripts:
        return "other_characters" if address and one.sound & other.sound else None
    if address and (one.own or other.own) and not (one.sound and other.sound):
        return "other_script"
    if _is_part(one.words, other.words) or _is_part(other.words, one.words):
        return "part_of_name"
    return "near_name" if any(_one_edit(a, b) for a, b in _long_pairs(one.sound, other.sound)) else None


def _is_part(few: frozenset[str], many: frozenset[str]) -> bool:
    """Whether two words or more of one name are all of another's: a middle name was left out."""
    return len(few) > 1 and few < many


def _long_pairs(one: Iterable[str], other: Iterable[str]) -> Iterable[tuple[str, str]]:
    long = [form for form in other if len(form) >= NEAR_LETTERS]
    return ((a, b) for a in one if len(a) >= NEAR_LETTERS for b in long)


def _one_edit(one: str, other: str) -> bool:
    """Whether one letter was added, left out, changed, or two neighbours changed places."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]
