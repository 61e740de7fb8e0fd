"""Where events take place, by names, addresses and positions: the same place, another one, or nobody knows. Pure."""

import math
import re
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from app.exchange.joining.marks import number
from app.exchange.joining.titles import (
    LATIN,
    any_of,
    beside,
    folded,
    landmarks,
    letters,
    pieces,
    runs,
    text_of,
    words_of,
)
from app.exchange.schemas import Incoming, Position

Verdict = Literal["same", "near", "different", "unknown"]
"""`near`: their names share something, and neither says enough."""
NEAR = 300.0
"""Metres within which two positions are one place: a large site, or the rounding of a map."""
FAR = 3000.0
"""Metres from which they are two. Between the two, names decide."""
SAME_NAME = 0.6
NEAR_NAME = 0.45
OTHER_NAME = 0.25
_EARTH = 6_371_000.0
_ONLINE: Final = re.compile(
    r"おんらいん|zoom|teams|webex|web(?![a-z])|youtube|ゆちゅぶ|うぇびな|配信|online|virtual|りもと|hybrid|はいぶりっど"
)
_HYBRID: Final = re.compile(
    r"はいぶりっど|hybrid|併用|(?:会場|現地|対面).{0,3}(?:と|及び|および|\+|・|&|、|,|/).{0,3}おんらいん"
)
_ROOMLESS: Final = re.compile(
    r"おんらいん|zoom|teams|webex|web|youtube|ゆちゅぶ|うぇびな|配信|online|virtual|りもと|開催|市公式|公式|ちゃんねる|及び|および|会議|みの?|"
    r"限定|らいぶ|[()・,、&+/\s]|又は|または|あり|参加"
)
"""Words of events on line: what is left beside them is a place."""
_BRACKET = re.compile(r"\(([^)]*)\)|【([^】]*)】|\[([^\]]*)\]")
_AROUND = re.compile(
    r"ほか|他各所|周辺|一帯|付近|界隈|内各所|各会場|集合|すたと|ごる|前集合|\(.*?集合\)|地区|展示こな|特設|会場$"
)
_ROOM = re.compile(
    r"(大|中|小|だい|多目的|めいん|さぶ)ほる|[a-d]?ほる[a-d]|第?\s*\d+\s*(?:会議室|研修室|学習室|ほる|体育室|展示室|号室|号館|教室|集会室)"
    r"|(?:ぎゃらり|すたじお|るむ|会議室|ほる|room|hall)\s*[a-d0-9]{1,3}(?![a-z])|(?<![a-z])[a-d](?:会場|棟)"
)
_FLOOR = re.compile(r"(?:地下|b)?\s*\d+\s*(?:階|f(?![a-z]))|\d+-?\d*号?室")
_MUNICIPALITY = re.compile(
    r"(?:^|[\s都道府県,、(])((?:[ぁ-ゖ一-鿿]{1,6}?(?:市|郡))?[ぁ-ゖ一-鿿]{1,5}?[区町村]|[ぁ-ゖ一-鿿]{1,6}?市)(?![民役場立内街])"
)
_TOWN = re.compile(r"([ぁ-ゖ一-鿿]{1,6}?市)(?![民役場立内街])")
_PREFECTURE = re.compile(r"^(?:〒?\s*\d{3}-?\d{4})?\s*(北海道|東京都|(?:京都|大阪)府|[一-鿿]{2,3}県)")
_KANJI_NUMBER = re.compile(r"([一二三四五六七八九十]{1,2})(?=丁目|番|条)")
_NUMBERS = re.compile(r"(\d+)\s*(?:丁目|番地?|号|条)?\s*[-の]?\s*")
_EVERYWHERE = frozenset(words_of("everywhere"))
_MANY = re.compile(
    r"(?:本町|中央|東|西|南|北|第[一二三四五1-9]|緑|桜|栄|旭|元町|若葉|青葉|稲荷|八幡|諏訪|天神|八坂|氷川|熊野|春日|日枝|浅間|神明|白山)"
    r"(?:小学校|中学校|高校|公民館|保育園|幼稚園|公園|町|神社|宮|大社|商店街|商店会|会館|広場|区役所|図書館|体育館|児童館"
    r"|(?:地域包括支援|保健|福祉|保健福祉|市民|区民|地域|生涯学習|こみゅにてぃ|すぽつ|子育て支援)せんた|けあぷらざ|公会堂)"
)
_KINDS = any_of(words_of("kinds"))
_CITY = any_of(words_of("cities"))
_KINDS_AND_CITIES = any_of(
    tuple(sorted({*words_of("kinds"), *words_of("cities")}, key=lambda word: (-len(word), word)))
)
_AREA = re.compile(
    rf"^(?:(?:{_CITY.pattern})(?:市|県|city)?)?(?:市内|県内|市街地|市中心部|中心部|都心|全域|一円|各所|各地|内|全市|市街)*$"
)
"""A city, all of it or its middle: no place that another one in it could contradict."""
_JAPANESE = {names[0]: ja for ja, names in LATIN.items() if _CITY.fullmatch(ja) and not re.match("[ぁ-ゖ]", ja)} | {
    ja: next(k for k, v in LATIN.items() if v == names and not re.match("[ぁ-ゖ]", k))
    for ja, names in LATIN.items()
    if _CITY.fullmatch(ja)
}
_LANDMARK: Final = {name: city for city, names in landmarks().items() for name in names}
"""Houses, parks and streets that only one city has, and the city."""
_LANDMARKS: Final = any_of(tuple(sorted(_LANDMARK, key=lambda name: (-len(name), name))))
_ELSEWHERE: Final = frozenset(_JAPANESE.values()) - {"神奈川", "横浜", "川崎", "相模原"}
"""Cities that are known not to be in the prefecture."""
LEAST_NAME = 1.2
"""The weight that a short name must have to be found in a longer one."""
LEAST_AFAR = 2.5
"""The same where two cities tell and nobody is asked: 大通公園 is not 平和大通り."""
KIND = 0.2
"""The weight of `ホール` or `公園` in the name of a place, beside what says which one."""
_FOUNDED = re.compile(r"^(?:[一-鿿]{2,3}[県府都道])?([一-鿿ぁ-ゖ]{1,5})(?:市|区|町|村|県)立")


class Place(Struct, frozen=True):
    """A place as it can be compared.

    `name` without room and remarks, `others` those in brackets; `town` and `stated` where a city is named, `titled`
    the cities in the title; `home` is the city that tells of it.
    """

    name: str
    others: tuple[str, ...]
    rooms: frozenset[str]
    town: str
    ward: str
    address: str
    position: Position | None
    home: str
    online: bool
    hybrid: bool
    stated: str = ""
    titled: frozenset[str] = frozenset()

    @property
    def city(self) -> str:
        """The city in which it is, as it is stated, else that of whoever tells of it; without `市`."""
        return self.town.removesuffix("市") or self.stated or re.sub("[市県]$", "", self.home)

    @property
    def pieces(self) -> frozenset[str]:
        """The pieces of its names, in brackets or not."""
        return _pieces(self.name, *self.others)

    @property
    def nowhere(self) -> bool:
        """Whether nothing is said of the place."""
        return not self.name and not self.address and self.position is None


def place_of(event: Incoming, home: str = "") -> Place:
    """Return the place of an event; `home` is the Japanese name of the city that tells of it."""
    return _place(event.place, event.address, event.position, home, _cities(event.title))


@lru_cache(maxsize=1 << 16)
def _cities(title: str) -> frozenset[str]:
    return frozenset(_CITY.findall(folded(title)))


@lru_cache(maxsize=1 << 16)
def _pieces(*names: str) -> frozenset[str]:
    return frozenset(piece for name in names for piece in pieces(name))


@lru_cache(maxsize=1 << 16)
def _place(
    written: str, address: str, position: Position | None, home: str, titled: frozenset[str] = frozenset()
) -> Place:
    said, where = folded(written), folded(address)
    bracketed = tuple(part for found in _BRACKET.findall(said) for part in found if part)
    bare = _BRACKET.sub(" ", said)
    rooms = frozenset(re.sub(r"\s", "", found[0]).replace("hall", "ほる") for found in _ROOM.finditer(said))
    name = _closed(_FOUNDED.sub(r"\1", _trimmed(bare)))
    everything = f"{where} {said}"
    town = (
        _TOWN.search(_PREFECTURE.sub("", where)) or _TOWN.search(_PREFECTURE.sub("", said)) or _TOWN.search(everything)
    )
    ward = re.search(r"市\s*([一-鿿]{1,4}区)", everything)
    stated = _CITY.search(everything) or _LANDMARKS.search(re.sub(r"(?<![a-z])\s+|\s+(?![a-z])", "", everything))
    return Place(
        stated=_LANDMARK.get(stated[0]) or _JAPANESE.get(stated[0], stated[0]) if stated else "",
        titled=frozenset(_JAPANESE.get(city, city) for city in titled),
        name=name,
        others=tuple(_closed(_trimmed(part)) for part in bracketed),
        rooms=rooms,
        town=town[1] if town else "",
        ward=ward[1] if ward else "",
        address=_street(where),
        position=position,
        home=folded(home),
        online=bool(_ONLINE.search(said)),
        hybrid=bool(_HYBRID.search(said) or len(_ROOMLESS.sub("", said)) >= 3),
    )


def _closed(name: str) -> str:
    """Return a name without spaces but between words in Latin letters."""
    return re.sub(r"(?<![a-z0-9])\s+|\s+(?![a-z0-9])", "", name.strip())


def _trimmed(text: str) -> str:
    return _AROUND.sub("", _FLOOR.sub("", _ROOM.sub("", text)))


def _street(address: str) -> str:
    """Return an address as town and numbers: `川崎市多摩区登戸1775番地1` is `…登戸1775-1`."""
    address = _KANJI_NUMBER.sub(lambda found: str(number(found[1])), address)
    return re.sub(r"-$", "", _NUMBERS.sub(r"\1-", re.sub(r"\s+", "", _PREFECTURE.sub("", address))))


def metres(one: Position, other: Position) -> float:
    """Return the distance of two positions on the ground."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    east = math.radians(other.longitude - one.longitude) * math.cos((a + b) / 2)
    return _EARTH * math.hypot(b - a, east)


def compared(one: Place, other: Place, least: float = LEAST_NAME) -> Verdict:
    """Return whether two places are the same one; a name is found in a longer one if it weighs at least `least`."""
    if one.online or other.online:
        return _online(one, other)
    by_map = _by_position(one, other)
    if by_map != "unknown":
        return by_map
    if _elsewhere(one, other):
        return "different"
    by_address = _by_address(one, other)
    return by_address if by_address != "unknown" else _by_name(one, other, least)


def _online(one: Place, other: Place) -> Verdict:
    """Online and somewhere are two; an event that is both may be either."""
    if one.online and other.online:
        return "unknown"
    somewhere = other if one.online else one
    return "unknown" if one.hybrid or other.hybrid or not somewhere.name else "different"


def _by_position(one: Place, other: Place) -> Verdict:
    if one.position is None or other.position is None:
        return "unknown"
    apart = metres(one.position, other.position)
    return "same" if apart <= NEAR else "different" if apart >= FAR else "unknown"


def _elsewhere(one: Place, other: Place) -> bool:
    if one.town and other.town and one.town != other.town:
        return not (one.town.endswith(other.town) or other.town.endswith(one.town))
    if one.stated and other.stated and two_cities(one, other):
        return True
    return bool(one.town and one.town == other.town and one.ward and other.ward and one.ward != other.ward)


def _by_address(one: Place, other: Place) -> Verdict:
    first, second = one.address, other.address
    if not first or not second or not (re.search(r"\d", first) and re.search(r"\d", second)):
        return "unknown"
    return "same" if first == second or first.endswith(second) or second.endswith(first) else "unknown"


def _by_name(one: Place, other: Place, least: float) -> Verdict:
    best = max(_names_alike(a, b, least) for a in _names(one) for b in _names(other))
    if best < 0:
        return "unknown"
    if best >= SAME_NAME and not _rooms_differ(one, other):
        return "unknown" if _anywhere(one, other) == "unknown" else _anywhere(one, other)
    if best <= OTHER_NAME or (best >= SAME_NAME and _rooms_differ(one, other)):
        return "different"
    return "near" if NEAR_NAME <= best < SAME_NAME and not two_cities(one, other) else "unknown"


def _names(place: Place) -> tuple[str, ...]:
    return (place.name, *place.others)


def _names_alike(one: str, other: str, least: float) -> float:
    """Return how alike two names are, -1 where they cannot be compared: one is missing, or in another script."""
    if not one or not other:
        return -1.0
    if one == other:
        return 1.0
    found = beside(text_of(runs(one, _KINDS_AND_CITIES, KIND)), text_of(runs(other, _KINDS_AND_CITIES, KIND)))
    alike = max(found.alike, 0.95 * found.within if found.both >= least else 0.0)
    return (
        alike
        if "cjk" in letters(one) & letters(other) or letters(one) == letters(other) or alike >= SAME_NAME
        else -1.0
    )


def _rooms_differ(one: Place, other: Place) -> bool:
    return bool(one.rooms and other.rooms and not one.rooms & other.rooms)


def _anywhere(one: Place, other: Place) -> Verdict:
    """Return what equal names are worth: a `市民会館` of two cities is two, unless one says in which city it stands."""
    if not any(name in _EVERYWHERE or _MANY.fullmatch(name) for name in (one.name, other.name)):
        return "same"
    if not one.city or not other.city:
        return "unknown"
    return "different" if two_cities(one, other) and not _one_city_titled(one, other) else "same"


def two_cities(one: Place, other: Place) -> bool:
    """Whether they are in two cities, as far as anybody says; a prefecture tells of all of its cities."""
    cities = {one.city, other.city}
    return "" not in cities and len(cities) == 2 and not ("神奈川" in cities and cities - _ELSEWHERE == cities)


def _one_city_titled(one: Place, other: Place) -> bool:
    """Whether both titles name the city of one of them, in which a house that not every city has is the same."""
    known = one.titled & other.titled & {one.city, other.city}
    return bool(known) and not any(name in _EVERYWHERE for name in (one.name, other.name))


def in_one_area(one: Place, other: Place) -> bool:
    """Whether one says no more than the city in which the other is; that is no contradiction, and no proof."""
    areas = [bool(place.name and _AREA.fullmatch(place.name)) for place in (one, other)]
    return any(areas) and bool(one.stated) and one.stated == other.stated and not (one.online or other.online)


def same_place(one: Incoming, other: Incoming) -> bool:
    """Whether nothing says that two events take place in different places."""
    return compared(place_of(one), place_of(other)) != "different"
