"""How a name in kanji may be read when nobody tells: 佐藤健 is Sato, and Ken, Takeru or Takeshi. Pure.

Surnames are looked up whole in `surnames.txt`. What is not there, and all given names, may be read as any combination
of what its characters sound like in names, which `characters.txt` lists. Both sides are compared as they sound, without
long vowels.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from app.awards.conflict_match import known
from app.people.naming.kana import IS_KANA, romaji
from app.people.naming.names import plain_words, spellings

READ, READ_INITIAL = 0.6, 0.5
"""How sure a meeting is: a reading that the characters may have; its initial."""
MOST_CHARACTERS: Final = 6
"""Of a family name and of a given name each; no name has more."""
MOST_WORDS: Final = 3
"""Of a Japanese name in Latin letters: one family name, one given name, which a hyphen may part (Jun-ichi)."""
_KANJI: Final = re.compile(r"[\u3005\u3400-\u9fff]")
_NASAL: Final = re.compile("m(?=[bmp])")
_KUNREI: Final = re.compile("(?<![sctz])(?:[stzj]y|[stz]i|tu|hu)")
"""Spellings of which a form in Hepburn is to be had as well."""
_LONG_O: Final = re.compile("ou|oo|oh(?![aiueoy])")
_LONG: Final = re.compile(r"([aiu])\1")
_MERGE: Final = {"a": "a", "i": "i", "u": "[uo]", "o": "o"}
"""Vowels that are one long sound with what stands before them."""

GIVEN, ALONE, SURNAME, ANY = "given", "alone", "surname", "any"
"""Where a character stands: in a given name of several, or as all of it; in a surname; in any word."""

Sounds = dict[tuple[str, str], tuple[str, ...]]


def likeness(kanji: str, other: str) -> float:
    """Return how sure it is that a name in Latin letters or kana is a reading of one in kanji; 0 when it is none."""
    words = _heard(other)
    if not 2 <= len(words) <= MOST_WORDS:
        return 0.0
    turns = ((words[0], "".join(words[1:])), (words[-1], "".join(words[:-1])))
    ways = ((parts, turn) for parts in _parts(kanji) for turn in turns if is_family(parts[0], turn[0]))
    return max((_given_is(parts[1], turn[1]) for parts, turn in ways), default=0.0)


def tells(kanji: str, spelt: Iterable[str]) -> bool:
    """Whether other spellings of somebody's name tell how his kanji are read: one of them has his family name."""
    words = {word for other in spelt for word in _heard(other)}
    return any(is_family(family, word) for family, _ in _parts(kanji) for word in words)


def is_word(kanji: str, latin: str) -> bool:
    """Whether a word in Latin letters is a reading of some kanji, as of a name."""
    heard = sound(latin)
    return bool(heard) and (is_family(kanji, heard) or _is_combination(kanji, heard, ANY))


def is_family(kanji: str, heard: str) -> bool:
    """Whether a surname may sound so, as `sound` gives it: any combination only for surnames that are not listed."""
    listed = _surnames().get(kanji)
    return heard in listed if listed else _is_combination(kanji, heard, SURNAME)


@lru_cache(maxsize=16384)
def sound(word: str) -> str:
    """Return how a word in kana or Latin letters sounds in Japanese, long sounds short: Ohno, Oono, おおの are ono."""
    forms = spellings(word).sound
    best = min(forms, key=lambda form: (len(_KUNREI.findall(form)), len(form), form), default="")
    return _NASAL.sub("n", best).replace("dz", "z")


def _sound_of_kana(reading: str) -> str:
    """Return what `sound` does for kana, sooner: there are thousands to be read in."""
    return _NASAL.sub("n", _LONG.sub(r"\1", _LONG_O.sub("o", romaji(reading)))).replace("dz", "z")


@lru_cache(maxsize=16384)
def _heard(name: str) -> tuple[str, ...]:
    words = plain_words(name)
    return () if any(map(_KANJI.search, words)) else tuple(filter(None, map(sound, words)))


@lru_cache(maxsize=16384)
def _parts(name: str) -> tuple[tuple[str, str], ...]:
    """Return how a name in kanji may be parted into family and given name: by its space, or behind a known surname."""
    words = [known.folded(word) for word in plain_words(name)]
    if not words or not all(map(_is_written, words)) or not any(map(_KANJI.search, words)):
        return ()
    if len(words) == 2:
        return ((words[0], words[1]),)
    whole = words[0] if len(words) == 1 else ""
    ways = [(whole[:at], whole[at:]) for at in range(1, min(len(whole), MOST_CHARACTERS))]
    return tuple([way for way in ways if way[0] in _surnames()] or ways)


def _is_written(word: str) -> bool:
    return len(word) <= 2 * MOST_CHARACTERS and all(_KANJI.match(letter) or IS_KANA.match(letter) for letter in word)


def _given_is(kanji: str, heard: str) -> float:
    where = ALONE if len(kanji) == 1 else GIVEN
    if len(heard) == 1:
        return READ_INITIAL if any(one[:1] == heard for one in _of_character(kanji[0], where)) else 0.0
    return READ if _is_combination(kanji, heard, where) else 0.0


def _is_combination(kanji: str, heard: str, where: str) -> bool:
    pattern = _pattern(kanji, where)
    return pattern is not None and pattern.fullmatch(heard) is not None


@lru_cache(maxsize=16384)
def _pattern(kanji: str, where: str) -> re.Pattern[str] | None:
    """Return what matches each combination of the sounds of some characters; None when one of them has no sound."""
    if not 0 < len(kanji) <= MOST_CHARACTERS:
        return None
    found = [_of_character(letter, where) for letter in _repeated(kanji)]
    return re.compile("".join(map(_any_of, found))) if all(found) else None


def _repeated(kanji: str) -> Iterator[str]:
    """Yield the characters, those for which 々 stands written out."""
    for at, letter in enumerate(kanji):
        yield kanji[at - 1] if letter == "々" and at else letter


def _any_of(sounds: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(_joined, sounds))})"


def _joined(heard: str) -> str:
    """Write a sound so that its vowel may be one with the vowel before it: kei and ichi are keichi."""
    before = _MERGE.get(heard[:1])
    return f"{heard}|(?<={before}){heard[1:]}" if before else heard


def _of_character(letter: str, where: str) -> tuple[str, ...]:
    """Return how a character sounds there, or, where nothing is known of that, anywhere in a name."""
    if IS_KANA.match(letter):
        return (sound(letter),)
    return _characters().get((letter, where)) or _characters().get((letter, ANY), ())


@cache
def _surnames() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for reading, *names in _lines("surnames.txt"):
        heard = _sound_of_kana(reading)
        for name in map(known.folded, names):
            found[name] = found.get(name, frozenset()) | {heard}
    return found


@cache
def _characters() -> Sounds:
    """Return how characters sound, by character and place."""
    found: Sounds = {}
    for letter, *rest in _lines("characters.txt"):
        parts = " ".join(rest).split("/")
        given = parts[0].split()
        alone = [reading for reading in given if reading.endswith("*")]
        surname = parts[1].split() if len(parts) > 1 else []
        for where, readings in ((GIVEN, given), (ALONE, alone), (SURNAME, surname), (ANY, " ".join(parts).split())):
            key = known.folded(letter), where
            heard = (_doubling(reading.rstrip("*")) for reading in readings)
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), *heard)))
    return found


def _doubling(reading: str) -> str:
    """Return a reading as it sounds; behind a small っ with the consonant that follows twice: てっ, of Teppei."""
    return sound(reading) + "[kstpc]" if reading.endswith("っ") else sound(reading)


def _lines(name: str) -> Iterator[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    yield from (line.split() for line in lines if line and not line.startswith("#"))
