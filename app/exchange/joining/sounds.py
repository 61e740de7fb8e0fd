"""How words sound, roughly: `ハッカソン` and `hackathon` have the same consonants. Pure.

Only consonants count, and those that Japanese does not tell apart are one: l and r, v and b, c and k, th and s.
"""

import re
from functools import lru_cache
from typing import Final

_KANA: Final = {
    **dict.fromkeys("あいうえおゃゅょぁぃぅぇぉっーゎやゆよわを", ""),
    **dict.fromkeys("かきくけこ", "k"),
    **dict.fromkeys("がぎぐげご", "g"),
    **dict.fromkeys("さしすせそざじずぜぞ", "s"),
    **dict.fromkeys("たてとと", "t"),
    **dict.fromkeys("だでどぢづ", "t"),
    **dict.fromkeys("ちつ", "c"),
    **dict.fromkeys("なにぬねのん", "n"),
    **dict.fromkeys("はひへほ", "h"),
    **dict.fromkeys("ふ", "f"),
    **dict.fromkeys("ばびぶべぼゔ", "b"),
    **dict.fromkeys("ぱぴぷぺぽ", "p"),
    **dict.fromkeys("まみむめも", "m"),
    **dict.fromkeys("らりるれろ", "r"),
}
_SPELLED: Final = (
    (re.compile(r"tion|sion"), "sn"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"tch|ch|tz|ts"), "C"),
    (re.compile(r"sh|th|sch"), "s"),
    (re.compile(r"ck|qu|q|kk|cc"), "k"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"[jz]|g(?=[ei])"), "s"),
    (re.compile(r"gn|kn|mn(?=$)"), lambda m: "m" if m[0] == "mn" else "n"),
    (re.compile(r"(?<=[aeiouy])r(?=[^aeiouy]|$)"), ""),
    (re.compile(r"(?<=[aeiouy])gh"), ""),
    (re.compile(r"v"), "b"),
    (re.compile(r"l"), "r"),
    (re.compile(r"d"), "t"),
    (re.compile(r"[aeiouyw]|(?<=[a-z])h"), ""),
)
SHORTEST = 2
"""Consonants that a word must have: fewer agree by chance."""


@lru_cache(maxsize=1 << 14)
def of_word(word: str) -> str:
    """Return the consonants of a word in Latin letters, "" when there are too few."""
    for pattern, sound in _SPELLED:
        word = pattern.sub(sound, word)
    said = re.sub(r"(.)\1+", r"\1", word.lower())
    return said if len(said) >= SHORTEST else ""


def find(word: str, kana: str) -> tuple[int, int] | None:
    """Return where in a folded text (hiragana for all kana) a Latin word is spelled, None where it is not."""
    wanted = of_word(word)
    if not wanted:
        return None
    for start in range(len(kana)):
        end = _spelled(wanted, kana, start)
        if end is not None and (len(wanted) > SHORTEST or _whole(kana, start, end)):
            return start, end
    return None


def _whole(kana: str, start: int, end: int) -> bool:
    """Whether kana begin and end there: in the middle of a sentence two consonants are found by chance."""
    return (start == 0 or kana[start - 1] not in _KANA) and (end == len(kana) or kana[end] not in _KANA)


def _spelled(wanted: str, kana: str, start: int) -> int | None:
    """Return the end of the letters from `start` that sound like `wanted`; it takes vowels along and no consonant."""
    left, end, before = wanted, start, ""
    while end < len(kana) and kana[end] in _KANA:
        sound = _KANA[kana[end]]
        if sound and end > start and sound == before:
            end += 1
            continue
        if sound and not left:
            break
        if sound:
            before = sound
            if not _fits(sound, left[0]):
                return None
            left = left[1:]
        end += 1
    return end if not left else None


def _fits(sound: str, letter: str) -> bool:
    """Whether a kana may stand for a letter: `フ` for f and h, `チ` and `ツ` for t and ch."""
    return sound == letter or (sound + letter) in {"ct", "tc", "hf", "fh", "sc", "cs", "gk"}
