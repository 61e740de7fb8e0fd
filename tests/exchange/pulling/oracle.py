"""The rules of merging once more, as simply as they can be said: no SQL, no sets of keys, one event after the other."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Told:
    """An event as a file has it; moments in minutes, `modified` None where the file gives none."""

    uid: str
    title: str
    start: int
    sequence: int
    modified: int | None
    stamp: int

    @property
    def words(self) -> tuple[object, ...]:
        """What tells two texts apart: everything but when it was written down."""
        return self.title, self.start, self.sequence, self.modified


@dataclass(frozen=True)
class File:
    """What a reading brings: whole events in order, whether the file has its end, its bytes; `broken` is no calendar.

    `half` is the event in whose middle it breaks off.
    """

    events: tuple[Told, ...] = ()
    whole: bool = True
    size: int = 0
    broken: bool = False
    half: str = ""


@dataclass
class Known:
    """An event as we hold it; `kept` when an officer keeps what the feed has no longer."""

    told: Told
    state: str = "shown"
    kept: bool = False


@dataclass
class Oracle:
    """What we ought to hold of one source."""

    known: dict[str, Known] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    last_size: int = 0

    def read(self, file: File, now: int) -> None:
        """Take a reading at a minute."""
        if file.broken:
            return
        there = self._one_of_each(file.events)
        coming = sum(one.told.start + 60 > now and one.state == "shown" and not one.kept for one in self.known.values())
        for uid, told in there.items():
            self._take(uid, told)
        gone = {uid for uid, one in self.known.items() if self._is_missed(one, there, file, now)}
        doubtful = bool(gone) and self._is_doubtful(len(gone), coming, file)
        self.waiting = gone if doubtful else set()
        for uid in () if doubtful else gone:
            self.known[uid].state = "missing"
        if file.whole and not doubtful:
            self.last_size = file.size

    @staticmethod
    def _one_of_each(events: tuple[Told, ...]) -> dict[str, Told]:
        found: dict[str, Told] = {}
        for one in events:
            if one.uid not in found or (one.words != found[one.uid].words and newer(one, found[one.uid])):
                found[one.uid] = one
        return found

    def _take(self, uid: str, told: Told) -> None:
        held = self.known.get(uid)
        if held is None:
            self.known[uid] = Known(told)
            return
        if told.words != held.told.words and newer(told, held.told):
            held.told = told
        held.state, held.kept = "shown", False

    @staticmethod
    def _is_missed(one: Known, there: dict[str, Told], file: File, now: int) -> bool:
        if one.told.uid in there or one.told.uid == file.half or one.kept or one.state != "shown":
            return False
        to_come = one.told.start + 60 > now
        shown_so_far = not there or one.told.start <= max(told.start for told in there.values())
        return to_come and shown_so_far

    def _is_doubtful(self, gone: int, coming: int, file: File) -> bool:
        too_many = gone > 3 and gone > 0.3 * coming
        return not file.events or not file.whole or file.size * 2 < self.last_size or too_many

    def decide(self, uids: set[str], *, keep: bool) -> None:
        """Let an officer decide of events that wait."""
        for uid in uids:
            one = self.known[uid]
            one.state, one.kept = ("shown", True) if keep else ("withdrawn", False)
        self.waiting -= uids


def newer(came: Told, held: Told) -> bool:
    """Whether a version with other words goes before the one that is held."""
    if came.sequence > held.sequence:
        return True
    moments = [(came.modified, held.modified), (came.stamp, held.stamp)]
    for a, b in moments:
        if a is not None and b is not None and a != b:
            return a > b
    return came.sequence == held.sequence
