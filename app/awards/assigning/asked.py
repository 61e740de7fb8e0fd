"""What a run of the optimisation was asked, as it is stored and as its process reads it. Pure."""

from collections.abc import Collection, Mapping
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from app.awards.wishes import GRAIN, Wishes

Keep = Literal["begun", "standing"]
"""What stays when it is worked out again: what judges have begun, or all that stands, so that only gaps are filled."""


Panels = Mapping[UUID, Collection[UUID]]
"""Entry to its judges."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a run was asked, as it is stored: `fit` in rows of entries and columns of judges, in hundredths.

    `leaving` is the judge to be replaced.
    """

    entries: tuple[str, ...]
    judges: tuple[str, ...]
    each: int
    loads: tuple[int, int]
    forbidden: tuple[tuple[str, str], ...]
    fixed: tuple[tuple[str, str], ...]
    fit: tuple[tuple[int, ...], ...]
    spared: tuple[str, ...]
    connected: bool
    keep: Keep
    leaving: str | None = None

    @property
    def wishes(self) -> Wishes:
        """The wishes, as the optimisation takes them."""
        names = {name: getattr(self, name) for name in Wishes.__struct_fields__ if name != "fit"}
        return Wishes(
            **names,
            fit={
                (entry, judge): points / GRAIN
                for entry, row in zip(self.entries, self.fit, strict=True)
                for judge, points in zip(self.judges, row, strict=True)
            },
        )


def encode(wishes: Asked) -> str:
    """Return the canonical text: equal wishes give equal texts."""
    return msgspec.json.encode(wishes, order="sorted").decode()


def decode(text: str) -> Asked:
    """Return the wishes that `encode` wrote."""
    return msgspec.json.decode(text, type=Asked)


def panels_of(found: dict[str, list[str]]) -> Panels:
    """Return panels with ids for names."""
    return {UUID(entry): {UUID(judge) for judge in panel} for entry, panel in found.items()}
