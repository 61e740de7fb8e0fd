"""Names of foreigners and foreign firms in katakana, beside the same in Latin letters: シーメンス, Siemens. Pure.

Both are heard as consonants with vowels between them. The consonants have to be the same, as far as Japanese tells them
apart; the vowels have to be possible, because katakana follow the sound and Latin letters the spelling.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final

from msgspec import Struct

from app.people.naming.kana import romaji

MOST_WAYS: Final = 128
"""Ways to pronounce a spelling that are tried."""
SILENT: Final = "*"
"""In a slot of vowels: an r that Japanese hears as a long vowel was here."""
_KANA_SOUNDS: Final = (
    ("s?sh", "X"), ("[ct]?ch", "C"), ("t?ts", "S"), ("j", "J"), ("z", "s"), ("l", "r"), ("v", "b"),
    ("m(?=[bp])", "n"), ("dy", "dy"), ("(?<=[kgnhbpmrtdfXCJs])y(?=[auo])", ""),
)  # fmt: skip
_LATIN_SOUNDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("ceau", ("so",)), ("eau", ("o",)), ("tion", ("Xon",)), ("sion", ("Xon", "Jon")), ("sch", ("X", "sk")),
    ("tch", ("C",)), ("tsch", ("C",)),
    ("eu", ("eu", "yu", "oi")), ("berg", ("berg", "beri")), ("tes", ("tes", "S")), ("all", ("al", "ol")),
    ("tz", ("S",)), ("ts", ("S", "ts")), ("dge", ("J",)), ("gge", ("J", "ge")), ("chr", ("kr",)),
    ("ch", ("C", "k", "X", "h")),
    ("sh", ("X",)), ("ph", ("f",)), ("th", ("s", "t")), ("ck", ("k",)), ("qu", ("k", "kw")), ("wh", ("w",)),
    ("ght", ("t",)), ("gh", ("g", "")), ("gn", ("n", "gn")), ("kn", ("n", "kn")), ("wr", ("r",)), ("rh", ("r",)),
    ("dt", ("t",)), ("ce", ("se",)), ("ci", ("si", "Xi")), ("cy", ("si",)), ("ge", ("Je", "ge")), ("gi", ("Ji", "gi")),
    ("gy", ("Ji", "gi")), ("tu", ("tu", "Cu")), ("ssi", ("si", "Xi")), ("si", ("si", "Xi")), ("sy", ("si", "Xi")),
    ("x", ("ks",)), ("c", ("k",)),
    ("q", ("k",)), ("z", ("s", "S")), ("v", ("b", "f")), ("w", ("w", "b")), ("j", ("J", "y")),
    ("mb", ("nb", "n")), ("mp", ("np",)),
)  # fmt: skip
_NAMES: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        "ei bi si di i ef Ji eiC ai Jei kei eru em en o pi kyu ar es ti yu bi daburyu ekus wai set".split(),  # noqa: SIM905
        strict=True,
    )
)
"""What the letters are called."""
FEWEST_BEHIND: Final = 3
MOST_SPELT_OUT: Final = 4
"""Letters of a name that may be spelt out: KPMG."""
_BEGINS: Final = re.compile("[bcdfgkpstvwxz][hlrw]|s[ckmnpqtvjz]|gn|kn|mc|ps|pf|ts|tz|cz|dz|[a-z]?[aeiouy]|[a-z]$")
"""How a word can begin that is spoken as one; of others the first letter is named: NVIDIA."""
_VOWELS: Final = "aeiouy"
_MAY_BE: Final = {"a": "auoei", "i": "iey", "u": "uowy", "e": "eai", "o": "o"}
"""Letters that a vowel of katakana may stand for."""
_ADDED: Final = frozenset({"", "u", "o", "i"})
"""Vowels that katakana need between consonants, and at the end, where nothing is spoken."""


class Heard(Struct, frozen=True):
    """A name as consonants, and the vowels before, between and behind them: one more than there are consonants."""

    consonants: str
    vowels: tuple[str, ...]


@lru_cache(maxsize=4096)
def of_kana(word: str) -> Heard:
    """Return how katakana sound."""
    text = romaji(word)
    for pattern, sound in _KANA_SOUNDS:
        text = re.sub(pattern, sound, text)
    return _heard(_single(text))


@lru_cache(maxsize=4096)
def of_latin(word: str) -> frozenset[Heard]:
    """Return in which ways a spelling in plain Latin letters may sound."""
    found: set[Heard] = set()
    for text in (*map("".join, islice(product(*_choices(word)), MOST_WAYS)), *_named(word)):
        whole = _single(text)
        found |= {_heard(way) for text in {whole, whole.removesuffix("e")} for way in (text, _without_r(text))}
    return frozenset(found)


def same(kana: str, latin: str) -> bool:
    """Whether a word in katakana and one in Latin letters may be the same name."""
    one = of_kana(kana)
    return any(one.consonants == other.consonants and _possible(one, other) for other in of_latin(latin))


def _named(word: str) -> Iterator[str]:
    """Yield a short word without vowels with all its letters called by name; one hard to begin, with its first so."""
    if not word.isascii() or not word.isalpha():
        return
    if len(word) <= MOST_SPELT_OUT and not {*word} & {*_VOWELS}:
        yield "".join(_NAMES[letter] for letter in word)
    if len(word) > FEWEST_BEHIND and not _BEGINS.match(word):
        yield from (_NAMES[word[0]] + "".join(rest) for rest in islice(product(*_choices(word[1:])), MOST_WAYS))


def _choices(word: str) -> list[tuple[str, ...]]:
    found, at = list[tuple[str, ...]](), 0
    while at < len(word):
        spelling, sounds = next(
            ((one, heard) for one, heard in _LATIN_SOUNDS if word.startswith(one, at)), (word[at], (word[at],))
        )
        found.append(_silent_h(word, at) or sounds)
        at += len(spelling)
    return found


def _silent_h(word: str, at: int) -> tuple[str, ...] | None:
    """H is heard before a vowel alone, and not everywhere."""
    if word[at] != "h":
        return None
    return ("h", "") if at + 1 < len(word) and word[at + 1] in _VOWELS else ("",)


def _single(text: str) -> str:
    return re.sub(r"([^aeiou])\1+", r"\1", text)


def _without_r(text: str) -> str:
    """Write r (not l) behind a vowel and before none as Japanese hears it: as a longer vowel."""
    return re.sub(r"(?<=[aeiou])r(?![aeiouy])", SILENT, text)


def _heard(text: str) -> Heard:
    """Part a text; y is a consonant before a vowel at the beginning only, w before a vowel."""
    consonants, vowels = "", [""]
    for at, letter in enumerate(text):
        following = text[at + 1 : at + 2]
        is_glide = letter in "yw" and not (following and following in "aeiou" and (letter == "w" or at == 0))
        if letter in "aeiou*" or is_glide:
            vowels[-1] += letter
        else:
            consonants += {"S": "s", "l": "r"}.get(letter, letter)
            vowels.append("")
    return Heard(consonants, tuple(vowels))


def _possible(kana: Heard, latin: Heard) -> bool:
    pairs = list(zip(kana.vowels, latin.vowels, strict=True))
    return all(_fit(heard, spelt) for heard, spelt in pairs)


def _fit(heard: str, spelt: str) -> bool:
    if SILENT in spelt:
        return heard != ""
    if (heard in _ADDED and not spelt) or (heard in {"", "u"} and spelt == "e"):
        return True
    if not heard or not spelt:
        return False
    return any(letter in _MAY_BE.get(vowel, "") for vowel in heard for letter in spelt) or _is_broad_o(heard, spelt)


def _is_broad_o(heard: str, spelt: str) -> bool:
    return "o" in heard and spelt in {"au", "aw", "eo", "ou"}
