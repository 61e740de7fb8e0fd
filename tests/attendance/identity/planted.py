"""The rules of identity let loose on a town whose truth is known: what they merge, what they miss, what it costs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from random import Random
from uuid import UUID

from msgspec import Struct

from app.attendance.identity.kin import Kin
from app.attendance.identity.matching import Known, Match, Place, compare
from app.people.naming.names import Spellings, organisation, spellings
from app.people.persons import name_key, normal_address
from tests.kpi.town import People, Registration

Pair = tuple[UUID, UUID]
Change = Callable[[Random, Registration], Registration]


class Account(Struct, frozen=True):
    """A pseudonym as enrolment makes it: what was registered with one address under one name."""

    known: Known
    registrations: tuple[Registration, ...]

    @property
    def human(self) -> int:
        """Who it truly is: whoever registered most under it."""
        return Counter(one.human for one in self.registrations).most_common(1)[0][0]


class Measured(Struct, frozen=True):
    """What came of the rules. Errors of the count are relative to the truth, of people living abroad."""

    merged: Counter[str]
    right: Counter[str]
    looked_at: int
    before: float
    after: float
    challenged: float

    @property
    def precision(self) -> float:
        """The share of the pairs merged without asking that truly are one person."""
        return self.right.total() / self.merged.total()


def accounts(registrations: Iterable[Registration]) -> list[Account]:
    """Return the pseudonyms under which a town registers."""
    found: dict[tuple[str, str], list[Registration]] = defaultdict(list)
    for one in registrations:
        found[normal_address(one.email), name_key(one.name)].append(one)
    return [
        Account(_known(UUID(int=number + 1), address, made), tuple(made))
        for number, ((address, _), made) in enumerate(found.items())
    ]


def _known(person: UUID, address: str, made: list[Registration]) -> Known:
    name = Spellings()
    for one in made:
        name |= spellings(one.name, one.reading)
    places = frozenset(Place(one.residence, organisation(one.organisation)) for one in made if one.residence)
    return Known(person, name, address.encode(), places)


def matches(found: Iterable[Account]) -> Iterator[tuple[Account, Account, Match]]:
    """Yield all pairs that match. Only those that share an address or a name are compared."""
    blocks: dict[object, list[Account]] = defaultdict(list)
    for one in found:
        blocks[one.known.address].append(one)
        for form in one.known.name.own | one.known.name.sound:
            blocks[form].append(one)
    seen: set[Pair] = set()
    for block in blocks.values():
        for one, other in combinations(block, 2):
            pair = (one.known.person, other.known.person)
            if pair not in seen and (match := compare(one.known, other.known)):
                yield one, other, match
            seen.add(pair)


def measured(town: People, *, seed: int, change: Change | None = None) -> Measured:
    """Return how the rules do in a town, after a `change` of each registration."""
    dice = Random(f"planted {seed}")
    told = [change(dice, one) if change else one for one in town.registrations]
    found = accounts(told)
    merged, right, kin, looked_at = Counter[str](), Counter[str](), Kin(), 0
    for one, other, match in matches(found):
        if match.rule is None:
            looked_at += 1
            continue
        merged[match.rule] += 1
        right[match.rule] += one.human == other.human
        kin.tie(one.known.person, other.known.person)
    truth = sum(human.residence != "JP" and not human.silent for human in town.humans)
    before, after = _abroad(found, Kin()), _abroad(found, kin)
    _challenge(dice, found, kin)
    errors = [counted / truth - 1 for counted in (before, after, _abroad(found, kin))]
    return Measured(merged, right, looked_at, *errors)


def _challenge(dice: Random, found: Iterable[Account], kin: Kin) -> None:
    """Let four of five doubles prove their other address by a mail."""
    owned: dict[int, list[UUID]] = defaultdict(list)
    for one in found:
        owned[one.human].append(one.known.person)
    for first, *doubles in owned.values():
        for double in doubles:
            if dice.random() < 0.8:
                kin.tie(first, double)


def _abroad(found: Iterable[Account], kin: Kin) -> int:
    """Return how many people live abroad by their latest declaration."""
    people: dict[UUID, list[Registration]] = defaultdict(list)
    for one in found:
        people[kin.root(one.known.person)] += [made for made in one.registrations if made.residence]
    return sum(max(made, key=lambda one: one.number).residence != "JP" for made in people.values() if made)
