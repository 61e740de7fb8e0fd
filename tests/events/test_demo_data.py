"""The demo's files keep their promises: every reference resolves, every language is there, nobody is in two places."""

import datetime as dt
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.events import demo_data
from app.events.demo_data import load
from app.events.demo_rows import DemoConvention, Session

FIRST_DAY = dt.date(2026, 11, 21)
DATA = load(FIRST_DAY)
ZONE = ZoneInfo(DATA.convention.zone)
BOTH = {"ja", "en"}
ALL = {"ja", "en", "zh-Hans", "ko", "de", "th"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EVENT = {event.id: event for event in DATA.events}
VENUE = {venue.id: venue for venue in DATA.venues}


def called(session: Session) -> str:
    return f"{EVENT[session.event].slug}/{session.slug}"


every_session = pytest.mark.parametrize("session", DATA.sessions, ids=called)


def rows(data: DemoConvention) -> list[msgspec.Struct]:
    return [data.convention, *(row for name in data.__struct_fields__[1:] for row in getattr(data, name))]


def test_how_much_there_is() -> None:
    counts = {name: len(getattr(DATA, name)) for name in DATA.__struct_fields__[1:]}
    assert counts == {
        "organisers": 8,
        "venues": 10,
        "events": 8,
        "gates": 13,
        "sessions": 72,
        "ticket_types": 15,
        "coverage": 81,
        "quotas": 30,
        "quota_uses": 13,
        "questions": 5,
        "question_uses": 5,
        "vouchers": 1,
        "payment_methods": 2,
    }
    assert Counter(s.mode for s in DATA.sessions) == {"on_site": 37, "online": 18, "hybrid": 17}


def test_the_convention_of_a_year() -> None:
    convention = DATA.convention
    assert (convention.slug, convention.number, convention.zone) == ("yokohama-2026", 27, "Asia/Tokyo")
    assert (convention.first_day, convention.last_day) == (FIRST_DAY, dt.date(2026, 11, 24))


def test_the_first_session_in_utc() -> None:
    assert called(DATA.sessions[0]) == "yoxo-festival/opening"
    assert DATA.sessions[0].starts_at == dt.datetime(2026, 11, 21, 1, 0, tzinfo=dt.UTC)
    assert DATA.sessions[0].ends_at == dt.datetime(2026, 11, 21, 2, 0, tzinfo=dt.UTC)


@settings(max_examples=20, deadline=None)
@given(st.dates(dt.date(2000, 1, 1), dt.date(2200, 1, 1)))
def test_same_day_same_rows_other_day_same_shape(day: dt.date) -> None:
    data = load(day)
    assert data == load(day)
    assert data.convention.number == day.year - 1999
    assert [s.starts_at - DATA.sessions[0].starts_at for s in DATA.sessions] == [
        s.starts_at - data.sessions[0].starts_at for s in data.sessions
    ]


def test_ids_follow_the_year_and_never_clash() -> None:
    ids = [row.id for row in rows(DATA)]  # type: ignore[attr-defined]
    assert len(set(ids)) == len(ids)
    assert {row.id for row in rows(load(dt.date(2026, 5, 1)))} == set(ids)  # type: ignore[attr-defined]
    organisers = {o.id for o in DATA.organisers}
    assert {row.id for row in rows(load(dt.date(2027, 5, 1)))} & set(ids) == organisers  # type: ignore[attr-defined]


def test_slugs_are_well_formed_and_unique_where_they_must_be() -> None:
    for kind in (DATA.organisers, DATA.venues, DATA.events, DATA.ticket_types, DATA.quotas):
        slugs = [row.slug for row in kind]
        assert len(set(slugs)) == len(slugs)
        assert all(SLUG.fullmatch(slug) and len(slug) <= 80 for slug in slugs)
    for within in (DATA.gates, DATA.sessions):
        assert max(Counter((row.event, row.slug) for row in within).values()) == 1
        assert all(SLUG.fullmatch(row.slug) and len(row.slug) <= 80 for row in within)


def test_every_reference_names_a_row() -> None:
    organisers, ids = {o.id for o in DATA.organisers}, {q.id for q in DATA.quotas}
    types, sessions = {t.id for t in DATA.ticket_types}, {s.id for s in DATA.sessions}
    assert {e.organiser for e in DATA.events} <= organisers
    assert {e.venue for e in DATA.events} - {None} <= set(VENUE)
    assert {g.event for g in DATA.gates} | {s.event for s in DATA.sessions} <= set(EVENT)
    assert {g.venue for g in DATA.gates} | {s.venue for s in DATA.sessions} - {None} <= set(VENUE)
    assert {c.ticket_type for c in DATA.coverage} | {u.ticket_type for u in DATA.quota_uses} == types
    assert {c.event for c in DATA.coverage} == set(EVENT)
    others = {q.id for q in DATA.quotas if q.session or q.day} | {q.within for q in DATA.quotas if q.within}
    assert {u.quota for u in DATA.quota_uses} | others == ids
    assert {u.question for u in DATA.question_uses} == {q.id for q in DATA.questions}
    assert {u.ticket_type for u in DATA.question_uses} | {v.ticket_type for v in DATA.vouchers} <= types
    slugs = [q.slug for q in DATA.questions]
    assert all(q.shown_when.question in slugs[:n] for n, q in enumerate(DATA.questions) if q.shown_when)
    assert {q.session for q in DATA.quotas} - {None} == {s.id for s in DATA.sessions if s.capacity} <= sessions


def test_the_events_and_those_who_run_them() -> None:
    assert [e.position for e in DATA.events] == list(range(1, 9))
    assert DATA.events[0].slug == "yoxo-festival"
    assert len({e.organiser for e in DATA.events}) == 8
    assert Counter(e.kpi_scope for e in DATA.events) == {"core": 1, "linked": 6, "out": 1}
    core = next(e for e in DATA.events if e.kpi_scope == "core")
    assert {"opening-ceremony", "award-ceremony"} <= {s.slug for s in DATA.sessions if s.event == core.id}


def test_the_first_gate_is_at_the_first_event_and_the_first_ticket_opens_it() -> None:
    assert DATA.gates[0].event == DATA.events[0].id
    pass_, covered = DATA.ticket_types[0], {(c.ticket_type, c.event) for c in DATA.coverage}
    assert (pass_.slug, pass_.role, pass_.mode, pass_.number) == ("citywide-pass", "visitor", "hybrid", 1)
    assert {(pass_.id, event) for event in EVENT} <= covered


@every_session
def test_a_session_lies_within_its_event(session: Session) -> None:
    starts, ends = session.starts_at.astimezone(ZONE), session.ends_at.astimezone(ZONE)
    event = EVENT[session.event]
    assert event.first_day <= starts.date() == ends.date() <= event.last_day
    if session.slug.startswith("harbour-lounge-"):  # always open, so that presence can be tried at any hour
        assert (starts.time(), ends.time()) == (dt.time(0), dt.time(23, 59))
    else:
        assert dt.time(9, 30) <= starts.time() < ends.time() <= dt.time(21)


@every_session
def test_a_session_is_where_its_mode_says(session: Session) -> None:
    event = EVENT[session.event]
    assert event.mode in ("hybrid", session.mode)
    assert (session.venue is None) == (session.mode == "online")
    assert bool(session.stream_url) == (session.mode != "on_site")
    if session.stream_url:
        assert session.stream_url == f"https://stream.example.org/{called(session)}"
    if session.venue:
        assert set(session.room) == ALL
        assert session.venue in {g.venue for g in DATA.gates if g.event == event.id}
        assert VENUE[session.venue].capacity is None


@every_session
def test_a_session_speaks_to_its_readers(session: Session) -> None:
    assert set(session.title) in (BOTH, ALL)
    assert set(session.description) >= BOTH
    assert session.languages
    assert set(session.languages) <= ALL
    for speaker in session.speakers:
        assert set(speaker.name) == set(speaker.organisation) == BOTH
    assert session.capacity is None or 20 <= session.capacity <= 200
    assert ("要予約" in session.description["ja"]) <= (session.capacity is not None)


def test_every_text_has_its_languages() -> None:
    full = [DATA.convention.title, DATA.convention.description, *(o.name for o in DATA.organisers)]
    full += [text for e in DATA.events for text in (e.title, e.summary, e.description)]
    full += [v.name for v in DATA.venues] + [g.name for g in DATA.gates]
    full += [text for t in DATA.ticket_types for text in (t.title, t.description)]
    full += [q.label for q in DATA.questions] + [o.label for q in DATA.questions for o in q.options]
    full += [q.hint for q in DATA.questions if q.hint]
    assert all(set(text) == ALL for text in full)
    both = [v.address for v in DATA.venues]
    assert all(set(text) == BOTH for text in both)
    assert sum(set(s.title) == ALL for s in DATA.sessions) == 62
    assert all(words.strip() == words != "" for text in full + both for words in text.values())


def test_nothing_happens_twice_in_one_room() -> None:
    rooms: dict[tuple[object, str], list[Session]] = {}
    for session in sorted(DATA.sessions, key=lambda s: s.starts_at):
        if session.venue:
            rooms.setdefault((session.venue, session.room["ja"]), []).append(session)
    clashes = [
        (called(a), called(b)) for found in rooms.values() for a, b in pairwise(found) if b.starts_at < a.ends_at
    ]
    assert clashes == []


def test_every_day_has_sessions_of_every_mode() -> None:
    days = Counter((s.starts_at.astimezone(ZONE).date(), s.mode) for s in DATA.sessions)
    assert len(days) == 4 * 3


def test_venues_lie_in_yokohama() -> None:
    assert all(35.3 < v.latitude < 35.6 and 139.4 < v.longitude < 139.8 for v in DATA.venues)


def test_ticket_types() -> None:
    assert [t.number for t in DATA.ticket_types] == [t.position for t in DATA.ticket_types] == list(range(1, 16))
    assert all(t.public for t in DATA.ticket_types)
    assert {t.slug: t.days for t in DATA.ticket_types if t.days} == {
        **{f"day-pass-{n}": [FIRST_DAY + dt.timedelta(days=n - 1)] for n in range(1, 5)},
        "yoxo-robot-ticket": [FIRST_DAY],
    }
    assert {t.slug for t in DATA.ticket_types if t.price or t.admission != "open"} == {
        "yoxo-robot-ticket", "yoxo-booth", "yoxo-guest",
    }  # fmt: skip
    assert next(q.capacity for q in DATA.quotas if q.slug == "citywide") == 20000


@pytest.mark.parametrize(
    ("file", "mistake", "error"),
    [
        ("events/oto-matsuri.toml", ('organiser = "arts-festival-committee"', 'organiser = "nobody"'), KeyError),
        ("events/oto-matsuri.toml", ('venue = "zou-no-hana-terrace"', 'venue = "nowhere"'), KeyError),
        ("events/oto-matsuri.toml", ("capacity = 30", "capacity = 30\nseats = 3"), msgspec.ValidationError),
        ("events/oto-matsuri.toml", ('mode = "on_site"', 'mode = "in_the_air"'), msgspec.ValidationError),
        ("convention.toml", ('event = "yoxo-festival"', 'event = "nothing"'), KeyError),
        ("ticket_types.toml", ('quotas = ["citywide"]', 'quotas = ["none"]'), KeyError),
        ("ticket_types.toml", ('entry_rule = "once"', 'entry_rule = "never"'), msgspec.ValidationError),
    ],
)
def test_a_mistake_in_a_file_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, mistake: tuple[str, str], error: type[Exception]
) -> None:
    copytree(demo_data.FILES, tmp_path / "demo")
    text = (tmp_path / "demo" / file).read_text(encoding="utf-8")
    assert mistake[0] in text
    (tmp_path / "demo" / file).write_text(text.replace(*mistake, 1), encoding="utf-8")
    monkeypatch.setattr(demo_data, "FILES", tmp_path / "demo")
    with pytest.raises(error):
        load(FIRST_DAY)
