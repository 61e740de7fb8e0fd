"""Words as they are compared: what a reader types finds what an organiser wrote in another form of the same script."""

import re
import unicodedata

_KANA = {ord(katakana): chr(ord(katakana) - 0x60) for katakana in map(chr, (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE))}
_LETTERS = dict(zip(map(ord, "æœøđðłħıŧþ"), ("ae", "oe", "o", "d", "d", "l", "h", "i", "t", "th"), strict=True))
"""Latin letters that Unicode does not take apart."""
_VARIANTS = dict(
    zip(
        map(ord, "髙﨑邊邉齋齊斎澤濵濱廣國國櫻澁德黑會橫圓藝學體讀樂舊區縣"),
        "高崎辺辺斉斉斉沢浜浜広国国桜渋徳黒会横円芸学体読楽旧区県",
        strict=True,
    )
)
"""Forms of one character in names and in the traditional script: 髙橋 and 高橋, 橫濱 and 横浜."""
_BETWEEN = dict.fromkeys(map(ord, "・･'’ʼ\u00ad\u200b\u200c\u200d-‐‑‒–—"))
"""What stands between the parts of a word, and is left out by many who type it."""
_ALL = _KANA | _LETTERS | _VARIANTS | _BETWEEN
_ACCENT = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff]")
"""Accents of Latin, Greek, Cyrillic and Arabic. Never those of kana (か is not が), nor the vowels of Thai or Hindi."""


def folded(words: str) -> str:
    """Return words as they are compared: ＹＯＸＯ is yoxo, ﾖｺﾊﾏ is よこはま, Zoë is zoe, ﬁn is fin, 橫濱 is 横浜."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", words).casefold())
    if plain.isascii():
        return plain.translate(_BETWEEN)
    apart = unicodedata.normalize("NFD", plain.translate(_ALL))
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart).translate(_ALL))
