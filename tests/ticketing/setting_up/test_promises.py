"""Rules of entry of tickets that are out: they may come to let in more, and never less."""

from itertools import product
from typing import Any

import msgspec
import pytest

from app.attendance.judging.fold import Entered, Inside, Seen, State, refused_by_state
from app.ticketing.setting_up.edits import OwnType, TicketTypeEdit
from app.ticketing.setting_up.promises import broken
from tests.vectors.world import (
    AT,
    CAME,
    CAME_YESTERDAY,
    DAY,
    FESTIVAL,
    HALL,
    IN_HALL,
    IN_HALL_YESTERDAY,
    NORTH,
    PHONE,
    YESTERDAY,
)

Rule = tuple[str, int, bool]
RULES: list[Rule] = [
    *product(("once", "daily", "after_exit", "free"), (1,), (True, False)),
    *product(("times",), (1, 2, 3), (True, False)),
]
LEAVES = {
    ("once", 1, True): {"once", "after_exit", "daily", "free"},
    ("daily", 1, False): {"daily", "daily without", "after_exit", "free"},
    ("daily", 1, True): {"daily", "after_exit", "free"},
    ("free", 1, True): {"free"},
    ("times", 2, True): {"times 2", "times 3", "free"},
}
"""By rules of tickets that are out: those that keep the promise."""


def name(rule: Rule) -> str:
    kind, times, reentry = rule
    if kind == "times":
        return f"times {times}"
    return kind if reentry or kind in {"free", "after_exit"} else f"{kind} without"


def held(rule: Rule, tickets: int = 1) -> OwnType:
    plain: dict[str, Any] = {
        "id": "0" * 32, "organiser": None, "slug": "pass", "number": 1, "position": 1, "role": "visitor",
        "mode": "on_site", "days": [], "price": 0, "tax_percent": 10, "admission": "open", "sale_from": None,
        "sale_until": None, "changes_until": None, "public": True, "title": {}, "description": {}, "revision": 0,
        "events": [], "quotas": [], "tickets": tickets, "given": tickets, "entry_rule": rule[0],
        "entry_times": rule[1], "reentry": rule[2],
    }  # fmt: skip
    return msgspec.convert(plain, OwnType)


def wish(rule: Rule) -> TicketTypeEdit:
    plain = {"title": {}, "events": ["0" * 32], "entry_rule": rule[0], "entry_times": rule[1], "reentry": rule[2]}
    return msgspec.convert(plain, TicketTypeEdit)


def kept(old: Rule, new: Rule, tickets: int = 1) -> bool:
    return not any(error.field == "entry_rule" for error in broken(held(old, tickets), wish(new)))


@pytest.mark.parametrize("old", LEAVES)
def test_rules_that_keep_the_promise(old: Rule) -> None:
    assert {name(new) for new in RULES if kept(old, new)} == LEAVES[old]


def test_while_nobody_holds_a_ticket_everything_may_change() -> None:
    assert all(kept(old, new, tickets=0) for old, new in product(RULES, RULES))


MANY = [(Entered(FESTIVAL, day, AT, n),) for day in (YESTERDAY, DAY) for n in (2, 9)]
STATES = [
    State(entered, inside)
    for entered in ((), (CAME,), (CAME_YESTERDAY,), (CAME_YESTERDAY, CAME), *MANY)
    for inside in (None, IN_HALL, IN_HALL_YESTERDAY, Inside(FESTIVAL, HALL, NORTH, DAY, AT))
    if inside is None or any(e.day == inside.day for e in entered)
]


def comes_in(rule: Rule, state: State) -> bool:
    seen = Seen(AT, PHONE, 1, "entry", NORTH, FESTIVAL, HALL, DAY, rule[0], entry_times=rule[1], reentry=rule[2])
    return refused_by_state(state, seen) is None


def test_a_rule_keeps_the_promise_exactly_if_the_gate_lets_in_whom_it_let_in() -> None:
    """The order of the rules is that of the engine, for every place where a ticket may have been."""
    for old, new in product(RULES, RULES):
        looser = all(comes_in(new, state) for state in STATES if comes_in(old, state))
        assert kept(old, new) == looser, f"{name(old)} -> {name(new)}"
