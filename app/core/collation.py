"""The order in which people of a language look for a name in a list.

Enough for names of countries: the first level of each language's own order, not all of the Unicode collation.
"""

import re
from unicodedata import combining, normalize

LEADING_VOWEL = re.compile("([เ-ไ])([ก-ฮ])")
"""Thai writes these vowels before the consonant that a dictionary looks for."""
THAI_SIGNS = dict.fromkeys(range(0x0E47, 0x0E4F))
"""Tone marks and signs that do not move a word in a Thai dictionary."""
HOMOPHONES = str.maketrans("梵斐瑙", "饭匪脑")
"""First characters of countries that GB 2312 files by their radical, and others of the same sound."""


def sort_key(words: str, tag: str) -> str:
    """Return what to sort `words` by for a reader of `tag`.

    German (DIN 5007-1) and English look for Ä and Å at A. Thai dictionaries go by the first consonant. GB 2312 has the
    usual characters in the order of pinyin. Kana and Hangul stand in their own order already.
    """
    if tag in ("de", "en"):
        return "".join(sign for sign in normalize("NFKD", words) if not combining(sign)).casefold()
    if tag == "th":
        return LEADING_VOWEL.sub(r"\2\1", words.translate(THAI_SIGNS))
    if tag == "zh-Hans":
        return words.translate(HOMOPHONES).encode("gb18030").decode("latin-1")
    return words
