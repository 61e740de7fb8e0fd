"""Hangul in Latin letters: the official romanisation, and the customary spellings of family names. Pure."""

from typing import Final

FIRST_SYLLABLE, LAST_SYLLABLE = 0xAC00, 0xD7A3
_INITIALS: Final = "g kk n d tt r m b pp s ss _ j jj ch k t p h".split()  # noqa: SIM905  # shorter than a list
_MEDIALS: Final = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()  # noqa: SIM905
_FINALS: Final = "_ k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()  # noqa: SIM905
_LISTED: Final = """
김 kim 이 lee/yi/rhee 박 park/pak 최 choi/choe 정 jung/jeong/chung 강 kang 조 cho/jo 윤 yoon/yun 장 jang/chang 임 lim/im
오 oh/o 서 seo/suh 신 shin/sin 권 kwon 안 ahn/an 유 yoo/yu/ryu 류 ryu/yoo 전 jeon/jun/chun 고 ko/go 문 moon/mun 배 bae
백 baek/paik 허 heo/hur/huh 심 shim/sim 노 noh/roh/no 곽 kwak 성 sung/seong 주 joo/ju 우 woo/u 구 koo/gu/ku 엄 um/eom
원 won 천 cheon/chun 공 kong/gong 현 hyun/hyeon 변 byun/byeon 여 yeo/yuh 추 choo/chu 도 do/doh 석 seok/suk 선 sun/seon
설 seol/sul 길 gil/kil 연 yeon/yun 표 pyo 명 myung/myeong 기 ki/gi
""".split()  # noqa: SIM905  # one long list of quotes reads worse
CUSTOMARY: Final = {family: spellings.split("/") for family, spellings in zip(_LISTED[::2], _LISTED[1::2], strict=True)}
"""Family names with their customary spellings."""


def is_hangul(letter: str) -> bool:
    """Whether a letter is a syllable of hangul."""
    return FIRST_SYLLABLE <= ord(letter) <= LAST_SYLLABLE


def romanised(name: str) -> set[tuple[str, str]]:
    """Return (family, given) in Latin letters in every customary way; empty unless all of the name is hangul.

    The family name is the first syllable: names of two are as good as extinct, and match in their own script.
    """
    if len(name) < 2 or not all(map(is_hangul, name)):
        return set()
    given = "".join(map(_syllable, name[1:]))
    return {(family, given) for family in (*CUSTOMARY.get(name[0], ()), _syllable(name[0]))}


def _syllable(letter: str) -> str:
    number = ord(letter) - FIRST_SYLLABLE
    letters = _INITIALS[number // 588] + _MEDIALS[number % 588 // 28] + _FINALS[number % 28]
    return letters.replace("_", "")
