"""Titles as they can be compared: written alike, without remarks, cut into pieces that weigh what they say. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from msgspec import Struct

from app.exchange.joining import sounds, spoken

CITY = 0.1
"""The weight of a city within a title: `marks` compares them."""
FILL = 0.1
"""The weight of a word that a title has or leaves out."""
GENERIC = 0.35
"""The weight of a word that half of all titles have, beside one of its own."""
WORD = 3.0
"""The weight of a word in Latin letters, beside that of a kanji."""
KANA = 0.6
"""The weight of a kana: a word needs more of them."""
UNREAD = 0.3
"""The weight of a kanji that could be read like a name in Latin letters beside it."""
UNLISTED = 0.4
"""The weight of a foreign word that the list does not know, beside Japanese: it may mean what is written there."""
_ROMAJI = re.compile(r"(?:(?:[kstnhmrgzdbpj]y?|ch|sh|ts|f|y|w)?[aiueo]|n(?![aiueoy])|[kstp](?=[kstp]))+")
PARTICLES = frozenset("のをにでとがはへやもな")
STOP = frozenset(
    [
        "in",
        "of",
        "the",
        "at",
        "and",
        "for",
        "by",
        "on",
        "to",
        "a",
        "an",
        "with",
        "from",
        "de",
        "la",
        "du",
        "der",
        "die",
        "das",
        "und",
        "x",
        "vs",
    ]
)
_DAMAGE: Final = re.compile("障(?:がい|碍)")
_OLD: Final = str.maketrans(
    "髙﨑邊邉齋斎濵濱廣國會櫻澤學萬嶋嶌桒瀨條總縣藝驛龍眞惠壽與圓團體樂應來氣瀧關舊檜鷗溪穗曉莊聲繪繩佛發變賣靜淨狹峽經櫓寳寶榮營鐵鹽臺灣劍圖傳實區號醫獻竈籠",
    "高崎辺辺斉斉浜浜広国会桜沢学万島島桑瀬条総県芸駅竜真恵寿与円団体楽応来気滝関旧桧鴎渓穂暁荘声絵縄仏発変売静浄狭峡経櫓宝宝栄営鉄塩台湾剣図伝実区号医献釜篭",
)
_ACCENTS: Final = str.maketrans("àáâãäåāçèéêëēìíîïīñòóôõöōùúûüūýÿ", "aaaaaaaceeeeeiiiiinoooooouuuuuyy")
_HIRAGANA: Final = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_LONG = re.compile("[ー―‐‑–—−-](?=[^a-z0-9]|$)")
_TAG = re.compile(r"【[^】]*】|\[[^\]]*\]|≪[^≫]*≫|《[^》]*》|〈[^〉]*〉|<[^>]*>|\([^)]*\)|〔[^〕]*〕")
_QUOTE = re.compile(r"[「『“\"]([^」』”\"]{2,})[」』”\"]")
_ROUND = re.compile(r"\(([^)]{2,})\)")
_NUMBERED = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|全?第?\s*[\d一二三四五六七八九十]{1,4}\s*(?:回目|回(?!食)|日目|年度|年(?!生))|(?:令和|平成)\s*[\d元]{1,2}\s*年度?"
    r"|第\s*[\d一二三四五六七八九十]{1,3}\s*(?:夜|弾|講|話|幕|席|集|番(?![街館町]))|(?:開場|開演|開始|受付|集合)?\s*\d{1,2}:\d\d|(?:開場|開演|受付開始|集合)\s*\d{1,2}時(?:\d\d分|半)?"
    r"|(?<![a-z])(?:vol|no|ver|part|day|その)\s*[.:]?\s*\d+|(?<!\d)\d+(?:st|nd|rd|th)(?![a-z])|(?<![a-z'])[ivx]{2,5}(?![a-z])"
)
_KANA_RUN = re.compile("[ぁ-ゖ]{3,}")
SYLLABLES: Final = 3
"""Kana that must be read off kanji at least: two are found by chance."""
_RUNS = re.compile(r"[a-z0-9]+|[ぁ-ゖァ-ヶ一-鿿㐀-䶿々〆가-힣]+|[฀-๿]+")
_LATIN = re.compile(r"[a-z]")
_CJK = re.compile(r"[ぁ-ゖ一-鿿㐀-䶿가-힣]")


def _read() -> dict[str, object]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


_WORDS = _read()


def words_of(name: str) -> tuple[str, ...]:
    """Return a list of `words.toml`, the longest first, so that `花火大会` is found before `花火`."""
    return tuple(sorted(set(str(_WORDS[name]).split()), key=lambda word: (-len(word), word)))


def any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of the words; one in Latin letters only as a whole."""
    return re.compile("|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in words))


_GENERIC = any_of(words_of("generic"))
_CITIES = any_of(words_of("cities"))
_FILL = any_of(words_of("fill"))
_REMARKS = any_of(words_of("remarks"))
_ONE_WAY: Final = {way: ways[0] for ways in (line.split("=") for line in words_of("spelled")) for way in ways}
_SPELLED: Final = any_of(tuple(sorted(_ONE_WAY, key=lambda word: (-len(word), word))))
"""Words that are written in several ways, and the one that is taken."""
LATIN: Final[Mapping[str, tuple[str, ...]]] = {
    ja: tuple(str(said).split())
    for ja, said in sorted(_WORDS["latin"].items(), key=lambda pair: -len(pair[0]))  # type: ignore[attr-defined]
}
"""What Japanese words are called in Latin letters."""


def _by_start() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for ja in LATIN:
        found.setdefault(ja[:2], []).append(ja)
    return {start: tuple(words) for start, words in found.items()}


_BY_START: Final[Mapping[str, tuple[str, ...]]] = _by_start()
LONGEST: Final = max(map(len, LATIN))
_RANK: Final = {ja: n for n, ja in enumerate(LATIN)}
"""The longest first, as in the list."""


def listed(cjk: str) -> tuple[str, ...]:
    """Return the words of the list that stand in a text, the longest first."""
    found = {
        ja
        for n, letter in enumerate(cjk)
        for start in (letter, cjk[n : n + 2])
        for ja in _BY_START.get(start, ())
        if cjk.startswith(ja, n)
    }
    return tuple(sorted(found, key=_RANK.__getitem__))


def landmarks() -> dict[str, tuple[str, ...]]:
    """Return names of houses and parks that only one city has, by city."""
    return {city: tuple(folded(name) for name in names.split("|")) for city, names in _WORDS["landmarks"].items()}  # type: ignore[attr-defined]


class Title(Struct, frozen=True):
    """A title as it can be compared: all of it (`full`), and without what stands in brackets (`core`).

    `quoted` and `bracketed` are what stands in quotation marks and in round brackets; `letters` the scripts in it.
    """

    full: "Text"
    core: "Text"
    letters: frozenset[str]
    quoted: tuple["Text", ...]
    bracketed: tuple["Text", ...]


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """Return a text as all write it: NFKC, small letters, one script of kana, new forms of old characters."""
    plain = unicodedata.normalize("NFKC", text).translate(_OLD).casefold().translate(_HIRAGANA).translate(_ACCENTS)
    closed = _DAMAGE.sub("障害", _LONG.sub("", plain.replace("ー", "").replace("・", "").replace("’", "'")))
    return _SPELLED.sub(lambda found: _ONE_WAY[found[0]], closed)


@lru_cache(maxsize=1 << 16)
def title(text: str) -> Title:
    """Return a title as it can be compared."""
    said = folded(text)
    bare = _NUMBERED.sub(" ", _REMARKS.sub(" ", said))
    full = text_of(runs(bare) or runs(said))
    core = text_of(runs(_TAG.sub(" ", bare)))
    inside = (tuple(text_of(runs(part)) for part in found.findall(bare) if runs(part)) for found in (_QUOTE, _ROUND))
    return Title(full, core if core.runs else full, letters(bare), *inside)


def letters(text: str) -> frozenset[str]:
    """Return the scripts of a folded text."""
    found = {"latin"} if _LATIN.search(text) else set()
    return frozenset(found | ({"cjk"} if _CJK.search(text) else set()))


def pieces(text: str) -> dict[str, float]:
    """Return the pieces of a text by which it can be found: words in Latin letters, and bigrams of all else."""
    made: dict[str, float] = {}
    for run in runs(text):
        for n, piece in enumerate(run.pieces):
            weight = max(run.weights[n : n + 2]) * (1 if run.latin else 2)
            made[piece] = max(made.get(piece, 0.0), weight)
    return made


class Run(Struct, frozen=True):
    """A word in Latin letters, or letters of another script without a break, each with its weight."""

    text: str
    latin: bool
    weights: tuple[float, ...]

    @property
    def pieces(self) -> list[str]:
        """The word, or the bigrams; a single letter is a piece of its own."""
        if self.latin or len(self.text) == 1:
            return [self.text]
        return [a + b for a, b in pairwise(self.text)]


def runs(text: str, generic: re.Pattern[str] = _GENERIC, light: float = GENERIC) -> tuple[Run, ...]:
    """Cut a folded text into runs; what `generic` matches weighs `light`. Numbers are compared apart, by `marks`."""
    common = {n: light for found in generic.finditer(text) for n in range(*found.span())}
    if generic is _GENERIC:
        common |= {n: FILL for found in _FILL.finditer(text) for n in range(*found.span())}
        common |= {n: CITY for found in _CITIES.finditer(text) for n in range(*found.span())}
    made = []
    for found in _RUNS.finditer(text):
        if found[0].isdigit() or found[0] in STOP:
            continue
        latin = found[0].isascii()
        word = _stem(found[0]) if latin else found[0]
        share = [common.get(n, 1.0) for n in range(*found.span())]
        each = [max(share) * WORD] if latin else [_weight(c) * part for c, part in zip(word, share, strict=True)]
        made.append(Run(word, latin, tuple(each)))
    return tuple(made)


def _weight(letter: str) -> float:
    return KANA if "ぁ" <= letter <= "ゖ" else 1.0


_NO_Y: Final = frozenset(["movies", "series", "cookies", "species", "calories", "zombies", "selfies", "hoodies"])


def _stem(word: str) -> str:
    if len(word) > 5 and word.endswith("ies") and word not in _NO_Y:
        return word[:-3] + "y"
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word


def _by_name() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for ja, names in sorted(LATIN.items(), key=lambda pair: len(pair[0])):
        for name in names:
            found.setdefault(_stem(name), {})[ja] = None
    return {name: tuple(words) for name, words in found.items()}


_BY_NAME: Final[Mapping[str, tuple[str, ...]]] = _by_name()
"""The Japanese words for a word in Latin letters, the shortest first: `festival` is the 祭 of 音楽祭, not all of it."""


class Shared(Struct, frozen=True):
    """Two texts beside each other: the weight of what each shares with the other, and of what it does not."""

    first: float
    second: float
    first_alone: float
    second_alone: float

    @property
    def alike(self) -> float:
        """How much they share, from 0 to 1."""
        whole = self.first + self.second + self.first_alone + self.second_alone
        return (self.first + self.second) / whole if whole else 0.0

    @property
    def within(self) -> float:
        """How much of the one that says less stands in the other, from 0 to 1."""
        return max(_part(self.first, self.first_alone), _part(self.second, self.second_alone))

    @property
    def both(self) -> float:
        """The weight of what they share."""
        return min(self.first, self.second)

    @property
    def instead(self) -> float:
        """The weight of what each says in the place of what the other says."""
        return min(self.first_alone, self.second_alone)


def _part(shared: float, alone: float) -> float:
    return shared / (shared + alone) if shared else 0.0


class Text(Struct, frozen=True):
    """A text in runs, and its pieces for a quick look."""

    runs: tuple[Run, ...]
    pieces: frozenset[str]
    words: frozenset[str]
    cjk: str

    @property
    def weight(self) -> float:
        """How much it says."""
        return sum(sum(run.weights) for run in self.runs)


def text_of(found: tuple[Run, ...]) -> Text:
    """Return runs as they can be compared."""
    known = frozenset(piece for run in found for piece in run.pieces)
    words = frozenset(run.text for run in found if run.latin)
    return Text(found, known, words, " ".join(run.text for run in found if not run.latin))


def beside(one: Text, other: Text, light: Callable[[str], float] | None = None) -> Shared:
    """Compare two texts letter by letter. `light` gives the weight of a piece that says little here, such as a place.

    A letter is shared when a bigram with it stands in the other; between scripts, when a word of the one is known, or
    sounds, like letters of the other. Kanji whose reading nobody gives weigh little beside Latin letters.
    """
    if one is other:
        whole = sum(weight for _run, _n, _near, weight in _letters(one, light))
        return Shared(whole, whole, 0.0, 0.0)
    across = _across(one, other)
    bridged_first, bridged_second = _bridged(one, other) if across else _synonyms(one.cjk, other.cjk)
    first, first_alone = _covered(one, other, bridged_first, light, across=across)
    second, second_alone = _covered(other, one, bridged_second, light, across=across)
    return Shared(first, second, first_alone, second_alone)


def _across(one: Text, other: Text) -> bool:
    return bool((one.words - other.words and other.cjk) or (other.words - one.words and one.cjk))


def _covered(
    text: Text, other: Text, bridged: frozenset[str], light: Callable[[str], float] | None, *, across: bool
) -> tuple[float, float]:
    shared = alone = 0.0
    for run, n, near, said in _letters(text, light):
        if (
            any(piece in other.pieces for piece in (*near, run.text[n]))
            or _written(run, n, other)
            or ((run.text if run.latin else run.text[n]) in bridged)
        ):
            shared += said
        elif run.latin:
            alone += said * (UNLISTED if across and not other.words - text.words and _foreign(run.text) else 1.0)
        elif not (run.text[n] in PARTICLES and _lonely(run, n, other)):
            unread = across and not other.cjk and "一" <= run.text[n] <= "鿿" and not _known(run.text, n)
            alone += said * (UNREAD if unread else 1.0)
    return shared, alone


def _letters(text: Text, light: Callable[[str], float] | None) -> Iterator[tuple[Run, int, Collection[str], float]]:
    """Yield each letter, or each Latin word, by its place in its run, with the pieces it is in and its weight here."""
    for run in text.runs:
        for n, weight in enumerate(run.weights):
            near = run.pieces if run.latin else {run.text[max(n - 1, 0) : n + 1], run.text[n : n + 2]}
            yield run, n, near, weight * (min(map(light, near)) if light else 1.0)


def _foreign(word: str) -> bool:
    """Whether a word is neither in the list nor a Japanese one in Latin letters."""
    return word not in _BY_NAME and not _ROMAJI.fullmatch(word)


def _written(run: Run, n: int, other: Text) -> bool:
    """Whether a kanji, or a letter that stands alone, is anywhere in the other text: `夜のパン` and `夜パン`."""
    return (len(run.text) == 1 or "一" <= run.text[n] <= "鿿") and not run.latin and run.text[n] in other.cjk


def _lonely(run: Run, n: int, other: Text) -> bool:
    """Whether a letter stands alone between letters that are shared, or at an end: a particle is no word then."""
    before, after = run.text[max(n - 2, 0) : n], run.text[n + 1 : n + 3]
    return (len(before) < 2 or before in other.pieces) and (len(after) < 2 or after in other.pieces)


@lru_cache(maxsize=1 << 14)
def _known(text: str, n: int) -> bool:
    """Whether a letter belongs to a word that the list can say in Latin letters."""
    return any(
        text[start:end] in LATIN for start in range(max(n - LONGEST + 1, 0), n + 1) for end in _ends(text, n, start)
    )


def _ends(text: str, n: int, start: int) -> range:
    return range(n + 1, min(start + LONGEST, len(text)) + 1)


def _bridged(one: Text, other: Text) -> tuple[frozenset[str], frozenset[str]]:
    """Return what in each of two texts stands for words of the other: letters by the list or their sound, and words."""
    first, second = set[str](), set[str]()
    for cjk, words, letters_found, words_found in (
        (one.cjk, other.words, first, second),
        (other.cjk, one.words, second, first),
    ):
        for word in words:
            found = _meant(word, cjk) or _spoken(word, cjk) or _heard(word, cjk)
            if found:
                letters_found.update(found)
                words_found.add(word)
    return frozenset(first), frozenset(second)


@lru_cache(maxsize=1 << 15)
def _synonyms(one: str, other: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the letters of words that the list calls by one name: 演奏会 and コンサート are both a concert."""
    mine, theirs = _named(one), _named(other)
    same = mine.keys() & theirs.keys()
    first = {letter for name in same for letter in mine[name] if theirs[name] not in one}
    second = {letter for name in same for letter in theirs[name] if mine[name] not in other}
    for kana, kanji in _read_as(one, other):
        first.update(kana)
        second.update(kanji)
    for kana, kanji in _read_as(other, one):
        second.update(kana)
        first.update(kanji)
    return frozenset(first), frozenset(second)


def _read_as(one: str, other: str) -> Iterator[tuple[str, str]]:
    """Yield kana of the one that are how letters of the other are read: `ふうりん` is 風鈴, `ゆけむり` 湯けむり."""
    for run in _KANA_RUN.findall(one):
        at = 0
        while at <= len(run) - SYLLABLES:
            found = ""
            for end in range(min(len(run), at + 8), at + SYLLABLES - 1, -1):
                kana = run[at:end]
                found = "" if kana in other else spoken.kanji(kana, other)
                if found:
                    yield kana, found
                    break
            at = end if found else at + 1


@lru_cache(maxsize=1 << 14)
def _named(cjk: str) -> Mapping[str, str]:
    """Return what a text's words are called in Latin letters, first of all; a word within a longer one is not meant."""
    found: dict[str, str] = {}
    for ja in listed(cjk):
        if len(ja) > 1 and ja in cjk:
            cjk = cjk.replace(ja, " ")
            found[LATIN[ja][0]] = ja
    return found


def _meant(word: str, cjk: str) -> str:
    """Return the letters that mean a word."""
    return next((ja for ja in _BY_NAME.get(word, ()) if ja in cjk), "")


def _spoken(word: str, cjk: str) -> str:
    """Return the letters that are read like a word."""
    found = spoken.find(word, cjk)
    return cjk[slice(*found)] if found else ""


def _heard(word: str, cjk: str) -> str:
    """Return the kana that sound like a word."""
    found = sounds.find(word, cjk) if len(word) > 3 and cjk else None
    return cjk[slice(*found)] if found else ""
