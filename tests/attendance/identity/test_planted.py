"""Against planted truth: what the rules merge is right, and the distinct count is off by little."""

from collections import Counter, defaultdict
from itertools import combinations
from random import Random
from typing import cast
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.attendance.identity.kin import kin_of
from app.attendance.identity.knowing import known_of
from app.attendance.identity.matching import compare
from app.core.db import fetch
from app.people import persons
from app.people.persons import seal_details
from app.people.schemas import Declared, Details
from tests.attendance.factories import ticket
from tests.attendance.identity.people import work
from tests.attendance.identity.planted import Change, measured
from tests.clock import NOW
from tests.kpi.town import SMALL, WHOLE, Registration, Size, people

PRECISION = 0.998
BY_RULES, CHALLENGED = 0.03, 0.017
"""How far the distinct count may be off."""


def forgetful(dice: Random, registration: Registration) -> Registration:
    """Leave the organisation out in half of all registrations."""
    return replace(registration, organisation=registration.organisation if dice.random() < 0.5 else "")


@pytest.mark.parametrize("change", [None, forgetful], ids=["usual", "forgetful"])
def test_rules_in_a_small_town(change: Change | None) -> None:
    found = measured(people(Size(2000, 3820, 0), seed=1), seed=1, change=change)
    assert found.merged.keys() == {"9c", "9d"}
    assert found.precision >= PRECISION
    assert found.before > 0.09, "without the rules it would be far off"
    assert abs(found.after) <= BY_RULES
    assert abs(found.challenged) <= CHALLENGED


@pytest.mark.faults
@pytest.mark.parametrize("change", [None, forgetful], ids=["usual", "forgetful"])
def test_rules_in_whole_towns(change: Change | None) -> None:
    """All merges of a town as asked; each rule by itself over three of them, for the rarer one merges few hundred."""
    towns = [measured(people(WHOLE, seed=seed), seed=seed, change=change) for seed in (1, 2, 3)]
    assert min(found.precision for found in towns) >= PRECISION
    merged, right = sum((found.merged for found in towns), Counter()), sum((found.right for found in towns), Counter())
    assert merged.keys() == {"9c", "9d"}
    assert min(right[rule] / merged[rule] for rule in merged) >= PRECISION
    assert max(abs(found.after) for found in towns) <= BY_RULES
    assert max(abs(found.challenged) for found in towns) <= CHALLENGED


async def enrolled(registration: Registration) -> UUID:
    """Book a registration as registering does: a known person is found again, the ticket keeps what was declared."""
    details = Details(registration.name, registration.email, registration.reading, registration.organisation)
    declared = Declared(details, cast("str", registration.residence))
    [person] = await persons.enrol([declared], now=NOW)
    made = await ticket(person=person.id, residence=registration.residence)
    assert person.key is not None
    await fetch("UPDATE ticket SET sealed = $2 WHERE id = $1", made.id, seal_details(person.key, details))
    return person.id


async def test_keys_find_every_pair_that_the_rules_would(rollback: None) -> None:
    """Read in slices as they come, people are merged as if each had been compared with everybody else."""
    town = people(SMALL, seed=3)
    humans = {}
    for number, registration in enumerate(town.registrations, 1):
        humans[await enrolled(registration)] = registration.human
        if number % 40 == 0:
            await fetch("DELETE FROM person_key WHERE kind = 'read'")
            await work()
    await fetch("DELETE FROM person_key WHERE kind = 'read'")
    await work()

    known = [one.known for one in (await known_of(humans)).values()]
    kin = await kin_of(humans)
    ruled = [(a, b) for a, b in combinations(known, 2) if (match := compare(a, b)) and match.rule]
    assert len(ruled) > 20
    assert all(kin.are_one(a.person, b.person) for a, b in ruled)
    assert {humans[member] for member in kin.members()} <= {humans[a.person] for pair in ruled for a in pair}
    groups = defaultdict(set)
    for member in kin.members():
        groups[kin.root(member)].add(humans[member])
    assert all(len(group) == 1 for group in groups.values())

    rows = await fetch("SELECT first, second FROM double WHERE decision IS NULL")
    wanted = [
        (min(a.person, b.person), max(a.person, b.person))
        for a, b in combinations(known, 2)
        if (match := compare(a, b)) and match.rule is None and not kin.are_one(a.person, b.person)
    ]
    assert {tuple(row) for row in rows} == set(wanted)
