"""Which language words are in, as far as their letters say: so that a page has them read aloud well. Pure."""

import re

_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def spoken(words: str) -> str:
    """Return `ja`, `ko` or `th` when the letters say so, else "". Titles of partner cities in kanji are Japanese."""
    if _KANA.search(words):
        return "ja"
    if _HANGUL.search(words):
        return "ko"
    if _THAI.search(words):
        return "th"
    return "ja" if _HAN.search(words) else ""
