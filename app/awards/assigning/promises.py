"""What panels promise: their size, the judges' loads, and that shared judges join them. Pure."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from app.awards.assigning.asked import Panels
from app.awards.calibration import Score, components
from app.awards.reach import RoundRef


class Broken(Struct, frozen=True, order=True):
    """A promise that does not hold: `kind` size | most | least | apart, of an entry or a judge, with what it is now."""

    kind: str
    about: UUID | None
    count: int


def needs_joining(round_: RoundRef) -> bool:
    """Whether what judges say has to be put on one scale; passing or failing needs none."""
    return round_.method != "pass_fail"


def broken(
    round_: RoundRef, panels: Panels, *, judges: Collection[UUID], spared: Collection[UUID] = ()
) -> list[Broken]:
    """Return what does not hold. `panels` names every entry of the field, `judges` all that sit."""
    loads = Counter(judge for panel in panels.values() for judge in panel)
    found = [Broken("size", entry, len(panel)) for entry, panel in panels.items() if len(panel) != round_.each]
    found += [Broken("most", judge, count) for judge, count in loads.items() if count > round_.most]
    low = [judge for judge in judges if loads[judge] < round_.least and judge not in spared]
    found += [Broken("least", judge, loads[judge]) for judge in low]
    parts = len(groups(panels))
    if needs_joining(round_) and parts > 1:
        found.append(Broken("apart", None, parts))
    return found


def groups(panels: Panels) -> list[set[UUID]]:
    """Return the entries that shared judges join, the largest group first; entries without judges are in none."""
    parts = components(Score(str(entry), str(judge), 0) for entry, panel in panels.items() for judge in panel)
    return [{UUID(name) for name in part} for part in parts]


def newly(before: Collection[Broken], after: Collection[Broken]) -> list[Broken]:
    """Return what a change breaks: what held before, or was nearer to holding."""
    was = {(one.kind, one.about): one.count for one in before}
    return [one for one in after if _is_worse(one, was.get((one.kind, one.about)))]


def _is_worse(one: Broken, was: int | None) -> bool:
    if was is None:
        return True
    return one.count < was if one.kind == "least" else one.count > was if one.kind != "size" else one.count != was
