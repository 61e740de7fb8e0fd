"""When a scan happened, by clocks that are wrong, jump, or stand still."""

import datetime as dt

import pytest

from app.attendance.judging.clocks import EPOCH, ScanTime, scan_time
from tests.clock import NOW

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
MS = dt.timedelta(milliseconds=1)
CONTACT = NOW - 3 * HOUR
"""The last contact; the scan happens one hour later, and is sent at `NOW`."""
TRUE = CONTACT + HOUR


NOTHING = dt.timedelta()


def _said(
    *,
    skew: dt.timedelta,
    jump: dt.timedelta = NOTHING,
    later: dt.timedelta = NOTHING,
    slept: dt.timedelta = NOTHING,
    sent: bool = False,
) -> ScanTime:
    """Return the time of a scan by a phone whose clock is `skew` ahead.

    Its clock was set `jump` further before the scan and `later` after it; its counter stood still for `slept`.
    """
    return scan_time(
        said=(TRUE + skew + jump).isoformat(),
        offset_ms=-skew / MS,
        received_at=NOW,
        counted_ms=(TRUE + skew - slept - EPOCH) / MS,
        sent_at=(NOW + skew + jump + later).isoformat() if sent else None,
    )


@pytest.mark.parametrize("hours", [-23.9, -3, 0, 0.01, 3, 23.9])
@pytest.mark.parametrize("by", [-5 * HOUR, -3 * MINUTE, 3 * MINUTE, 5 * HOUR])
@pytest.mark.parametrize("when", ["jump", "later"])
def test_clock_that_was_set_while_off_line_is_put_right(hours: float, by: dt.timedelta, when: str) -> None:
    assert _said(skew=hours * HOUR, sent=True, **{when: by}) == ScanTime(TRUE)


@pytest.mark.parametrize("when", ["jump", "later"])
def test_clock_is_put_right_though_the_phone_slept(when: str) -> None:
    """A sleep shorter than half of what the clock was set by does not hide when it was set."""
    assert _said(skew=HOUR, slept=40 * MINUTE, sent=True, **{when: 5 * HOUR}) == ScanTime(TRUE)


@pytest.mark.parametrize("jump", [-5 * HOUR, -3 * MINUTE, 3 * MINUTE, 5 * HOUR])
def test_counter_alone_puts_a_clock_right(jump: dt.timedelta) -> None:
    assert _said(skew=HOUR, jump=jump) == ScanTime(TRUE)


def test_sleep_of_a_phone_is_no_jump_of_its_clock() -> None:
    assert _said(skew=HOUR, slept=40 * MINUTE, sent=True) == ScanTime(TRUE)


def test_small_differences_are_left_alone() -> None:
    assert _said(skew=HOUR, jump=dt.timedelta(seconds=2)).at == TRUE + dt.timedelta(seconds=2)


@pytest.mark.parametrize("said", ["2031-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_clock_that_nobody_should_believe_moves_nothing(said: str) -> None:
    assert scan_time(said=said, offset_ms=0, received_at=NOW) == ScanTime(NOW, trusted=False)


def test_counter_that_nobody_should_believe_moves_nothing() -> None:
    found = scan_time(said=NOW.isoformat(), offset_ms=0, received_at=NOW, counted_ms=2.0**53)
    assert found == ScanTime(NOW, trusted=False)
