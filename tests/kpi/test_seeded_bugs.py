"""Mistakes put into the counting on purpose, one at a time: brute force finds each of them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from app.attendance.ledger_entry import Evidence
from app.kpi import corrections, counting, intervals
from tests.kpi import oracle
from tests.kpi.ledgers import YEAR, random_ledger
from tests.kpi.test_oracle import plain
from tests.kpi.town import SMALL
from tests.kpi.town_events import town

Count = Callable[[Iterable[Evidence]], dict]

BUGS: dict[str, tuple[ModuleType, str, str]] = {
    "the last instant of the year is left out": (
        counting,
        "start <= e.scheduled_at < end",
        "start <= e.scheduled_at < end - timedelta(seconds=1)",
    ),
    "the first instant of the next year is in": (counting, "<= e.scheduled_at < end", "<= e.scheduled_at <= end"),
    "the first instant of the year is left out": (counting, "start <= e.scheduled_at", "start < e.scheduled_at"),
    "the day is that of the measured moment": (
        counting,
        "day_of(entry.scheduled_at)",
        "day_of(entry.starts_at or entry.scheduled_at)",
    ),
    "two tabs count double": (
        counting,
        "online=length(stays) if stays else _NEVER",
        "online=sum((b - a for a, b in stays), timedelta()) if stays else _NEVER",
    ),
    "only the longest stay counts": (
        counting,
        "online=length(stays) if stays else _NEVER",
        "online=max(b - a for a, b in stays) if stays else _NEVER",
    ),
    "ten minutes are not enough": (
        counting,
        "max(p.counts_from for p in days.values()) >= bar",
        "max(p.counts_from for p in days.values()) > bar",
    ),
    "no rule for short sessions": (counting, "length(fact.stay for fact in session if fact.stay) >= share", "False"),
    "half of every session is enough": (counting, " < rules.short_session_minutes", " < 999"),
    "a meeting counts what each waited": (
        counting,
        "shared(own, meetings.get((partner, person, day, session), ()))",
        "union(own)",
    ),
    "a meeting needs ten minutes": (counting, "minutes=rules.meeting_minutes", "minutes=10"),
    "staff count": (counting, "roles = rules.countable_roles |", 'roles = rules.countable_roles | {"staff"} |'),
    "exhibitors count": (
        counting,
        "roles=rules.countable_roles, scopes=rules.headline",
        "roles=rules.countable_roles | rules.exhibitor_roles, scopes=rules.headline",
    ),
    "events out of scope count": (
        counting,
        "fact.entry.scope in rules.headline_scopes",
        'fact.entry.scope in {*rules.headline_scopes, "out"}',
    ),
    "core alone is everything": (counting, "scopes=rules.core_scopes", "scopes=rules.headline_scopes"),
    "residents of Japan count": (counting, "if residence is None or residence == rules.home:", "if residence is None:"),
    "unknown residence is from overseas": (
        counting,
        "if country not in (None, rules.home)",
        "if country != rules.home",
    ),
    "nobody has to sign": (counting, "return not signed or bool(entry.operator and entry.reason)", "return True"),
    "partners' aggregates are evidence": (
        counting,
        'not in classes.get(entry.kind, "")',
        'not in classes.get(entry.kind, "") + "FG"',
    ),
    "on site and on line are added": (
        counting,
        "both=sum(bool(p.on_site and p.online) for p in people)",
        "both=0",
    ),
    "a visit is an event": (counting, "visits=sum(len(p.event_days)", "visits=sum(len({e for e, _ in p.event_days})"),
    "voids are overlooked": (corrections, "gone.add(subject)", "pass"),
    "a voided void still takes out": (corrections, "if position not in gone and subject", "if subject"),
    "splits are overlooked": (corrections, "gone |= _undone_merges(corrections, gone)", "pass"),
    "merges are overlooked": (corrections, 'entry.kind == "merge" and entry.other', 'entry.kind == "" and entry.other'),
    "merges are not transitive": (
        corrections,
        "return root if parent",
        "return (lambda p: parent.get(p, p)) if parent",
    ),
    "the first declaration holds": (
        corrections,
        "latest = max(corrections or snapshots",
        "latest = min(corrections or snapshots",
    ),
    "residence entries do not override": (corrections, "max(corrections or snapshots", "max(snapshots or corrections"),
    "role entries are overlooked": (corrections, "if named else fact.role", "if False else fact.role"),
    "touching stays overlap": (intervals, "covered + (end - until)", "covered + (end - start)"),
}


def source(module: ModuleType) -> str:
    return Path(str(module.__file__)).read_text()


def broken(module: ModuleType, old: str, new: str) -> Count:
    """Return the counting with one piece of its text replaced."""
    text = source(module)
    assert old in text, f"the text has changed: {old}"
    names: dict[str, object] = {"__name__": f"{module.__name__}_with_a_bug"}
    exec(compile(text.replace(old, new), str(module.__file__), "exec"), names)
    if module is counting:
        return lambda entries: plain(names["count"](entries, fiscal_year=YEAR))  # type: ignore[operator]
    counted: dict[str, object] = {"__name__": "counting_with_a_bug"}
    exec(compile(source(counting), str(counting.__file__), "exec"), counted)
    counted.update({name: value for name, value in names.items() if name in counted and not name.startswith("__")})
    return lambda entries: plain(counted["count"](entries, fiscal_year=YEAR))  # type: ignore[operator]


@pytest.fixture(scope="module")
def ledgers() -> list[tuple[list[Evidence], dict]]:
    """Ledgers with their figures by brute force: a small town, delivered with repetitions, and some without sense."""
    made = town(SMALL, seed=1).ledger
    random = [random_ledger(Random(number)) for number in range(1_000)]
    return [(made + made[::10], oracle.count_apart(made, YEAR)), *((e, oracle.count(e, YEAR)) for e in random)]


def finds(count: Count, ledgers: list[tuple[list[Evidence], dict]]) -> bool:
    return any(count(entries) != expected for entries, expected in ledgers)


@pytest.mark.parametrize("name", BUGS)
def test_brute_force_finds_the_bug(name, ledgers):
    assert finds(broken(*BUGS[name]), ledgers)


def test_brute_force_finds_nothing_where_there_is_no_bug(ledgers):
    for module in (counting, corrections, intervals):
        assert not finds(broken(module, "def ", "def "), ledgers)


def test_there_are_many_bugs():
    assert len({(module, old, new) for module, old, new in BUGS.values()}) == len(BUGS) >= 15
