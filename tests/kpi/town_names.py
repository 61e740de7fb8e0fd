"""Invented names of many countries, each in the spellings under which its owner registers.

The pools are as large as makes some eight in a hundred overseas people share name and country with somebody else.
"""

import unicodedata
from random import Random

from msgspec import Struct

_FAMILIES = {
    "JP": "佐藤/さとう/Sato 鈴木/すずき/Suzuki 高橋/たかはし/Takahashi 田中/たなか/Tanaka 伊藤/いとう/Ito "
    "渡辺/わたなべ/Watanabe 山本/やまもと/Yamamoto 中村/なかむら/Nakamura 小林/こばやし/Kobayashi "
    "加藤/かとう/Kato 吉田/よしだ/Yoshida 山田/やまだ/Yamada",
    "CN": "李//Li 王//Wang 张//Zhang 刘//Liu 陈//Chen 杨//Yang 赵//Zhao 黄//Huang 周//Zhou 吴//Wu 徐//Xu 孙//Sun",
    "KR": "김//Kim 이//Lee 박//Park 최//Choi 정//Jung 강//Kang 조//Cho 윤//Yoon 장//Jang 임//Lim 한//Han 오//Oh",
    "VN": "//Nguyễn //Trần //Lê //Phạm //Hoàng //Phan //Vũ //Đặng //Bùi //Đỗ //Hồ //Ngô",
    "": "//Müller //Schmidt //García //Fernández //Martin //Dubois //Lefèvre //Smith //Jones //Rossi //Novák "
    "//Kowalski //Andersson //Østergård //Silva //Gonçalves //O'Brien //Nielsen //Ionescu //Szabó //Kılıç "
    "//Tan //Somchai //Rao",
}
_GIVENS = {
    "JP": "蓮/れん/Ren 陽菜/ひな/Hina 結衣/ゆい/Yui 湊/みなと/Minato 葵/あおい/Aoi 悠真/ゆうま/Yuma "
    "花子/はなこ/Hanako 太郎/たろう/Taro 健一/けんいち/Kenichi 美咲/みさき/Misaki 翔太/しょうた/Shota "
    "直樹/なおき/Naoki 恵/めぐみ/Megumi",
    "VN": "//Anh //Linh //Minh //Hương //Tuấn //Dũng //Thảo //Hà //Nam //Ngọc //Quân //Trang //Bình //Châu //Yến",
    "": "//Jürgen //José //François //Zoë //Maria //Anna //John //Peter //Łukasz //Chloé //Søren //André //Inês "
    "//Tomáš //Eva //Nils //Aoife //Ștefan //Kim //Max //Priya //Wei //Noor //Emre",
}
_SYLLABLES = {
    "CN": "伟Wei 芳Fang 娜Na 敏Min 静Jing 磊Lei 强Qiang 洋Yang 艳Yan 勇Yong 军Jun 杰Jie 涛Tao 明Ming 超Chao 华Hua "
    "平Ping 刚Gang 玲Ling 红Hong 波Bo 斌Bin 宇Yu 浩Hao 凯Kai 健Jian 鑫Xin 雪Xue 梅Mei 琳Lin 云Yun 峰Feng "
    "龙Long 春Chun 丹Dan 文Wen",
    "KR": "민Min 서Seo 준Jun 연Yeon 도Do 윤Yun 지Ji 우U 하Ha 은Eun 시Si 수Su 아A 호Ho 예Ye 현Hyeon 주Ju 영Yeong "
    "진Jin 성Seong 재Jae 동Dong 혜Hye 경Gyeong 원Won 석Seok 태Tae 나Na 유Yu 희Hui",
}
_MIDDLES = [
    "Alba",
    "Bruno",
    "Celia",
    "Dario",
    "Elena",
    "Fabio",
    "Greta",
    "Hugo",
    "Irene",
    "Jonas",
    "Karin",
    "Lena",
    "Marco",
    "Nadia",
    "Oskar",
    "Paula",
    "Rita",
    "Sven",
]

Part = tuple[str, str, str]
"""A family or given name: its own script, kana, Latin letters; empty what there is not."""


class Name(Struct, frozen=True):
    """A name by its parts; the family name comes first in the countries of `FAMILY_FIRST`."""

    country: str
    family: Part
    given: Part


class Spelling(Struct, frozen=True):
    """What is typed into a registration."""

    name: str
    reading: str


FAMILY_FIRST = frozenset({"JP", "CN", "KR", "VN"})


def _part(word: str) -> Part:
    script, kana, latin = word.split("/") if word.count("/") == 2 else ("", "", word.strip("/"))
    return script, kana, latin


_POOLS = {
    kind: {key: [_part(word) for word in words.split(" ")] for key, words in pool.items()}
    for kind, pool in (("family", _FAMILIES), ("given", _GIVENS))
}


def invent(rng: Random, country: str) -> Name:
    """Return a name as it is common in a country."""
    key = country if country in _FAMILIES else ""
    family = rng.choice(_POOLS["family"][key])
    if key in _SYLLABLES:
        return Name(country, family, _joined(rng, _SYLLABLES[key].split()))
    script, kana, latin = rng.choice(_POOLS["given"][key])
    return Name(country, family, (script, kana, latin if script else f"{latin} {rng.choice(_MIDDLES)}"))


def _joined(rng: Random, syllables: list[str]) -> Part:
    one, two = rng.choice(syllables), rng.choice(syllables)
    return one[0] + two[0], "", one[1:] + two[1:].lower()


def usual(name: Name) -> Spelling:
    """Return the spelling that its owner uses as a rule: the own script, with the reading where there is one."""
    latin = _latin(name)
    if not name.family[0]:
        return Spelling(latin, "")
    gap = " " if name.country == "JP" else ""
    kana = f"{name.family[1]} {name.given[1]}"
    return Spelling(f"{name.family[0]}{gap}{name.given[0]}", kana if name.family[1] else latin)


def _latin(name: Name) -> str:
    parts = (name.family[2], name.given[2])
    return " ".join(parts if name.country in FAMILY_FIRST else reversed(parts))


def variant(rng: Random, name: Name) -> Spelling:
    """Return another spelling of the same name: width, case, spaces, accents, order of the parts, or the script."""
    own, latin = usual(name), _latin(name)
    swapped = " ".join(
        reversed((name.family[2], name.given[2]))
        if latin.startswith(name.family[2])
        else (
            name.family[2],
            name.given[2],
        )
    )
    choices = [
        Spelling(latin, own.reading),
        Spelling(latin.upper(), own.reading),
        Spelling(plain(latin), own.reading),
        Spelling(swapped, own.reading),
        Spelling(f" {own.name.replace(' ', '  ')} ", own.reading),
        Spelling(own.name.replace(" ", "　") if name.family[0] else latin.lower(), own.reading),
    ]
    if name.family[1]:
        katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in own.reading)
        choices.append(Spelling(own.name.replace(" ", ""), katakana))
    return rng.choice(choices)


def plain(words: str) -> str:
    """Return Latin letters without their marks, as a keyboard without them would have it."""
    letters = words.translate(str.maketrans("ŁłĐđØøı", "LlDdOoi"))
    return "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
