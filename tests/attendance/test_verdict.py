"""Every reason, every entry rule, and the fold that tells where a ticket is."""

import datetime as dt
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.attendance.reasons import REASONS
from app.attendance.verdict import (
    Case,
    Covered,
    Direction,
    Entered,
    Gate,
    Holder,
    Inside,
    Product,
    Seen,
    Shown,
    State,
    Verdict,
    apply,
    event_day,
    fold,
    judge,
    opening,
)

DAY = dt.date(2026, 11, 21)
AT = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
HALL, PIER, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
FESTIVAL, CONCERT, FORUM = UUID(int=11), UUID(int=12), UUID(int=13)
CITY, CLUB = UUID(int=21), UUID(int=22)
DEVICE = UUID(int=31)
NORTH = UUID(int=41)

GATE = Gate(
    id=NORTH,
    event=FESTIVAL,
    venue=HALL,
    organiser=CITY,
    convention=12,
    zone="Asia/Tokyo",
    scope="core",
    capacity=100,
)
PASS = Product(
    id=UUID(int=51),
    convention=12,
    role="delegate",
    mode="on_site",
    entry_rule="daily",
    first_day=DAY,
    last_day=DAY + dt.timedelta(days=3),
    title={"en": "Pass"},
    covers=(Covered(FESTIVAL, CITY, HALL), Covered(CONCERT, CLUB, PIER)),
)
HOLDER = Holder(id=UUID(int=61), generation=1, status="valid", residence="SG", product=PASS)
SHOWN = Shown(scope=12, generation=1)
HERE = Inside(FESTIVAL, HALL, NORTH, DAY, AT - dt.timedelta(hours=1))
THERE = Inside(CONCERT, PIER, UUID(int=42), DAY, AT - dt.timedelta(hours=1))


def seen(direction: Direction = "entry", *, at: dt.datetime = AT, gate: Gate = GATE, rule: str = "daily") -> Seen:
    return Seen(at, DEVICE, 1, direction, gate.id, gate.event, gate.venue, event_day(gate, at), rule)


def case(**changes: object) -> Case:
    base = Case(SHOWN, HOLDER, GATE, seen(), State())
    return replace(base, **changes)


def product(**changes: object) -> Holder:
    return replace(HOLDER, product=replace(PASS, **changes))


def at(gate: Gate, moment: dt.datetime) -> dict[str, object]:
    return {"gate": gate, "seen": seen(at=moment, gate=gate)}


OPEN_10_TO_17 = replace(GATE, opens_at=dt.time(10), closes_at=dt.time(17))
NIGHT = replace(GATE, opens_at=dt.time(18), closes_at=dt.time(2))

CASES: list[tuple[str | None, Case]] = [
    (None, case()),
    ("bad_code", case(shown=Shown(reason="bad_code"))),
    ("unknown_key", case(shown=Shown(reason="unknown_key"))),
    ("bad_signature", case(shown=Shown(reason="bad_signature"), holder=None)),
    ("wrong_convention", case(shown=Shown(reason="wrong_convention"))),
    ("revoked", case(holder=None)),
    ("wrong_convention", case(holder=None, shown=Shown(scope=13))),
    ("revoked", case(holder=replace(HOLDER, status="revoked"))),
    ("revoked", case(shown=Shown(12, 2))),
    ("superseded", case(shown=Shown(12, 0))),
    ("wrong_convention", case(holder=product(convention=13))),
    ("wrong_organiser", case(holder=product(covers=(Covered(CONCERT, CLUB, PIER),)))),
    ("wrong_venue", case(holder=product(covers=(Covered(FORUM, CITY, ELSEWHERE),)))),
    ("not_entitled", case(holder=product(covers=(Covered(FORUM, CITY, HALL),)))),
    ("not_entitled", case(holder=product(covers=()))),
    ("not_entitled", case(holder=product(mode="online"))),
    (None, case(holder=product(mode="hybrid"))),
    ("not_yet_valid", case(seen=seen(at=AT - dt.timedelta(days=1)))),
    ("expired", case(seen=seen(at=AT + dt.timedelta(days=4)))),
    ("not_yet_valid", case(holder=product(days=(DAY + dt.timedelta(days=1),)))),
    ("expired", case(holder=product(days=(DAY - dt.timedelta(days=1),)))),
    ("wrong_day", case(holder=product(days=(DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1))))),
    (None, case(holder=product(days=(DAY,)))),
    (None, case(**at(OPEN_10_TO_17, AT))),
    ("not_yet_valid", case(**at(OPEN_10_TO_17, AT - dt.timedelta(microseconds=1)))),
    ("expired", case(**at(OPEN_10_TO_17, AT + dt.timedelta(hours=7)))),
    ("not_yet_valid", case(**at(NIGHT, AT))),
    (None, case(**at(NIGHT, AT + dt.timedelta(hours=8)))),
    (None, case(**at(NIGHT, AT + dt.timedelta(hours=15, minutes=59)))),
    ("canceled", case(holder=replace(HOLDER, status="canceled"))),
    ("blocked", case(holder=replace(HOLDER, status="blocked"))),
    ("unpaid", case(holder=replace(HOLDER, status="unpaid"))),
    ("unapproved", case(holder=replace(HOLDER, status="unapproved"))),
    ("blocked", case(holder=replace(HOLDER, status="something new"))),
    ("residence_missing", case(holder=replace(HOLDER, residence=None))),
    ("already_admitted", case(state=State(inside=HERE))),
    (None, case(state=State(inside=THERE))),
    ("already_admitted", case(latest=State(inside=HERE))),
    (None, case(latest=State(inside=THERE))),
    (None, case(latest=State(inside=replace(HERE, day=DAY + dt.timedelta(days=1))))),
    (None, case(latest=State(inside=HERE), seen=seen(rule="free"))),
    (None, case(latest=State(inside=THERE), state=State(inside=HERE), seen=seen("exit"))),
    ("venue_full", case(full=True)),
    ("venue_full", case(full=True, state=State(inside=THERE))),
    ("not_inside", case(seen=seen("exit"))),
    ("not_inside", case(seen=seen("exit"), state=State(inside=THERE))),
    (None, case(seen=seen("exit"), state=State(inside=HERE))),
    ("superseded", case(seen=seen("exit"), state=State(inside=HERE), shown=Shown(12, 0))),
    (None, case(seen=seen("exit"), state=State(inside=HERE), holder=replace(HOLDER, status="canceled"))),
    (None, case(seen=seen("exit"), state=State(inside=HERE), full=True)),
]


@pytest.mark.parametrize(("reason", "given_case"), CASES)
def test_reason(reason: str | None, given_case: Case) -> None:
    assert judge(given_case) == Verdict("refused" if reason else "admitted", reason)


ORDER: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("bad_code", {"shown": Shown(reason="bad_code")}, {}),
    ("superseded", {"shown": Shown(12, 0)}, {}),
    ("wrong_convention", {}, {"convention": 13}),
    ("wrong_organiser", {}, {"covers": (Covered(CONCERT, CLUB, PIER),)}),
    ("not_yet_valid", {}, {"days": (DAY + dt.timedelta(days=1),)}),
]


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_first_failing_rule_is_the_reason(first: int) -> None:
    """With every later rule broken too, the earliest one speaks."""
    broken = case(state=State(inside=HERE), full=True)
    holder = replace(HOLDER, status="canceled", residence=None)
    for _reason, changes, kind in reversed(ORDER[first:]):
        broken = replace(broken, **changes)
        holder = replace(holder, product=replace(holder.product, **kind))
    assert judge(replace(broken, holder=holder)).reason == ORDER[first][0]


def test_status_then_entitlement_then_entry_rule_then_residence_then_room() -> None:
    online = product(mode="online")
    worst = case(holder=replace(online, status="canceled", residence=None), state=State(inside=HERE), full=True)
    assert judge(worst).reason == "canceled"
    assert judge(replace(worst, holder=replace(online, residence=None))).reason == "not_entitled"
    assert judge(replace(worst, holder=replace(HOLDER, residence=None))).reason == "already_admitted"
    assert judge(replace(worst, holder=replace(HOLDER, residence=None), state=State())).reason == "residence_missing"
    assert judge(replace(worst, holder=HOLDER, state=State())).reason == "venue_full"


def test_every_reason_has_words() -> None:
    assert {reason for reason, _ in CASES if reason} <= set(REASONS)


TOMORROW = AT + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "moves", "reason"),
    [
        ("daily", [], None),
        ("daily", ["in"], "already_admitted"),
        ("daily", ["in", "out"], None),
        ("daily", ["in", "elsewhere"], None),
        ("daily", ["in", "midnight"], None),
        ("once", ["in"], "already_admitted"),
        ("once", ["in", "midnight"], "already_admitted"),
        ("once", ["in", "out", "midnight"], None),
        ("once", ["in", "elsewhere"], None),
        ("free", ["in"], None),
        ("free", ["in", "out"], None),
    ],
)
def test_entry_rule(rule: str, moves: list[str], reason: str | None) -> None:
    pier = replace(GATE, event=CONCERT, venue=PIER)
    moment, state = AT, State()
    for move in moves:
        moment += dt.timedelta(days=1) if move == "midnight" else dt.timedelta(minutes=5)
        if move != "midnight":
            made = seen("exit" if move == "out" else "entry", at=moment, rule=rule)
            state = apply(state, replace(made, event=pier.event, venue=pier.venue) if move == "elsewhere" else made)
    again = seen(at=moment + dt.timedelta(minutes=1), rule=rule)
    holder = product(entry_rule=rule)
    assert judge(case(state=state, seen=again, holder=holder)).reason == reason


def test_entering_one_venue_leaves_the_other() -> None:
    pier = replace(seen(at=AT + dt.timedelta(hours=1)), event=CONCERT, venue=PIER)
    state = fold([pier, seen()])
    assert state.inside == Inside(CONCERT, PIER, NORTH, DAY, pier.at)
    assert state.entered == (Entered(FESTIVAL, DAY, AT), Entered(CONCERT, DAY, pier.at))


def test_unsound_scan_changes_nothing() -> None:
    assert apply(State(), replace(seen(), sound=False)) == State()


def test_day_ends_at_midnight_in_the_convention_zone() -> None:
    last_second = dt.datetime(2026, 11, 21, 14, 59, 59, tzinfo=dt.UTC)
    assert event_day(GATE, last_second) == DAY
    assert event_day(GATE, last_second + dt.timedelta(seconds=1)) == DAY + dt.timedelta(days=1)
    assert event_day(NIGHT, last_second + dt.timedelta(seconds=1)) == DAY


def test_event_day_starts_at_opening_hour_or_midnight() -> None:
    assert opening(GATE, DAY) == dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
    assert opening(OPEN_10_TO_17, DAY) == AT


VENUES = [(FESTIVAL, HALL), (CONCERT, PIER), (FORUM, HALL)]
SCANS = st.lists(
    st.builds(
        lambda minute, device, seq, direction, where, rule, sound: Seen(
            AT + dt.timedelta(minutes=minute),
            UUID(int=device),
            seq,
            direction,
            NORTH,
            where[0],
            where[1],
            event_day(GATE, AT + dt.timedelta(minutes=minute)),
            rule,
            sound,
        ),
        st.integers(0, 3000),
        st.integers(1, 3),
        st.integers(1, 50),
        st.sampled_from(["entry", "exit"]),
        st.sampled_from(VENUES),
        st.sampled_from(["daily", "once", "free"]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda s: (s.device, s.seq),
)


@given(SCANS, st.randoms())
def test_state_is_the_same_for_every_order_of_arrival(scans: list[Seen], random: object) -> None:
    shuffled = list(scans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(scans)


@given(SCANS, st.integers(0, 12))
def test_folding_in_two_parts_is_folding_at_once(scans: list[Seen], cut: int) -> None:
    ordered = sorted(scans, key=lambda s: s.mark)
    assert fold(ordered[cut:], fold(ordered[:cut])) == fold(ordered)


@given(SCANS)
def test_inside_only_after_an_entry_there(scans: list[Seen]) -> None:
    state = fold(scans)
    if state.inside is not None:
        assert any(s.sound and s.direction == "entry" and s.venue == state.inside.venue for s in scans)
        assert (state.inside.event, state.inside.day) in {(e.event, e.day) for e in state.entered}


@given(SCANS)
def test_judge_agrees_with_the_fold(scans: list[Seen]) -> None:
    """What the judge admits moves the state, and what it refuses by state does not."""
    state = State()
    for scan in sorted(scans, key=lambda s: s.mark):
        if not scan.sound:
            continue
        gate = replace(GATE, event=scan.event, venue=scan.venue)
        holder = product(covers=tuple(Covered(e, CITY, v) for e, v in VENUES), entry_rule=scan.rule)
        verdict = judge(Case(SHOWN, holder, gate, scan, state))
        moved = apply(state, scan)
        if verdict.verdict == "refused":
            assert (moved.inside, moved.entered) == (state.inside, state.entered)
        else:
            assert (moved.inside is None) == (scan.direction == "exit")
            assert moved.inside is None or (moved.inside.event, moved.inside.since) == (scan.event, scan.at)
        state = moved
