"""Names, links, addresses and numbers in texts, found and hidden. Pure.

What is hidden is always shown by the same mark, so that not even its length is told. Hiding too much is the lesser
fault: a name in common words ("Green Bay") hides those words where they stand together.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import permutations
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from app.awards.blinding.folding import Folded, Word, folded, is_own_script, sounds, squeezed
from app.awards.blinding.generic import ACRONYMS, BEHIND, COMMON, HONORIFICS, LEGAL, LEGAL_IN_FRONT, PLACES, TITLES
from app.awards.conflict_match.persons import PART, likeness
from app.awards.conflict_match.sounds import same as sounds_alike
from app.people.naming.kana import IS_KANA

Kind = Literal["person", "organisation", "link", "address", "phone"]
MARK: Final = "■■■"
"""Stands for whatever was hidden."""
MOST_ALIKE: Final = 4
"""Words with capital letters that are compared with a name in another spelling."""
MOST_WORDS: Final = 12
"""Words of a name that are looked for one behind another."""
_TLD: Final = (
    "com|net|org|info|biz|io|co|ai|dev|app|tech|energy|green|eco|earth|asia|tokyo|yokohama|city|jp|kr|cn|tw|th|sg|in|id"
    "|vn|my|uk|de|dk|se|no|fi|nl|be|fr|es|it|ch|at|pl|eu|us|ca|au|nz|br|edu|gov|example|test"
)
_CONTACTS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("link", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s<>\"'、。「」()（）]+")),
    ("address", re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+(?:@|\s?\[at\]\s?|\s?\(at\)\s?)[a-z0-9-]+(?:\.[a-z0-9-]+)+")),
    ("link", re.compile(rf"\b(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLD})\b(?:[/?#][^\s<>\"'、。「」()（）]*)?")),
    ("link", re.compile(r"(?<![a-z0-9])@[a-z0-9_]{2,}")),
    ("phone", re.compile(r"(?<![\d.,])(?:\+\d|\(?0\d)[\d\s()\-/‐–]{6,18}\d(?![\d.,]\d|\d)")),
    ("phone", re.compile(r"〒\s?\d{3}-?\d{4}")),
)
_FEWEST_DIGITS: Final = 7
_BEHIND: Final = re.compile(rf"[\s,、]*(?:{LEGAL})(?:[\s,.]*(?:{LEGAL}))?")
_BEFORE: Final = re.compile(rf"(?:{LEGAL_IN_FRONT})\s*$")


class Names(Struct, frozen=True):
    """Who stands behind an entry: names of persons and organisations, in every spelling known."""

    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


class Found(NamedTuple):
    """Something that says who stands behind an entry: places in what was written, until before `end`."""

    start: int
    end: int
    kind: Kind


class _Form(NamedTuple):
    """One way to write a name in Latin letters, in one piece; `is_named` when it must begin with a capital letter."""

    letters: str
    kind: Kind
    is_named: bool = False


class Hiding:
    """Finds and hides some names; made once for the texts of an entry."""

    def __init__(self, names: Names) -> None:
        self.latin: dict[str, _Form] = {}
        self.own: dict[str, Kind] = {}
        self.titled: set[str] = set()
        self.acronyms: set[str] = set()
        self.heard: set[str] = set()
        self.kana: set[str] = set()
        self.persons = [name for name in names.persons if name.strip()]
        for name in names.persons:
            self._add_person(folded(name))
        for name in names.organisations:
            self._add_organisation(folded(name))
        self.beginnings = {form[:n] for form in self.latin for n in range(1, len(form) + 1)}

    def hide(self, text: str) -> str:
        """Return a text in which everything found is replaced by the mark."""
        out, at = [], 0
        for start, end in _merged(text, self.found(text)):
            out += [text[at:start], MARK]
            at = end
        return "".join([*out, text[at:]])

    def found(self, text: str) -> list[Found]:
        """Return everything in a text that says who stands behind it, in order, nothing within something longer."""
        whole = folded(text)
        tight = squeezed(whole)
        places = [*_contacts(whole), *self._in_latin(whole), *self._in_own_script(whole, tight), *self._titled(whole)]
        return _outermost({*places, *self._alike(whole)})

    # Names as they are looked for

    def _add_person(self, name: Folded) -> None:
        words = [word.letters for word in name.words] if not _has_no_sound(name) else []
        for order in (
            permutations(words) if len(words) <= 3 else [words, [*words[1:], words[0]], [words[-1], *words[:-1]]]
        ):
            self._add_latin(order, "person")
        for word in words if len(words) > 1 else ():
            self._add_part(word)
        self._add_own_person(name)

    def _add_part(self, word: str) -> None:
        """A part of a name stands for the person with a capital letter; common and short ones behind a title only."""
        if len(word) < 3 or word in COMMON or word in PLACES or is_own_script(word):
            self.titled.add(word)
        else:
            self._add_latin([word], "person", is_named=True)

    def _add_own_person(self, name: Folded) -> None:
        if not is_own_script(name.letters):
            return
        parts = re.split(r"[\s・･=,、]+", name.letters.strip())
        for order in (parts, parts[::-1]):
            self._add_own("".join(order), "person")
        if len(parts) > 1:
            self._add_family(parts[0])
            self.titled |= {part for part in parts if part}
        else:
            self.titled |= {parts[0][:n] for n in (1, 2, 3) if n < len(parts[0])}

    def _add_family(self, family: str) -> None:
        if len(family) > 1 and family not in PLACES and not all(map(IS_KANA.match, family)):
            self._add_own(family, "person")

    def _add_organisation(self, name: Folded) -> None:
        core = folded(_proper(name.letters))
        words = [word.letters for word in core.words]
        if is_own_script(core.letters):
            self._add_own(squeezed(core).letters, "organisation")
            self._add_stem(squeezed(core).letters)
            self.kana |= {
                tight for tight in [squeezed(core).letters] if len(tight) > 3 and all(map(IS_KANA.match, tight))
            }
        if words and not _has_no_sound(core):
            self._add_latin(words, "organisation", is_named=len(words) == 1 and words[0] in COMMON)
            self._add_short(words)

    def _add_stem(self, core: str) -> None:
        """Add what an organisation is called for short: 日立 of 日立製作所."""
        for ending in BEHIND:
            stem = core.removesuffix(ending)
            if stem != core and len(stem) > 1 and stem not in PLACES:
                self._add_own(stem, "organisation")

    def _add_short(self, words: list[str]) -> None:
        """Add the first word where it is a name of its own, the initials, and what it sounds like in katakana."""
        first, long = words[0], [word for word in words if word not in {"of", "for", "the", "and", "de", "la", "und"}]
        if len(words) > 1 and len(first) > 3 and not {first} & (COMMON | PLACES):
            self._add_latin([first], "organisation", is_named=True)
        initials = "".join(word[0] for word in long).upper()
        if len(long) > 2 and initials not in ACRONYMS:
            self.acronyms.add(initials)
        if not any(map(is_own_script, words)) and len("".join(words)) > 3:
            self.heard.add("".join(words))

    def _add_latin(self, words: Iterable[str], kind: Kind, *, is_named: bool = False) -> None:
        for letters in _joined(list(words)):
            known = self.latin.get(letters)
            if known is None or (known.is_named and not is_named):
                self.latin[letters] = _Form(letters, kind, is_named)

    def _add_own(self, letters: str, kind: Kind) -> None:
        if len(letters) > 1:
            self.own[letters] = kind

    # Looking for them

    def _in_latin(self, whole: Folded) -> Iterator[Found]:
        words = list(whole.words)
        for n, word in enumerate(words):
            yield from self._from(whole, words, n)
            written = whole.written[slice(*whole.back(word.start, word.end))]
            if written in self.acronyms or self._is_heard(word.letters):
                yield Found(*whole.back(word.start, word.end), "organisation")

    def _from(self, whole: Folded, words: list[Word], n: int) -> Iterator[Found]:
        """Find the names that begin with word `n`, however they are parted: GreenBay, Green-Bay, Green Bay."""
        open_forms = {""}
        for last in range(n, min(n + MOST_WORDS, len(words))):
            if last > n and not _is_between(whole.letters[words[last - 1].end : words[last].start]):
                return
            open_forms = {form + part for form in open_forms for part in sounds(words[last].letters)} & self.beginnings
            if not open_forms:
                return
            start, end = whole.back(words[n].start, words[last].end)
            for form in open_forms & self.latin.keys():
                if not self.latin[form].is_named or _is_capital(whole.written[start:end]):
                    yield Found(*_with_legal(whole, words[n].start, words[last].end), self.latin[form].kind)

    def _alike(self, whole: Folded) -> Iterator[Found]:
        """Find words with capital letters that a person of another spelling bears, or that katakana sound like."""
        for run in _capitalised(whole):
            for n, first in enumerate(run):
                for last in run[n : n + MOST_ALIKE]:
                    start, end = whole.back(first.start, last.end)
                    if last is not first and any(
                        likeness(one, whole.written[start:end]) > PART for one in self.persons
                    ):
                        yield Found(start, end, "person")
                    letters = "".join(word.letters for word in run if first.start <= word.start <= last.start)
                    if any(_fits(one, letters) and sounds_alike(one, letters) for one in self.kana):
                        yield Found(*_with_legal(whole, first.start, last.end), "organisation")

    def _is_heard(self, word: str) -> bool:
        return len(word) > 2 and IS_KANA.match(word) is not None and any(sounds_alike(word, one) for one in self.heard)

    def _in_own_script(self, whole: Folded, tight: Folded) -> Iterator[Found]:
        for letters, kind in self.own.items():
            at = tight.letters.find(letters)
            while at >= 0:
                start, end = tight.back(at, at + len(letters))[0], tight.at[at + len(letters) - 1] + 1
                yield Found(*_with_legal_written(whole, start, end), kind)
                at = tight.letters.find(letters, at + 1)

    def _titled(self, whole: Folded) -> Iterator[Found]:
        """Find what is a name only because of what stands beside it: 森さん, Dr. Li."""
        for part in sorted(self.titled):
            name = re.escape(part)
            for pattern in (rf"({name})\s?(?={HONORIFICS})", rf"{TITLES}({name})(?![^\W\d_])"):
                for found in re.finditer(pattern, whole.letters):
                    yield Found(*whole.back(*found.span(1)), "person")


@lru_cache(maxsize=512)
def hiding(names: Names) -> Hiding:
    """Return what hides these names."""
    return Hiding(names)


def _joined(words: list[str]) -> set[str]:
    """Return the forms of words one behind another, in one piece."""
    found = {""}
    for word in words[:MOST_WORDS]:
        found = {form + part for form in found for part in sounds(word)}
    return found - {""}


def _has_no_sound(name: Folded) -> bool:
    """Whether a name holds characters that say nothing of how it sounds."""
    return any(is_own_script(letter) and not IS_KANA.match(letter) for letter in name.letters)


def _is_between(gap: str) -> bool:
    """Whether what stands between two words may stand within a name."""
    return len(gap) <= 3 and not re.search(r"[\n!?;:。、！？「」]", gap) and not re.search(r"\.\s{2,}", gap)


def _is_capital(written: str) -> bool:
    first = next((letter for letter in written if letter.isalpha()), "")
    return first.isupper() or first.istitle() or is_own_script(first)


def _proper(name: str) -> str:
    """Return the name of an organisation without its legal forms."""
    plain = re.sub(rf"^\s*(?:{LEGAL_IN_FRONT})\s*", "", name)
    plain = re.sub(rf"(?:[\s,.・]*(?:{LEGAL}))+\s*$", "", plain)
    return plain.strip(" ,.・-–—/&") or name


def _with_legal(whole: Folded, start: int, end: int) -> tuple[int, int]:
    """Return places in what was written, with the legal form behind or before a name."""
    behind = _BEHIND.match(whole.letters, end)
    before = _BEFORE.search(whole.letters[max(0, start - 20) : start])
    if behind and (said := whole.written[slice(*whole.back(end, behind.end()))]).isascii() and said.islower():
        behind = None  # `as` and `kg` are words
    return whole.back(start - len(before[0]) if before else start, behind.end() if behind else end)


def _with_legal_written(whole: Folded, start: int, end: int) -> tuple[int, int]:
    first = next((n for n, place in enumerate(whole.at) if place >= start), 0)
    last = next((n for n, place in enumerate(whole.at) if place >= end), len(whole.letters))
    return _with_legal(whole, first, last)


def _capitalised(whole: Folded) -> Iterator[list[Word]]:
    """Yield runs of words that begin with a capital letter."""
    run: list[Word] = []
    for word in whole.words:
        is_next = bool(run) and _is_between(whole.letters[run[-1].end : word.start])
        is_capital = whole.written[whole.at[word.start]].isupper() or whole.letters[word.start - 1 : word.start] == "-"
        if run and not (is_next and is_capital):
            yield run
            run = []
        run = [*run, word] if is_capital else []
    yield run


def _fits(kana: str, letters: str) -> bool:
    """Whether so many Latin letters may sound like so many kana, before that is looked at closely."""
    return letters.isascii() and letters.isalpha() and 0.8 * len(kana) <= len(letters) <= 3.2 * len(kana)


def _contacts(whole: Folded) -> Iterator[Found]:
    for kind, pattern in _CONTACTS:
        for found in pattern.finditer(whole.letters):
            start, end = whole.back(*found.span())
            if _is_contact(kind, whole.written[start:end]):
                yield Found(start, end, kind)


def _is_contact(kind: Kind, written: str) -> bool:
    """Whether it is one after all: a number is long enough, and no sentence begins behind a full stop (end.In fact)."""
    if kind == "phone":
        return sum(letter.isdecimal() for letter in written) >= _FEWEST_DIGITS
    return kind != "link" or not re.search(r"\.[A-Z][a-z]+$", written)


def _outermost(found: set[Found]) -> list[Found]:
    """Return what does not lie within something longer, in order."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda place: (place.start, -place.end, place.kind)):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def _merged(text: str, found: list[Found]) -> list[tuple[int, int]]:
    """Return the places without overlaps; what touches, or has only spaces between, becomes one."""
    out: list[tuple[int, int]] = []
    for start, end, _kind in found:
        if out and not text[out[-1][1] : start].strip():
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
