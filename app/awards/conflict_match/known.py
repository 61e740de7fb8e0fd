"""What is known of names beyond their spelling, as `known.toml` lists it: aliases, groups, cities, words. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from app.people.naming.hangul import CUSTOMARY, romanised
from app.people.naming.names import CHARACTERS

_TABLE: Final = tomllib.loads(Path(__file__).with_name("known.toml").read_text(encoding="utf-8"))
_MISTAKEN: Final = {ord(pair[0]): pair[1] for pair in _TABLE["characters"].split()}
_FORMS: Final = {ord(pair[0]): pair[1] for pair in _TABLE["forms"].split()}
PARTICLES: Final = frozenset(_TABLE["particles"].split())
"""Words that are left out of a name, or told by one and not by the other."""
PARTICLES_HEARD: Final = frozenset(_TABLE["particles_heard"].split())
"""The same in katakana."""
KOREAN_FAMILIES: Final = {latin: family for family, spelt in CUSTOMARY.items() for latin in spelt} | {
    latin: family
    for family, *spelt in map(str.split, _TABLE["korean_families"].strip().splitlines())
    for latin in spelt
}
REGIONS: Final = frozenset(_TABLE["regions"].split())
UMBRELLA: Final = frozenset(_TABLE["umbrella"].split())
FUNCTIONS: Final = frozenset(_TABLE["functions"].split())
GENERIC: Final = frozenset(_TABLE["generic"].split())
UNITS: Final = frozenset(_TABLE["units"].split())
TOKYO_WARDS: Final = frozenset(_TABLE["wards"].split())
AMBIGUOUS: Final = frozenset(_TABLE["ambiguous"].split())
"""Places with two universities that only the order of the words tells apart."""
_KOREAN_SOUNDS: Final = (
    ("sh(?=i)", "s"), ("eui", "ui"),
    ("ee", "i"), ("w?oo", "u"), ("wu", "u"), ("you", "yeo"), ("yu", "yeo"), ("uh$", "eo"), ("eo(?=[^aeiouy])", "u"),
    ("ou", "u"), ("ui", "i"), ("k", "g"), ("p", "b"), ("t", "d"), ("ch", "j"), ("r", "l"), ("yo", "yu"), ("yeu", "yu"),
    ("h(?=[^aeiou]|$)", ""),
)  # fmt: skip
_OTHER: Final = re.compile("[\u0370-\u052f]")
_PAIRS: Final = (
    ("ου", "ou"),
    ("ού", "ou"),
    ("ευ", "ev"),
    ("αυ", "av"),
    ("μπ", "b"),
    ("ντ", "nt"),
    ("Й", "I"),
    ("й", "y"),
    ("ї", "i"),
    ("ё", "e"),
)
_LETTERS: Final = str.maketrans(
    dict(one.split("=") for one in _TABLE["letters"].split())
    | {one.split("=")[0].upper(): one.split("=")[1].title() for one in _TABLE["letters"].split()}
)


def folded(text: str) -> str:
    """Return a text with one character for all its forms, old and new, and for those mistaken for each other.

    Cyrillic and Greek are written in Latin letters.
    """
    plain = unicodedata.normalize("NFKC", text).translate(CHARACTERS).translate(_MISTAKEN).translate(_FORMS)
    return _latin(plain) if _OTHER.search(plain) else plain


def _latin(text: str) -> str:
    for letters, latin in _PAIRS:
        text = text.replace(letters, latin)
    bare = "".join(part for part in unicodedata.normalize("NFD", text) if part not in "\u0301\u0308")
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


def lines(table: str) -> Iterator[list[str]]:
    """Yield the lines of a table, each as the list of what its commas part."""
    for line in _TABLE[table].strip().splitlines():
        yield [one.strip() for one in line.split(",") if one.strip()]


def groups() -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield (name, members, those who bear the brand and do not belong); a member with "*" is a brand."""
    for line in _TABLE["groups"].strip().splitlines():
        name, _, rest = line.partition(":")
        members, _, others = rest.partition(" but ")
        yield (
            name,
            [one.strip() for one in members.split(",")],
            [one.strip() for one in others.split(",") if one.strip()],
        )


@cache
def lexicon() -> dict[str, str]:
    """Return words of any script with the one English word that stands for them."""
    found: dict[str, str] = {}
    for line in _TABLE["lexicon"].strip().splitlines():
        word, _, rest = line.partition(" ")
        found |= {folded(one.strip()): word for one in (word, *rest.split(","))}
    return found | places()


@cache
def abroad() -> dict[str, str]:
    """Return words at the end of Japanese names with what stands for them in Latin letters, the longest first."""
    words = [line.partition(" ") for line in _TABLE["abroad"].strip().splitlines()]
    found = {folded(one.strip()): word for word, _, rest in words for one in rest.split(",")}
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


@cache
def places() -> dict[str, str]:
    """Return places in every spelling with their usual English name."""
    return {folded(spelt): line[0] for line in lines("cities") for spelt in line}


@cache
def _givens() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in lines("given"):
        for name in line:
            found[name] = found.get(name, frozenset()) | {line[0]}
    return found


def given(name: str) -> frozenset[str]:
    """Return the given names of which this is a usual form: bob robert; none for most."""
    return _givens().get(name, frozenset())


@cache
def katakana() -> dict[str, tuple[str, ...]]:
    """Return usual names of foreigners in katakana with their spellings."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _TABLE["katakana"].strip().splitlines():
        words = line.replace(",", " ").split()
        latin = tuple(word for word in words if word.isascii())
        for kana in map(folded, words[: len(words) - len(latin)]):
            found[kana] = (*found.get(kana, ()), *latin)
    return found


@cache
def korean_kana() -> dict[str, tuple[str, ...]]:
    """Return the family names of Korea in katakana with their spellings in Latin letters."""
    found: dict[str, tuple[str, ...]] = {}
    for kana, family in (line.split() for line in _TABLE["korean_kana"].strip().splitlines()):
        spelt = CUSTOMARY.get(family) or [own for own, _ in romanised(family * 2)]
        found[kana] = (*found.get(kana, ()), *spelt)
    return found


def scottish(word: str) -> str:
    """Return a word with Mc written out."""
    return f"mac{word[2:]}" if word.startswith("mc") and len(word) > 4 else word


@lru_cache(maxsize=4096)
def korean(name: str) -> str:
    """Return a Korean name in Latin letters as it sounds, however it is romanised: minsoo minsu, jiyoung jiyeong."""
    for spelt, sound in _KOREAN_SOUNDS:
        name = re.sub(spelt, sound, name)
    return name
