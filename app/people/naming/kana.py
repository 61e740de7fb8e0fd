"""Kana in Latin letters (Hepburn), and what people type instead: pure."""

import re
from typing import Final

_ROWS: Final = """
あ a い i う u え e お o か ka き ki く ku け ke こ ko さ sa し shi す su せ se そ so た ta ち chi つ tsu て te と to
な na に ni ぬ nu ね ne の no は ha ひ hi ふ fu へ he ほ ho ま ma み mi む mu め me も mo や ya ゆ yu よ yo
ら ra り ri る ru れ re ろ ro わ wa ゐ i ゑ e を o ん n が ga ぎ gi ぐ gu げ ge ご go ざ za じ ji ず zu ぜ ze ぞ zo
だ da ぢ ji づ zu で de ど do ば ba び bi ぶ bu べ be ぼ bo ぱ pa ぴ pi ぷ pu ぺ pe ぽ po ゔ vu
ぁ a ぃ i ぅ u ぇ e ぉ o ゃ ya ゅ yu ょ yo ゎ wa ゕ ka ゖ ke
しゃ sha しゅ shu しょ sho しぇ she ちゃ cha ちゅ chu ちょ cho ちぇ che じゃ ja じゅ ju じょ jo じぇ je
ぢゃ ja ぢゅ ju ぢょ jo
ふぁ fa ふぃ fi ふぇ fe ふぉ fo ふゅ fyu てぃ ti でぃ di でゅ dyu とぅ tu どぅ du うぃ wi うぇ we うぉ wo
つぁ tsa つぃ tsi つぇ tse つぉ tso ゔぁ va ゔぃ vi ゔぇ ve ゔぉ vo いぇ ye くぁ kwa ぐぁ gwa
""".split()  # noqa: SIM905  # one long list of quotes reads worse
_SOUNDS: Final = dict(zip(_ROWS[::2], _ROWS[1::2], strict=True)) | {
    first + small: sound[0] + glide
    for first, sound in zip(_ROWS[::2], _ROWS[1::2], strict=True)
    if len(first) == 1 and sound in {"ki", "ni", "hi", "mi", "ri", "gi", "bi", "pi"}
    for small, glide in (("ゃ", "ya"), ("ゅ", "yu"), ("ょ", "yo"))
}
_HIRAGANA: Final = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_KANA: Final = re.compile(r"[ぁ-ゖ]{1,2}|[っー]")
IS_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺーゝゞヽヾ]")

_KUNREI: Final = (
    ("sha", "sya"), ("shu", "syu"), ("sho", "syo"), ("shi", "si"), ("cha", "tya"), ("chu", "tyu"), ("cho", "tyo"),
    ("chi", "ti"), ("tsu", "tu"), ("ja", "zya"), ("ju", "zyu"), ("jo", "zyo"), ("ji", "zi"), ("fu", "hu"),
)  # fmt: skip
_SYLLABLE: Final = "(?:[kgsztdnhbpmrfjwyv]?y?[aiueo]|sh[aiueo]|ch[aiueo]|ts[aiueo]|n|[kstpcm])"
_IS_ROMAJI: Final = re.compile(f"{_SYLLABLE}+")


def romaji(words: str) -> str:
    """Return words with their kana in Hepburn: さとう satou, サトー sato, はっとり hattori; the rest stays."""
    kana = words.translate(_HIRAGANA)
    parts, at = [], 0
    while at < len(kana):
        sound, length = _sound(kana, at)
        parts.append(sound)
        at += length
    return re.sub(r"っ(?=([a-z])?)", lambda match: match[1] or "", "".join(parts))


def _sound(kana: str, at: int) -> tuple[str, int]:
    """Return the sound at a place and how many letters it takes; a small っ waits for what follows."""
    two = kana[at : at + 2]
    if len(two) == 2 and two in _SOUNDS:
        return _SOUNDS[two], 2
    letter = kana[at]
    return "" if letter == "ー" else _SOUNDS.get(letter, letter), 1


def typed(latin: str) -> set[str]:
    """Return how else a Japanese name in Latin letters is written: Kunrei (sya, ti), and n for m (shinbashi)."""
    if not _IS_ROMAJI.fullmatch(latin):
        return set()
    kunrei = hepburn = latin
    for there, here in _KUNREI:
        kunrei = kunrei.replace(there, here)
        hepburn = re.sub(f"(?<![sctz]){here}", there, hepburn)
    nasal = re.sub("n(?=[bpm])", "m", latin), re.sub("m(?=[bp])", "n", latin)
    return {kunrei, hepburn, *nasal} - {latin}
