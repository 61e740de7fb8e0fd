"""KPI 2 as it stands now: the figure, and the people behind it."""

import datetime as dt
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from app.core.chain import Link
from app.core.errors import NotFound
from app.core.i18n import gettext as _
from app.kpi import queries
from app.kpi.corrections import same_person, standing
from app.kpi.counting import CountedPerson, CountryRow, Figure, counted_people
from app.kpi.freezing.entered import targets_of
from app.kpi.freezing.frozen import frozen
from app.kpi.live import BATCH, counted, live
from app.kpi.publishing.folding import WORLD, PublicRow, regions
from app.kpi.rules import KPI2_V1
from app.kpi.schemas import EventDay, Explanation, KpiFigure, People, Person
from app.kpi.tally import group

NUMBER = 2
"""The indicator of the plan that this package counts."""
REMEMBERED = dt.timedelta(seconds=2)
"""How long a process trusts a number of registrations: they are not in the ledger, and counting them takes a while."""
NOBODY = UUID(int=0)


class Report(Struct, frozen=True):
    """A figure for officers, with the two side lines that are not published."""

    figure: KpiFigure
    with_exhibitors: int
    conflicts: int


_registrations: dict[int, tuple[dt.datetime, Link, int]] = {}


async def figure(*, fiscal_year: int, now: dt.datetime) -> KpiFigure:
    """Return the figure of a fiscal year with every country: for officers only (see `publishing.public`)."""
    return (await report(fiscal_year=fiscal_year, now=now)).figure


async def report(*, fiscal_year: int, now: dt.datetime) -> Report:
    """Return the figure with its side lines, all as of one ledger head."""
    found, head = await counted(fiscal_year)
    registrations = await _registered(fiscal_year, head=head, now=now)
    shown = replace(
        _figure(found, head, registrations),
        targets=await targets_of(fiscal_year),
        frozen=await frozen(fiscal_year),
    )
    return Report(shown, found.with_exhibitors, found.conflicts)


def _figure(found: Figure, head: Link, registrations: int) -> KpiFigure:
    return KpiFigure(
        fiscal_year=found.fiscal_year,
        rule=found.rule,
        people=found.people,
        on_site=found.on_site,
        online=found.online,
        both=found.both,
        core_only=found.core_only,
        visits=found.visits,
        participations=found.participations,
        registrations=registrations,
        unknown_residence=found.unknown_residence,
        by_country=tuple(_row(row) for row in found.by_country),
        sensitivity=found.sensitivity,
        targets=None,
        ledger_head=head.digest.hex(),
    )


def _row(row: CountryRow) -> PublicRow:
    return PublicRow(
        country=row.country,
        region=regions().get(row.country, WORLD),
        people=row.people,
        on_site=row.on_site,
        online=row.online,
        both=row.both,
    )


async def _registered(fiscal_year: int, *, head: Link, now: dt.datetime) -> int:
    """Read the number of registrations, or remember it: between two moments, never within one, nor past an entry."""
    read_at, read_head, known = _registrations.get(fiscal_year, (now, None, 0))
    if read_head == head and read_at < now <= read_at + REMEMBERED:
        return known
    found = await queries.registrations(fiscal_year=fiscal_year, home=KPI2_V1.home)
    _registrations[fiscal_year] = (now, head, found)
    return found


async def people(*, fiscal_year: int, after: UUID | None, limit: int) -> People:
    """Return the next `limit` people counted, by pseudonym after `after`; together they are the published number."""
    state = await live(fiscal_year)
    at, found = after or NOBODY, list[CountedPerson]()
    while len(found) <= limit:
        names = await queries.persons(fiscal_year=fiscal_year, upto=state.head.position, after=at, limit=BATCH)
        if not names:
            break
        members = {member for name in names for member in group(state.kin, name)}
        entries = await queries.ledger_of(members, fiscal_year=fiscal_year, upto=state.head.position)
        in_reach = counted_people(entries, fiscal_year=fiscal_year)
        found += [person for person in in_reach if at < person.person <= names[-1]]
        at = names[-1]
    return People(
        fiscal_year=fiscal_year,
        rule=KPI2_V1.rule,
        ledger_head=state.head.digest.hex(),
        people=[_person(person) for person in found[:limit]],
        next=found[limit - 1].person if len(found) > limit else None,
    )


async def explain(*, fiscal_year: int, person: UUID) -> Explanation:
    """Return the evidence about a pseudonym's person and what the rules make of it, or raise `NotFound`."""
    state = await live(fiscal_year)
    members = group(state.kin, person)
    entries = await queries.ledger_of(members, fiscal_year=fiscal_year, upto=state.head.position)
    stands_for = same_person(standing(entries))
    pseudonyms = {member for member in members if stands_for(member) == stands_for(person)}
    own = [entry for entry in entries if entry.person in pseudonyms or entry.other in pseudonyms]
    if not own:
        raise NotFound(_("The ledger of this fiscal year does not know this pseudonym."))
    people_counted = counted_people(entries, fiscal_year=fiscal_year)
    counts = next((found for found in people_counted if found.person == stands_for(person)), None)
    return Explanation(
        fiscal_year=fiscal_year,
        rule=KPI2_V1.rule,
        ledger_head=state.head.digest.hex(),
        pseudonyms=sorted(pseudonyms),
        counted=_person(counts) if counts else None,
        positions=counts.positions if counts else (),
        evidence=own,
    )


def _person(found: CountedPerson) -> Person:
    return Person(
        person=found.person,
        residence=found.residence,
        conflict=found.conflict,
        event_days=tuple(
            EventDay(event=event, day=day, on_site=(event, day) in found.on_site, online=(event, day) in found.online)
            for event, day in found.event_days
        ),
    )
