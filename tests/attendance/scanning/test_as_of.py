"""What a ticket was at an earlier moment, told by its history alone."""

import datetime as dt
from uuid import UUID

import pytest

from app.attendance.judging.verdict import Holder, Product
from app.attendance.scanning.as_of import Changed, holder_at, person_at
from tests.clock import NOW

MINUTE = dt.timedelta(minutes=1)
ANNA, BEN = UUID(int=1), UUID(int=2)
PRODUCT = Product(UUID(int=9), 1, "visitor", "on_site", "daily", dt.date(2026, 11, 21), dt.date(2026, 11, 24), {})


def _changes(*actions: str) -> list[Changed]:
    """Return things that happened a minute after each other, from `NOW` on; Anna held the ticket at first."""
    return [Changed(NOW + n * MINUTE, action, ANNA) for n, action in enumerate(actions)]


@pytest.mark.parametrize(
    ("now", "actions", "paid", "states"),
    [
        ("canceled", ["canceled"], False, ["valid", "canceled"]),
        ("canceled", ["canceled"], True, ["unpaid", "canceled"]),
        ("canceled", ["paid", "canceled"], True, ["unpaid", "valid", "canceled"]),
        ("valid", ["blocked", "unblocked"], False, ["valid", "blocked", "valid"]),
        ("blocked", ["paid", "blocked"], True, ["unpaid", "valid", "blocked"]),
        ("valid", ["approved"], False, ["unapproved", "valid"]),
        ("canceled", ["lapsed"], True, ["unpaid", "canceled"]),
        ("valid", ["lapsed", "paid"], True, ["unpaid", "canceled", "valid"]),
        ("valid", ["offered", "accepted"], False, ["waiting", "offered", "valid"]),
        ("valid", ["changed", "reissued"], False, ["valid", "valid", "valid"]),
    ],
)
def test_state_before_and_after_each_thing_that_happened(
    now: str,
    actions: list[str],
    paid: bool,  # noqa: FBT001  # a column of the table
    states: list[str],
) -> None:
    holder = Holder(UUID(int=5), 0, now, "JP", PRODUCT)
    moments = [NOW - MINUTE / 2 + n * MINUTE for n in range(len(states))]
    assert [holder_at(holder, _changes(*actions), at, shown=0, paid=paid).status for at in moments] == states


def test_moment_of_a_change_belongs_to_what_comes_after_it() -> None:
    holder = Holder(UUID(int=5), 0, "canceled", "JP", PRODUCT)
    assert holder_at(holder, _changes("canceled"), NOW, shown=0, paid=False).status == "canceled"


@pytest.mark.parametrize(("shown", "known"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_code_made_since_is_not_held_against_a_phone_that_is_slow(shown: int, known: int) -> None:
    holder = Holder(UUID(int=5), 2, "valid", "JP", PRODUCT)
    assert (
        holder_at(holder, _changes("reissued", "transferred"), NOW - MINUTE, shown=shown, paid=False).generation
        == known
    )


def test_holder_before_a_ticket_was_passed_on() -> None:
    changes = _changes("changed", "transferred")
    assert [person_at(BEN, changes, NOW + n * MINUTE) for n in (-1, 0, 1, 2)] == [ANNA, ANNA, BEN, BEN]
