"""Is a firm's name in Latin letters a reading of its name in kanji: 荏原製作所 Ebara, 栗田工業 Kurita Water? Pure.

What the firm does may be translated, left out, or told more fully on one of the sides; who it is has to be read.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from app.awards.conflict_match import japanese, known
from app.people.naming.kana import IS_KANA

READ: Final = 0.7
"""How sure such a tie is."""
FEWEST_LETTERS: Final = 3
"""Of a reading."""
MOST_WORDS: Final = 3
"""Words in Latin letters in which one run of kanji may be written."""

TURNED: Final = frozenset({"university", "bank"})
"""Words that stand before a place or behind it."""

Words = tuple[str, ...]


def likeness(one: Words, other: Words) -> float:
    """Return how sure it is that two names, as English words and what no language knows, are one by a reading."""
    for kanji, latin in ((one, other), (other, one)):
        if _is_latin(latin) and not _is_latin(kanji):
            ways = (way for order in {latin, _turned(latin)} for way in _ways(kanji, order))
            return READ if any(_is_read(*way) for way in ways) else 0.0
    return 0.0


def _turned(latin: Words) -> Words:
    """Return the words with what a place has behind it: University of Aizu, aizu university."""
    return (*latin[1:], latin[0]) if latin[0] in TURNED else latin


def _ways(kanji: Words, latin: Words) -> Iterator[tuple[str, Words, str, Words]]:
    """Yield what is to be read with what it may be, each with the words left over; the only run of kanji, parted."""
    runs = [at for at, word in enumerate(kanji) if not word.isascii()]
    if len(runs) != 1:
        return
    at = runs[0]
    if kanji[:at] != latin[:at]:  # Nippon Koei is no Tokyo Koei
        return
    for name, ends in _parted(kanji[at]):
        for size in range(1, MOST_WORDS + 1):
            read, rest = latin[at : at + size], latin[at + size :]
            if len(read) == size:
                yield name, (*ends, *kanji[at + 1 :]), "".join(read), rest


@lru_cache(maxsize=8192)
def _parted(run: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return a run of kanji as a whole, and without a word at its end that tells what a firm does."""
    ends = (word for word in known.abroad() if run.endswith(word) and len(run) > len(word) + 1)
    return ((run, ()), *((run.removesuffix(word), (known.abroad()[word],)) for word in islice(ends, 1)))


def _is_read(name: str, does: Words, latin: str, told: Words) -> bool:
    if len(latin) < FEWEST_LETTERS or any(map(IS_KANA.match, name)) or not japanese.is_word(name, latin):
        return False
    some, others = _telling(does), _telling(told)
    return not others or some == others or (bool(some) and (some <= others or others <= some))


def _telling(words: Words) -> set[str]:
    """Return the words that tell what a firm does, without those that only say where, or that it is one of several."""
    return {*words} - known.UMBRELLA - known.REGIONS


def _is_latin(words: Words) -> bool:
    return bool(words) and all(map(str.isascii, words))
