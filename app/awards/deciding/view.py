"""What the pages of a ranking show: rows with their bars, who would be among the best otherwise, figures in words."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from app.awards.deciding.lines import Line, Ranking, Reading
from app.awards.reach import RoundRef, Texts
from app.awards.setting import rules
from app.core.i18n import gettext as _
from app.core.i18n import gettext_lazy, text

SORTS: dict[str, str] = {
    "place": gettext_lazy("Rank"),
    "number": gettext_lazy("Number"),
    "raw": gettext_lazy("Mean"),
    "calibrated": gettext_lazy("Calibrated"),
}
"""What the rows may be sorted by; those whom a figure lacks stand last."""
CLOSE_ALPHA, FAIR_ALPHA = 0.8, 0.667
"""Krippendorff (2004), section 11.4.1: what may be relied on, and what allows tentative conclusions."""
SHARP_ICC, GOOD_ICC, FAIR_ICC = 0.9, 0.75, 0.5
"""Koo and Li (2016): excellent, good and moderate reliability."""
FLAT = 1e-6
"""A spread of entries below this part of the noise is none."""


class Bar(Struct, frozen=True):
    """An interval drawn on a scale of 0 to 100 of the drawing's own: its left end, its width, the mark."""

    left: float
    width: float
    mark: float


class Row(Struct, frozen=True, kw_only=True):
    """A line with the words of the entry, or only its number; `kept` of all readings have it among the best."""

    line: Line
    title: Texts | None
    place: str
    bar: Bar | None
    kept: int


class Change(Struct, frozen=True):
    """A reading in words, and who comes in and falls out of the best by it."""

    words: str
    enter: tuple[int, ...]
    leave: tuple[int, ...]


class View(Struct, frozen=True, kw_only=True):
    """The page of a ranking; `scale` are the ends of the drawing, `readings` how many there are."""

    ranking: Ranking
    rows: Sequence[Row]
    scale: tuple[float, float]
    parts: Sequence[Sequence[int]]
    readings: int
    same: int
    changes: Sequence[Change]
    needed: Sequence[str]
    agreement: Sequence[str]
    flat: bool


def view(ranking: Ranking, titles: Mapping[str, Texts], found: RoundRef, *, sort: str) -> View:
    """Return what the page shows; entries without a title are known by their number alone."""
    numbers = {line.entry: line.number for line in ranking.lines}
    scale = _scale(ranking.lines)
    made = [one for one in ranking.readings if one.leaders is not None]
    best = {line.entry for line in ranking.lines if line.place is not None and line.place <= ranking.best}
    changes = [_change(one, best, numbers, found) for one in made if set(one.leaders or ()) != best]
    return View(
        ranking=ranking,
        rows=[_row(line, titles, scale, made) for line in _sorted(ranking.lines, sort)],
        scale=scale,
        parts=_parts(ranking, numbers),
        readings=len(made),
        same=len(made) - len(changes),
        changes=changes,
        needed=[one.of for one in ranking.readings if one.leaders is None and one.kind == "without"],
        agreement=agreement_words(ranking),
        flat=ranking.spreads is not None and ranking.spreads.entries <= FLAT * ranking.spreads.noise,
    )


def _parts(ranking: Ranking, numbers: Mapping[str, int]) -> list[list[int]]:
    """Return the entries of each part that cannot be compared with the others, by number."""
    parts = ranking.refusal.parts if ranking.refusal else ()
    return sorted(sorted(numbers[entry] for entry in part) for part in parts)


def _sorted(lines: Sequence[Line], sort: str) -> list[Line]:
    keys: Mapping[str, Callable[[Line], float | None]] = {
        "number": lambda line: float(line.number),
        "raw": lambda line: None if line.raw is None else -line.raw,
        "calibrated": lambda line: None if line.calibrated is None else -line.calibrated,
    }
    key = keys.get(sort)
    if key is None:
        return list(lines)
    return sorted(lines, key=lambda line: ((value := key(line)) is None, value or 0.0, line.number))


def _row(line: Line, titles: Mapping[str, Texts], scale: tuple[float, float], made: Sequence[Reading]) -> Row:
    return Row(
        line=line,
        title=titles.get(line.entry),
        place=place_words(line),
        bar=_bar(line, scale),
        kept=sum(line.entry in (one.leaders or ()) for one in made),
    )


def place_words(line: Line) -> str:
    """Return the place advised, and the one shared with whom the scores cannot tell apart, where it is another."""
    if line.place is None:
        return "–"
    if line.shared_place is None or line.shared_place == line.place:
        return str(line.place)
    return _("%(place)s (tied for %(shared)s)", place=line.place, shared=line.shared_place)


def _scale(lines: Sequence[Line]) -> tuple[float, float]:
    """Return round ends of a scale on which every interval fits."""
    ends = [end for line in lines if line.interval for end in line.interval]
    if not ends:
        return 0.0, 100.0
    low, high = 10 * (min(ends) // 10), -10 * (-max(ends) // 10)
    return low, max(high, low + 10)


def _bar(line: Line, scale: tuple[float, float]) -> Bar | None:
    if line.interval is None or line.calibrated is None:
        return None
    low, high = scale

    def at(value: float) -> float:
        return round(100 * (value - low) / (high - low), 1)

    left, right = (at(end) for end in line.interval)
    return Bar(left, round(max(right - left, 0.5), 1), at(line.calibrated))


def _change(one: Reading, best: set[str], numbers: Mapping[str, int], found: RoundRef) -> Change:
    then = set(one.leaders or ())
    return Change(
        reading_words(one, found),
        tuple(sorted(numbers[entry] for entry in then - best)),
        tuple(sorted(numbers[entry] for entry in best - then)),
    )


def reading_words(one: Reading, found: RoundRef) -> str:
    """Return how the votes are read, in words."""
    if one.kind == "without":
        return _("Without judge %(judge)s", judge=one.of)
    if one.kind == "weight":
        title = criterion_title(one.of, found)
        return _("Weight of %(criterion)s %(change)s %%", criterion=title, change=f"{one.change:+}")
    return {"raw": _("Means as given"), "median": _("Medians"), "calibrated": _("Calibrated scores")}[one.kind]


def criterion_title(key: str, found: RoundRef) -> str:
    """Return the title of a criterion of the pinned rubric."""
    rubric = rules.decode(found.rules).rubric if found.rules else None
    titles = {one.key: one.title for one in rubric.criteria} if rubric else {}
    return text(titles[key]) if key in titles else key


def agreement_words(ranking: Ranking) -> list[str]:
    """Say how far the judges agree, each figure with what it means."""
    found = ranking.agreement
    words = []
    if found.alpha is not None:
        words.append(
            _alpha_words(found.alpha) + " " + _("Krippendorff's alpha: %(alpha)s.", alpha=f"{found.alpha:.2f}")
        )
    if found.mean is not None:
        figures = {"mean": f"{found.mean:.2f}", "single": f"{found.single:.2f}"}
        said = _("ICC(2,k) of their mean: %(mean)s; ICC(2,1) of a single judge: %(single)s.", **figures)
        words.append(f"{_icc_words(found.mean)} {said}")
    return words


def _alpha_words(alpha: float) -> str:
    if alpha >= CLOSE_ALPHA:
        return _("The judges agree closely.")
    if alpha >= FAIR_ALPHA:
        return _("The judges agree in the main.")
    return _("The judges see the entries differently: places next to each other say little.")


def _icc_words(icc: float) -> str:
    if icc >= SHARP_ICC:
        return _("Another panel would give nearly the same means.")
    if icc >= GOOD_ICC:
        return _("Another panel would give much the same means.")
    if icc >= FAIR_ICC:
        return _("Another panel would give somewhat different means.")
    return _("Another panel could give quite different means.")
