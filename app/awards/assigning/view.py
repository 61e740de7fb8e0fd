"""What the secretary sees: the panels with their judges, the loads, and what does not hold."""

from uuid import UUID

from msgspec import Struct

from app.awards.assigning.child import Answer
from app.awards.assigning.ground import Ground
from app.awards.assigning.promises import broken
from app.awards.assigning.solving import Run
from app.awards.assigning.standing import Standing
from app.awards.assigning.suits import suits
from app.awards.assigning.words import broken_words, certificate_words, clash_words
from app.awards.reach import Texts


class EntryLine(Struct, frozen=True, kw_only=True):
    """An entry with the judges it has."""

    id: UUID
    number: int
    title: Texts
    judges: list[Standing]


class JudgeLine(Struct, frozen=True, kw_only=True):
    """A judge with how many entries are assigned, and done; `sits` is false for who has left."""

    id: UUID
    pseudonym: str
    label: str
    assigned: int
    done: int
    sits: bool


class Choice(Struct, frozen=True, kw_only=True):
    """A judge as the form of an entry offers it: `suits` in percent, `barred` by a conflict."""

    id: UUID
    pseudonym: str
    label: str
    assigned: int
    suits: int
    barred: bool
    has: bool


class ProposedLine(Struct, frozen=True, kw_only=True):
    """An entry of a proposal: pseudonyms that stay, come and go."""

    number: int
    title: Texts
    stay: list[str]
    come: list[str]
    go: list[str]


def entry_lines(known: Ground) -> list[EntryLine]:
    """Return the entries by number."""
    return [
        EntryLine(
            id=one.id,
            number=one.number,
            title=one.title,
            judges=[stands for stands in known.standing if stands.entry == one.id],
        )
        for one in known.entries
    ]


def judge_lines(known: Ground) -> list[JudgeLine]:
    """Return the judges by pseudonym, also those who left and still have entries."""
    seats = {seat.judge: (seat.pseudonym, seat.label) for seat in known.seats}
    others = {one.judge: (one.pseudonym, one.label) for one in known.standing if one.judge not in seats}
    return [
        JudgeLine(
            id=judge,
            pseudonym=pseudonym,
            label=label,
            assigned=sum(one.judge == judge for one in known.standing),
            done=sum(one.judge == judge and one.submitted for one in known.standing),
            sits=judge in seats,
        )
        for judge, (pseudonym, label) in sorted({**seats, **others}.items(), key=lambda item: item[1][0])
    ]


def choices(known: Ground, entry: UUID) -> list[Choice]:
    """Return who could judge an entry, those that suit it best first."""
    (asked,) = (one for one in known.entries if one.id == entry)
    has = known.panels[entry]
    loads = {line.id: line.assigned for line in judge_lines(known)}
    found = [
        Choice(
            id=seat.judge,
            pseudonym=seat.pseudonym,
            label=seat.label,
            assigned=loads[seat.judge],
            suits=round(
                100 * suits(written=asked.languages, about=asked.topics, reads=seat.languages, knows=seat.topics)
            ),
            barred=(entry, seat.judge) in known.forbidden,
            has=seat.judge in has,
        )
        for seat in known.seats
    ]
    return sorted(found, key=lambda one: (one.barred, not one.has, -one.suits, one.assigned, one.pseudonym))


def open_points(known: Ground) -> list[str]:
    """Return in words what does not hold of what stands; nothing while nothing is assigned."""
    if not known.standing:
        return []
    gone = {one.judge for one in known.standing} - set(known.judges)
    return [broken_words(one, known) for one in broken(known.round, known.panels, judges=known.judges, spared=gone)]


def said(run: Run, known: Ground) -> list[str]:
    """Return the answer of a run in words: its certificate, or why there is none and what to change."""
    answer = run.answer or Answer()
    if answer.certificate:
        return certificate_words(answer.certificate, run.asked)
    return clash_words(answer, run.asked, known) if answer.clashes else []


def proposed(run: Run, known: Ground) -> list[ProposedLine]:
    """Return what taking a proposal would change, entry by entry."""
    panels = run.answer.panels if run.answer else {}
    names = {line.id: line.pseudonym for line in judge_lines(known)}
    stands, lines = known.panels, []
    for one in known.entries:
        new = {UUID(judge) for judge in panels.get(str(one.id), [])}
        old = stands[one.id]
        lines.append(
            ProposedLine(
                number=one.number,
                title=one.title,
                stay=sorted(names.get(judge, "") for judge in old & new),
                come=sorted(names.get(judge, "") for judge in new - old),
                go=sorted(names.get(judge, "") for judge in old - new),
            )
        )
    return lines
