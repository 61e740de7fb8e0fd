"""The order of what is to come in partner cities, however it changes: beside a list that is sorted anew each time."""

import datetime as dt
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import given

from app.exchange.publishing import log, to_come
from app.exchange.publishing.to_come import Coming, Events, Season
from tests.clock import NOW

HOUR = dt.timedelta(hours=1)
CITIES = [UUID(int=n) for n in range(3)]
KEYS = [UUID(int=100 + n) for n in range(6)]
Changes = list[tuple[UUID, Coming | None]]
SINCE, UNTIL = NOW, NOW + dt.timedelta(days=60)


def _season() -> Season:
    return Season(log.Mark("1", 0, 0, None), NOW.date())


@st.composite
def _changes(draw: st.DrawFn) -> Changes:
    """Return events that come, change, move to another city and go; many share their times."""
    found = Changes()
    for change in range(1, 1 + draw(st.integers(0, 40))):
        key = draw(st.sampled_from(KEYS))
        if draw(st.integers(0, 3)) == 0:
            found.append((key, None))
            continue
        starts = NOW + draw(st.integers(-3, 3)) * HOUR
        ends = starts + draw(st.integers(0, 4)) * HOUR
        timed = draw(st.booleans())
        city = draw(st.sampled_from(CITIES))
        found.append((key, Coming(starts.date(), timed, starts, str(key), key, change, city, ends)))
    return found


@given(_changes(), st.integers(-4, 8))
def test_order_and_counts_are_those_of_a_list_sorted_anew(
    changes: list[tuple[UUID, Coming | None]], hours: int
) -> None:
    season, now = _season(), NOW + hours * HOUR
    plain = dict[UUID, Coming | None]()
    for key, coming in changes:
        season.put(key, coming)
        plain[key] = coming
    wanted = sorted(one for one in plain.values() if one is not None and one.ends_at > now)
    assert list(season.first(now)) == wanted
    for city in CITIES:
        events = season.cities.get(city, Events())
        assert list(events.after(now)) == [one for one in wanted if one.partner == city]
        assert events.count(now) == len(list(events.after(now)))


def _row(**values: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "id": KEYS[0],
        "change": 7,
        "partner": CITIES[0],
        "uid": "card@test",
        "zone": "Asia/Tokyo",
        "starts_at": dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2026, 11, 21, 16, 30, tzinfo=dt.UTC),
        "there": True,
        "series": None,
    }
    return plain | values


def test_day_is_that_of_the_clocks_of_the_place() -> None:
    found = to_come._coming(_row(), SINCE, UNTIL)
    assert found == Coming(
        day=dt.date(2026, 11, 22),
        timed=True,
        starts_at=dt.datetime(2026, 11, 21, 15, 30, tzinfo=dt.UTC),
        uid="card@test",
        id=KEYS[0],
        change=7,
        partner=CITIES[0],
        ends_at=dt.datetime(2026, 11, 21, 16, 30, tzinfo=dt.UTC),
    )


def test_whole_day_comes_before_the_moments_of_that_day() -> None:
    whole = to_come._coming(
        _row(zone="", starts_at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC), uid="z@test", id=KEYS[1]), SINCE, UNTIL
    )
    moment = to_come._coming(_row(), SINCE, UNTIL)
    assert whole is not None
    assert moment is not None
    assert (whole.day, whole.timed) == (moment.day, False)
    assert whole < moment


def test_what_has_gone_is_not_to_come() -> None:
    assert to_come._coming(_row(there=False), SINCE, UNTIL) is None
