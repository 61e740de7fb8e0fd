"""What the vectors do not read back: defaults, verdicts of their own, and that every check can be the first to fail."""

import datetime as dt

import pytest
from msgspec.structs import replace

from app.attendance.judging.verdict import ENTRY, EXIT, Verdict, judge, moment
from tests.vectors.build import CASES
from tests.vectors.world import case


def test_verdicts_share_no_facts() -> None:
    first, second = Verdict("admitted"), Verdict("admitted")
    first.facts["seen"] = "here"
    assert second.facts == {}


def test_the_engine_gives_no_warnings_of_its_own() -> None:
    assert {judge(vector.case).warnings for vector in CASES} == {()}


def test_admitted_has_no_reason_and_no_facts_and_refused_has_a_reason() -> None:
    for verdict in (judge(vector.case) for vector in CASES):
        if verdict.verdict == "admitted":
            assert (verdict.reason, verdict.facts) == (None, {})
        else:
            assert verdict.reason


@pytest.mark.parametrize("checks", [ENTRY, EXIT])
def test_every_check_fails_first_for_some_case(checks: tuple[object, ...]) -> None:
    direction = "entry" if checks is ENTRY else "exit"
    cases = [v.case for v in CASES if v.case.seen.direction == direction and v.case.holder and not v.case.shown.reason]
    first = {next((check for check in checks if check(one, one.holder)), None) for one in cases}  # type: ignore[operator]
    assert first == {None, *checks}


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC), "2026-11-21T01:00:00Z"),
        (dt.datetime(2026, 11, 21, 1, 2, 3, 999_999, tzinfo=dt.UTC), "2026-11-21T01:02:03Z"),
        (dt.datetime(2026, 11, 21, 10, tzinfo=dt.timezone(dt.timedelta(hours=9))), "2026-11-21T01:00:00Z"),
    ],
)
def test_moments_are_told_in_utc_to_the_second(at: dt.datetime, told: str) -> None:
    assert moment(at) == told


def test_a_case_of_the_vectors_is_admitted_unless_something_is_wrong() -> None:
    assert judge(case()) == Verdict("admitted")
    assert judge(replace(case(), full=True)) == Verdict("refused", "venue_full", facts={"capacity": 100})
