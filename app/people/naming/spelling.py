"""How names are compared: one form for every way of writing the same. Pure.

Widths, case and accents do not matter, nor whether a sound is written in kana or Latin letters, long or short: さとう,
サトウ, Satō, Satou and Satoh are all `sato`. What is typed is brought into one form; what is stored may have several.
Folding never changes how a form begins while somebody is still typing: the shorter word stays a piece of the longer.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from app.people.naming.kana import IS_KANA, romaji, typed

_MARKED: Final = re.compile("LATIN|GREEK|CYRILLIC")
_STROKES: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_APOSTROPHES: Final = re.compile("['’‘ʼʻ`´]")
_NO_WORD: Final = re.compile(r"[^\w\u0300-\u036f\u0e00-\u0e7f]+|_+")
"""What parts words. Marks of combining belong to the letter before them, and so do the vowels of Thai."""
_UNSEEN: Final = re.compile("[\u00ad\u180b-\u180f\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
"""Joiners, marks of direction and selectors of variants."""
_MARKS: Final = ("Mn", "Mc")
_LATIN: Final = re.compile("[a-z]")
_LETTERS: Final = re.compile("[a-z0-9]+")
_TWICE: Final = re.compile(r"([a-z])\1+")
_LONG: Final = re.compile("ou|oh(?![aeiouy])")

FIRST_SYLLABLE, LAST_SYLLABLE, A_CONSONANT = 0xAC00, 0xD7A3, 588
FIRST_JAMO: Final = 0x1100


def words_of(text: str) -> list[str]:
    """Return the words of a text in the form in which they are compared."""
    return [folded for word in _plain_words(text) if (folded := _folded(_bare(word)))]


def forms_of(word: str) -> set[str]:
    """Return every form under which a word of `stored_words` is looked for, its own included."""
    bare = _bare(word)
    found = {_folded(bare)}
    for latin in {romaji(bare), "".join(_UMLAUTS.get(letter, letter) for letter in word)}:
        if _LETTERS.fullmatch(latin):
            folded = _folded(latin)
            found |= {folded, *(_folded(other) for other in typed(folded))}
    if (initials := _initials(word)) is not None:
        found.add(initials)
    return found - {""}


def stored_words(text: str) -> list[str]:
    """Return the words of a text for `forms_of`: widths and case folded, accents kept."""
    return _plain_words(text)


def is_alphabet(form: str) -> bool:
    """Whether a form is of letters that stand for sounds, of which a single one says little in the middle of a word."""
    return form.isascii() or not any(_is_ideograph(letter) for letter in form)


@cache
def _is_ideograph(letter: str) -> bool:
    return not letter.isascii() and unicodedata.name(letter, "").startswith(("CJK", "IDEOGRAPHIC"))


def _plain_words(text: str) -> list[str]:
    """NFKC composes what belongs together, and makes full width half."""
    compatible = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return [word for word in _NO_WORD.split(_APOSTROPHES.sub("", _UNSEEN.sub("", compatible))) if word]


def _bare(word: str) -> str:
    """Return a word without accents; marks of other scripts are letters, and those of kana make another sound."""
    if word.isascii():
        return word
    return "".join(_without_marks(letter) for letter in word).translate(_STROKES)


@cache
def _without_marks(letter: str) -> str:
    if letter.isascii() or not _MARKED.match(unicodedata.name(letter, "")):
        return "" if "\u0300" <= letter <= "\u036f" else letter
    return "".join(part for part in unicodedata.normalize("NFD", letter) if unicodedata.category(part) not in _MARKS)


def _folded(word: str) -> str:
    """Return a word in one alphabet: kana in Latin letters, long sounds short, hangul taken apart into its letters."""
    latin = romaji(word) if IS_KANA.search(word) else word
    if _LATIN.search(latin):
        latin = _LONG.sub("o", _TWICE.sub(r"\1", latin.replace("tch", "ch")))
        latin = _TWICE.sub(r"\1", latin)
    return latin if latin.isascii() else "".join(_taken_apart(latin))


def _taken_apart(word: str) -> Iterator[str]:
    for letter in word:
        is_syllable = FIRST_SYLLABLE <= ord(letter) <= LAST_SYLLABLE
        yield unicodedata.normalize("NFD", letter) if is_syllable else letter


def _initials(word: str) -> str | None:
    """Return the first consonants of a word in hangul (김민수 ㄱㅁㅅ), the quickest way to type it, or None."""
    if not word or not all(FIRST_SYLLABLE <= ord(letter) <= LAST_SYLLABLE for letter in word):
        return None
    return "".join(chr(FIRST_JAMO + (ord(letter) - FIRST_SYLLABLE) // A_CONSONANT) for letter in word)


def joined(words: Iterable[str]) -> str:
    """Return words as one, for those who leave no space between them."""
    return "".join(words)
