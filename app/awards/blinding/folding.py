"""Texts in folded letters, with the way back to what was written. Pure.

Width, case, old forms of characters, and characters that nobody sees make no difference to what a name is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from typing import Final, NamedTuple
from unicodedata import category, normalize

from app.people.naming.names import spellings

_CLUSTER: Final = re.compile(r"(?s).[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")
_WORD: Final = re.compile(r"[ぁ-ゖァ-ヺー]+|[^\W_ぁ-ゖァ-ヺー\u0e00-\u0e7f\u3005\u3400-\u9fff\uac00-\ud7af]+")
_OWN_SCRIPT: Final = re.compile(r"[ぁ-ゖァ-ヺー\u0e00-\u0e7f\u3005\u3400-\u9fff\uac00-\ud7af]")
_BARE: Final = {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"}
_OUT: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
MOST_WAYS: Final = 16
"""Ways to write a word with such letters that are tried."""
_CONTROL: Final = ("Cc", "Cf", "Mn")
_OLD: Final = {
    pair[0]: pair[1]
    for pair in """
    髙高 﨑崎 嵜崎 濵浜 濱浜 邊辺 邉辺 齋斎 齊斉 廣広 國国 澤沢 櫻桜 眞真 榮栄 惠恵 德徳 學学 嶋島 嶌島 冨富 瀨瀬 條条
    實実 壽寿 藏蔵 淵渕 龍竜 峯峰 曉暁 寶宝 舘館 會会 氣気
    """.split()  # noqa: SIM905
}


class Word(NamedTuple):
    """A run of Latin letters and digits, or of kana, with its place in the folded letters."""

    letters: str
    start: int
    end: int


class Folded(NamedTuple):
    """Folded letters; `at[n]` is where letter n begins in what was written, and the last of `at` where that ends."""

    written: str
    letters: str
    at: tuple[int, ...]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in what was written of letters `start` until before `end`, at least one character."""
        first = self.at[start]
        return first, next((place for place in self.at[end:] if place > first), len(self.written))

    @property
    def words(self) -> Iterator[Word]:
        """The words in Latin letters or kana."""
        return (Word(found[0], found.start(), found.end()) for found in _WORD.finditer(self.letters))


def folded(text: str) -> Folded:
    """Fold a text."""
    letters, at = [], []
    for found in _CLUSTER.finditer(text):
        plain = normalize("NFKC", found[0]).casefold()
        for letter in plain:
            if letter in "\n\t" or category(letter) not in _CONTROL or "\u0e00" <= letter <= "\u0e7f":
                letters.append(_OLD.get(letter, letter))
                at.append(found.start())
    return Folded(text, "".join(letters), (*at, len(text)))


def squeezed(text: Folded) -> Folded:
    """Return a folded text without spaces and punctuation: names are written with and without."""
    kept = [
        n
        for n, letter in enumerate(text.letters)
        if letter.isalnum() or "\u0e00" <= letter <= "\u0e7f" or letter == "ー"
    ]
    at = (*(text.at[n] for n in kept), text.at[-1])
    return Folded(text.written, "".join(text.letters[n] for n in kept), at)


def is_own_script(text: str) -> bool:
    """Whether a name has letters of a script that knows no spaces between words."""
    return _OWN_SCRIPT.search(text) is not None


@lru_cache(maxsize=65536)
def sounds(word: str) -> frozenset[str]:
    """Return the forms of one word in Latin letters: without accents, umlauts written out, romanised one way."""
    written_out = {"".join(way) for way in islice(product(*(_ways(letter) for letter in word)), MOST_WAYS)}
    return (spellings(word).sound or frozenset({word})) | written_out


def _ways(letter: str) -> tuple[str, ...]:
    """Return how a letter is written where it does not exist: å is a or aa, each of several in its own way."""
    plain = (
        letter if letter.isascii() else "".join(c for c in normalize("NFD", letter) if not "\u0300" <= c <= "\u036f")
    )
    bare = _BARE.get(plain, plain)
    return (bare, _OUT[letter]) if letter in _OUT else (bare,)
