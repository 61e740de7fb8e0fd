"""Addresses proposed from titles: pure. Latin letters lose their accents, kana is romanised after Hepburn."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain, count

LONGEST = 60
"""Letters of a proposal; a number may follow."""
_READ_FIRST = ("en", "de")
_SPECIAL = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d", "þ": "th", "&": " and "})
_KANA = "KATAKANA LETTER "
_DIFFERENT = "si:shi ti:chi tu:tsu hu:fu zi:ji di:ji du:zu wi:i we:e wo:o"
_HEPBURN = dict(pair.split(":") for pair in _DIFFERENT.split())
"""Unicode's names of kana follow another system; this is where Hepburn's differ."""
_SMALL_VOWELS = "ァィゥェォ"
_SMALL_Y = "ャュョ"


def proposal(title: Mapping[str, str], fallback: str) -> str:
    """Return an address for a title in several languages; `fallback` when none of them can be written in Latin."""
    words = (title.get(tag, "") for tag in dict.fromkeys((*_READ_FIRST, *title)))
    return next((found for found in map(latin, words) if found), fallback)


def candidates(slug: str) -> Iterator[str]:
    """Return the slug, then `slug-2`, `slug-3` ..."""
    return chain([slug], (f"{slug}-{n}" for n in count(2)))


def latin(words: str) -> str:
    """Return words as part of an address, or nothing when a letter of theirs has no reading here, such as a kanji."""
    plain = _romanised(unicodedata.normalize("NFKC", words).translate(_KATAKANA)).lower().translate(_SPECIAL)
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    if any(c.isalpha() and not c.isascii() for c in bare):
        return ""
    return re.sub(r"[^a-z0-9]+", "-", bare.replace("'", "").replace("’", ""))[:LONGEST].strip("-")


_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def _romanised(words: str) -> str:
    """Return kana as Latin letters, long vowels short: コーヒー is `kohi`, マッチ is `matchi`."""
    found, double = "", False
    for letter in words:
        if letter == "ッ":
            double = True
            continue
        found, double = _append(found, letter, double=double), False
    return found


def _append(found: str, letter: str, *, double: bool) -> str:
    if letter == "ー":
        return found
    if letter == "・":
        return found + " "
    sound = _sound(letter)
    if letter in _SMALL_Y and found.endswith("i"):
        joined = sound[1:] if found.endswith(("shi", "chi", "ji")) else sound
        return found[:-1] + joined
    if letter in _SMALL_VOWELS and found[-1:] in set("aeiou"):
        return _joined(found, sound)
    return found + (_doubled(sound) if double else sound)


def _sound(letter: str) -> str:
    name = unicodedata.name(letter, "")
    read = name.removeprefix(_KANA).removeprefix("SMALL ").lower()
    return _HEPBURN.get(read, read) if name.startswith(_KANA) else letter


def _joined(found: str, vowel: str) -> str:
    """ファ is `fa`, ティ is `ti`, ウィ is `wi`."""
    before = found[:-1]
    return f"{before}w{vowel}" if found[-1] == "u" and not before[-1:].isalpha() else before + vowel


def _doubled(sound: str) -> str:
    if sound.startswith("ch"):
        return "t" + sound
    return sound[:1] + sound if sound[:1].isalpha() and sound[:1].isascii() else sound
