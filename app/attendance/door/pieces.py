"""By which pieces a guest is found, and how well a guest fits what was typed. Pure.

A piece is a short text with a mark in front that says what it is of a word:
`=` the whole name, `$` a whole word, `^` how a word begins (1 to 3 letters), `*` what stands anywhere in it (one or two
ideographs, or three letters), `#` the end of a number, `@` a mail address. Pieces are kept as keyed hashes only.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final, Literal

from msgspec import Struct

from app.people.naming.spelling import forms_of, is_alphabet, joined, stored_words, words_of
from app.people.persons import normal_address

BEGINNING: Final = 3
"""Letters of a beginning that have a piece of their own."""
NUMBER: Final = 6
"""Letters at the end of a number that staff read from paper."""
MOST_LETTERS: Final = 80
"""Of a name, or of what was typed; what is longer is found by its beginning."""
MOST_WORDS: Final = 12
_NUMBER: Final = re.compile(r"[0-9a-f]{6,32}")

Fit = Literal[0, 1, 2, 3]
"""How well a guest fits: 0 whole name, number or address; 1 a whole word; 2 begins so; 3 holds it."""


class Findable(Struct, frozen=True):
    """What a guest is found by; `numbers` in hexadecimal digits."""

    name: str
    reading: str = ""
    organisation: str = ""
    email: str = ""
    numbers: tuple[str, ...] = ()


class Sought(Struct, frozen=True):
    """What was typed, ready to be looked for: sets of pieces that a guest has to have, the best fit first."""

    words: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    number: str = ""
    address: str = ""


def pieces_of(guest: Findable) -> set[str]:
    """Return every piece by which a guest is found."""
    found: set[str] = set()
    for text in (guest.name, guest.reading):
        for form in _whole(text):
            found |= {f"={form}", f"${form}", *_beginnings(form), *_inside(form)}
        for form in _forms(text):
            found |= {f"${form}", *_beginnings(form), *_inside(form)}
    for form in {*_forms(guest.organisation), *_whole(guest.organisation)}:
        found |= {*_beginnings(form), *_inside(form)}
    found |= {f"#{number[-NUMBER:]}" for number in guest.numbers}
    return found | {f"@{normal_address(guest.email)}"} if guest.email else found


def _words(text: str) -> list[str]:
    return stored_words(text[:MOST_LETTERS])[:MOST_WORDS]


def _forms(text: str) -> set[str]:
    """Return the forms of each word."""
    return {form for word in _words(text) for form in forms_of(word)}


def _whole(text: str) -> set[str]:
    """Return the forms of all words as one, in every way in which they are written."""
    words = _words(text)
    return forms_of(joined(words)) | {joined(words_of(text[:MOST_LETTERS]))} - {""} if words else set()


def _beginnings(form: str) -> Iterable[str]:
    return (f"^{form[:length]}" for length in range(1, min(BEGINNING, len(form)) + 1))


def _inside(form: str) -> set[str]:
    """Return what stands anywhere: ideographs alone and in pairs, letters in threes."""
    found: set[str] = set()
    for is_sound, letters in groupby(form, key=is_alphabet):
        run = "".join(letters)
        found |= {f"*{piece}" for size in ((3,) if is_sound else (1, 2)) for piece in _cut(run, size)}
    return found


def _cut(run: str, size: int) -> Iterable[str]:
    return (run[at : at + size] for at in range(len(run) - size + 1))


def sought(typed: str) -> Sought | None:
    """Read what was typed; None when it holds nothing to look for."""
    typed = typed.strip()[:MOST_LETTERS]
    if "@" in typed.strip("@"):
        address = normal_address(typed)
        return Sought((), ((f"@{address}",),), address=address)
    words = tuple(words_of(typed)[:MOST_WORDS])
    if not words:
        return None
    number = "".join(typed.split()).replace("-", "").casefold()
    number = number if _NUMBER.fullmatch(number) else ""
    sets = [(f"#{number[-NUMBER:]}",)] if number else []
    return Sought(words, tuple(dict.fromkeys([*sets, *_sets(words)])), number=number)


def _sets(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    whole = joined(words)
    exact = tuple(sorted(f"${word}" for word in words))
    begun = tuple(sorted({piece for word in words for piece in _needed(word, begins=True)}))
    held = tuple(sorted({piece for word in words for piece in _needed(word, begins=False)}))
    one = [tuple(sorted(_needed(whole, begins=True))), tuple(sorted(_needed(whole, begins=False)))]
    return [(f"={whole}",), exact, begun, held, *(one if len(words) > 1 else [])]


def _needed(word: str, *, begins: bool) -> set[str]:
    """Return the pieces that a name has to have which begins with a word, or holds it."""
    inside = _inside(word)
    if begins or not inside:
        return {f"^{word[:BEGINNING]}", *(_fewest(inside) if len(word) > BEGINNING else ())}
    return _fewest(inside)


def _fewest(inside: set[str]) -> set[str]:
    """Leave out single ideographs where longer pieces say more."""
    return {piece for piece in inside if len(piece) > 2} or inside


def fit(guest: Findable, asked: Sought) -> Fit | None:
    """Return how well a guest fits, looking at the very words; None for one whom only the pieces resembled."""
    if asked.address:
        return 0 if guest.email and normal_address(guest.email) == asked.address else None
    if asked.number and any(number.endswith(asked.number) for number in guest.numbers):
        return 0
    whole = joined(asked.words)
    names = {form for text in (guest.name, guest.reading) for form in _whole(text)}
    if whole in names:
        return 0
    words = names | _forms(guest.name) | _forms(guest.reading)
    if words.issuperset(asked.words):
        return 1
    more = words | _forms(guest.organisation) | _whole(guest.organisation)
    if _all_begin(asked.words, words) or _all_begin((whole,), names):
        return 2
    return 3 if _all_held(asked.words, more) or _all_held((whole,), more) else None


def _all_begin(words: Iterable[str], forms: set[str]) -> bool:
    return all(any(form.startswith(word) for form in forms) for word in words)


def _all_held(words: Iterable[str], forms: set[str]) -> bool:
    return all(any(_holds(form, word) for form in forms) for word in words)


def _holds(form: str, word: str) -> bool:
    return form.startswith(word) if _is_short(word) else word in form


def _is_short(word: str) -> bool:
    """One or two letters are looked for where words begin: in the middle they stand in half of all names."""
    return len(word) < BEGINNING and is_alphabet(word)
