"""Whether two events told by two cities may be the same one: a score from 0 to 1, and why. Pure.

A score from `PROPOSED` on is proposed to an officer, and never decides anything by itself. Dates have to overlap;
numbers and classes in the titles (12th, morning, for children) must not contradict each other; places must not either.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from app.exchange.joining.marks import Marks, conflict, marks, one_sided
from app.exchange.joining.places import SAME_NAME, Place, Verdict, compared, in_one_area, place_of, two_cities
from app.exchange.joining.times import Span, fit, same_span, same_start, span_of
from app.exchange.joining.titles import Text, Title, beside, title
from app.exchange.schemas import Incoming

PROPOSED: Final = 0.6
TELLING: Final = 3.0
"""The weight of pieces two titles must share to say something by themselves, whatever the place."""
INSTEAD: Final = 0.6
"""The least weight of words that stand in the place of others."""
MOST_INSTEAD: Final = 0.16
"""From this share on they tell two events apart."""
APART: Final = 0.35
OTHER_WORDS: Final = 0.2
"""What is left of a likeness when what stands in quotation marks differs."""
CONTAINED: Final = 0.85
LEAST: Final = 0.9
"""What a title must say at least to be found in another one."""
BRACKETS: Final = 0.95
PLACE: Final = 0.05
"""The weight of the name of the place within a title."""
SAME_TITLE: Final = 0.95
APRIL: Final = 4
ALIKE: Final = 0.5
"""From here on two titles are no contradiction to one address or one UID."""


class Traits(Struct, frozen=True):
    """An event as it is compared. `titles` are all it has, in any language."""

    titles: tuple[Title, ...]
    marks: Marks
    span: Span
    place: Place
    organiser: Title | None


class Names(Struct, frozen=True, order=True):
    """How alike two titles are, from 0 to 1, and the weight of what they share."""

    score: float
    shared: float


class Likeness(Struct, frozen=True):
    """How alike two events are, and why, in codes of `words.JOINING`."""

    score: float
    reasons: tuple[str, ...]


def traits(event: Incoming, home: str = "") -> Traits:
    """Return an event as it is compared; `home` is the Japanese name of the city that tells of it."""
    texts = dict.fromkeys([event.title, *event.titles.values()])
    organiser = title(event.organiser) if event.organiser.strip() else None
    made = tuple(title(text) for text in texts if text.strip())
    return Traits(made or (title(""),), marks(event.title), span_of(event), place_of(event, home), organiser)


def likeness(one: Traits, other: Traits) -> Likeness:
    """Return how alike two events are."""
    time = fit(one.span, other.span)
    if not time:
        return Likeness(0.0, ("other_time",))
    if told_apart(one, other):
        return Likeness(0.0, ("other_number",))
    place = compared(one.place, other.place)
    if place == "different" and not in_one_area(one.place, other.place):
        return Likeness(0.0, ("other_place",))
    names = titles_alike(one, other)
    score = names.score * time * _sides(one, other) * _known_by(one, other)
    if place == "same":
        score = score**0.5 if names.shared >= LEAST else score
    elif names.shared < _needed(one, other, place) and not (names.score >= SAME_TITLE and _says_city(one, other)):
        score *= 0.5
    return Likeness(round(min(score, 1.0), 4), tuple(_reasons(one, other, names.score, place)))


def told_apart(one: Traits, other: Traits) -> bool:
    """Whether numbers, classes or years in the titles say that these are two events."""
    return bool(conflict(one.marks, other.marks, spring=one.span.first.month < APRIL))


def _needed(one: Traits, other: Traits, place: Verdict) -> float:
    """Return what titles must share where the place says nothing: more where each city may mean a place of its own."""
    if place == "near" or _one_city(one, other):
        return TELLING * 0.4
    if one.place.online and other.place.online:
        return TELLING
    return 2 * TELLING if two_cities(one.place, other.place) else TELLING


def _says_city(one: Traits, other: Traits) -> bool:
    """Whether both titles name one city, and both times are the same: 名古屋まつり and Nagoya Festival need no more."""
    said = one.place.titled & other.place.titled & {one.place.city, other.place.city}
    return bool(said) and same_span(one.span, other.span)


def _one_city(one: Traits, other: Traits) -> bool:
    """Whether both titles name a city, or the one that of which the other's city tells at home."""
    first, second = one.place, other.place
    said = one.marks.values.get("city", frozenset()) & other.marks.values.get("city", frozenset())
    return bool(said or second.city in first.titled or first.city in second.titled)


def titles_alike(one: Traits, other: Traits) -> Names:
    """Return how alike the titles are, in whichever language they are most; what only names the place says little."""
    known = one.place.pieces | other.place.pieces

    def light(piece: str) -> float:
        return PLACE if piece in known else 1.0

    return max(_pair(a, b, light) for a in one.titles for b in other.titles)


def _pair(one: Title, other: Title, light: Callable[[str], float]) -> Names:
    full = beside(one.full, other.full, light)
    cores = beside(one.core, other.core, light)
    said = beside(one.full, other.full).both
    score = max(full.alike, cores.alike * BRACKETS, CONTAINED * full.within if said >= LEAST else 0.0)
    if _inside_differs(one, other):
        return Names(score * OTHER_WORDS, said)
    apart = full.instead >= INSTEAD and full.instead >= MOST_INSTEAD * (full.instead + full.both)
    return Names(score * (APART if apart else 1.0), said)


def _inside_differs(one: Title, other: Title) -> bool:
    """Whether both have something in quotation marks, or in brackets, and it is not the same."""
    return one is not other and any(
        first and second and not any(_akin(a, b, one, other) for a in first for b in second)
        for first, second in ((one.quoted, other.quoted), (one.bracketed, other.bracketed))
    )


def _akin(a: Text, b: Text, one: Title, other: Title) -> bool:
    inside, whole = beside(a, b), (beside(a, other.full), beside(b, one.full))
    return inside.alike >= 0.6 or any(found.first >= 0.8 * (found.first + found.first_alone) for found in whole)


def _sides(one: Traits, other: Traits) -> float:
    """A part of an event is not the event: where only one title names a part, the times have to agree exactly."""
    kinds = one_sided(one.marks, other.marks)
    if not kinds:
        return 1.0
    if same_span(one.span, other.span):
        return 0.9
    return 0.6 if same_start(one.span, other.span) and "parts" not in kinds else 0.3


def _known_by(one: Traits, other: Traits) -> float:
    if one.organiser is None or other.organiser is None:
        return 1.0
    known = beside(one.organiser.full, other.organiser.full).within
    return 1.05 if known >= SAME_NAME else 0.95


def _reasons(one: Traits, other: Traits, names: float, place: Verdict) -> Iterable[str]:
    yield "title_same" if names >= SAME_TITLE else "title_alike"
    yield "start_same" if same_start(one.span, other.span) else "days_overlap"
    if place == "same":
        yield "place_same"
    if any(one.marks.values.get(kind) == some for kind, some in other.marks.values.items()):
        yield "number_same"
    if one.organiser and other.organiser and beside(one.organiser.full, other.organiser.full).within >= SAME_NAME:
        yield "organiser_same"


def corroborated(one: Traits, other: Traits) -> bool:
    """Whether two events that share an identity may be one: their titles agree, and nothing in them contradicts it."""
    if told_apart(one, other):
        return False
    names = titles_alike(one, other)
    told = names.score >= SAME_TITLE or (names.score >= ALIKE and names.shared >= TELLING)
    return told and not one_sided(one.marks, other.marks)


def comparable(one: Traits, other: Traits) -> bool:
    """Whether the titles are in scripts that can be compared at all."""
    return any(a.letters & b.letters for a in one.titles for b in other.titles)
