"""KPI 2 by rule set `kpi2-v1`: one pure function from ledger entries to every figure that is published.

KPI 2 of fiscal year F is the number of distinct natural persons whose usual residence is outside Japan and who have at
least one qualifying presence, under a countable role, at an in-scope event, scheduled to start in F.

What the definition leaves open is decided here:

* An event-day is an event and the JST date of the *scheduled* start. A session across midnight belongs to the day on
  which it starts, whatever moments were measured; its fiscal year likewise.
* On site needs no duration. On line needs closed, measured time of one event-day: overlaps count once, sessions of the
  day add up, "at least" includes the threshold itself, measured time is not cut to the schedule. An entry with no end,
  or an end before its start, measures nothing. At threshold 0 any measured stay counts, also one of no length.
* A session shorter than 20 minutes counts from half of its length, measured within that session. When entries disagree
  about the length, the longest holds. Sensitivity varies the threshold alone, not this share.
* A one-to-one meeting counts from 5 minutes that both shared; time spent waiting alone is not participation, and nobody
  meets himself (two pseudonyms merged). Shared time also adds to the event-day.
* Roles belong to evidence: minutes under a staff ticket never fill up minutes under a visitor's ticket. Who holds both
  counts by what was done under the countable one.
* The lines "core alone" and "with exhibitors" run the whole rule again on their own evidence.
* Residence is one per natural person and year: the declarations of that year's admissible evidence, whatever its role
  and scope, and residence entries, which override. A resident of Japan or of nowhere known is counted by no figure but
  `unknown_residence`.
* Visits and participations are those of the people counted: persons per event-day, persons per event.
* Evidence of class E counts when a named operator reviewed it and said why; so does a manual check-in.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from msgspec import Struct

from app.attendance.ledger_entry import Evidence
from app.kpi.corrections import KINDS, Person, declared_residence, declared_role, grouped, same_person, standing
from app.kpi.fiscal import bounds, day_of
from app.kpi.intervals import Interval, length, shared, union
from app.kpi.rules import KPI2_V1, Rules

EventDay = tuple[UUID, date]

_Meeting = tuple[UUID, UUID, EventDay, UUID | None]

_NEVER = timedelta.min  # no measured presence, below every threshold
_ALWAYS = timedelta.max  # counts at every threshold


class CountryRow(Struct, frozen=True, kw_only=True):
    """Persons counted by country of usual residence; `people` = `on_site` + `online` - `both`."""

    country: str
    people: int
    on_site: int
    online: int
    both: int


class Figure(Struct, frozen=True, kw_only=True):
    """Everything that KPI 2 publishes of one fiscal year and that the ledger alone decides.

    Attributes:
        rule: name of the rule set.
        people: the number itself: natural persons from overseas, each once.
        on_site, online, both: those seen on site, on line, in both ways; never to be added up.
        core_only: people counted by core events alone.
        visits: people once per event-day. participations: people once per event.
        unknown_residence: persons who would count if their residence were known and overseas.
        by_country: rows of `people`, largest first, equal ones by code. Not for the public before folding.
        sensitivity: `people` by online threshold in minutes.
        with_exhibitors: `people` if exhibitors counted too.
        conflicts: persons with qualifying presence, of whatever residence, whose declarations name two countries.
    """

    rule: str
    fiscal_year: int
    people: int
    on_site: int
    online: int
    both: int
    core_only: int
    visits: int
    participations: int
    unknown_residence: int
    by_country: tuple[CountryRow, ...]
    sensitivity: dict[str, int]
    with_exhibitors: int
    conflicts: int


class CountedPerson(Struct, frozen=True, kw_only=True):
    """Why a natural person counts: the qualifying event-days, and the positions of all evidence of those days."""

    person: UUID
    residence: str
    conflict: bool
    event_days: tuple[EventDay, ...]
    on_site: tuple[EventDay, ...]
    online: tuple[EventDay, ...]
    positions: tuple[int, ...]


class _Fact(Struct, frozen=True, gc=False):
    """Admissible evidence of the year, with corrections applied. Only online evidence has a stay."""

    entry: Evidence
    person: UUID
    role: str
    day: EventDay
    stay: Interval | None
    partner: UUID | None

    @property
    def meeting(self) -> _Meeting | None:
        return None if self.partner is None else (self.person, self.partner, self.day, self.entry.session)


class _Presence(Struct, frozen=True, gc=False):
    """One person on one event-day: `online` is the highest threshold at which online evidence counts."""

    on_site: bool
    online: timedelta
    facts: list[_Fact]

    @property
    def counts_from(self) -> timedelta:
        return _ALWAYS if self.on_site else self.online


_Residence = tuple[str | None, bool]
_Presences = Mapping[UUID, Mapping[EventDay, _Presence]]


class _Year(Struct, frozen=True):
    """The ledger as one fiscal year sees it."""

    facts: list[_Fact]
    meetings: dict[_Meeting, list[Interval]]
    residence: dict[UUID, _Residence]


def count(entries: Iterable[Evidence], *, fiscal_year: int, rules: Rules = KPI2_V1) -> Figure:
    """Count a fiscal year; order and repetition of entries do not matter.

    UUIDs are compared and never looked into, so their text will do as well, if all entries have it (`queries`). For the
    state at a freeze or at a ledger head, pass the entries up to that position. `ValueError` for a ledger in
    which one position holds two different entries.
    """
    year = _read(entries, fiscal_year=fiscal_year, rules=rules)
    exhibitors = _presences(year, rules=rules)
    presences = _line(exhibitors, year, roles=rules.countable_roles, scopes=rules.headline_scopes, rules=rules)
    core = _line(presences, year, roles=rules.countable_roles, scopes=rules.core_scopes, rules=rules)
    present = _present(presences, minutes=rules.threshold_minutes)
    people = _people(year, presences, rules=rules)
    overseas = {person for person, (country, _) in year.residence.items() if country not in (None, rules.home)}
    return Figure(
        rule=rules.rule,
        fiscal_year=fiscal_year,
        people=len(people),
        on_site=sum(bool(p.on_site) for p in people),
        online=sum(bool(p.online) for p in people),
        both=sum(bool(p.on_site and p.online) for p in people),
        core_only=len(_present(core, minutes=rules.threshold_minutes) & overseas),
        visits=sum(len(p.event_days) for p in people),
        participations=sum(len({event for event, _ in p.event_days}) for p in people),
        unknown_residence=sum(year.residence[person][0] is None for person in present),
        by_country=_by_country(people),
        sensitivity={str(m): len(_present(presences, minutes=m) & overseas) for m in rules.sensitivity_minutes},
        with_exhibitors=len(_present(exhibitors, minutes=rules.threshold_minutes) & overseas),
        conflicts=sum(year.residence[person][1] for person in present),
    )


def counted_people(
    entries: Iterable[Evidence], *, fiscal_year: int, rules: Rules = KPI2_V1
) -> tuple[CountedPerson, ...]:
    """The people behind `Figure.people`, by pseudonym: as many as the figure says, each with the evidence."""
    year = _read(entries, fiscal_year=fiscal_year, rules=rules)
    widest = _presences(year, rules=rules)
    presences = _line(widest, year, roles=rules.countable_roles, scopes=rules.headline_scopes, rules=rules)
    return _people(year, presences, rules=rules)


def _read(entries: Iterable[Evidence], *, fiscal_year: int, rules: Rules) -> _Year:
    ledger = standing(entries)
    person = same_person(e for e in ledger if e.kind in KINDS)
    start, end = (moment.astimezone(UTC) for moment in bounds(fiscal_year))  # compared several times faster
    of_year = [e for e in ledger if e.scheduled_at is None or start <= e.scheduled_at < end]
    corrections = [e for e in of_year if e.kind in KINDS]
    roles = grouped(corrections, kind="role", person=person)
    facts = [fact for e in of_year if _is_admissible(e, rules) and (fact := _fact(e, person=person, roles=roles))]
    residences = grouped(corrections, kind="residence", person=person)
    return _Year(facts, _meetings(facts), _residences(facts, residences))


def _is_admissible(entry: Evidence, rules: Rules) -> bool:
    """Whether the rules trust this class of evidence for its mode, and somebody signed what rests on a word."""
    classes = rules.on_site_classes if entry.mode == "on_site" else rules.online_classes
    if entry.mode is None or entry.evidence_class not in classes.get(entry.kind, ""):
        return False
    signed = entry.kind in rules.signed_kinds or entry.evidence_class in rules.reviewed_classes
    return not signed or bool(entry.operator and entry.reason)


def _fact(entry: Evidence, *, person: Person, roles: Mapping[UUID, Sequence[Evidence]]) -> _Fact | None:
    """The entry with its corrections applied; None when it belongs to no event-day."""
    if entry.event is None or entry.scheduled_at is None:
        return None
    who = person(entry.person)
    role = declared_role(entry, roles[who]) if roles and who in roles else entry.role
    partner = person(entry.other) if entry.other else None
    return _Fact(entry, who, role, (entry.event, day_of(entry.scheduled_at)), _stay(entry), partner)


def _stay(entry: Evidence) -> Interval | None:
    start, end = entry.starts_at, entry.ends_at
    return (start, end) if entry.mode == "online" and start and end and start <= end else None


def _meetings(facts: Iterable[_Fact]) -> dict[_Meeting, list[Interval]]:
    """Stays in one-to-one meetings, keyed by who stayed, the partner, and where. Any role will do for a partner."""
    stays: dict[_Meeting, list[Interval]] = defaultdict(list)
    for fact in facts:
        if fact.partner is not None and fact.stay and fact.meeting and fact.partner != fact.person:
            stays[fact.meeting].append(fact.stay)
    return {meeting: union(intervals) for meeting, intervals in stays.items()}


def _residences(facts: Iterable[_Fact], corrections: Mapping[UUID, Sequence[Evidence]]) -> dict[UUID, _Residence]:
    declared: dict[UUID, list[Evidence]] = defaultdict(list)
    for fact in facts:
        declared[fact.person].append(fact.entry)
    return {person: declared_residence(own, corrections.get(person, ())) for person, own in declared.items()}


def _presences(year: _Year, *, rules: Rules) -> _Presences:
    """Presence per person and event-day by the widest line: exhibitors as well, core and linked events."""
    roles = rules.countable_roles | rules.exhibitor_roles
    groups: dict[UUID, dict[EventDay, list[_Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in year.facts:
        if fact.role in roles and fact.entry.scope in rules.headline_scopes:
            groups[fact.person][fact.day].append(fact)
    return {
        person: {day: _presence(facts, meetings=year.meetings, rules=rules) for day, facts in days.items()}
        for person, days in groups.items()
    }


def _line(
    wider: _Presences, year: _Year, *, roles: Container[str], scopes: Container[str | None], rules: Rules
) -> _Presences:
    """The same by evidence under these roles in these scopes alone; only days that lose some are measured anew."""
    line: dict[UUID, dict[EventDay, _Presence]] = defaultdict(dict)
    for person, days in wider.items():
        for day, presence in days.items():
            facts = [fact for fact in presence.facts if fact.role in roles and fact.entry.scope in scopes]
            if len(facts) == len(presence.facts):
                line[person][day] = presence
            elif facts:
                line[person][day] = _presence(facts, meetings=year.meetings, rules=rules)
    return line


def _presence(facts: list[_Fact], *, meetings: Mapping[_Meeting, list[Interval]], rules: Rules) -> _Presence:
    stayed = [fact for fact in facts if fact.stay]
    on_site = len(stayed) < len(facts) and any(fact.entry.mode == "on_site" for fact in facts)
    if not stayed:
        return _Presence(on_site=on_site, online=_NEVER, facts=facts)
    followed = [fact for fact in stayed if fact.partner is None]
    met = _met((fact for fact in stayed if fact.partner is not None), meetings)
    if _is_short_followed(followed, rules) or any(length(m) >= timedelta(minutes=rules.meeting_minutes) for m in met):
        return _Presence(on_site=on_site, online=_ALWAYS, facts=facts)
    stays = [fact.stay for fact in followed if fact.stay] + [interval for together in met for interval in together]
    return _Presence(on_site=on_site, online=length(stays) if stays else _NEVER, facts=facts)


def _met(facts: Iterable[_Fact], meetings: Mapping[_Meeting, list[Interval]]) -> list[list[Interval]]:
    """Time shared with the partner, for each one-to-one meeting by itself."""
    stays: dict[_Meeting, list[Interval]] = defaultdict(list)
    for fact in facts:
        if fact.stay and fact.meeting:
            stays[fact.meeting].append(fact.stay)
    return [
        shared(own, meetings.get((partner, person, day, session), ()))
        for (person, partner, day, session), own in stays.items()
    ]


def _is_short_followed(facts: Sequence[_Fact], rules: Rules) -> bool:
    """Whether the required share of a short session was measured within it."""
    lengths = {fact.entry.scheduled_minutes for fact in facts}
    if not any(0 < (minutes or 0) < rules.short_session_minutes for minutes in lengths):
        return False  # as a rule: no entry speaks of a short session
    sessions: dict[UUID, list[_Fact]] = defaultdict(list)
    for fact in facts:
        if fact.entry.session:
            sessions[fact.entry.session].append(fact)
    for session in sessions.values():
        scheduled = max(fact.entry.scheduled_minutes or 0 for fact in session)
        if 0 < scheduled < rules.short_session_minutes:
            share = timedelta(minutes=scheduled) * rules.short_session_percent / 100
            if length(fact.stay for fact in session if fact.stay) >= share:
                return True
    return False


def _present(presences: _Presences, *, minutes: int) -> set[UUID]:
    """Persons with at least one qualifying presence, of whatever residence."""
    bar = timedelta(minutes=minutes)
    return {person for person, days in presences.items() if max(p.counts_from for p in days.values()) >= bar}


def _people(year: _Year, presences: _Presences, *, rules: Rules) -> tuple[CountedPerson, ...]:
    bar = timedelta(minutes=rules.threshold_minutes)
    counted = []
    for person in sorted(presences):
        residence, conflict = year.residence[person]
        if residence is None or residence == rules.home:
            continue
        days = presences[person]
        qualifying = [day for day in sorted(days) if days[day].counts_from >= bar]
        if qualifying:
            counted.append(
                CountedPerson(
                    person=person,
                    residence=residence,
                    conflict=conflict,
                    event_days=tuple(qualifying),
                    on_site=tuple([day for day in qualifying if days[day].on_site]),
                    online=tuple([day for day in qualifying if days[day].online >= bar]),
                    positions=tuple(sorted([fact.entry.position for day in qualifying for fact in days[day].facts])),
                )
            )
    return tuple(counted)


def _by_country(people: Iterable[CountedPerson]) -> tuple[CountryRow, ...]:
    residents: dict[str, list[CountedPerson]] = defaultdict(list)
    for person in people:
        residents[person.residence].append(person)
    rows = [
        CountryRow(
            country=country,
            people=len(group),
            on_site=sum(bool(p.on_site) for p in group),
            online=sum(bool(p.online) for p in group),
            both=sum(bool(p.on_site and p.online) for p in group),
        )
        for country, group in residents.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.people, row.country)))
