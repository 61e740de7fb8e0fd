"""Is a Chinese name in Latin letters what its characters sound like in Mandarin: 王小红, Wang Xiaohong? Pure."""

from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from app.awards.conflict_match import known, wade
from app.people.naming.names import plain_words, spellings

READ: Final = 0.6
"""How sure a meeting is."""
CHARACTERS: Final = range(2, 5)
"""Of a whole name: a family name of one or two, a given name of one or two."""
MOST_WORDS: Final = 3
"""Of the name in Latin letters: some part the syllables of a given name."""


def likeness(characters: str, other: str) -> float:
    """Return how sure it is that a name in Latin letters is the sound of one in characters; 0 when it is not."""
    turns = _turns(other)
    return READ if any(_is_sound(family, turn[0]) and _is_sound(given, turn[1])
                       for family, given in _parts(characters) for turn in turns) else 0.0  # fmt: skip


def tells(characters: str, spelt: Iterable[str]) -> bool:
    """Whether other spellings of somebody's name tell how it sounds: one of them has the family name in Mandarin."""
    heard = {family for other in spelt for family, _ in _turns(other)}
    return any(_is_sound(family, one) for family, _ in _parts(characters) for one in heard)


@lru_cache(maxsize=16384)
def _turns(name: str) -> tuple[tuple[str, str], ...]:
    """Return (family, given) of a name in Latin letters, the family name first or last; () for any other name."""
    heard = [spellings(word).sound for word in plain_words(name)]
    if not 2 <= len(heard) <= MOST_WORDS or not all(word and all(map(str.isascii, word)) for word in heard):
        return ()
    ways = [[one(word, key=len) for word in heard] for one in (min, max)]  # what is no long sound here: Chou, Hou
    return tuple(turn for way in ways for turn in ((way[0], "".join(way[1:])), (way[-1], "".join(way[:-1]))))


@lru_cache(maxsize=16384)
def _parts(name: str) -> tuple[tuple[str, str], ...]:
    whole = known.folded("".join(plain_words(name)))
    if len(whole) not in CHARACTERS or not all(letter in _sounds() for letter in whole):
        return ()
    return tuple((whole[:at], whole[at:]) for at in (1, 2) if at < len(whole))


def _is_sound(characters: str, heard: str) -> bool:
    return heard in _heard(characters)


@lru_cache(maxsize=16384)
def _heard(characters: str) -> frozenset[str]:
    """Return how characters sound in pinyin, and how Wade and Giles spelt that."""
    ways = [_sounds()[letter] for letter in characters]
    old = [[spelling for sound in sounds for spelling in wade.spelt(sound)] for sounds in ways]
    return frozenset("".join(way) for spellings in (ways, old) for way in product(*spellings))


@cache
def _sounds() -> dict[str, tuple[str, ...]]:
    """Return the syllables of each character, as `mandarin.txt` lists them."""
    found: dict[str, tuple[str, ...]] = {}
    lines = Path(__file__).with_name("mandarin.txt").read_text(encoding="utf-8").splitlines()
    for syllable, characters in (line.split() for line in lines if not line.startswith("#")):
        for letter in map(known.folded, characters):
            found[letter] = (*found.get(letter, ()), syllable)
    return found
