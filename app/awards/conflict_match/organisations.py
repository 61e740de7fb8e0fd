"""Are two organisations the same, or of one group? In Japanese, Latin letters and Korean. Pure.

A name is read as words of one language: what `known.toml` knows is put into English (横浜銀行, bank of yokohama), forms
of incorporation fall away, the rest stays as it is written. So one comparison serves all scripts.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Final

from msgspec import Struct

from app.awards.conflict_match import japanese, known, sounds, transliterated
from app.people.naming.kana import IS_KANA, romaji
from app.people.naming.spelling import stored_words

SAME, TRANSLATED, UNIT, ACRONYM, HEARD, GROUP, STEM = 1.0, 0.95, 0.9, 0.7, 0.7, 0.8, 0.6
"""How sure a tie is: by the letters; by the words; a part of the other; initials; by ear; a known group; one stem."""
FEWEST_HEARD: Final = 2
"""Consonants of a name that is recognised by ear alone."""
FEWEST_JOINED: Final = 8
FEWEST_KANA: Final = 5
"""Katakana of a name that is recognised as a whole, though its words have a meaning: グリーンテック, GreenTech."""
FEWEST_SPELT: Final = 4
"""Letters of a name that is recognised because it is spelt as it sounds."""
MOST_LETTERS: Final = 160
_SUBTITLE: Final = re.compile(r" [-\u2013\u2014|] ")
_BRACKETS: Final = re.compile(r"[(\[]([^)\]]*)[)\]]")
LEGAL: Final = re.compile(
    known.folded(
        r"\(?(?:(?:特例)?有限会社|株式会社|合同会社|合資会社|合名会社|相互会社|特定非営利活動法人|認定npo法人|npo法人"
        r"|(?:一般|公益)?(?:社団|財団)法人|(?:国立|公立)大学法人|大学共同利用機関法人|国立研究開発法人|(?:地方)?独立行政法人|学校法人"
        r"|社会福祉法人|医療法人(?:社団)?|(?:public )?benefit corporation|public company"
        r"|股份有限公司|有限公司|有限責任公司|주식회사)\)?"
        r"|\((?:株|有|同|合|社|財|一社|一財|公社|公財|国|国研|独|学|福|医|特非|주)\)"
    ),
    re.IGNORECASE,
)
_FORMS: Final = frozenset(
    """
    co ltd limited inc incorporated corp corporation kk gk gmbh mbh ag kg kgaa se sa spa srl sarl sas bv nv oy oyj ab
    as aps plc llc llp lp pte pty ltda ev pt tbk sdn bhd jsc ooo kft zrt doo aktiengesellschaft kabushiki kaisha godo
    gaisha yugen company ulc lda sl ug ohg gbr asa persero pbc berhad
    hf ehf sro cie cic psc fze dmcc wll cv ltda me eireli spzoo
    """.split()  # noqa: SIM905  # one long list of quotes reads worse
)
"""Ways to be incorporated, in Latin letters; the first word of a name is none."""
_SOFT: Final = frozenset("the of and for fur der die das des de du la le les di del della et und at in".split())  # noqa: SIM905
_DOTTED: Final = re.compile(r"\b(?:[a-z]\.\s?){2,}")
_DOMAIN: Final = re.compile(r"(?<=\w)\.(?:com|net|org|info|biz|eu|jp|de|dk|fr|uk|ch|at|nl|se|no)\b", re.IGNORECASE)
_FOREMOST: Final = re.compile(r"^\s*(?:PT|CV|UD|OOO|AO|PJSC)\.?\s+(?=\w{3})")
"""Ways to be incorporated that stand in front, in Indonesia and Russia."""
_SUBJECT: Final = re.compile(r"^(?!the )\w+(?: \w+)? univ(?:ersity)? of ")
_LATIN: Final = re.compile(r"[a-z0-9]+")
_MINISTRY: Final = re.compile(r"([^a-z]{2,}?[省庁]).+(?:局|部|課|室|官房|院|所|所長|本部)")
"""A bureau of a ministry or an agency of the state."""
_KINDS: Final = tuple(map(known.folded, ("大学", "研究所", "研究機構", "協会", "連合会", "連盟", "銀行", "省", "庁")))
"""What a Japanese institution is: of it a short name keeps the first letter."""
FEWEST_TAKEN: Final = 3
"""Letters of a short name that is no known one: of two, such as 東大, there are too many."""
MOST_INITIALS: Final = 4
FEWEST_INITIALS: Final = 3
MOST_ACRONYM: Final = 6
"""Characters of an acronym; "P&G" has three of them."""
_STROKES: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "ß": "ss"})
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})

Words = tuple[str, ...]


class Read(Struct, frozen=True):
    """One reading of a name: its words, the letters of all of them, whether an "of" may have turned them round.

    `acronym` is the name as one, "" when it is none; `initials` are those of all its words, "Corporation" among them.
    It `is_subject` when a place has the university of one: Osaka University of Arts is none of Osaka University's.
    """

    words: Words
    letters: str
    turned: bool
    acronym: str
    initials: str
    is_subject: bool = False


def likeness(one: str, other: str) -> float:
    """Return how sure it is that two names mean one organisation, or one and a part of it: 0 to 1."""
    pairs = [(first, second) for first in readings(one) for second in readings(other)]
    return max((_same(first, second) for first, second in pairs), default=0.0)


def kinship(one: str, other: str) -> float:
    """Return how sure it is that two organisations belong to one group: 0 to 1."""
    if groups_of(one) & groups_of(other):
        return GROUP
    return STEM if _stems(one) & _stems(other) and not _both_known(one, other) else 0.0


@lru_cache(maxsize=4096)
def groups_of(name: str) -> frozenset[str]:
    """Return the known groups to which an organisation belongs."""
    ways = {way for read in readings(name) for way in _ways(read.words)}
    return _begun_with(name) | frozenset(
        group
        for group, brands, members, others in _groups()
        if not any(way[: len(other)] == other for way in ways for other in others)
        and any(way in members or any(way[: len(brand)] == brand for brand in brands) for way in ways)
    )


def _begun_with(name: str) -> frozenset[str]:
    """Return the known organisations whose whole name of two words or more stands in front: 九州電力送配電.

    Not of what is known itself, and not a university before that of a subject: Osaka University of Arts.
    """
    own = {known_as for read in readings(name) if (known_as := _known(read))}
    if own:
        return frozenset(f"known: {known_as}" for known_as in own)
    fronts = (
        (read, read.words[:size])
        for read in readings(name)
        for size in range(2, len(read.words) + 1)
        if size > 2 or read.words[0] != "japan"
    )
    return frozenset(
        f"known: {_aliases()[front]}"
        for read, front in fronts
        if front in _aliases() and not (read.is_subject and "university" in front)
    )


@lru_cache(maxsize=8192)
def readings(name: str) -> tuple[Read, ...]:
    """Return how a name can be read: umlauts in both ways, what stands in brackets for itself."""
    found = [read for text in _texts(name) for read in (_read(text), _read(text.translate(_UMLAUTS))) if read.words]
    return tuple(dict.fromkeys(found))


def _texts(name: str) -> Iterator[str]:
    plain = LEGAL.sub(" ", known.folded(name[:MOST_LETTERS]).strip())
    yield _BRACKETS.sub(r" \1 ", plain)
    if _SUBTITLE.search(plain):
        yield _SUBTITLE.split(plain)[0]
    if _BRACKETS.search(plain):
        yield _BRACKETS.sub(" ", plain)
        yield from _BRACKETS.findall(plain)


def _read(text: str) -> Read:
    text = _DOMAIN.sub("", _FOREMOST.sub("", text))
    folded = _DOTTED.sub(lambda match: re.sub(r"[.\s]", "", match[0]) + " ", text.casefold())
    written = stored_words(folded.replace("a/s", "as").replace("&", " and "))
    words = [piece for word in written for piece in _pieces(_bare(word))]
    kept = [word for at, word in enumerate(words) if word not in _SOFT and (at == 0 or word not in _FORMS)]
    known_words = tuple(part for word in kept for part in _english(word))
    initials = "".join(word[0] for word in words if word not in _SOFT)
    is_turned = "of" in words or bool(transliterated.TURNED & {*known_words})
    is_subject = bool(_SUBJECT.search(" ".join(words)))
    return Read(known_words, "".join(kept), is_turned, _acronym(text.strip()), initials, is_subject)


def _acronym(text: str) -> str:
    """Return the letters of an acronym, "" for anything else: of three to six capitals, or two that an "and" parts."""
    letters = text.replace("&", "")
    is_short = letters.isascii() and letters.isalpha() and letters.isupper() and len(text) >= FEWEST_INITIALS
    return letters.casefold() if is_short and len(letters) <= MOST_ACRONYM else ""


def _bare(word: str) -> str:
    parts = unicodedata.normalize("NFD", word)
    bare = "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
    return unicodedata.normalize("NFC", bare).translate(_STROKES)


def _pieces(word: str) -> Iterator[str]:
    """Part a word where its script changes, and what has no spaces at the words that are known."""
    for match in re.finditer(r"[a-z0-9]+|[^a-z0-9]+", word):
        yield from [match[0]] if _LATIN.fullmatch(match[0]) else _segments(match[0])


def _segments(run: str) -> Iterator[str]:
    """Part a run of kanji, kana or hangul: known words, the longest first, and what is left between, by its script."""
    left, at = "", 0
    while at < len(run):
        size = _known_at(run, at)
        if size and _is_whole(run, at, at + size):
            yield from _by_script(left)
            yield run[at : at + size]
            left, at = "", at + size
        else:
            left, at = left + run[at], at + 1
    yield from _by_script(left)


def _known_at(run: str, at: int) -> int:
    """Return how many letters the longest known word at a place has, 0 for none."""
    return next((n for n in range(_longest(), 1, -1) if at + n <= len(run) and run[at : at + n] in known.lexicon()), 0)


@cache
def _longest() -> int:
    return max(map(len, known.lexicon()))


def _is_whole(run: str, start: int, end: int) -> bool:
    """Whether a known word in kana ends where a word does: ブルー is no part of ブルーム."""
    is_cut = end < len(run) and _is_kana(run[end - 1 : end + 1])
    return not is_cut or not _is_kana(run[start:end]) or _known_at(run, end) > 0


def _by_script(left: str) -> Iterator[str]:
    for _is_kana, letters in groupby(left, lambda letter: bool(IS_KANA.match(letter))):
        yield "".join(letters)


def _english(word: str) -> Sequence[str]:
    return re.split("[- ]", known.lexicon().get(word, word))


@cache
def _aliases() -> dict[Words, str]:
    """Return the words of every known spelling with the name of the organisation."""
    return {read.words: line[0] for line in known.lines("same") for name in line for read in readings(name)}


@cache
def _joined_aliases() -> dict[str, str]:
    """Return the known spellings in Latin letters without spaces, but those as short as any word."""
    joined = (("".join(words), name) for words, name in _aliases().items())
    return {letters: name for letters, name in joined if letters.isascii() and len(letters) >= FEWEST_JOINED}


@cache
def _turned_aliases() -> dict[Words, str]:
    return {tuple(sorted(words)): name for words, name in _aliases().items() if _may_turn(words)}


def _may_turn(words: Words) -> bool:
    return bool(transliterated.TURNED & {*words}) and not known.AMBIGUOUS & {*words}


@lru_cache(maxsize=8192)
def _known(read: Read) -> str | None:
    """Return the known organisation that a name means, also with the region or "holdings" behind it."""
    for words in (read.words, _without(read.words, known.UMBRELLA | known.REGIONS)):
        found = (
            _aliases().get(words)
            or _joined_aliases().get("".join(words))
            or (_turned_aliases().get(tuple(sorted(words))) if read.turned and _may_turn(words) else None)
        )
        if found:
            return found
    return None


def _both_known(one: str, other: str) -> bool:
    return all(any(map(_known, readings(name))) for name in (one, other))


@cache
def _groups() -> list[tuple[str, list[Words], set[Words], list[Words]]]:
    """Return the groups: name, brands, members, those who bear the brand and do not belong."""
    return [
        (
            name,
            [words for member in members if member.endswith("*") for words in _spelt(member.rstrip("*"))],
            {way for member in members if not member.endswith("*") for words in _spelt(member) for way in _ways(words)},
            [words for other in others for words in _spelt(other)],
        )
        for name, members, others in known.groups()
    ]


def _spelt(name: str) -> list[Words]:
    return [read.words for read in readings(name)]


def _ways(words: Words) -> Iterator[Words]:
    """Yield the words, and with each known organisation that stands in front under its name."""
    yield words
    for size in range(1, len(words) + 1):
        name = _aliases().get(words[:size])
        if name is not None:
            yield (*_read(name).words, *words[size:])


def _same(one: Read, other: Read) -> float:
    if one.letters == other.letters:
        return SAME
    first, second = _known(one), _known(other)
    if first and second:
        return TRANSLATED if first == second else 0.0
    if one.words == other.words or "".join(one.words) == "".join(other.words):
        return TRANSLATED
    if (one.turned or other.turned) and _may_turn(one.words) and sorted(one.words) == sorted(other.words):
        return TRANSLATED
    ways = (_unit, _bureau, _initials, _front_initials, _shortened)
    return max(
        _by_ear(one, other),
        transliterated.likeness(one.words, other.words),
        *(way(*pair) for way in ways for pair in ((one, other), (other, one))),
    )


def _unit(whole: Read, part: Read) -> float:
    """Whether the second is a school or department of the first: a university, behind it or before it."""
    size = len(whole.words)
    if "university" not in whole.words or len(part.words) <= size or part.is_subject > whole.is_subject:
        return 0.0
    if part.words[:size] == whole.words and {*part.words[size:]} & known.UNITS:
        return UNIT
    ends = sorted(part.words[-size:]) == sorted(whole.words)
    return UNIT if ends and {*part.words[:-size]} <= known.UNITS | {*whole.words} else 0.0


def _initials(short: Read, long: Read) -> float:
    if not short.acronym or len(long.words) < 2:
        return 0.0
    initials = {"".join(word[0] for word in long.words), long.initials}
    return ACRONYM if short.acronym in initials else 0.0


def _front_initials(short: Read, long: Read) -> float:
    """Whether the first word has the initials of what stands before the rest: TU Munich."""
    first, rest = short.words[0], short.words[1:]
    size = len(first)
    if not rest or not 2 <= size <= MOST_INITIALS or long.words[size:] != rest or not _LATIN.fullmatch(first):
        return 0.0
    return ACRONYM if first == "".join(word[0] for word in long.words[:size]) else 0.0


def _bureau(whole: Read, part: Read) -> float:
    """Whether the second is a bureau of the first, a ministry or an agency, or names the ministry above it as well."""
    match = _MINISTRY.fullmatch(part.letters)
    is_agency = whole.letters.endswith("庁") and part.letters.endswith(f"省{whole.letters}")
    return UNIT if is_agency or (match and match[1] == whole.letters) else 0.0


def _shortened(short: Read, long: Read) -> float:
    """Whether the first is the second with one letter for each word of two, and one for what it is: 産総研, 経産省."""
    match = _MINISTRY.fullmatch(long.letters)
    return max(ACRONYM if _takes(short.letters, whole) else 0.0 for whole in {long.letters, match[1] if match else ""})


def _takes(short: str, long: str) -> bool:
    kind = next((kind for kind in _KINDS if long.endswith(kind)), "")
    if not kind or not FEWEST_TAKEN <= len(short) < len(long) or short[-1] != kind[0]:
        return False
    words = [long[at] for at in range(0, len(long) - len(kind), 2)]
    rest = iter(words)
    return short[0] == words[0] and all(letter in rest for letter in short[:-1])


def _by_ear(one: Read, other: Read) -> float:
    """Compare katakana that nobody knows with Latin letters; what was put into English counts as that."""
    for kana, latin in ((one, other), (other, one)):
        if len(kana.letters) >= FEWEST_KANA and _is_kana(kana.letters) and _is_heard(kana.letters, latin.letters):
            return HEARD
        if _heard_words(kana, latin):
            return HEARD if _same_sound(kana, latin) else 0.0
    return 0.0


def _is_heard(kana: str, latin: str) -> bool:
    return latin.isascii() and (sounds.same(kana, latin) or romaji(kana) == latin)


def _heard_words(kana: Read, latin: Read) -> bool:
    is_long_enough = not _has_han(kana) or len(kana.words) == len(latin.words) > 1
    return any(map(_is_kana, kana.words)) and all(map(_LATIN.fullmatch, latin.words)) and is_long_enough


def _has_han(read: Read) -> bool:
    return not all(_is_kana(word) or _LATIN.fullmatch(word) for word in read.words)


def _same_sound(kana: Read, latin: Read) -> bool:
    """Compare word by word, or, as katakana need no spaces, the whole."""
    ends = known.UMBRELLA | known.REGIONS | known.FUNCTIONS
    some, others = _without(kana.words, ends), _without(latin.words, ends)
    pairs = list(zip(some, others, strict=False))
    if len(some) == len(others) and all(_sounds_like(one, two) for one, two in pairs):
        return len(pairs) > 1 or _is_long(some[0]) or _is_spelt_so(some[0], others[0])
    return _is_kana(kana.letters) and _is_long(kana.letters) and sounds.same(kana.letters, latin.letters)


def _is_spelt_so(kana: str, latin: str) -> bool:
    """Whether a word of few consonants is long enough, and spelt as it sounds: イケア, IKEA."""
    return len(latin) >= FEWEST_SPELT and romaji(kana) == latin


def _sounds_like(one: str, other: str) -> bool:
    if _is_kana(one):
        return sounds.same(one, other)
    return one == other or (not one.isascii() and japanese.is_word(one, other))


def _is_long(kana: str) -> bool:
    return len(sounds.of_kana(kana).consonants) >= FEWEST_HEARD


def _is_kana(word: str) -> bool:
    return bool(word) and all(map(IS_KANA.match, word))


def _without(words: Words, ends: frozenset[str]) -> Words:
    """Return the words without those of `ends` behind them; the first stays."""
    size = len(words)
    while size > 1 and words[size - 1] in ends:
        size -= 1
    return words[:size]


@lru_cache(maxsize=8192)
def _stems(name: str) -> frozenset[Words]:
    return frozenset(stem for read in readings(name) if (stem := _stem(read.words)))


def _stem(words: Words) -> Words:
    """Return what a firm and its branches have in common, () when that says little: Acme of Acme Energy Europe."""
    branches = known.UMBRELLA | known.REGIONS | known.FUNCTIONS | _places()
    stem = _without(words, branches)
    told = [word for word in stem if word not in _places() | known.REGIONS]
    is_own = any(word not in known.GENERIC | known.FUNCTIONS for word in told)
    return stem if is_own or len(told) > 1 else ()


@cache
def _places() -> frozenset[str]:
    return frozenset(word for line in known.lines("cities") for word in line[0].split())
