"""Rule by rule: what counts, what does not, and what each figure says about it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kpi.counting import CountryRow, Figure, count, counted_people
from app.kpi.rules import KPI2_V1, RULE_SETS

from .ledgers import OPENING, RECORDED, YEAR, correction, event, manual, person, scan, session, stay, ticket

LATER = RECORDED + timedelta(hours=1)


def figure(*entries) -> Figure:
    return count(entries, fiscal_year=YEAR)


def people(*entries) -> int:
    return figure(*entries).people


def test_empty_ledger():
    nothing = figure()
    assert (nothing.rule, nothing.fiscal_year, nothing.people, nothing.by_country) == ("kpi2-v1", YEAR, 0, ())
    assert nothing.sensitivity == {"0": 0, "1": 0, "10": 0, "30": 0}
    assert RULE_SETS == {"kpi2-v1": KPI2_V1}


def test_a_person_counts_once_however_often_seen():
    next_day = OPENING + timedelta(days=1)
    found = figure(
        scan(1),
        scan(2),
        scan(3, scheduled_at=next_day),
        scan(4, event=event(2)),
        stay(5, event=event(2)),
        scan(6, who=2, residence="KR"),
    )
    assert (found.people, found.visits, found.participations) == (2, 4, 3)


def test_on_site_and_online_are_never_added():
    found = figure(scan(1), stay(2), scan(3, who=2, residence="KR"), stay(4, who=3, residence="KR"))
    assert (found.people, found.on_site, found.online, found.both) == (3, 2, 2, 1)
    assert found.by_country == (
        CountryRow(country="KR", people=2, on_site=1, online=1, both=0),
        CountryRow(country="SG", people=1, on_site=1, online=1, both=1),
    )


@pytest.mark.parametrize(("residence", "counted", "unknown"), [("SG", 1, 0), ("TW", 1, 0), ("JP", 0, 0), (None, 0, 1)])
def test_overseas_is_residence_outside_japan(residence, counted, unknown):
    found = figure(scan(1, residence=residence))
    assert (found.people, found.unknown_residence) == (counted, unknown)
    assert (found.visits, found.participations, found.on_site) == (counted, counted, counted)


def test_unknown_residence_only_of_those_who_would_count():
    assert (
        figure(stay(1, residence=None, minutes=5), scan(2, who=2, residence=None, role="staff")).unknown_residence == 0
    )


def test_latest_declaration_wins_and_the_conflict_is_flagged():
    moved = [scan(1, residence="JP"), scan(2, residence="SG", recorded_at=LATER)]
    assert (figure(*moved).people, figure(*moved).conflicts) == (1, 1)
    back = [scan(1, residence="JP", recorded_at=LATER), scan(2, residence="SG")]
    assert (figure(*back).people, figure(*back).conflicts) == (0, 1)


def test_position_breaks_a_tie_between_declarations():
    assert people(scan(1, residence="JP"), scan(2, residence="SG")) == 1
    assert people(scan(1, residence="SG"), scan(2, residence="JP")) == 0


def test_a_declaration_beats_not_knowing_and_is_no_conflict():
    found = figure(scan(1, residence="SG"), scan(2, residence=None, recorded_at=LATER))
    assert (found.people, found.conflicts, found.unknown_residence) == (1, 0, 0)


def test_declarations_of_another_year_move_nothing():
    after = OPENING + timedelta(days=365)
    assert figure(scan(1), scan(2, residence="JP", scheduled_at=after, recorded_at=after)).people == 1
    entry = correction(2, "residence", residence="JP", recorded_at=after)
    assert people(scan(1), entry) == 0
    assert people(scan(1), correction(2, "residence", residence="JP", recorded_at=after, scheduled_at=after)) == 1


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        (scan(1), 1),
        (manual(1), 1),
        (manual(1, operator=None), 0),
        (manual(1, reason=""), 0),
        (manual(1, evidence_class="A"), 0),
        (scan(1, evidence_class="F"), 0),
        (scan(1, mode=None), 0),
        (scan(1, mode="online"), 0),
        (scan(1, event=None), 0),
        (scan(1, scheduled_at=None), 0),
        (stay(1, mode="on_site"), 0),
    ],
)
def test_on_site_is_an_admitted_scan_or_a_signed_check_in(entry, counted):
    assert (people(entry), figure(entry).on_site) == (counted, counted)


@pytest.mark.parametrize(
    ("kind", "evidence_class", "signed", "counted"),
    [
        ("presence", "C", False, 1),
        ("presence", "D", False, 0),
        ("import", "D", False, 1),
        ("import", "C", False, 0),
        ("import", "E", False, 0),
        ("import", "E", True, 1),
        ("import", "F", True, 0),
        ("import", "G", True, 0),
    ],
)
def test_evidence_classes_online(kind, evidence_class, signed, counted):
    review = {"operator": "o-1", "reason": "same address and name"} if signed else {}
    assert people(stay(1, kind=kind, evidence_class=evidence_class, **review)) == counted


@pytest.mark.parametrize(
    ("stays", "counted"),
    [
        ([(0, 10)], 1),
        ([(0, 9.99)], 0),
        ([(0, 5), (30, 5)], 1),
        ([(0, 6), (3, 6)], 0),  # 9 minutes: two tabs do not double
        ([(0, 6), (0, 6)], 0),
        ([(0, 5), (5, 5)], 1),
        ([(0, 10), (2, 1)], 1),
        ([(0, -20)], 0),
    ],
)
def test_online_is_the_union_of_measured_intervals(stays, counted):
    entries = [stay(n, begin=b, minutes=m) for n, (b, m) in enumerate(stays, start=1)]
    assert people(*entries) == counted


def test_an_open_interval_measures_nothing():
    open_end = figure(stay(1, ends_at=None))
    assert (open_end.people, open_end.sensitivity["0"]) == (0, 0)


def test_sessions_of_one_event_day_add_up_but_not_days_or_events():
    half = {"minutes": 6}
    assert people(stay(1, **half), stay(2, begin=20, session=session(2), **half)) == 1
    assert people(stay(1, **half), stay(2, begin=20, event=event(2), **half)) == 0
    assert people(stay(1, **half), stay(2, begin=20, scheduled_at=OPENING + timedelta(days=1), **half)) == 0


def test_a_session_across_midnight_is_one_event_day():
    late = datetime(2026, 11, 14, 14, 30, tzinfo=UTC)  # 23:30 in Japan
    first = stay(1, scheduled_at=late, starts_at=late, ends_at=late + timedelta(minutes=6))
    second = stay(2, scheduled_at=late, starts_at=late + timedelta(minutes=40), ends_at=late + timedelta(minutes=46))
    found = figure(first, second)
    assert (found.people, found.visits) == (1, 1)


@pytest.mark.parametrize(
    ("scheduled", "minutes", "counted"),
    [(19, 9.5, 1), (19, 9.4, 0), (10, 5, 1), (10, 4.9, 0), (20, 9.9, 0), (1, 0.5, 1), (0, 5, 0), (None, 5, 0)],
)
def test_half_of_a_short_session_is_enough(scheduled, minutes, counted):
    assert people(stay(1, scheduled_minutes=scheduled, minutes=minutes)) == counted


def test_the_half_is_measured_within_that_session():
    short = {"scheduled_minutes": 16, "minutes": 4}
    assert people(stay(1, **short), stay(2, begin=4, session=session(2), **short)) == 0
    assert people(stay(1, **short), stay(2, begin=4, **short)) == 1


def test_the_longest_schedule_holds_when_entries_disagree():
    assert people(stay(1, scheduled_minutes=10, minutes=5), stay(2, scheduled_minutes=30, minutes=5)) == 0


def _meeting(first: tuple[float, float], second: tuple[float, float], **changes) -> list:
    common = {"session": session(9), "scheduled_minutes": None, **changes}
    return [
        stay(1, 1, begin=first[0], minutes=first[1], other=person(2), **common),
        stay(
            2, 2, begin=second[0], minutes=second[1], other=person(1), **{**common, "residence": "JP", "role": "staff"}
        ),
    ]


@pytest.mark.parametrize(
    ("first", "second", "counted"),
    [((0, 5), (0, 5), 1), ((0, 30), (25, 30), 1), ((0, 30), (26, 30), 0), ((0, 30), (40, 5), 0)],
)
def test_a_meeting_counts_from_five_shared_minutes(first, second, counted):
    assert people(*_meeting(first, second)) == counted


def test_waiting_alone_in_a_meeting_is_nothing():
    alone = figure(_meeting((0, 60), (0, 60))[0])
    assert (alone.people, alone.sensitivity["0"]) == (0, 0)


def test_nobody_meets_himself():
    assert people(*_meeting((0, 30), (0, 30)), correction(3, "merge", 1, other=person(2), residence="SG")) == 0


def test_shared_time_adds_to_the_event_day():
    talk = stay(3, begin=20, minutes=6)
    assert people(*_meeting((0, 4), (0, 4)), talk) == 1
    assert people(*_meeting((0, 3.9), (0, 4)), talk) == 0


@pytest.mark.parametrize("role", ["staff", "contractor", "exhibitor", "press", "test", ""])
def test_roles_that_never_count_by_themselves(role):
    found = figure(scan(1, role=role))
    assert (found.people, found.with_exhibitors) == (0, int(role == "exhibitor"))


@pytest.mark.parametrize("role", ["delegate", "visitor", "speaker", "award_entrant", "city_delegation", "student"])
def test_countable_roles(role):
    assert people(scan(1, role=role)) == 1


def test_who_holds_both_counts_by_the_countable_one():
    staff = {"role": "staff", "ticket": ticket(2)}
    assert people(scan(1, **staff), scan(2)) == 1
    assert figure(scan(1, **staff), stay(2)).on_site == 0
    assert people(stay(1, minutes=6, **staff), stay(2, begin=6, minutes=6)) == 0


def test_with_exhibitors_is_the_whole_rule_again():
    found = figure(stay(1, minutes=6, role="exhibitor"), stay(2, begin=6, minutes=6), scan(3, who=2))
    assert (found.people, found.with_exhibitors) == (1, 2)


@pytest.mark.parametrize(("scope", "counted", "core"), [("core", 1, 1), ("linked", 1, 0), ("out", 0, 0), (None, 0, 0)])
def test_scope(scope, counted, core):
    found = figure(scan(1, scope=scope))
    assert (found.people, found.core_only) == (counted, core)


def test_core_and_linked_are_deduplicated():
    found = figure(scan(1, scope="core"), scan(2, event=event(2)), scan(3, who=2, event=event(2)))
    assert (found.people, found.core_only, found.participations) == (2, 1, 3)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, [1, 0, 0, 0]),
        (0.9, [1, 0, 0, 0]),
        (1, [1, 1, 0, 0]),
        (10, [1, 1, 1, 0]),
        (29.9, [1, 1, 1, 0]),
        (30, [1] * 4),
    ],
)
def test_sensitivity_varies_the_threshold(minutes, expected):
    assert list(figure(stay(1, minutes=minutes)).sensitivity.values()) == expected


def test_sensitivity_leaves_short_sessions_and_gates_alone():
    assert figure(stay(1, scheduled_minutes=10, minutes=5)).sensitivity["30"] == 1
    assert figure(scan(1)).sensitivity["30"] == 1


@pytest.mark.parametrize(
    ("start", "year"),
    [
        ("2026-03-31T23:59:59+09:00", 2025),
        ("2026-04-01T00:00:00+09:00", 2026),
        ("2027-03-31T23:59:59+09:00", 2026),
        ("2027-03-31T23:59:59.999999+09:00", 2026),
        ("2027-04-01T00:00:00+09:00", 2027),
        ("2027-03-31T10:59:00-04:00", 2026),
        ("2027-03-31T11:00:00-04:00", 2027),
        ("2028-02-29T12:00:00+09:00", 2027),
    ],
)
def test_the_scheduled_start_decides_the_year(start, year):
    entry = scan(1, scheduled_at=datetime.fromisoformat(start))
    assert [y for y in range(2024, 2030) if count([entry], fiscal_year=y).people] == [year]


def test_a_wrong_device_clock_moves_nothing():
    wrong = OPENING + timedelta(days=400)
    assert people(scan(1, starts_at=wrong, ends_at=wrong)) == 1


def test_list_length_equals_count_and_names_the_evidence():
    entries = [scan(1), stay(2), stay(3, minutes=3, event=event(2)), scan(4, who=2, residence="JP"), scan(5, who=3)]
    listed = counted_people(entries, fiscal_year=YEAR)
    assert [p.person for p in listed] == [person(1), person(3)]
    assert [p.positions for p in listed] == [(1, 2), (5,)]
    day = (event(1), OPENING.date())
    assert (listed[0].on_site, listed[0].online, listed[1].online) == ((day,), (day,), ())
    assert len(listed) == figure(*entries).people
