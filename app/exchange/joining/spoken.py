"""Names as they are spoken: `Suwa` is 諏訪, `Sankeien` 三溪園, `Kunchi` くんち. Pure.

Every kanji has several readings, and a name is found where some reading of each letter makes the whole word. Unlike
`sounds`, which hears foreign words in kana by their consonants, this wants every vowel: little is found by chance.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

SHORTEST: Final = 4
"""Letters of a word that is looked for: shorter ones are found everywhere."""
_ENTRY: Final = re.compile(r"([㐀-鿿々]+)([a-z/]+)")
_LONG: Final = re.compile(r"(?<=o)[uo]|(?<=u)u|(?<=o)h(?=[^aeiouy]|$)|([kstpgcdbz])(?=\1)|t(?=ch)")
_M: Final = re.compile(r"m(?=[bpm])")
_INSIDE: Final = {"k": "g", "sh": "j", "s": "z", "ch": "j", "ts": "z", "t": "d", "h": "bp", "f": "bp"}
"""What the first sound of a reading becomes inside a word: `shima` is `jima`, `hara` `bara`."""
_ROWS: Final = {
    "": "あいうえお", "k": "かきくけこ", "g": "がぎぐげご", "s": "さ すせそ", "z": "ざじずぜぞ", "t": "た  てと",
    "d": "だ  でど", "n": "なにぬねの", "h": "はひ へほ", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ",
    "m": "まみむめも", "r": "らりるれろ",
}  # fmt: skip
_KANA: Final = {letter: row + vowel for row, some in _ROWS.items() for letter, vowel in zip(some, "aiueo", strict=True)}
_KANA.update({"し": "shi", "じ": "ji", "ち": "chi", "つ": "tsu", "ふ": "fu", "づ": "zu", "ぢ": "ji", "や": "ya"})
_KANA.update({"ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n", "ゖ": "ga"})
_FOREIGN: Final = {
    **{kana: (kana, kana[:-1]) for kana in ("ku", "gu", "su", "zu", "nu", "fu", "bu", "pu", "mu", "ru", "to", "do")},
    "shi": ("shi", "si", "sh"), "chi": ("chi", "ti", "ch"), "tsu": ("tsu", "tu", "t"), "ji": ("ji", "zi", "gi"),
}  # fmt: skip
"""Kana that a foreign word may have without their vowel, or spells otherwise: `oasis` is オアシス."""
_VOWELLESS: Final = frozenset(kana for kana, said in _KANA.items() if said in _FOREIGN)
_SMALL: Final = {"ゃ": "a", "ゅ": "u", "ょ": "o"}


def _read() -> dict[str, tuple[str, ...]]:
    text = tomllib.loads(Path(__file__).with_name("readings.toml").read_text("utf-8"))["kanji"]
    found = (_ENTRY.fullmatch(entry) for entry in text.split())
    return {entry[1]: tuple(entry[2].split("/")) for entry in found if entry}


READINGS: Final = _read()
_LENGTHS: Final = sorted({len(kanji) for kanji in READINGS}, reverse=True)


@lru_cache(maxsize=1 << 14)
def spelled(word: str) -> str:
    """Return a word in Latin letters as `readings.toml` writes: no accents, no long vowels, no doubled consonants."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return _LONG.sub("", _M.sub("n", plain))


@lru_cache(maxsize=1 << 15)
def find(word: str, text: str) -> tuple[int, int] | None:
    """Return where in a folded Japanese text a word in Latin letters is read, None where it is not."""
    wanted = spelled(word)
    if len(wanted) < SHORTEST:
        return None
    for start in range(len(text)):
        end = _read_from(wanted, text, start, start)
        if end is not None:
            return start, end
    return None


@lru_cache(maxsize=1 << 15)
def romaji(kana: str) -> str:
    """Return kana in Latin letters as `spelled` leaves them, "" where a letter has none."""
    said, at = "", 0
    while at < len(kana):
        found = next(_kana(kana, at), (1, ""))
        if not found[1] and kana[at] != "っ":
            return ""
        length, way = found
        said += _KANA[kana[at]] if length == 1 and kana[at] in _VOWELLESS else way
        at += length
    return spelled(said)


def kanji(kana: str, text: str) -> str:
    """Return the letters of a text that are read like kana, "" where there are none, or no kanji among them."""
    said = romaji(kana)
    found = find(said, text) if said else None
    letters = text[slice(*found)] if found else ""
    if found and len(letters) == 1 and "一" <= text[found[0] - 1 : found[0]] <= "鿿":
        return ""  # the end of a compound, read otherwise: 会話 is no はなし
    return letters if any("一" <= letter <= "鿿" for letter in letters) else ""


def _read_from(wanted: str, text: str, at: int, start: int) -> int | None:
    """Return the end of the letters from `at` that are read as `wanted`."""
    if not wanted:
        return at
    for length, said in _readings(text, at, inside=at > start):
        if wanted.startswith(said):
            end = _read_from(wanted[len(said) :], text, at + length, start)
            if end is not None:
                return end
    unwritten = wanted[:2] in {"no", "ga"} and at > start and "一" <= text[at - 1] <= "鿿"
    return _read_from(wanted[2:], text, at, -1) if unwritten and start >= 0 else None


def _readings(text: str, at: int, *, inside: bool) -> Iterator[tuple[int, str]]:
    """Yield how many letters from here can be read together, and how."""
    if at >= len(text):
        return
    for length in (n for n in _LENGTHS if at + n <= len(text)):
        for said in READINGS.get(text[at : at + length], ()):
            yield from ((length, way) for way in _ways(said, inside))
    yield from _kana(text, at)


@lru_cache(maxsize=1 << 12)
def _ways(said: str, inside: bool) -> tuple[str, ...]:  # noqa: FBT001  # cached, which names no arguments
    """Return a reading as it is, cut short before a doubled consonant, and with another first sound inside a word."""
    made = [said, *([said[: -len(tail)] for tail in ("tsu", "ku", "chi", "ki") if said.endswith(tail)])]
    first = next((sound for sound in _INSIDE if said.startswith(sound)), "") if inside else ""
    made += [voiced + way[len(first) :] for way in tuple(made) for voiced in _INSIDE.get(first, "") if way]
    return tuple(dict.fromkeys(way for way in made if way))


def _kana(text: str, at: int) -> Iterator[tuple[int, str]]:
    letter, small = text[at], _SMALL.get(text[at + 1 : at + 2], "")
    said = _KANA.get(letter, "")
    if small and said.endswith("i"):
        stem = said[:-1]
        yield 2, stem + ("" if stem in {"sh", "ch", "j"} else "y") + small
    elif said:
        yield from ((1, way) for way in _FOREIGN.get(said, (said,)))
    if letter in "うおっ":
        yield 1, ""
