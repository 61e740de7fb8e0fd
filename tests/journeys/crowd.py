"""Five hundred people of all scripts, and what they send in: the same ones for the same seed.

Nobody here is known to the product: names, addresses and residences are drawn from the tables below.
"""

import random
from collections.abc import Iterator
from itertools import chain

from msgspec import Struct

PEOPLE = 500
LARGEST_PARTY = 12
AGAIN = 24
"""People who register a second time a week later."""
MOVED = 6
"""How many of those declare another residence the second time."""
TWINS = 3
"""Parties in which two people have the same name."""
OFFICES = 6
"""Addresses that several parties share."""

SCRIPTS: dict[str, tuple[list[str], list[str], str, list[str]]] = {
    "kanji": (
        ["佐藤", "髙橋", "渡邉", "山﨑", "𠮷田", "小林", "齋藤", "林", "孫", "東海林"],
        ["花子", "翔", "葵", "蓮", "悠真", "結衣", "亮"],
        "　",
        ["JP", "JP", "JP", "US", "SG", "DE"],
    ),
    "kana": (
        ["さくら", "ひなた", "アキラ", "ミドリ", "ゔぃおら"],
        ["こ", "ヤマダ", "スズキ", "ｶﾅ"],
        " ",
        ["JP", "BR", "FR"],
    ),
    "hanzi": (
        ["李", "王", "张", "刘", "陳", "林", "黃"],
        ["娜", "伟", "雷", "怡君", "志明", "敏"],
        "",
        ["CN", "TW", "HK", "SG"],
    ),
    "hangul": (["김", "이", "박", "최", "정"], ["민수", "서연", "지훈", "하은", "도윤"], "", ["KR", "KR", "JP"]),
    "thai": (["สมชาย", "ณัฐวุฒิ", "ปิยะพร", "กัญญา"], ["ใจดี", "ศรีสุข", "วงศ์สวัสดิ์"], " ", ["TH"]),
    "arabic": (["محمد", "فاطمة", "يوسف", "ليلى"], ["الحسن", "العلي", "منصور"], " ", ["SA", "AE", "EG"]),
    "accents": (
        ["Łukasz", "José", "Søren", "Zoë", "Ánh", "Đỗ", "François", "Jürgen", "Iñaki"],
        ["Żółć", "Núñez", "Ågård", "Brontë", "Nguyễn", "Lefèvre", "Groß", "O’Brien"],
        " ",
        ["PL", "ES", "MX", "DK", "NO", "VN", "FR", "DE"],
    ),
    "latin": (
        ["Mary", "John", "Priya", "Oliver", "Ana"],
        ["Smith", "d'Souza", "Wu-Li", "Brown"],
        " ",
        ["GB", "US", "CA", "AU", "NZ", "IN"],
    ),
    "one": (["林", "李", "あ", "이", "O", "ก", "م", "Ł"], [""], "", ["JP", "CN", "KR", "TH", "EG", "PL", "HK"]),
}  # fmt: skip
"""Script: family names, given names, what stands between them, residences."""

REGION = {
    "EG": "002", "AU": "009", "NZ": "009",
    **dict.fromkeys(["US", "CA", "MX", "BR"], "019"),
    **dict.fromkeys(["SG", "CN", "TW", "HK", "KR", "TH", "VN", "SA", "AE", "IN"], "142"),
    **dict.fromkeys(["PL", "ES", "DK", "NO", "FR", "DE", "GB"], "150"),
}  # fmt: skip
"""Continental region (United Nations M49) of the countries overseas; with Japan they are 25."""

LANGUAGE = {
    "ja": "ja", "en": "en", "zh-Hans": "zh-Hans", "ko": "ko", "zh-TW": "zh-Hans", "JA": "ja", "de": "de", "th-TH": "th",
    "fr": "en", "": "en",
}  # fmt: skip
"""Language asked for, and language in which the mail has to come."""

TYPES = {
    "citywide-pass": 40, "day-pass-1": 10, "day-pass-2": 8, "student-pass": 9, "online-pass": 12, "yoxo-ticket": 7,
    "ascc-ticket": 6, "press-pass": 4, "exhibitor-pass": 4,
}  # fmt: skip
"""Ticket types and how often they are wanted."""


class Person(Struct, frozen=True):
    """A natural person, as the world knows it: `number` is all that makes it one."""

    number: int
    name: str
    address: str
    residence: str


class Wanted(Struct, frozen=True):
    """A ticket asked for: for whom, with which name and residence written on the form."""

    person: Person
    name: str
    residence: str
    ticket_type: str


class Sending(Struct, frozen=True):
    """A registration as it is sent in, `week` 0 or 1."""

    week: int
    key: str
    email: str
    language: str
    party: tuple[Wanted, ...]

    @property
    def body(self) -> dict[str, object]:
        """The JSON that goes over the wire."""
        party = [{"name": w.name, "residence": w.residence, "ticket_type": w.ticket_type} for w in self.party]
        return {"email": self.email, "language": self.language, "consents": ["terms-2026"], "party": party}


def crowd(chance: random.Random) -> list[Sending]:
    """Return what the five hundred send in: everybody once, some of them again a week later."""
    first = list(_first(chance))
    alone = [s for s in first if len({w.name for w in s.party}) == len(s.party)]
    again = [_again(s, place, chance) for place, s in enumerate(chance.sample(alone, AGAIN))]
    return [*first, *again]


def _first(chance: random.Random) -> Iterator[Sending]:
    used: set[tuple[str, str]] = set()
    residences = iter(chance.sample([*REGION, "JP"], len(REGION) + 1))
    number = 0
    for place, size in enumerate(_sizes(chance)):
        address = f"office{place % OFFICES}@example.com" if place % 5 == 0 else f"guest{place}@example.org"
        script = list(SCRIPTS)[place % len(SCRIPTS)]
        party: list[Wanted] = []
        for seat in range(size):
            twin = place < LARGEST_PARTY and seat == 1 and 1 < size <= TWINS + 1
            name, home = (party[0].name, party[0].residence) if twin else _new_name(script, address, used, chance)
            home = next(residences, home)
            person = Person(number, name, address, home)
            party.append(Wanted(person, name, home, _type(chance)))
            number += 1
        yield Sending(0, f"first {place}", address, list(LANGUAGE)[place % len(LANGUAGE)], tuple(party))


def _sizes(chance: random.Random) -> list[int]:
    """Return sizes of parties, every one from 1 to 12 among them, five hundred people in all."""
    sizes = list(range(1, LARGEST_PARTY + 1))
    while sum(sizes) < PEOPLE:
        sizes.append(min(chance.choice([1, 1, 1, 1, 2, 2, 3, 4, 6]), PEOPLE - sum(sizes)))
    return sizes


def _new_name(script: str, address: str, used: set[tuple[str, str]], chance: random.Random) -> tuple[str, str]:
    """Return a name that nobody at this address has yet, and a residence; other addresses may well have it."""
    others = [script, *chance.sample(list(SCRIPTS), len(SCRIPTS))]
    for kind in chain(others, others):
        families, given, space, homes = SCRIPTS[kind]
        for _ in range(40):
            name = (chance.choice(families) + space + chance.choice(given)).strip()
            if (address, name) not in used:
                used.add((address, name))
                return name, chance.choice(homes)
    raise AssertionError(f"No name left at {address}.")


def _type(chance: random.Random) -> str:
    return chance.choices(list(TYPES), weights=list(TYPES.values()))[0]


def _again(before: Sending, place: int, chance: random.Random) -> Sending:
    """Register one of a party again, alone, typed in another hurry: case, spaces, a tag in the address."""
    was = chance.choice(before.party)
    local, _, domain = was.person.address.partition("@")
    address = (was.person.address, f"{local}+second@{domain}", f"{local.upper()}@{domain.title()}")[place % 3]
    name = (was.name, f" {was.name.upper()}  ", was.name.replace(" ", "  ").replace("　", " "))[place % 3]
    home = chance.choice([c for c in REGION if c != was.residence]) if place < MOVED else was.residence
    kind = chance.choice(["citywide-pass", "citywide-pass", "online-pass", "press-pass", "day-pass-2", "student-pass"])
    kind = "citywide-pass" if place < MOVED else kind
    return Sending(1, f"again {place}", address, before.language, (Wanted(was.person, name, home, kind),))
