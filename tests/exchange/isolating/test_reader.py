"""Files are read in a child that is limited, knows nothing and cannot hurt anybody."""

import asyncio
import contextlib
import datetime as dt
import os
import resource
from pathlib import Path

import pytest

from app.core import gentle
from app.exchange.isolating.child import NICER
from app.exchange.isolating.limits import MOST_MEMORY, Limits, limits
from app.exchange.isolating.reader import AT_ONCE, LITTLE, Request, read
from app.exchange.reading.files import read_file
from app.exchange.schemas import Kind, Reading
from tests.exchange.reading.making import feed

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
PLENTY = Limits(memory=300_000_000, cpu=10, seconds=30)
MEGA = 1_000_000


def request(body: bytes, kind: Kind = "ics", **more: object) -> Request:
    return Request(kind=kind, body=body, now=NOW, **more)  # type: ignore[arg-type]


def children() -> list[Path]:
    """Return the folders in /proc of our children that read a file."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"isolating.child" in words:
            found.append(path)
    return found


async def test_child_says_what_the_reader_says() -> None:
    asked = request(feed(1200))
    assert await read(asked) == read_file(asked)
    assert await read(request(b"no calendar")) == read_file(request(b"no calendar"))


async def test_events_that_are_known_are_not_parsed_again() -> None:
    first = await read(request(feed(300)))
    again = await read(
        request(
            feed(300, stamp="20270101T000000Z", changed=frozenset({7, 8})),
            known=frozenset(e.digest for e in first.events),
        )
    )
    assert [event.uid for event in again.events] == ["event-7@city.example", "event-8@city.example"]
    assert set(again.kept) == {event.digest for event in first.events} - {
        first.events[7].digest,
        first.events[8].digest,
    }


@pytest.mark.parametrize(
    ("body", "most", "problem"),
    [
        (b"A:1\n" * 1_000_000, Limits(memory=100 * MEGA, cpu=10, seconds=30), "too_heavy"),
        (feed(300), Limits(memory=300 * MEGA, cpu=10, seconds=0.02), "too_heavy"),
    ],
    ids=["memory", "time"],
)
async def test_file_that_takes_too_much_is_given_up(body: bytes, most: Limits, problem: str) -> None:
    found = await read(request(body), most)
    assert (found.problem, found.size, found.events) == (problem, len(body), ())
    assert children() == []


@pytest.mark.faults
async def test_file_that_takes_too_long_a_time_of_cpu_is_given_up() -> None:
    found = await read(request(feed(300) * 60), Limits(memory=700 * MEGA, cpu=1, seconds=60))
    assert found.problem == "too_heavy"


async def test_child_that_breaks_down_is_no_exception() -> None:
    """A zone that does not exist is a mistake of ours, not of the file."""
    found = await read(request("イベント名,開始日\n春,2026-05-01\n".encode(), "csv", zone="No/Where"), PLENTY)
    assert found.problem == "crashed"


async def test_child_has_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET_KEY", "a secret that no child may have")
    reading = asyncio.create_task(read(request(feed(1000))))
    seen: list[bytes] = []
    while not reading.done():
        with contextlib.suppress(OSError):  # it may end at this very moment
            seen += [(one / "environ").read_bytes() for one in children()]
        await asyncio.sleep(0.02)
    assert (await reading).problem == ""
    assert seen
    assert [said for said in seen if b"APP_" in said] == []


async def test_child_lets_others_go_first() -> None:
    reading = asyncio.create_task(read(request(feed(1000))))
    seen = set[str]()
    while not reading.done():
        with contextlib.suppress(OSError):  # it may end at this very moment
            seen |= {(one / "stat").read_text().rpartition(")")[2].split()[16] for one in children()}
        await asyncio.sleep(0.01)
    assert (await reading).problem == ""
    assert str(os.nice(0) + NICER) in seen


@pytest.mark.parametrize(
    ("events", "rest", "rests"), [(2000, 0.0, False), (200, gentle.REST, False), (2000, gentle.REST, True)]
)
async def test_only_a_large_file_for_which_nobody_waits_is_read_with_rests(
    events: int, rest: float, *, rests: bool
) -> None:
    asked = request(feed(events))
    assert (len(asked.body) > LITTLE) is (events == 2000)
    with gentle.aside(rest):
        reading = asyncio.create_task(read(asked))
    assert (await _most_given_up(reading) > 150) is rests
    assert await reading == read_file(asked)


async def test_child_rests_no_longer_than_half_of_all_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gentle, "LONGEST", 0.0)
    with gentle.aside(longest=60):
        reading = asyncio.create_task(read(request(feed(2000))))
    assert await _most_given_up(reading) <= 150


async def test_child_that_rests_ends_as_any_other() -> None:
    """Its timer may not outlast it: the longer it takes to end, the surer it would be killed by its own signal."""
    with gentle.aside(gentle.SHORT):
        assert (await read(request(feed(6000)))).problem == ""


async def _most_given_up(reading: asyncio.Task[Reading]) -> int:
    """Return how often its child gave up the CPU by itself: to rest, or now and then to wait for a pipe."""
    seen = [0]
    while not reading.done():
        for one in children():
            with contextlib.suppress(OSError, IndexError):  # it may end at this very moment
                seen += [int((one / "status").read_text().rpartition("\nvoluntary_ctxt_switches:")[2].split()[0])]
        await asyncio.sleep(0.01)
    return max(seen)


async def test_no_more_children_than_allowed_run_side_by_side() -> None:
    tasks = [asyncio.create_task(read(request(feed(100)))) for _ in range(4)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, len(children()))
        await asyncio.sleep(0.01)
    assert 1 <= most <= AT_ONCE
    assert [len((await task).events) for task in tasks] == [100] * 4


async def test_child_ends_with_the_task_that_waits_for_it() -> None:
    task = asyncio.create_task(read(request(feed(1000))))
    while not children():  # noqa: ASYNC110  # a process has no event
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == []


def test_limits_follow_the_size_of_the_file() -> None:
    assert limits(9 * MEGA).memory <= 303 * MEGA
    assert limits(46 * MEGA).memory <= 512 * MEGA
    assert limits(10**9).memory == MOST_MEMORY


async def costs(events: int) -> tuple[float, float]:
    """Return the seconds of CPU in the child for a feed, and for the same of which 1 % has changed."""
    changed = frozenset(range(0, events, 100))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    first = await read(request(feed(events)))
    between = resource.getrusage(resource.RUSAGE_CHILDREN)
    known = frozenset(event.digest for event in first.events)
    again = await read(request(feed(events, stamp="20270101T000000Z", changed=changed), known=known))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (len(first.events), len(again.events), len(again.kept)) == (events, len(changed), events - len(changed))
    spent = [one.ru_utime + one.ru_stime for one in (before, between, after)]
    return spent[1] - spent[0], spent[2] - spent[1]


async def test_thousand_events_are_read_within_a_second_of_cpu() -> None:
    first, again = await costs(1_000)
    assert (first < 1, again < 0.4) == (True, True)


@pytest.mark.faults
async def test_ten_thousand_events_are_read_within_three_seconds_of_cpu() -> None:
    first, again = await costs(10_000)
    assert (first < 3, again < 0.5) == (True, True)


@pytest.mark.faults
async def test_fifty_thousand_events_are_read_within_512_megabytes() -> None:
    body = feed(50_000)
    found = await read(request(body), Limits(memory=512 * MEGA, cpu=60, seconds=180))
    assert (found.problem, len(found.events)) == ("", 50_000)


def zone(name: str, hours: int, n: int) -> bytes:
    """Return a calendar that means an offset of its own by a name that others use too."""
    offset = f"{'+' if hours >= 0 else '-'}{abs(hours):02}00"
    return "\r\n".join([
        "BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", "DTSTART:19700101T000000",
        f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE",
        "BEGIN:VEVENT", f"UID:{n}", f"DTSTART;TZID={name}:20261121T120000", "SUMMARY:x", "END:VEVENT",
        "BEGIN:VEVENT", f"UID:lost-{n}", "DTSTART;TZID=Unknown:20261121T120000", "SUMMARY:x", "END:VEVENT",
        "END:VCALENDAR", "",
    ]).encode()  # fmt: skip


async def clashing(feeds: int) -> None:
    names = ("Town", "Local", "Asia/Tokyo", "Europe/Berlin", "Customized Time Zone")
    wanted = [(names[n % 5], n * 7 % 24 - 11) for n in range(feeds)]
    found = await asyncio.gather(*(read(request(zone(name, hours, n))) for n, (name, hours) in enumerate(wanted)))
    noon = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    wrong = [
        n
        for n, (one, (_name, hours)) in enumerate(zip(found, wanted, strict=True))
        if one.events[0].starts_at != noon - dt.timedelta(hours=hours)
    ]
    unflagged = [
        n for n, one in enumerate(found) if [f.uid for f in one.findings if f.code == "zone_unknown"] != [f"lost-{n}"]
    ]
    assert (wrong, unflagged) == ([], [])


async def test_same_name_of_a_zone_means_in_each_feed_what_that_feed_says() -> None:
    await clashing(6)


@pytest.mark.faults
async def test_thousand_feeds_with_clashing_zones() -> None:
    await clashing(1_000)
