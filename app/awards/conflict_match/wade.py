"""Chinese names in the spelling of Wade and Giles, beside the same in pinyin: Mao Tse-tung, Mao Zedong. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_INITIALS: Final = {
    "zh": "ch", "ch": "ch", "sh": "sh", "j": "ch", "q": "ch", "x": "hs", "z": "ts", "c": "ts", "b": "p", "d": "t",
    "g": "k", "r": "j",
}  # fmt: skip
_WHOLE: Final = {
    "zhi": ("chih",), "chi": ("chih",), "shi": ("shih",), "ri": ("jih",), "zi": ("tzu",), "ci": ("tzu", "tsu"),
    "si": ("ssu", "szu"), "yi": ("i", "yi"), "you": ("yu",), "yan": ("yen",), "ye": ("yeh",), "yong": ("yung",),
    "yue": ("yueh",), "ying": ("ying", "ing"), "er": ("erh",), "ge": ("ko",), "ke": ("ko",), "he": ("ho",),
    "gui": ("kuei",), "kui": ("kuei",), "xu": ("hsu",), "zuo": ("tso",), "duo": ("to",), "luo": ("lo",),
}  # fmt: skip
"""Syllables that no rule gives."""
_FINALS: Final = (("ong$", "ung"), ("ian$", "ien"), ("ie$", "ieh"), ("ue$", "ueh"), ("(?<=^[rsztnl])uo$", "o"))
_PINYIN: Final = re.compile(
    "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue|er|a|o|e|i|u)"
)
_MOST: Final = 3
"""Syllables of a family or a given name."""


def alike(one: str, other: str) -> bool:
    """Whether one of two names in Latin letters is the other as Wade and Giles spelt it."""
    some, others = _turns(one), _turns(other)
    return any(_is_spelt(*pair) for own in some for turn in others for pair in ((own, turn), (turn, own)))


@lru_cache(maxsize=8192)
def spelt(syllable: str) -> tuple[str, ...]:
    """Return a syllable in pinyin as Wade and Giles wrote it, without what tells aspirates."""
    if syllable in _WHOLE:
        return _WHOLE[syllable]
    initial = next((one for one in _INITIALS if syllable.startswith(one)), "")
    final = syllable[len(initial) :]
    for ending, spelling in _FINALS:
        final = re.sub(ending, spelling, final)
    return (_INITIALS.get(initial, "") + final,)


def _is_spelt(pinyin: tuple[str, str], wade: tuple[str, str]) -> bool:
    return all(word in _words(own) for own, word in zip(pinyin, wade, strict=True))


@lru_cache(maxsize=8192)
def _words(pinyin: str) -> frozenset[str]:
    """Return how Wade and Giles spelt a word in pinyin, however it is parted into syllables."""
    return frozenset(_parted(pinyin, _MOST))


def _parted(rest: str, most: int) -> list[str]:
    if not rest:
        return [""]
    if not most:
        return []
    found = []
    for size in range(len(rest), 0, -1):
        if _PINYIN.fullmatch(rest[:size]):
            found += [first + last for last in _parted(rest[size:], most - 1) for first in spelt(rest[:size])]
    return found


@lru_cache(maxsize=8192)
def _turns(name: str) -> tuple[tuple[str, str], ...]:
    """Return (family, given) of a name, the family name first or last; () when it can be none of China."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", name.casefold()) if not "\u0300" <= letter < "\u0370"
    )
    words = re.findall("[a-z]+", re.sub("['\u2018\u2019\u02bc`]", "", bare).replace(",", " "))
    if not 2 <= len(words) <= _MOST or re.search("[^a-z\u2018\u2019\u02bc',` -]", bare):
        return ()
    return (words[0], "".join(words[1:])), (words[-1], "".join(words[:-1]))
