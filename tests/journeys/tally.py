"""KPI 2 counted by brute force from what the people of the journey did; nothing of the product is used.

Time on line is a set of cells of five seconds, a person is a number of the crowd, and every figure is a plain loop.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tests.journeys.agenda import SCOPE, Scan, Visit
from tests.journeys.crowd import REGION, Wanted

CELL = 5
SILENCE = 45
"""Seconds after its last sign of life up to which a page was there."""
COUNTABLE = {"visitor", "student", "delegate"}
NOWHERE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Fact(Struct, frozen=True):
    """That a person was at an event on a day: at a gate (`cells` None) or on line in these cells.

    `known_at` is when it was written down.
    """

    person: int
    role: str
    event: str
    day: dt.date
    residence: str | None
    known_at: dt.datetime
    cells: frozenset[int] | None = None


def entry(scan: Scan, known_at: dt.datetime) -> Fact | None:
    """Return what an admitted entry proves."""
    if scan.expected is not None or scan.direction != "entry":
        return None
    held = scan.held
    return Fact(held.wanted.person.number, held.role, scan.gate.event, scan.at.date(), held.residence, known_at)


def stay(visit: Visit) -> Fact | None:
    """Return what a visit proves, or None for one that never saw the session running."""
    session, held = visit.session, visit.held
    alive = [sign for sign in visit.signs if session.starts_at <= sign < session.ends_at]
    if not alive:
        return None
    cells: set[int] = set()
    for sign, following in zip(alive, [*alive[1:], visit.left or session.ends_at], strict=True):
        until = min(following, sign + dt.timedelta(seconds=SILENCE), session.ends_at)
        cells.update(range(_second(sign) // CELL, _second(until) // CELL))
    known_at = visit.left or session.ends_at
    person = held.wanted.person.number
    return Fact(person, held.role, session.event, session.day, held.residence, known_at, frozenset(cells))


def _second(moment: dt.datetime) -> int:
    return round((moment - NOWHERE).total_seconds())


def figures(facts: Iterable[Fact], wanted: Iterable[Wanted]) -> dict[str, object]:
    """Return every number of the KPI's answer that follows from what people did and declared."""
    facts = list(facts)
    residence = _residences(facts, wanted := list(wanted))
    overseas = {p for p, country in residence.items() if country not in {None, "JP"}}
    counted = [f for f in facts if f.role in COUNTABLE and SCOPE[f.event] in {"core", "linked"}]
    core = [f for f in counted if SCOPE[f.event] == "core"]
    gate, online = _at_gates(counted), _on_line(counted, minutes=10)
    here, there = {p for p, _, _ in gate} & overseas, {p for p, _, _ in online} & overseas
    days = {mark for mark in gate | online if mark[0] in overseas}
    return {
        "people": len(here | there),
        "on_site": len(here),
        "online": len(there),
        "both": len(here & there),
        "core_only": len(_people(core, minutes=10) & overseas),
        "visits": len(days),
        "participations": len({(person, event) for person, event, _ in days}),
        "registrations": sum(w.residence not in {None, "JP"} for w in wanted),
        "unknown_residence": sum(residence[p] is None for p in _people(counted, minutes=10)),
        "by_country": _by_country(here, there, residence),
        "sensitivity": {str(m): len(_people(counted, minutes=m) & overseas) for m in (0, 1, 10, 30)},
    }


def _residences(facts: Iterable[Fact], wanted: Sequence[Wanted]) -> dict[int, str | None]:
    """Return where everybody lives: by the latest declaration of who declared two, else by what was written down."""
    found: dict[int, str | None] = {}
    for fact in sorted(facts, key=lambda fact: fact.known_at):
        found[fact.person] = fact.residence or found.get(fact.person)
    declared: dict[int, list[str]] = {}
    for want in wanted:
        declared.setdefault(want.person.number, []).append(want.residence)
    return found | {p: homes[-1] for p, homes in declared.items() if p in found and len(set(homes)) > 1}


Mark = tuple[int, str, dt.date]


def _at_gates(facts: Iterable[Fact]) -> set[Mark]:
    return {(f.person, f.event, f.day) for f in facts if f.cells is None}


def _on_line(facts: list[Fact], *, minutes: int) -> set[Mark]:
    """Return who was on line for so long at which event on which day; no time at all is enough for nought."""
    cells: dict[Mark, set[int]] = {}
    for fact in facts:
        if fact.cells is not None:
            cells.setdefault((fact.person, fact.event, fact.day), set()).update(fact.cells)
    return {mark for mark, covered in cells.items() if len(covered) * CELL >= minutes * 60}


def _people(facts: list[Fact], *, minutes: int) -> set[int]:
    return {person for person, _, _ in _at_gates(facts) | _on_line(facts, minutes=minutes)}


def _by_country(here: set[int], there: set[int], residence: dict[int, str | None]) -> list[dict[str, object]]:
    """Return the rows of the table, the largest first, equal ones by code."""
    rows = []
    for country, region in REGION.items():
        on_site = sum(residence[p] == country for p in here)
        online = sum(residence[p] == country for p in there)
        both = sum(residence[p] == country for p in here & there)
        row = {"country": country, "region": region, "on_site": on_site, "online": online, "both": both}
        rows.append(row | {"people": on_site + online - both})
    rows = [row for row in rows if row["people"]]
    return sorted(rows, key=lambda row: (-int(str(row["people"])), str(row["country"])))
