"""Does a name mean the government of a city, a prefecture or a ward, and of which? Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from msgspec import Struct

from app.awards.conflict_match import japanese, known, sounds
from app.awards.conflict_match.organisations import LEGAL
from app.people.naming.kana import IS_KANA

_WITHIN: Final = r"(?:役所|役場|庁|長|議会|当局|政府|教育委員会|消防局|[^大学立]*(?:局|部|課|室|本部|区役所|区))?"
_KINDS: Final = known.folded("(?:広域市|特別市|(?<=東京)都|(?<=北海)道|(?<=大阪|京都)府|県|市|区|町|村)")
_JAPANESE: Final = re.compile(rf"(.+?)({_KINDS}){_WITHIN}")
_KOREAN: Final = re.compile(r"(.+?)(?:특별자치시|특별시|광역시|시)(?:청)?")
_CHINESE: Final = re.compile(r"(.+?)市(?:人民政府|政府)")
_WORDS: Final = r"(?:hall|government|gov|office|council|administration|authority|municipality|assembly)"
_LATIN: Final = tuple(
    (re.compile(pattern), level)
    for pattern, level in (
        (rf"(?:the )?(.+?) (?:prefecture|prefectural {_WORDS})", "prefecture"),
        (rf"(?:the )?(.+?) metropolitan (?:city|{_WORDS})", "city"),
        (rf"(?:the )?(?:city|municipality|town|metropolitan city) of (.+?)(?: {_WORDS})?", "city"),
        (
            (
                r"(?:free (?:and hanseatic )?city of|freie und hansestadt|landeshauptstadt|hansestadt|stadt|ville de"
                r"|mairie de|metropole de|comune di|citta di|ayuntamiento de|ajuntament de|gemeente|municipio de"
                r"|camara municipal de|prefeitura de|kommune|urzad miasta) (.+?)"
            ),
            "city",
        ),
        (rf"(?:the )?(.+?) (?:city|municipal)(?: {_WORDS})*", "city"),
        (r"(?:the )?([^ ]+) (?:city|municipal) (?:[a-z]+ ){1,4}(?:bureau|department|division|section)", "city"),
        (r"(?:the )?(.+?)[ -](?:ku|ward)(?: (?:office|city office))?", "ward"),
        (r"(?:the )?(.+?) (?:kommune|kommun|stad|municipality|town council)", "city"),
    )
)
_LEVELS: Final = {"都": "city", "道": "prefecture", "府": "prefecture", "県": "prefecture", "区": "ward"}


class City(Struct, frozen=True):
    """A government: of a place, by its usual English name where it is known, as a city, prefecture or ward."""

    place: str
    level: str


@lru_cache(maxsize=8192)
def city_of(name: str) -> City | None:
    """Return whose government a name means, with its offices; None for anything else."""
    plain = _plain(name)
    if LEGAL.search(known.folded(name)):  # 株式会社中村 is no village
        return None
    if not plain.isascii():
        match = _CHINESE.fullmatch(plain) or _JAPANESE.fullmatch(plain) or _KOREAN.fullmatch(plain)
        if match:
            level = _LEVELS.get(match[2], "city") if match.re is _JAPANESE else "city"
            return City(_place("北海道" if level == "prefecture" and match[2] == "道" else match[1]), level)
    bare = _bare(plain)
    found = ((pattern.fullmatch(bare), level) for pattern, level in _LATIN)
    return next((City(_place(match[1]), level) for match, level in found if match), None)


def place_of(name: str) -> str:
    """Return the place of a city as somebody names it: 横浜, Yokohama, City of Yokohama."""
    city = city_of(name)
    return city.place if city else _place(_plain(name))


def same_place(one: str, other: str) -> bool:
    """Whether two places are one; one in katakana or kanji and one in Latin letters by ear, or by a reading."""
    if one == other:
        return True
    for own, latin in ((one, other), (other, one)):
        if own and latin.isascii() and not own.isascii():
            heard = sounds.same if all(map(IS_KANA.match, own)) else japanese.is_word
            return heard(own, latin.replace(" ", ""))
    return False


def same(one: City, other: City) -> bool:
    """Whether two governments are one."""
    return (one.level == other.level or _is_of_tokyo(one, other)) and same_place(one.place, other.place)


def _is_of_tokyo(one: City, other: City) -> bool:
    """Whether a ward is of Tokyo, where wards call themselves cities in English."""
    is_ward = {one.level, other.level} == {"city", "ward"}
    return is_ward and any(city.level == "ward" and city.place in known.TOKYO_WARDS for city in (one, other))


def _plain(name: str) -> str:
    words = re.sub(r"[()\[\],.]", " ", known.folded(name).casefold())
    return " ".join(words.split()) if words.isascii() or " " not in words.strip() else _closed(words)


def _closed(words: str) -> str:
    """Close the spaces of scripts that need none."""
    return re.sub(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])", "", " ".join(words.split()))


def _bare(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not "\u0300" <= part <= "\u036f").translate(str.maketrans("øł", "ol"))


def _place(name: str) -> str:
    return known.places().get(name) or known.places().get(_bare(name), name)
