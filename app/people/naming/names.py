"""Names as they are compared: every spelling of one name gives a form in common, different names give none. Pure.

A name has forms in its own script (`own`: 山田太郎, 김민수) and in Latin letters (`sound`: yamadataro), the latter from
Latin, kana or hangul, or from the reading. Widths, case, spaces, accents, titles, the order of family and given name,
old forms of characters and long sounds make no difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import permutations
from operator import or_
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from app.people.naming.hangul import is_hangul, romanised
from app.people.naming.kana import IS_KANA, romaji
from app.people.naming.spelling import stored_words

MOST_LETTERS: Final = 80
MOST_WORDS: Final = 6
"""Of a name; what is longer is compared by its beginning."""
_BRACKETS: Final = re.compile(r"[(\[{（［｛【「〈《](.*?)[)\]}）］｝】」〉》]")
_TITLES: Final = frozenset(
    """
    mr mrs ms miss mx dr prof professor sir dame dipl phd dphil msc mba 氏 様 さま さん 殿 先生 博士 教授 女士 小姐
    님 씨 교수 박사 คุณ นาย นาง นางสาว
    """.split()  # noqa: SIM905  # one long list of quotes reads worse
)
"""Words that are no part of a name. Not `jr` and `ii`: they tell a son from his father."""
_SUFFIX: Final = re.compile(r"(?<=..)(?:様|氏|さん|さま|殿|先生|博士|教授|님|女士)$")
CHARACTERS: Final = {
    ord(pair[0]): pair[1]
    for pair in """
        髙高 﨑崎 嵜崎 濵浜 濱浜 邊辺 邉辺 齋斎 齊斉 廣広 國国 澤沢 泽沢 櫻桜 樱桜 眞真 榮栄 荣栄 惠恵 德徳 學学 嶋島
        嶌島 岛島 冨富 瀨瀬 濑瀬 條条 實実 实実 壽寿 藏蔵 淵渕 渊渕 龍竜 龙竜 峯峰 曉晓 暁晓 寶宝
        陳陈 張张 劉刘 楊杨 趙赵 黃黄 吳吴 孫孙 馬马 許许 鄭郑 馮冯 韓韩 蕭萧 鄧邓 蔣蒋 葉叶 呂吕 盧卢 蘇苏 賈贾 閻阎
        譚谭 鄒邹 陸陆 範范 錢钱 湯汤 鐘钟 鍾钟 謝谢 羅罗 偉伟 靜静 麗丽 強强 軍军 傑杰 濤涛 華华 剛刚 紅红 雲云 鳳凤
        蘭兰 東东 萬万 爾尔 義义 豐丰 慶庆 億亿 貴贵 賢贤 潔洁 瑩莹 穎颖 雙双 禮礼
        """.split()  # noqa: SIM905
}
"""One character in its several forms, as a passport and a family register have them."""
_STROKES: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_IDEOGRAPH: Final = re.compile(r"[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SYLLABLE: Final = "(?:[kgsztdnhbpmrfjwy]?y?[aiueo]|sh[aiueo]|ch[aiueo]|ts[aiueo]|n|[kstpcm])"
_IS_ROMAJI: Final = re.compile(f"{_SYLLABLE}+")
_HEPBURN: Final = tuple(
    (re.compile(f"(?<![sctz]){kunrei}"), hepburn)
    for kunrei, hepburn in (
        ("sy", "sh"), ("ty", "ch"), ("zy", "j"), ("jy", "j"), ("si", "shi"), ("ti", "chi"), ("tu", "tsu"), ("zi", "ji"),
        ("hu", "fu"), ("m(?=[bp])", "n"),
    )
)  # fmt: skip
_LONG_O: Final = re.compile("ou|oo|oh(?![aiueoy])")
_LONG: Final = re.compile(r"([aiu])\1")


class Spellings(Struct, frozen=True):
    """The forms of a name. `own` begin with their script (`han:`, `hangul:`, `other:`); `words` are those of `sound`.

    `reading` holds the sounds that were declared as the reading, which tell apart who is written alike. A name is
    `full` when it is more than one word in Latin letters or one character.
    """

    own: frozenset[str] = frozenset()
    sound: frozenset[str] = frozenset()
    reading: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    full: bool = False

    @property
    def scripts(self) -> set[str]:
        """The scripts in which the name is written itself."""
        return {form.partition(":")[0] for form in self.own}

    def __or__(self, other: "Spellings") -> "Spellings":
        """The forms of both."""
        return Spellings(
            self.own | other.own,
            self.sound | other.sound,
            self.reading | other.reading,
            self.words | other.words,
            self.full or other.full,
        )


@lru_cache(maxsize=4096)
def spellings(name: str, reading: str = "") -> Spellings:
    """Return the forms of a name with its reading."""
    found = reduce(or_, map(_forms, _texts(name)), Spellings())
    read = reduce(or_, map(_forms, _texts(reading)), Spellings())
    return found | replace(read, reading=read.sound)


def alike(one: Spellings, other: Spellings) -> bool:
    """Whether the names are compatible: in a script that both use they are equal there, else they sound equal."""
    if one.scripts & other.scripts:
        return bool(one.own & other.own)
    return bool(one.sound & other.sound)


def _texts(text: str) -> Iterator[str]:
    """Yield a name and what stands in brackets behind it, if that is the same name in another script."""
    plain = unicodedata.normalize("NFKC", text[:MOST_LETTERS])
    outside = _BRACKETS.sub(" ", plain)
    if not outside.strip():
        yield plain
        return
    yield outside
    for inside in _BRACKETS.findall(plain):
        if _script(inside) != _script(outside):
            yield inside


def _script(text: str) -> str:
    """Return the script of a text: latin or kana (which both stand for sounds), han, hangul, or other."""
    if _IDEOGRAPH.search(text):
        return "han"
    if any(map(is_hangul, text)):
        return "hangul"
    letters = [letter for letter in text if letter.isalpha()]
    if letters and all(map(IS_KANA.match, letters)):
        return "kana"
    return "latin" if all(letter.isascii() for letter in _bare("".join(letters).casefold())) else "other"


def _forms(text: str) -> Spellings:
    words = _named(stored_words(text))[:MOST_WORDS]
    script = _script(text)
    if not words:
        return Spellings()
    if script in {"latin", "kana"}:
        sounds = list(_sounds([romaji(word) for word in words] if script == "kana" else words))
        return _spelt(frozenset(), sounds, full=len(words) > 1)
    own = frozenset(f"{script}:{form}" for form in _orders([word.translate(CHARACTERS) for word in words]))
    korean = [[*pair] for word in {"".join(words)} for pair in romanised(word)] if script == "hangul" else []
    return _spelt(own, korean, full=len("".join(words)) > 1)


def _spelt(own: frozenset[str], sounds: Sequence[Sequence[str]], *, full: bool) -> Spellings:
    return Spellings(own, _in_every_order(sounds), words=frozenset(word for way in sounds for word in way), full=full)


def plain_words(text: str) -> list[str]:
    """Return the words of a name, case and widths folded, accents kept, without titles and what stands in brackets."""
    plain = unicodedata.normalize("NFKC", text[:MOST_LETTERS])
    return _named(stored_words(_BRACKETS.sub(" ", plain)))[:MOST_WORDS]


def _named(words: Sequence[str]) -> list[str]:
    """Return the words without titles, in one piece or behind a name that has no spaces."""
    kept = [word for word in words if word not in _TITLES] or list(words)
    return [_SUFFIX.sub("", word) or word for word in kept]


def _sounds(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words in Latin letters: without accents; with umlauts written out; as Hepburn without long sounds."""
    yield [_bare(word) for word in words]
    if any(word != word.translate(_UMLAUTS) for word in words):
        yield [_bare(word.translate(_UMLAUTS)) for word in words]
    short = [_short(_bare(word)) for word in words]
    if all(map(_IS_ROMAJI.fullmatch, short)):
        yield [_hepburn(word) for word in short]


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if not "\u0300" <= part <= "\u036f").translate(_STROKES)


def _short(word: str) -> str:
    return _LONG.sub(r"\1", _LONG_O.sub("o", word))


def _hepburn(word: str) -> str:
    for kunrei, hepburn in _HEPBURN:
        word = kunrei.sub(hepburn, word)
    return word


def _in_every_order(ways: Iterable[Sequence[str]]) -> frozenset[str]:
    return frozenset(form for words in ways for form in _orders(words))


def _orders(words: Sequence[str]) -> set[str]:
    """Return the words as one, with the family name first, last, or among themselves in another order.

    Of two or three words every order is taken, of more those in which the name is only turned, and the alphabet's.
    """
    if len(words) <= 3:
        return {"".join(order) for order in permutations(words)}
    turned = ("".join([*words[at:], *words[:at]]) for at in range(len(words)))
    return {*turned, "".join(sorted(words))}


_LEGAL: Final = re.compile(
    r"\b(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|plc|gmbh|ag|sa|srl|bv|kk|the|kabushiki|kaisha)\b"
    r"|株式会社|有限会社|合同会社|一般社団法人|公益財団法人|有限公司|주식회사|\(株\)|\(有\)|㈱|㈲|\(주\)"
)


def organisation(text: str) -> str:
    """Return the form under which equal organisations are equal, without what says only how they are incorporated."""
    plain = unicodedata.normalize("NFKC", text[: 2 * MOST_LETTERS]).casefold()
    return "".join(_bare(word) for word in stored_words(_LEGAL.sub(" ", plain))) or "".join(stored_words(plain))
