"""Numbers and classes in titles: two events of one name are told apart by them. Pure.

The 12th is not the 13th, the morning not the afternoon, the class for children not the one for adults. A mark that only
one of the two titles has says nothing against them: many leave the number out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from msgspec import Struct

from app.exchange.joining.titles import LATIN, any_of, folded, words_of

Value = int | str
_KANJI: Final = {"元": 1, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_ROMAN: Final = {"i": 1, "v": 5, "x": 10, "l": 50}
_N = r"(\d{1,4}|[一二三四五六七八九十]{1,3}|元)"
_YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?!\d)\s*(年度)?|(?:令和|(?<![a-z])r)\s*" + _N + r"(?:\s*(年度)|\s*年|(?=[.\s]))"
)
_SHORT_YEAR = re.compile(r"['‘](\d\d)(?!\d)")
_TOTAL = re.compile(r"全\s*" + _N + r"\s*[回日課]|各[回日]|\d+\s*周年|\d+\s*(?:円|名|人|組|店|発|分)")
_EDITION = (
    re.compile(r"第\s*" + _N + r"\s*(?:回(?!目)|夜|弾|講|話|幕|席|集|番(?![街館町]))"),
    re.compile(r"(?:vol|no|ver|version)\s*[.:]?\s*(\d{1,4})"),
    re.compile(r"#\s*(\d{1,4})"),
    re.compile(r"(?<!\d)(\d{1,3})(?:st|nd|rd|th)\b"),
    re.compile(r"(?<![a-z'])([ivxl]{2,6})(?![a-z])"),
    re.compile(r"(?<=[ぁ-ゖ一-鿿])([ivx])(?![a-z])"),
)
_PART = (
    re.compile(r"(?:part|パート|ぱと|session|せっしょん|その)\s*" + r"(\d{1,2}|[ivx]{1,4})(?![a-z])"),
    re.compile(r"(?:第\s*)?" + _N + r"\s*回目"),
    re.compile(r"第\s*" + _N + r"\s*部(?!門)"),
    re.compile(r"(?<=[ぁ-ゖ一-鿿)])\s*(\d{1,2})\s*(?=$|[(【「])"),
    re.compile(r"\(\s*(\d{1,2})\s*\)"),
)
_DAY = (re.compile(r"day\s*(\d{1,2})"), re.compile(_N + r"\s*日目"), re.compile(r"第\s*" + _N + r"\s*日(?!曜)"))
_RANGE = re.compile(r"(\d{1,3})\s*(?:[~〜～–-]|から)\s*(\d{1,3})\s*(年生|歳|才|か月|ヶ月|ヵ月|カ月)")
_UNIT = re.compile(
    r"(?<![\d.])(\d{1,4}(?:\.\d+)?)\s*(km|きろ|回食|年生|歳|才|か月|ヶ月|ヵ月|ゖ月|月|期|部|号|組|級|次|丁目|班|課|会場|限目)"
)
_LETTER = re.compile(r"(?<![a-z])([a-h])\s*(?:こす|便|日程|組|くらす|班|ぶろっく|会場|ちむ|course|class|group)")
_LETTER_AFTER = re.compile(
    r"(?:こす|くらす|ぐるぷ|分科会|部会|とらっく|ぶろっく|ぷろぐらむ|course|class|group|track|session|program(?:me)?)\s*([a-h])(?![a-z])"
)
_CODE = re.compile(r"(?<![a-z0-9])([a-z]-?\d{1,2})(?![a-z0-9])")
_WEEKDAY = re.compile(r"([月火水木金土日])曜")
_SITE = re.compile(
    r"(?:^|[\s(【「])(?!めいん|第|各|全|本会場|特設|主会場|さぶ|別会場|同会場)"
    r"([一-鿿ぁ-ゖ]{2})[一-鿿ぁ-ゖ]{0,5}(?<!めいん)(?<!第[一二三])会場(?!周辺|参加|開催|のみ|集合)"
)
"""Of a festival in two parks; so much of the name as nobody leaves out."""
_SEASON = re.compile(r"(?<![立青晩初早])([春夏秋冬])(?:の|季|期|休み|\)|$|コス|こす|編|号|場所)")
_CLASSES: Final[Mapping[str, Mapping[str, str]]] = {
    "half": {
        "am": r"午前|朝の部|モニング|(?<![a-z])am(?![a-z])|morning session",
        "pm": r"午後|昼の(?:部|回)|昼公演|まちね|(?<![a-z])pm(?![a-z])|afternoon session|matinee",
        "night": r"夜の(?:部|回)|夜公演|そわれ|夕べの部|夜間の部|ないたの部"
        r"|evening (?:session|performance|show)|soiree",
    },
    "level": {
        "first": r"初級|初心者|入門|基礎|びぎな|はじめて|初めて|beginner|basic|introduct",
        "middle": r"中級|intermediate",
        "high": r"上級|実践|応用|中上級|あどばんす|すてっぷあっぷ|経験者|advanced|practical",
    },
    "who": {
        "baby": r"赤ちゃん|べび|乳児|乳幼児|baby",
        "infant": r"(?<!乳)幼児|未就学",
        "child": r"子ども|子供|こども|きっず|じゅにあ|児童|小学生|小学校|ちびっこ"
        r"|(?<![a-z])kids|children|junior(?! high)|elementary school|primary school",
        "teen": r"中学生|高校生|ゆす|teen|youth|high school",
        "family": r"親子|ふぁみり|family|families",
        "adult": r"大人|おとな|一般(?!公開|開放|質問|財団|社団)|成人向|adult",
        "senior": r"しにあ|高齢者|(?<![ぁ-ゖ])いきいき|seniors?(?![a-z])",
    },
    "reach": {
        "city": r"市民(?!せんた|会館|ほる|館|ぷらざ|病院|球場|広場)",
        "ward": r"区民(?!せんた|会館|ほる|館|ぷらざ|ひろば|広場)",
        "prefecture": r"(?:県民|道民|府民|都民)(?!せんた|会館|ほる|館|ぷらざ|共済|さぷらざ|の森)",
    },
    "sex": {"men": r"男性|男子|(?<!うぃ)めんず|(?<!wo)men's", "women": r"女性|女子|れでぃす|うぃめんず|women"},
    "stage": {
        "first": r"予選|一次審査|preliminar|heats(?![a-z])|qualif",
        "semi": r"準決勝|semi-?\s?final",
        "final": r"(?<!準)決勝|本選|ふぁいなる|(?<!semi)(?<!semi[- ])(?<![a-z])finals?(?![a-z])",
    },
    "ends": {"open": r"開会|開幕|おぷにんぐ|opening", "close": r"閉会|閉幕|くろじんぐ|closing"},
    "grade": {"low": r"低学年|lower grade", "middle": r"中学年", "high": r"高学年|upper grade"},
    "term": {
        "first": r"前期|前編|前半|上巻|上期|first (?:term|half)",
        "second": r"後期|後編|後半|下巻|下期|second (?:term|half)",
    },
    "race": {"half": r"はふまらそん|はふの部|half marathon", "fun": r"ふぁんらん|fun run", "relay": r"駅伝|りれ"},
    "mode": {
        "online": r"おんらいん|うぇびな|zoom|webinar|online|りもと|youtube|配信",
        "site": r"対面|\(会場\)|会場のみ|会場参加|会場開催|現地|on.?site|in.?person",
    },
}
_CLASS = {kind: {value: re.compile(said) for value, said in ways.items()} for kind, ways in _CLASSES.items()}
_PARTS: Final = {way: ways[0] for ways in (line.split("=") for line in words_of("parts")) for way in ways}
"""Words for a part of an event, in both languages, and the one that is taken."""
_PART_WORD: Final = re.compile(
    "|".join(re.escape(word) for word in sorted(_PARTS, key=lambda word: (-len(word), word)))
)
_CITY = any_of(words_of("cities"))
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}


class Marks(Struct, frozen=True):
    """What a title says to tell its event from others of its name, by kind; `parts` are words for a part of an event.

    `said` are values as often as they are said: `親子…親子クラス` is not `親子…シニアクラス`. Years are those of the
    calendar, `fiscal` years begin in April.
    """

    values: Mapping[str, frozenset[Value]]
    said: Mapping[str, tuple[Value, ...]]
    years: frozenset[int]
    fiscal: frozenset[int]
    parts: tuple[str, ...]


@lru_cache(maxsize=1 << 16)
def marks(text: str) -> Marks:
    """Return the marks of a title as it was written."""
    circled = frozenset(number for sign, number in _CIRCLED.items() if sign in text)
    said = folded("".join(f" {_CIRCLED[c]} " if c in _CIRCLED else c for c in text))
    years, fiscal, rest = _years(said)
    found: dict[str, set[Value]] = {"part": set(circled)} if circled else {}
    often: dict[str, tuple[Value, ...]] = {}
    for kind, value in _numbers(_TOTAL.sub(" ", rest)):
        found.setdefault(kind, set()).add(value)
        often[kind] = (*often.get(kind, ()), value)
    found["city"] = {LATIN[name][0] if name in LATIN else name for name in _CITY.findall(rest)}
    for kind, ways in _CLASS.items():
        if seen := tuple(value for value, pattern in ways.items() for _ in pattern.findall(rest)):
            found.setdefault(kind, set()).update(seen)
            often[kind] = seen
    values = {kind: frozenset(some) for kind, some in found.items() if some}
    parts = (_PARTS[word] for word in _PART_WORD.findall(re.sub(r"\s+", "", rest)))
    return Marks(values, often, years, fiscal, tuple(sorted(parts)))


def _years(said: str) -> tuple[frozenset[int], frozenset[int], str]:
    years, fiscal = set[int](), set[int]()
    for western, is_fiscal, era, era_fiscal in _YEAR.findall(said):
        year = int(western) if western else 2018 + number(era)
        (fiscal if is_fiscal or era_fiscal else years).add(year)
    years |= {2000 + int(short) for short in _SHORT_YEAR.findall(said)}
    return frozenset(years), frozenset(fiscal), _SHORT_YEAR.sub(" ", _YEAR.sub(" ", said))


def number(written: str) -> int:
    """Return a number in digits, in kanji up to 99, or in Roman numerals."""
    if written.isdigit():
        return int(written)
    if all(letter in _ROMAN for letter in written):
        return _roman(written)
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _KANJI[written[0]] if written else 0
    return _KANJI.get(tens, 1) * 10 + _KANJI.get(ones, 0)


def _roman(written: str) -> int:
    values = [_ROMAN[letter] for letter in written]
    return sum(-v if v < max(values[n:], default=0) else v for n, v in enumerate(values))


def _numbers(said: str) -> Iterator[tuple[str, Value]]:
    for low, high, unit in _RANGE.findall(said):
        yield from ((_unit(unit), n) for n in range(int(low), min(int(high), int(low) + 20) + 1))
    said = _RANGE.sub(" ", said)
    for kind, patterns in (("edition", _EDITION), ("part", _PART), ("day", _DAY)):
        for pattern in patterns:
            yield from ((kind, number(found)) for found in pattern.findall(said))
            said = pattern.sub(" ", said)
    for value, unit in _UNIT.findall(said):
        yield _unit(unit), value
    for pattern, kind in (
        (_CODE, "code"),
        (_LETTER, "letter"),
        (_LETTER_AFTER, "letter"),
        (_WEEKDAY, "weekday"),
        (_SEASON, "season"),
        (_SITE, "site"),
    ):
        yield from ((kind, found.replace("-", "")) for found in pattern.findall(said))


def _unit(written: str) -> str:
    return {"才": "歳", "ヶ月": "か月", "ヵ月": "か月", "カ月": "か月", "ゖ月": "か月", "きろ": "km"}.get(
        written, written
    )


def conflict(one: Marks, other: Marks, *, spring: bool = True) -> str:
    """Return the kind of mark in which two titles contradict each other, "" when they do not.

    `spring`: they take place from January to March, when the fiscal year is still last year's.
    """
    for kind in one.values.keys() & other.values.keys():
        first, second = (Counter(side.said.get(kind, side.values[kind])) for side in (one, other))
        if first - second and second - first:
            return kind
    if _crossed(one, other) or _crossed(other, one):
        return "edition"
    return "year" if _years_conflict(one, other, {0, 1} if spring else {0}) else ""


def _crossed(one: Marks, other: Marks) -> bool:
    """`第1回` and `②` are two parts of one course."""
    edition, part = one.values.get("edition"), other.values.get("part")
    alone = "part" not in one.values and "edition" not in other.values
    return bool(edition and part and alone and not edition & part)


def _years_conflict(one: Marks, other: Marks, behind: AbstractSet[int]) -> bool:
    if one.years and other.years:
        return not one.years & other.years
    if one.fiscal and other.fiscal:
        return not one.fiscal & other.fiscal
    mixed = ((one.years, other.fiscal), (other.years, one.fiscal))
    return any(years and fiscal and not any(y - f in behind for y in years for f in fiscal) for years, fiscal in mixed)


TELLING: Final[AbstractSet[str]] = frozenset(
    {"half", "level", "who", "stage", "ends", "term", "race", "letter", "day", "part"}
)
"""Kinds that name a part of an event when only one of the two titles has them."""


def one_sided(one: Marks, other: Marks) -> frozenset[str]:
    """Return the kinds that only one title has and that may make its event a part of the other."""
    kinds = (one.values.keys() ^ other.values.keys()) & TELLING
    return frozenset(kinds) | ({"parts"} if one.parts != other.parts else set())
