"""Search over a programme: every script and language at once, the best first."""

import datetime as dt
from functools import lru_cache
from typing import Literal
from uuid import UUID

import msgspec

from app.events.folding import folded
from app.events.schemas import Event, Programme, Session, Venue, Words

Kind = Literal["event", "session", "venue"]
KINDS: tuple[Kind, ...] = ("event", "session", "venue")
"""In the order of equals."""
WHOLE_TITLE, TITLE_BEGINS, WORD_BEGINS, IN_TITLE = 100, 60, 45, 35
PEOPLE, PLACE, PARENT, ABOUT, TEXT = 25, 20, 15, 10, 4
"""What a place where a word stands is worth; a hit adds up the best place of each word."""


class Entry(msgspec.Struct, frozen=True):
    """Something that can be found. Each text holds all languages, folded, one per line, between line ends."""

    kind: Kind
    key: UUID
    ends_at: dt.datetime | None
    title: str
    people: str
    place: str
    parent: str
    about: str
    text: str


class Hit(msgspec.Struct, frozen=True):
    """Something that was found, and what it is worth."""

    kind: Kind
    key: UUID
    score: int


def search(programme: Programme, words: str, *, now: dt.datetime) -> list[Hit]:
    """Return what holds every word, the best first; of equals, what is over comes last. No words find nothing."""
    whole = folded(words)
    parts = whole.split()
    if not parts:
        return []
    found = [(entry, worth(entry, parts, " ".join(parts))) for entry in entries(programme)]
    order = {entry.key: n for n, entry in enumerate(entries(programme))}
    ranked = sorted(
        ((entry, score) for entry, score in found if score),
        key=lambda pair: (-pair[1], _is_over(pair[0], now), KINDS.index(pair[0].kind), order[pair[0].key]),
    )
    return [Hit(entry.kind, entry.key, score) for entry, score in ranked]


def worth(entry: Entry, parts: list[str], whole: str) -> int:
    """Return 0 when a part is nowhere, else the sum of the best places; a title that holds all in a row counts more."""
    scores = [_place(entry, part) for part in parts]
    if not all(scores):
        return 0
    return sum(scores) + (_in_title(entry.title, whole) if len(parts) > 1 else 0)


def _place(entry: Entry, part: str) -> int:
    places = (
        (entry.people, PEOPLE),
        (entry.place, PLACE),
        (entry.parent, PARENT),
        (entry.about, ABOUT),
        (entry.text, TEXT),
    )
    return _in_title(entry.title, part) or next((score for text, score in places if part in text), 0)


def _in_title(title: str, part: str) -> int:
    if part not in title:
        return 0
    if f"\n{part}\n" in title:
        return WHOLE_TITLE
    if f"\n{part}" in title:
        return TITLE_BEGINS
    return WORD_BEGINS if f" {part}" in title else IN_TITLE


def _is_over(entry: Entry, now: dt.datetime) -> bool:
    return entry.ends_at is not None and entry.ends_at <= now


@lru_cache(maxsize=16)
def entries(programme: Programme) -> tuple[Entry, ...]:
    """Return everything that can be found in a programme: its events, sessions and venues."""
    return (
        *(_event(programme, event) for event in programme.events.values()),
        *(_session(programme, session) for session in programme.sessions.values()),
        *(_venue(venue) for venue in programme.venues.values()),
    )


def _event(programme: Programme, event: Event) -> Entry:
    return Entry(
        kind="event",
        key=event.id,
        ends_at=None,
        title=_lines(event.title),
        people=_lines(programme.organisers[event.organiser].name),
        place=_venue_lines(programme, event.venue),
        parent="",
        about=_lines(event.summary, *event.tags),
        text=_lines(event.description),
    )


def _session(programme: Programme, session: Session) -> Entry:
    event = programme.events[session.event]
    return Entry(
        kind="session",
        key=session.id,
        ends_at=session.ends_at,
        title=_lines(session.title),
        people=_lines(*(text for speaker in session.speakers for text in (speaker.name, speaker.organisation))),
        place=_lines(session.room) + _venue_lines(programme, session.venue),
        parent=_lines(event.title),
        about=_lines(event.summary, *event.tags, programme.organisers[event.organiser].name),
        text=_lines(session.description),
    )


def _venue(venue: Venue) -> Entry:
    return Entry(
        kind="venue",
        key=venue.id,
        ends_at=None,
        title=_lines(venue.name),
        people="",
        place=_lines(venue.address),
        parent="",
        about="",
        text="",
    )


def _venue_lines(programme: Programme, venue: UUID | None) -> str:
    return _lines(programme.venues[venue].name) if venue else ""


def _lines(*texts: Words | str) -> str:
    words = [word for text in texts for word in ([text] if isinstance(text, str) else text.values()) if word]
    return "".join(f"\n{' '.join(folded(line).split())}" for word in words for line in word.split("\n")) + "\n"
