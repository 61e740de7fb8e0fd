"""The synthetic year: counted, it is what truly happened, and what brute force says, in any order of delivery."""

from random import Random

import pytest

from app.kpi.counting import count
from tests.kpi import oracle
from tests.kpi.ledgers import YEAR, random_ledger
from tests.kpi.test_oracle import plain
from tests.kpi.town import SMALL, WHOLE, Size, people
from tests.kpi.town_events import Town, deliveries, town

TINY = Size(40, 76, 760)


def counted(ledger) -> dict:
    return plain(count(ledger, fiscal_year=YEAR))


def without_conflicts(figure: dict) -> dict:
    """Whether declarations contradict each other is no matter of truth."""
    return {name: value for name, value in figure.items() if name != "conflicts"}


@pytest.fixture(scope="module")
def whole() -> Town:
    return town(WHOLE, seed=1)


@pytest.mark.parametrize("seed", range(1, 11))
def test_count_is_the_truth_where_all_doubles_are_linked(seed):
    made = town(SMALL, seed=seed)
    assert made.unlinked == []
    assert without_conflicts(counted(made.ledger)) == made.figure()


@pytest.mark.parametrize("seed", range(1, 4))
def test_every_figure_equals_brute_force_in_any_order_with_a_tenth_delivered_twice(seed):
    made = town(SMALL, seed=seed)
    expected = oracle.count_apart(made.ledger, YEAR)
    for order in range(10):
        sent = deliveries(Random(order), made.ledger)
        assert len(sent) == len(made.ledger) + round(len(made.ledger) / 10)
        assert counted(sent) == expected


@pytest.mark.faults
def test_whole_year_equals_brute_force_in_thirty_orders(whole):
    expected = oracle.count_apart(whole.ledger, YEAR)
    assert without_conflicts(expected) == whole.figure()
    for order in range(30):
        assert counted(deliveries(Random(order), whole.ledger)) == expected, order


def test_brute_force_by_pieces_is_brute_force():
    for seed in range(60):
        ledger = random_ledger(Random(seed))
        pieces, entire = oracle.count_apart(ledger, YEAR), oracle.count(ledger, YEAR)
        assert {
            **pieces,
            "sensitivity": {**dict.fromkeys(("0", "1", "10", "30"), 0), **pieces["sensitivity"]},
        } == entire


def test_brute_force_by_pieces_is_brute_force_for_a_town():
    ledger = town(TINY, seed=1).ledger
    assert oracle.count_apart(ledger, YEAR) == oracle.count(ledger, YEAR)


def test_the_same_seed_makes_the_same_town():
    one, same, other = (town(TINY, seed=seed) for seed in (1, 1, 2))
    assert (one.people, one.ledger, one.figure()) == (same.people, same.ledger, same.figure())
    assert one.ledger != other.ledger


def test_the_town_has_everything_that_can_go_wrong():
    made = town(SMALL, seed=1)
    kinds = {entry.kind for entry in made.ledger}
    assert kinds == {"scan", "manual", "presence", "import", "void", "merge", "split", "residence", "role"}
    positions = [entry.position for entry in made.ledger]
    assert positions == list(range(1, len(positions) + 1))
    by_position = {entry.position: entry for entry in made.ledger}
    subjects = [by_position[entry.subject] for entry in made.ledger if entry.subject]
    assert {"void", "merge"} <= {entry.kind for entry in subjects}
    assert {entry.evidence_class for entry in made.ledger} >= set("ABCDE")
    assert {entry.role for entry in made.ledger} >= {"visitor", "exhibitor", "staff", "student"}
    assert any(entry.other and entry.kind == "presence" for entry in made.ledger)
    assert [entry.recorded_at for entry in made.ledger] == sorted(entry.recorded_at for entry in made.ledger)
    assert any((e.recorded_at - e.ends_at).days > 7 for e in made.ledger if e.ends_at)


@pytest.mark.parametrize(("linked", "least", "most"), [(0.0, 0.03, 0.12), (0.8, 0.003, 0.03)])
def test_doubles_that_nobody_links_are_counted_twice(linked, least, most):
    made = town(Size(2_000, 3_820, 40_000), seed=1, linked=linked)
    truth = made.figure()["people"]
    assert least < counted(made.ledger)["people"] / truth - 1 < most


def test_people_have_second_addresses_and_share_addresses():
    made = people(Size(10_000, 19_100, 0), seed=1)
    assert 0.07 < sum(human.second_address is not None for human in made.humans) / 10_000 < 0.09
    shared = [human for human in made.humans if human.address.startswith("group-")]
    assert 0.02 < len(shared) / 10_000 < 0.04
    assert len({human.address for human in shared}) < len(shared) / 2
    assert len(made.registrations) == 19_100
    doubles = [persons for persons in made.pseudonyms().values() if len(persons) > 1]
    assert 0.05 < len(doubles) / 10_000 < 0.12
    names = {human.number: set() for human in made.humans}
    for registration in made.registrations:
        names[registration.human].add(registration.name)
    assert sum(len(spelled) > 1 for spelled in names.values()) > 800


@pytest.mark.faults
def test_the_whole_year_is_as_large_as_the_rules_ask(whole):
    facts = [e for e in whole.ledger if e.kind in {"scan", "manual", "presence", "import"}]
    assert len(whole.people.humans) == 50_000
    assert len(whole.people.registrations) == 95_500
    assert len(facts) >= 1_000_000
