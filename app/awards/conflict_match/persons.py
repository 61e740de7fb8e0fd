"""Do two people bear the same name? In kanji, kana, hangul or Latin letters, as far as their spellings allow. Pure.

Kanji are read in more than one way, so that a name in kanji meets one in Latin letters by a reading only: whoever gives
several spellings is compared by each of them.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from itertools import product
from typing import Final

from msgspec import Struct

from app.awards.conflict_match import hanja, japanese, known, mandarin, sounds, wade
from app.people.naming.hangul import romanised
from app.people.naming.kana import IS_KANA, romaji
from app.people.naming.names import alike, plain_words, spellings

SAME, VARIANT, PART, INITIAL, HEARD = 1.0, 0.9, 0.8, 0.6, 0.7
"""How sure a meeting is: the same name; a usual variant of the given name; a part of it; an initial; by ear only."""
MOST_LEFT_OUT: Final = 1
"""Words that the longer of two names may have alone: a middle name, a second family name."""
_NASAL: Final = re.compile("m(?=[bmp])")
"""Homma is as good as Honma."""
_FOREIGN: Final = re.compile(r"[・=＝、,]")
"""What parts the words of foreigners' names in katakana, and not those of a reading."""
_KANA_KOREAN: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("j|ch|z", "c"), ("g", "k"), ("d", "t"), ("b", "p"), ("l", "r"), ("m(?=[^aeiouy]|$)", "n"),
        ("(?<=[aeio])[kt]u$", "*"),
        ("[uo]", "o"), ("(?<=[aeiou])[kptr]o(?=[^aeiou]|$)", "*"), (r"(?<=[aeiou])[kptr](?=[^aeiouy]|$)", "*"),
        ("(?<=c)y|w|h(?!$)", ""), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
"""What Japanese does not tell apart in names of Korea; a star is a consonant at the end of a syllable."""
_LATIN_KOREAN: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("(?<=s)h(?=i)", ""), ("ch|j", "c"), ("g(?=[aeiouy])", "k"), ("ng", "n"), ("d", "t"), ("b", "p"), ("l", "r"),
        ("eo|oo|eu|ou|wo|u", "o"), ("ae", "e"), ("ee", "i"), ("ui", "i"), ("m(?=[^aeiouy]|$)", "n"),
        (r"(?<=[aeiou])[kptrg](?=[^aeiouy]|$)", "*"), ("(?<=c)y|w|h(?!$)", ""), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_ENDINGS: Final = tuple(
    (re.compile(pattern), ending)
    for pattern, ending in (
        ("(?<=[szc])k(?:iy|ij|ii|yy|yi|yj|y|i)$", "ki"), ("(?:iy|ij|yi)$", "y"), ("(?<=[ae])[ij]$", "y"),
        ("of+$|ow$", "ov"), ("ef+$|ew$", "ev"), ("dj", "d"), ("tsch|tch", "ch"), ("iya$|ija$", "ia"),
    )
)  # fmt: skip
"""How the same Slavic name ends."""


class Met(Struct, frozen=True):
    """Two spellings that met, and how sure that is, above 0 to 1."""

    one: str
    other: str
    score: float


def meet(some: Iterable[str], others: Iterable[str]) -> Met | None:
    """Return the surest meeting of the spellings of one person with those of another, or None."""
    pairs = [(one, other) for one in some for other in others if one.strip() and other.strip()]
    found = [Met(one, other, score) for one, other in pairs if (score := likeness(one, other))]
    return max(found or _read(pairs), key=lambda met: met.score, default=None)


def _read(pairs: Sequence[tuple[str, str]]) -> list[Met]:
    """Compare names in characters with what they may sound like, where no spelling of the same person tells."""
    some, others = {one for one, _ in pairs}, {other for _, other in pairs}
    silent = [name for names in (some, others) for name in names if not _is_told(name, names)]
    ways = [(pair, own, other) for pair in pairs for own, other in (pair, pair[::-1]) if own in silent]
    return [Met(*pair, score) for pair, own, other in ways if (score := _reading(own, other))]


def _is_told(name: str, spelt: Iterable[str]) -> bool:
    return japanese.tells(name, spelt) or mandarin.tells(name, spelt) or any(_in_korea(name, other) for other in spelt)


def _reading(own: str, other: str) -> float:
    return max(japanese.likeness(own, other), mandarin.likeness(own, other), _in_korea(own, other))


@lru_cache(maxsize=16384)
def _in_korea(own: str, other: str) -> float:
    """Return how sure it is that a name in Latin letters or hangul is the sound of one in characters in Korea."""
    return HEARD if any(likeness(way, other) for way in hanja.hangul(own)) else 0.0


@lru_cache(maxsize=16384)
def likeness(one: str, other: str) -> float:
    """Return how sure two spellings are of one name: 0 to 1, the same both ways."""
    first, second = known.folded(one), known.folded(other)
    read, also = spellings(first), spellings(second)
    if alike(read, also):
        return SAME
    if read.scripts or also.scripts:
        return 0.0 if read.scripts & also.scripts else _beside_hangul(first, second)
    score = _heard(first, second) or _by_words(_words(first), _words(second))
    return score or (VARIANT if wade.alike(first, second) else 0.0)


def _beside_hangul(one: str, other: str) -> float:
    """Compare a name in hangul with one in Latin letters, however it is romanised."""
    for own, latin in ((one, other), (other, one)):
        pairs = romanised("".join(plain_words(own)))
        korean = {(known.KOREAN_FAMILIES.get(family, family), known.korean(given)) for family, given in pairs}
        if korean & _korean(_words(latin)):
            return VARIANT
    return 0.0


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name in Latin letters, without particles and what tells a son from his father."""
    words = plain_words(name)
    kept = [word for word in words if word not in known.PARTICLES]
    return tuple(kept if len(kept) > 1 else words)


def _by_words(one: Sequence[str], other: Sequence[str]) -> float:
    few, many = sorted((one, other), key=len)
    if len(few) < 2 or len(many) - len(few) > MOST_LEFT_OUT:
        return _joined(one, other)
    kinds = _matched(few, many, _kind)
    if kinds is None or SAME not in kinds or not any(len(word) > 1 for word in few):
        return _joined(one, other)
    return min(*kinds, PART if len(few) < len(many) else SAME)


def _joined(one: Sequence[str], other: Sequence[str]) -> float:
    """Compare names of which one is parted into syllables: Kim Min-soo, Minsu Kim."""
    if not {*one, *other} & known.KOREAN_FAMILIES.keys():
        return 0.0
    return VARIANT if _korean(one) & _korean(other) else 0.0


def _korean(words: Sequence[str]) -> set[tuple[str, str]]:
    """Return (family, given) of a name of Korea, given first or last."""
    turns = ((words[0], words[1:]), (words[-1], words[:-1])) if words else ()
    return {
        (known.KOREAN_FAMILIES[family], known.korean("".join(given)))
        for family, given in turns
        if family in known.KOREAN_FAMILIES and given
    }


def _matched(few: Sequence[str], many: Sequence[str], kind: Callable[[str, str], float]) -> list[float] | None:
    """Return how each word of `few` meets a word of its own in `many`, the surest way; None when one does not."""
    if not few:
        return []
    ways = []
    for at, word in enumerate(many):
        score = kind(few[0], word)
        rest = _matched(few[1:], [*many[:at], *many[at + 1 :]], kind) if score else None
        if rest is not None:
            ways.append([score, *rest])
    return max(ways, key=min, default=None)


@lru_cache(maxsize=16384)
def _kind(one: str, other: str) -> float:
    """Return how a word of a name meets another: the same, a variant, its initial, or 0."""
    first, second = _forms(one), _forms(other)
    if first & second:
        return SAME
    if _givens(one) & _givens(other):
        return VARIANT
    short, long = sorted((first, second), key=lambda forms: min(map(len, forms)))
    is_initial = any(len(form) == 1 for form in short) and any(form[0] in short for form in long)
    return INITIAL if is_initial else 0.0


@lru_cache(maxsize=16384)
def _givens(word: str) -> frozenset[str]:
    return frozenset().union(*map(known.given, _forms(word)))


def _forms(word: str) -> frozenset[str]:
    found = spellings(known.scottish(word)).sound | {word}
    found |= {reduce(lambda form, ending: ending[0].sub(ending[1], form), _ENDINGS, form) for form in found}
    return found | {_NASAL.sub("n", form) for form in found}


def _heard(one: str, other: str) -> float:
    """Compare the katakana of a foreigner's name with Latin letters."""
    for kana, latin in ((one, other), (other, one)):
        words = [word.strip() for word in re.split(r"[・=＝、,\s-]+", kana) if word.strip()]
        if not words or not all(map(_is_kana, words)) or any(map(_is_kana, plain_words(latin))):
            continue
        if _FOREIGN.search(kana) or any(len(word) > 2 and word in known.katakana() for word in words):
            kept = [word for word in words if word not in known.PARTICLES_HEARD] if len(words) > 2 else words
            spelt = {_words(latin), _words(latin.replace("-", " "))}
            if words[0] in known.korean_kana() and len(words) == 2 and _heard_in_korea(words, _words(latin)):
                return HEARD
            return max(_ears(*way) for own in (words, kept) for way in product([own], spelt))
    return 0.0


def _heard_in_korea(kana: Sequence[str], latin: Sequence[str]) -> bool:
    """Whether a name in Latin letters, family name first or last, is heard so by Japanese: ミョンバク, Myung-bak."""
    turns = ((latin[0], latin[1:]), (latin[-1], latin[:-1])) if len(latin) > 1 else ()
    heard = {_folded(_KANA_KOREAN, form) for form in {romaji(kana[1]), romaji(kana[1]).replace("u", "")}}
    return any(
        family in known.korean_kana()[kana[0]] and _folded(_LATIN_KOREAN, way) in heard
        for family, given in turns
        for way in ("".join(given), "".join(given).replace("ng", "n"))
    )


def _folded(rules: Sequence[tuple[re.Pattern[str], str]], text: str) -> str:
    return reduce(lambda form, rule: rule[0].sub(rule[1], form), rules, text)


def _ears(kana: Sequence[str], latin: Sequence[str]) -> float:
    few, many, kind = (kana, latin, _sounds_like) if len(kana) <= len(latin) else (latin, kana, _spells)
    if len(few) < 2 or len(many) - len(few) > MOST_LEFT_OUT:
        return 0.0
    kinds = _matched(few, many, kind)
    return min(kinds) if kinds and HEARD in kinds else 0.0


def _spells(latin: str, kana: str) -> float:
    return _sounds_like(kana, latin)


@lru_cache(maxsize=16384)
def _sounds_like(kana: str, latin: str) -> float:
    """Return how a word in katakana meets one in Latin letters: as it is known, or by ear; its initial; or 0."""
    usual = known.katakana().get(kana, ())
    forms = {form for form in _forms(latin) if form.isascii()}
    if forms & {*usual} or any(_givens(latin) & known.given(one) for one in usual):
        return HEARD
    if len(latin) == 1:
        return INITIAL if latin in {one[0] for one in usual} else 0.0
    if usual and _givens(latin):  # Michelle is another name than Michael
        return 0.0
    return HEARD if any(sounds.same(kana, form) for form in forms) else 0.0


def _is_kana(word: str) -> bool:
    return all(map(IS_KANA.match, word))
