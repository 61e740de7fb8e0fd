"""What a judge writes about one entry: when it is wrong, when it is complete, when it says the same. Pure."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Struct

from app.awards.rubric import Rubric, strangers
from app.core.errors import FieldError
from app.core.i18n import gettext as _
from app.core.validation import Paragraph

Verdict = Literal["passed", "failed"]
Method = Literal["scores", "pass_fail", "pairs", "ranks"]
State = Literal["new", "begun", "submitted"]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Value = Annotated[float, msgspec.Meta(ge=-1000, le=1000)]


class Sheet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a judge says of an entry.

    `values` has the level chosen by criterion, null where the judge cannot judge it; a criterion that is not there is
    still to be judged. `verdict` only where a round passes or fails. With `abstained` nothing else counts.
    `to_applicant` goes to the applicant after the release, `to_committee` never does.
    """

    values: Annotated[dict[Key, Value | None], msgspec.Meta(max_length=20)] = {}
    verdict: Verdict | None = None
    abstained: bool = False
    to_applicant: Paragraph = ""
    to_committee: Paragraph = ""


class Brief(Struct, frozen=True):
    """What the sheets of a round are held against, pinned since it opened; `rubric` None where none is asked for."""

    method: str
    rubric: Rubric | None

    @property
    def questions(self) -> int:
        """How many questions a sheet asks."""
        return (len(self.rubric.criteria) if self.rubric else 0) + (self.method == "pass_fail")

    def answered(self, sheet: Sheet) -> int:
        """Return how many of the questions have an answer."""
        return self.questions - len(self.open_points(sheet))

    def open_points(self, sheet: Sheet) -> list[str]:
        """Return the fields that need an answer before the sheet can be submitted, in the order of the page."""
        if sheet.abstained:
            return []
        criteria = self.rubric.criteria if self.rubric else ()
        found = [f"values.{one.key}" for one in criteria if one.key not in sheet.values]
        return [*found, "verdict"] if self.method == "pass_fail" and sheet.verdict is None else found

    def required(self, sheet: Sheet) -> list[FieldError]:
        """Say of each open point that it is needed."""
        return [FieldError(name, "required", _("This is needed.")) for name in self.open_points(sheet)]

    def wrong(self, sheet: Sheet) -> list[FieldError]:
        """Return what a sheet must not hold: criteria or levels that the rubric has not, words of another method."""
        unknown = strangers(self.rubric, sheet.values) if self.rubric else sorted(sheet.values)
        words = _("Please choose one of the values offered.")
        found = [FieldError(f"values.{key}", "choice", words) for key in unknown]
        if sheet.verdict is not None and self.method != "pass_fail":
            found.append(FieldError("verdict", "unknown", _("There is no such field.")))
        return found


def differences(mine: Sheet, stored: Sheet) -> list[str]:
    """Return the fields in which two sheets differ, `values.KEY` for a criterion."""
    keys = sorted({*mine.values, *stored.values})
    nothing = object()
    values = [f"values.{key}" for key in keys if mine.values.get(key, nothing) != stored.values.get(key, nothing)]
    others = ("verdict", "abstained", "to_applicant", "to_committee")
    return values + [name for name in others if getattr(mine, name) != getattr(stored, name)]


def counted(values: Mapping[str, float | None], *, abstained: bool) -> dict[str, float | None]:
    """Return the values of a submitted sheet that count: of an abstention none."""
    return {} if abstained else dict(values)
