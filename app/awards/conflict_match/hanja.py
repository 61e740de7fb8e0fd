"""How a Korean name in Chinese characters sounds: 李明博 is 이명박, Lee Myung-bak. Pure.

Most characters have one sound in Korea, so that the name is put into hangul and compared as that.
"""

from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final

from app.awards.conflict_match import known
from app.people.naming.names import plain_words

CHARACTERS: Final = range(2, 5)
"""Of a whole name: a family name of one, a given name of one to three."""


@lru_cache(maxsize=16384)
def hangul(name: str) -> tuple[str, ...]:
    """Return what a name in characters may be in hangul; () when one of them has no sound there."""
    whole = known.folded("".join(plain_words(name)))
    if len(whole) not in CHARACTERS or not all(letter in _syllables() for letter in whole):
        return ()
    return tuple("".join(way) for way in product(*(_syllables()[letter] for letter in whole)))


@cache
def _syllables() -> dict[str, tuple[str, ...]]:
    """Return the syllables of each character, as `hanja.txt` lists them."""
    found: dict[str, tuple[str, ...]] = {}
    lines = Path(__file__).with_name("hanja.txt").read_text(encoding="utf-8").splitlines()
    for syllable, characters in (line.split() for line in lines if line and not line.startswith("#")):
        for letter in map(known.folded, characters):
            if syllable not in found.get(letter, ()):
                found[letter] = (*found.get(letter, ()), syllable)
    return found
