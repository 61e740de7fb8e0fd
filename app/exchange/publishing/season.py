"""One season of several cities: what partner cities do around the days of a convention, as everybody may see it."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from app.core.db import fetch
from app.core.i18n import DEFAULT, clock
from app.events import shown
from app.events.beside import Card
from app.events.schemas import Programme, Words
from app.exchange.publishing import to_come
from app.exchange.publishing.jsonld import CONTEXT, event_data
from app.exchange.publishing.said import Said, decoded, source_line, where
from app.exchange.publishing.series import on
from app.exchange.publishing.spoken import spoken
from app.exchange.publishing.to_come import Coming, day_of

MOST = 100
"""Events of a city on the page; its calendar has all."""
MOST_KEPT = 5_000
"""Words of events that a process remembers; those of one event in two languages count twice."""
_SAID = """
SELECT p.id, coalesce(own.said, base.said) AS said FROM publication p
JOIN published_text base ON base.publication = p.id AND base.language = $2
LEFT JOIN published_text own ON own.publication = p.id AND own.language = $3
WHERE p.id = ANY($1::uuid[]) AND p.gone_at IS NULL
"""
_CITIES = "SELECT id, slug, name, url FROM partner WHERE id = ANY($1::uuid[])"
_words = msgspec.json.Decoder(Words).decode


class Told(Struct, frozen=True):
    """An event of a partner city in a reader's language."""

    day: dt.date
    said: Said
    card: Card
    time: str
    many_days: bool
    repeats: bool


class City(Struct, frozen=True):
    """A partner city with its events by day; `sources` are their terms of use, `more` how many do not fit."""

    slug: str
    name: shown.Said
    url: str
    calendar: str
    sources: tuple[shown.Said, ...]
    days: tuple[tuple[dt.date, tuple[Told, ...]], ...]
    more: int


_kept: OrderedDict[tuple[Coming, str], Told] = OrderedDict()
"""By version and language, the one that was asked for last at the end."""


async def cards(programme: Programme, tag: str, most: int, *, now: dt.datetime) -> tuple[Card, ...]:
    """Return the first of what is not over yet, in the order of time."""
    season = await to_come.season(programme.convention, now=now)
    first = list(islice(season.first(now), most)) if season else []
    found = await told(first, tag)
    return tuple(found[one].card for one in first if one in found)


async def told(coming: Sequence[Coming], tag: str) -> dict[Coming, Told]:
    """Return events in a language, without those that have gone meanwhile; one statement for what is not remembered."""
    found = {one: _kept[one, tag] for one in coming if (one, tag) in _kept}
    missing = {one.id: one for one in coming if one not in found}
    if missing:
        for row in await fetch(_SAID, list(missing), DEFAULT, tag):
            one = missing[row["id"]]
            found[one] = _told(one, decoded(row["said"]), tag)
    _keep(found, tag)
    return found


def _keep(found: Mapping[Coming, Told], tag: str) -> None:
    for one, said in found.items():
        _kept[one, tag] = said
        _kept.move_to_end((one, tag))
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)


def _told(coming: Coming, said: Said, tag: str) -> Told:
    said = on(said, *coming.date) if coming.date else said
    day = day_of(said)
    until = max(day, _last_day(said) or day)
    return Told(
        day=day,
        said=said,
        card=_card(said, day, until, tag),
        time=_time(said),
        many_days=until > day,
        repeats=bool(said.recurrence),
    )


def _last_day(said: Said) -> dt.date | None:
    """Return the last day; what ends at midnight ends on the day before."""
    return (said.ends_at - dt.timedelta(microseconds=1)).date() if said.ends_at else said.last_day


def _card(said: Said, day: dt.date, until: dt.date, tag: str) -> Card:
    return Card(
        title=_spoken(said, "title", said.title, tag),
        path=said.url,
        starts=(said.starts_at or day).isoformat(),
        days=shown.span(day, until, tag),
        place=_spoken(said, "place", where(said), tag),
        note=_spoken(said, "attribution", source_line(said), tag),
        canceled=said.status == "cancelled",
    )


def _spoken(said: Said, name: str, words: str, tag: str) -> shown.Said:
    found = said.languages.get(name) or spoken(words)
    return shown.Said(words, found if found != tag else "")


def _time(said: Said) -> str:
    """Return from when to when on the clock of the place; "" for whole days."""
    if said.starts_at is None or said.ends_at is None:
        return ""
    starts = clock(said.starts_at, said.zone)
    within_a_day = dt.timedelta() < said.ends_at - said.starts_at < dt.timedelta(days=1)
    return f"{starts}–{clock(said.ends_at, said.zone)}" if within_a_day else starts


async def cities(programme: Programme, tag: str, *, now: dt.datetime) -> list[City]:
    """Return the cities that have something to come, each with its events by day."""
    season = await to_come.season(programme.convention, now=now)
    of_cities = season.cities if season else {}
    first = {partner: list(islice(events.after(now), MOST)) for partner, events in of_cities.items()}
    more = {partner: max(events.count(now) - MOST, 0) for partner, events in of_cities.items()}
    found = await told([one for some in first.values() for one in some], tag)
    there = {partner: [found[one] for one in some if one in found] for partner, some in first.items()}
    rows = await fetch(_CITIES, [partner for partner, some in there.items() if some])
    made = (_city(programme, row, there[row["id"]], more[row["id"]], tag) for row in rows)
    return sorted(made, key=lambda city: city.slug)


def _city(programme: Programme, row: Mapping[str, Any], events: Sequence[Told], more: int, tag: str) -> City:
    days = dict[dt.date, list[Told]]()
    for one in events:
        days.setdefault(one.day, []).append(one)
    return City(
        slug=row["slug"],
        name=shown.said(_words(row["name"]), tag),
        url=row["url"],
        calendar=f"/calendars/{programme.convention.slug}/partners/{row['slug']}.ics",
        sources=tuple(dict.fromkeys(one.card.note for one in events if one.card.note.words)),
        days=tuple((day, tuple(some)) for day, some in days.items()),
        more=more,
    )


def data(found: Sequence[City]) -> dict[str, Any]:
    """Return what the page shows as JSON-LD, with the values of the calendars."""
    shown_here = [one.said for city in found for _day, some in city.days for one in some]
    return {"@context": CONTEXT, "@graph": [event_data(one) for one in shown_here]}
