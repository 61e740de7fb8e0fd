"""A rubric: weighted criteria with a scale whose every level says in words what it means."""

import hashlib
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from app.awards.schemas import Texts
from app.core.errors import FieldError
from app.core.i18n import gettext as _

WHOLE = 100
"""What the weights add up to, and the highest score."""
MOST_CRITERIA = 20
LEVELS = (2, 11)
"""How many levels a scale may have."""
MISSING_RULES = ("unjudged-v1", "reweighted-v1", "lowest-v1")
"""What becomes of a sheet on which criteria are missing. A published rule never changes.

`unjudged-v1`: it gives no score; `reweighted-v1`: the other weights are scaled up; `lowest-v1`: a missing criterion
counts as the lowest level. A sheet without any value gives no score by any of them.
"""


class Level(Struct, frozen=True):
    """A level of a scale and what has to be seen for it."""

    value: float
    text: Texts


class Criterion(Struct, frozen=True, kw_only=True):
    """What is looked at; `levels` rise, `weight` is a part of 100."""

    key: str
    title: Texts
    weight: int
    levels: tuple[Level, ...]
    help: Texts = {}

    @property
    def lowest(self) -> float:
        """The lowest value of the scale."""
        return min(level.value for level in self.levels)

    @property
    def highest(self) -> float:
        """The highest value of the scale."""
        return max(level.value for level in self.levels)

    def share(self, value: float) -> float:
        """Return where a value lies on the scale, from 0 to 1. Raises `ValueError` for one beside it."""
        if not self.lowest <= value <= self.highest:
            raise ValueError(f"{value} is not on the scale of {self.key}.")
        return (value - self.lowest) / (self.highest - self.lowest)


class Rubric(Struct, frozen=True):
    """Criteria under a name."""

    name: str
    criteria: tuple[Criterion, ...]


def score(rubric: Rubric, values: Mapping[str, float | None], *, rule: str) -> float | None:
    """Return `sum w (v - lo) / (hi - lo)` of a sheet, 0 to 100, or None when by `rule` the sheet gives no score.

    A criterion is missing when it has no value or None. Raises `ValueError` for a criterion or value that the rubric
    does not know, `KeyError` for an unknown rule.
    """
    if rule not in MISSING_RULES:
        raise KeyError(rule)
    if strange := set(values) - {criterion.key for criterion in rubric.criteria}:
        raise ValueError(f"The rubric has no criterion {', '.join(sorted(strange))}.")
    given = [(one, value) for one in rubric.criteria if (value := values.get(one.key)) is not None]
    if not given or (rule == "unjudged-v1" and len(given) < len(rubric.criteria)):
        return None
    reached = math.fsum(one.weight * one.share(value) for one, value in given)
    judged = sum(one.weight for one, _value in given)
    return reached * WHOLE / judged if rule == "reweighted-v1" else reached


def strangers(rubric: Rubric, values: Mapping[str, float | None]) -> list[str]:
    """Return the criteria of a sheet that the rubric does not know, or whose value is none of its levels, sorted."""
    scales = {one.key: {level.value for level in one.levels} for one in rubric.criteria}
    return sorted(
        key for key, value in values.items() if key not in scales or (value is not None and value not in scales[key])
    )


def missing(rubric: Rubric, values: Mapping[str, float | None]) -> list[str]:
    """Return the criteria that a sheet leaves open, in the rubric's order."""
    return [one.key for one in rubric.criteria if values.get(one.key) is None]


def check(rubric: Rubric, languages: Sequence[str]) -> list[FieldError]:
    """Return what is wrong with a rubric for an award in these languages; the fields are those of its form."""
    return [*_whole(rubric), *(found for n, one in enumerate(rubric.criteria) for found in _part(one, n, languages))]


def _whole(rubric: Rubric) -> Iterator[FieldError]:
    if not rubric.name.strip():
        yield FieldError("name", "required", _("This is needed."))
    if not 1 <= len(rubric.criteria) <= MOST_CRITERIA:
        yield FieldError("criteria", "range", _("A rubric has 1 to %(most)s criteria.", most=MOST_CRITERIA))
    weights = sum(one.weight for one in rubric.criteria)
    if weights != WHOLE:
        yield FieldError(
            "criteria", "sum", _("The weights add up to %(weights)s; they must make 100.", weights=weights)
        )
    keys = [one.key for one in rubric.criteria]
    for n, key in enumerate(keys):
        if key in keys[:n]:
            yield FieldError(f"criteria[{n}].key", "taken", _("Another criterion has this key already."))


def _part(one: Criterion, n: int, languages: Sequence[str]) -> Iterator[FieldError]:
    place = f"criteria[{n}]"
    if not one.key:
        yield FieldError(f"{place}.key", "required", _("This is needed."))
    if one.weight < 1:
        yield FieldError(f"{place}.weight", "range", _("Every criterion weighs at least 1."))
    yield from _texts(one.title, f"{place}.title", languages)
    if any(one.help.values()):
        yield from _texts(one.help, f"{place}.help", languages)
    yield from _scale(one, place, languages)


def _scale(one: Criterion, place: str, languages: Sequence[str]) -> Iterator[FieldError]:
    least, most = LEVELS
    values = [level.value for level in one.levels]
    if not least <= len(values) <= most:
        words = _("A scale has %(least)s to %(most)s levels.", least=least, most=most)
        yield FieldError(f"{place}.levels", "range", words)
    for m, level in enumerate(one.levels):
        if not math.isfinite(level.value) or (m and level.value <= values[m - 1]):
            yield FieldError(f"{place}.levels[{m}].value", "order", _("The levels rise from one to the next."))
        yield from _texts(level.text, f"{place}.levels[{m}].text", languages)


def _texts(texts: Texts, place: str, languages: Sequence[str]) -> Iterator[FieldError]:
    for tag in languages:
        if not texts.get(tag, "").strip():
            yield FieldError(f"{place}.{tag}", "required", _("This is needed in every language of the award."))


def encode(rubric: Rubric) -> str:
    """Return the text a rubric is kept as: equal rubrics give equal texts."""
    return msgspec.json.encode(rubric, order="sorted").decode()


def decode(body: str) -> Rubric:
    """Return the rubric that `encode` wrote."""
    return msgspec.json.decode(body, type=Rubric)


def digest(body: str) -> bytes:
    """Return the SHA-256 of a kept rubric."""
    return hashlib.sha256(body.encode()).digest()


@cache
def default() -> Rubric:
    """Return the template for green innovation, in every language of the interface."""
    with (Path(__file__).parent / "default_rubric.toml").open("rb") as file:
        return msgspec.convert(tomllib.load(file), Rubric)
