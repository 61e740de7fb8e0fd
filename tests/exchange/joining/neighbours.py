"""Neighbours of an event in two voices and two languages: another edition, day, house, hour, class, lecture, subject.

Each is a line as `pairs` reads it. The same seed, the same lines.
"""

import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.exchange.joining.pairs import Pair, parsed

_DATA: Final = tomllib.loads(Path(__file__).with_name("neighbours.toml").read_text("utf-8"))
EVENTS, HOUSES, CLASSES, SUBJECTS = (
    tuple(tuple(line.split("|")) for line in _DATA[name].split("\n") if line)
    for name in ("events", "houses", "classes", "subjects")
)
FRAMES: Final = tuple(_DATA["frames"].strip().split("\n"))
HOMES: Final = ("横浜", "福岡", "神戸", "札幌", "神奈川")
VOICES: Final = ((0, 0), (0, 0), (0, 1), (1, 0), (0, 2), (2, 0), (2, 2), (1, 2))
"""The first and the second Japanese voice, and English."""
ENGLISH: Final = 2
HOURS: Final = (
    ("10:00-12:00", "13:30-15:30"),
    ("11:00-12:30", "15:00-16:30"),
    ("13:00-15:00", "18:00-20:00"),
    ("09:30-11:00", "11:15-12:45"),
)
HALVES: Final = (
    ("", "", "", ""),
    ("（午前の部）", "（午後の部）", " (Morning)", " (Afternoon)"),
    ("（昼の部）", "（夜の部）", " (Matinee)", " (Evening)"),
    ("（第1回）", "（第2回）", " (1st Show)", " (2nd Show)"),
)


class Scene:
    """An event, a house, a day and two voices, drawn by chance."""

    def __init__(self, chance: random.Random) -> None:
        """Draw them."""
        self.chance = chance
        self.event, self.house = chance.choice(EVENTS), chance.choice(HOUSES)
        self.voices = chance.choice(VOICES)
        self.month, self.day, self.hours = chance.randint(4, 10), chance.randint(1, 20), chance.choice(HOURS)

    def where(self, voice: int, house: tuple[str, ...] | None = None) -> str:
        """Return a house as some city tells of it."""
        return f"{self.chance.choice(HOMES)}: {(house or self.house)[voice + 1]}"

    def when(self, later: int = 0, half: int = 0) -> str:
        """Return a day and hours."""
        return f"{self.month:02}-{self.day + later:02} {self.hours[half]}"

    def line(self, one: str, other: str, when: str, house: tuple[str, ...] | None = None) -> str:
        """Return a pair: the one here and now, the other `when`, and perhaps in another house."""
        first, second = self.voices
        return f"- {one} ¦ {self.when()} ¦ {self.where(first)} ¦ {other} ¦ {when} ¦ {self.where(second, house)}"

    def both(self, say: Callable[[str, int, int], str]) -> tuple[str, str]:
        """Return both titles: `say` gets a title, its voice, and whether it is the first or the second."""
        first, second = self.voices
        return say(self.event[first], first, 0), say(self.event[second], second, 1)


def _edition(scene: Scene) -> str:
    n = scene.chance.randint(2, 40)

    def say(title: str, voice: int, more: int) -> str:
        ways = [f"{title} Vol. {n + more}", f"{title} #{n + more}"]
        if voice != ENGLISH:
            ways += [f"第{n + more}回 {title}", f"{title}（第{n + more}回）"]
        return scene.chance.choice(ways)

    return scene.line(*scene.both(say), scene.when(scene.chance.choice((0, 7))))


def _day(scene: Scene) -> str:
    return scene.line(*scene.both(lambda title, _voice, _n: title), scene.when(scene.chance.choice((1, 2, 7, 8))))


def _hours(scene: Scene) -> str:
    half = scene.chance.choice(HALVES)
    titles = scene.both(lambda title, voice, n: title + half[n + (2 if voice == ENGLISH else 0)])
    return scene.line(*titles, scene.when(half=1))


def _house(scene: Scene) -> str:
    other = scene.chance.choice([house for house in HOUSES if house[0] != scene.house[0]])
    return scene.line(*scene.both(lambda title, _voice, _n: title), scene.when(), other)


def _first_and_second_day(scene: Scene) -> str:
    titles = scene.both(lambda title, voice, n: f"{title} Day {n + 1}" if voice == ENGLISH else f"{title} {n + 1}日目")
    return scene.line(*titles, scene.when(1))


def _class(scene: Scene) -> str:
    two = scene.chance.choice(CLASSES)
    titles = scene.both(
        lambda title, voice, n: f"{title} ({two[n + 2]})" if voice == ENGLISH else f"{title}（{two[n]}）"
    )
    return scene.line(*titles, scene.when(half=scene.chance.choice((0, 0, 1))))


def _lecture(scene: Scene) -> str:
    h = scene.chance.randint(1, 2)

    def say(title: str, voice: int, n: int) -> str:
        ways = [f"{title} Part {h + n}", f"{title} ({h + n})"]
        if voice != ENGLISH:
            ways += [f"{title} 第{h + n}回", f"{title} その{h + n}", f"{title}{'①②③'[h + n - 1]}"]
        return scene.chance.choice(ways)

    return scene.line(*scene.both(say), scene.when(scene.chance.choice((0, 7)), scene.chance.randint(0, 1)))


def _other(scene: Scene) -> str:
    event = scene.chance.choice([event for event in EVENTS if event is not scene.event])
    return scene.line(scene.event[scene.voices[0]], event[scene.voices[1]], scene.when())


def _subject(scene: Scene) -> str:
    scene.voices = scene.chance.choice(((0, 0), (0, 1)))
    frame, two = scene.chance.choice(FRAMES), scene.chance.choice(SUBJECTS)
    return scene.line(frame.format(two[0]), frame.format(two[1]), scene.when())


KINDS: Final = (_edition, _day, _hours, _house, _first_and_second_day, _class, _lecture, _other, _subject)


def made(many: int, seed: int = 77) -> list[tuple[str, Pair]]:
    """Return so many pairs, each kind as often, with the name of what tells them apart."""
    chance = random.Random(seed)
    kinds = [KINDS[n % len(KINDS)] for n in range(many)]
    return [(kind.__name__.strip("_"), parsed(kind(Scene(chance)))) for kind in kinds]
