"""Which language words are in, so that pages have them read aloud and set in the right letters. Pure."""

import re

_KANA = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_THAI = re.compile(r"[\u0e01-\u0e5b]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)


def spoken(words: str, told: str = "") -> str:
    """Return the language of words as a tag of BCP 47, "" when nobody knows.

    Letters that one language alone writes say it better than `told`, the language that a source as a whole is in, or a
    property names. Chinese characters belong to several: where nothing is told, those of partner cities are Japanese.
    """
    if _KANA.search(words):
        return "ja"
    if _HANGUL.search(words):
        return "ko"
    if _THAI.search(words):
        return "th"
    if _TAG.fullmatch(told):
        return told
    return "ja" if _HAN.search(words) else ""
