"""Where a ticket is does not depend on the order, the number or the way in which its scans arrive."""

import datetime as dt
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.attendance.judging.fold import Key, Seen, State, apply, entries, fold, refused_by_state
from app.attendance.judging.rules import Covered
from app.attendance.judging.verdict import Case, judge
from tests.vectors.world import (
    AT,
    CITY,
    CONCERT,
    DAY,
    FESTIVAL,
    FORUM,
    GATE,
    HALL,
    NORTH,
    PIER,
    case,
    kind,
)

PLACES = [(FESTIVAL, HALL), (CONCERT, PIER), (FORUM, HALL)]
RULES = ["once", "daily", "times", "after_exit", "free"]
COVERS = tuple(Covered(event, CITY, venue) for event, venue in PLACES)


def seen(
    minute: int, key: tuple[int, int], direction: str, place: tuple[UUID, UUID], rule: str, **changes: object
) -> Seen:
    day = DAY + dt.timedelta(days=(minute + 600) // 1440)
    base = Seen(
        at=AT + dt.timedelta(minutes=minute),
        device=UUID(int=key[0]),
        seq=key[1],
        direction=direction,  # type: ignore[arg-type]
        gate=NORTH,
        event=place[0],
        venue=place[1],
        day=day,
        rule=rule,
    )
    return replace(base, **changes)


SCANS = st.lists(
    st.builds(
        seen,
        st.integers(0, 3000),
        st.tuples(st.integers(1, 3), st.integers(1, 50)),
        st.sampled_from(["entry", "exit"]),
        st.sampled_from(PLACES),
        st.sampled_from(RULES),
        sound=st.booleans(),
        forced=st.booleans(),
        entry_times=st.integers(1, 3),
        reentry=st.booleans(),
        elsewhere=st.sampled_from(["leave", "refuse"]),
    ),
    max_size=12,
    unique_by=lambda s: s.key,
)
UNDONE = st.frozensets(st.tuples(st.integers(1, 3).map(lambda n: UUID(int=n)), st.integers(1, 50)), max_size=40)


@given(SCANS, UNDONE, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(scans: list[Seen], undone: frozenset[Key], random: Random) -> None:
    again = [*scans, *random.choices(scans, k=len(scans))] if scans else []
    random.shuffle(again)
    assert fold(again, undone=undone) == fold(scans, undone=undone)


@given(SCANS, UNDONE, st.integers(0, 12))
def test_folding_in_two_parts_is_folding_at_once(scans: list[Seen], undone: frozenset[Key], cut: int) -> None:
    ordered = sorted(scans, key=lambda s: s.mark)
    first = fold(ordered[:cut], undone=undone)
    assert fold(ordered[cut:], first, undone=undone) == fold(ordered, undone=undone)


@given(SCANS, UNDONE)
def test_an_undone_scan_is_as_if_it_had_never_been(scans: list[Seen], undone: frozenset[Key]) -> None:
    assert fold(scans, undone=undone) == fold([s for s in scans if s.key not in undone])


@given(SCANS)
def test_inside_only_where_an_entry_counted(scans: list[Seen]) -> None:
    state = fold(scans)
    if state.inside is not None:
        entered = [s for s in scans if s.direction == "entry" and (s.sound or s.forced)]
        assert any(
            (s.at, s.event, s.venue) == (state.inside.since, state.inside.event, state.inside.venue) for s in entered
        )
        assert (state.inside.event, state.inside.day) in {(e.event, e.day) for e in state.entered}


@given(SCANS)
def test_every_entry_that_counts_is_counted_once(scans: list[Seen]) -> None:
    state, counted = State(), {event: 0 for event, _venue in PLACES}
    for scan in sorted(scans, key=lambda s: s.mark):
        goes_in = scan.forced or (scan.sound and refused_by_state(state, scan) is None)
        if scan.direction == "entry" and goes_in:
            counted[scan.event] += 1
        state = apply(state, scan)
    assert {event: entries(state, event) for event in counted} == counted


@given(SCANS)
def test_judge_and_fold_agree(scans: list[Seen]) -> None:
    """What the judge admits moves the state, and what it refuses by state does not."""
    state = State()
    for scan in sorted(scans, key=lambda s: s.mark):
        scan = replace(scan, sound=True, forced=False)  # noqa: PLW2901  # as a device on line sends it
        gate = replace(GATE, event=scan.event, venue=scan.venue, organiser=CITY)
        base = case(gate=gate, product=kind(covers=COVERS), state=state)
        verdict, moved = judge(Case(base.shown, base.holder, gate, scan, state)), apply(state, scan)
        if verdict.verdict == "refused":
            assert (moved.inside, moved.entered) == (state.inside, state.entered)
        else:
            assert (moved.inside is None) == (scan.direction == "exit")
            assert moved.inside is None or (moved.inside.event, moved.inside.since) == (scan.event, scan.at)
        state = moved


@given(SCANS)
def test_a_forced_entry_leads_inside_whatever_there_was(scans: list[Seen]) -> None:
    late = seen(5000, (3, 99), "entry", PLACES[0], "once", sound=False, forced=True, elsewhere="refuse", reentry=False)
    state = fold([*scans, late])
    assert state.inside is not None
    assert (state.inside.event, state.inside.since, state.last) == (FESTIVAL, late.at, late.mark)
