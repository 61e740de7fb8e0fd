"""The certificate of an assignment in words, and why wishes clash and what would help."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.awards.assigning.asked import Asked
from app.awards.assigning.child import Answer
from app.awards.assigning.ground import Ground
from app.awards.assigning.promises import Broken
from app.awards.assignment import Certificate, Clash
from app.core.i18n import gettext as _
from app.core.i18n import ngettext

SHOWN = 12
"""Entries and judges that a sentence names; of more it says how many there are."""


def certificate_words(found: Certificate, asked: Asked) -> list[str]:
    """Return what the certificate says, in sentences. Fits are shown as a share of the best panel there could be."""
    share = 100 / asked.each
    said = [
        _("Every entry has %(n)s judges, and nobody has an entry they have a conflict with.", n=asked.each),
        _("Each judge has %(least)s to %(most)s entries.", least=found.loads[0], most=found.loads[1]),
    ]
    if asked.connected:
        said.append(_("Shared judges join all entries, so that strict and lenient judges can be told apart."))
    weakest, mean = f"{found.weakest * share:.3g}", f"{found.mean * share:.3g}"
    said.append(
        _(
            "The weakest panel suits its entry to %(weakest)s %%, all together to %(mean)s %%.",
            weakest=weakest,
            mean=mean,
        )
    )
    if found.optimal:
        return [*said, _("It is proven that no assignment is better.")]
    gap = round(100 * found.gap, 2)
    return [*said, _("Time ran out: a better one may exist, by %(gap)s %% at most.", gap=gap)]


def clash_words(answer: Answer, asked: Asked, known: Ground) -> list[str]:
    """Return why there is no assignment, and what to change."""
    kinds = {clash.kind for clash in answer.clashes}
    if "connected" in kinds:
        return _apart(answer, known)
    entries, judges = _names(answer.clashes, {"each"}, known), _names(answer.clashes, {"most", "least"}, known)
    least, most = asked.loads
    if "fixed" in kinds:
        return [
            _("What judges have begun cannot all stay: some of it has a conflict since."),
            _("Take these assignments back by hand first."),
        ]
    if "least" in kinds:
        return [
            _("These judges would need %(n)s entries each, and there is too little they may judge: %(judges)s.",
              n=least, judges=judges),
            _("Take judges off the panel."),
            *_before_opening(known, _("Or ask for fewer entries per judge in the rules of the round.")),
        ]  # fmt: skip
    if "most" not in kinds:
        return [
            ngettext("This entry has fewer than %(each)s judges without a conflict: %(entries)s.",
                     "These entries have fewer than %(each)s judges without a conflict: %(entries)s.",
                     len(answer.clashes), each=asked.each, entries=entries),
            _("Add judges to the panel who have no tie to them."),
        ]  # fmt: skip
    if not entries:
        return [
            _("More than %(n)s entries are kept for each of these judges: %(judges)s.", n=most, judges=judges),
            _("Work everything out anew, or take some back by hand."),
        ]
    return [
        _("These entries need %(each)s judges each: %(entries)s.", each=asked.each, entries=entries),
        _("Without conflicts they have no others than these, who may have %(n)s entries each: %(judges)s.",
          n=most, judges=judges),
        _("Add judges to the panel."),
        *_before_opening(known, _("Or allow more entries per judge in the rules of the round.")),
    ]  # fmt: skip


def _apart(answer: Answer, known: Ground) -> list[str]:
    if Clash("each") in answer.clashes:
        return [
            _("With one judge per entry nothing joins the scores of different judges."),
            *_before_opening(known, _("Ask for two judges or more per entry in the rules of the round.")),
        ]
    numbers = {str(one.id): one.number for one in known.entries}
    small = [sorted(numbers[name] for name in group if name in numbers) for group in answer.apart[1:]]
    if small:
        groups = "; ".join(_listed([str(number) for number in group]) for group in small)
        return [
            _(
                "Conflicts keep these entries apart from all others, so that no judge can join them: %(groups)s.",
                groups=groups,
            ),
            _("Add a judge who may judge entries of both sides."),
        ]
    return [
        _("There are too few places to join all entries by shared judges."),
        _("Add judges to the panel."),
        *_before_opening(known, _("Or ask for more judges per entry in the rules of the round.")),
    ]


def _before_opening(known: Ground, words: str) -> list[str]:
    """Return what the rules could do about it, as long as they are not pinned."""
    return [] if known.round.opened_at else [words]


def _names(clashes: Iterable[Clash], kinds: set[str], known: Ground) -> str:
    numbers = {str(one.id): one.number for one in known.entries}
    pseudonyms = {str(seat.judge): seat.pseudonym for seat in known.seats}
    names = [clash.name for clash in clashes if clash.kind in kinds]
    entries = [str(number) for number in sorted(numbers[name] for name in names if name in numbers)]
    return _listed([*entries, *sorted(pseudonyms[name] for name in names if name in pseudonyms)])


def _listed(names: Sequence[str]) -> str:
    if len(names) <= SHOWN:
        return ", ".join(names)
    return _("%(names)s and %(n)s more", names=", ".join(names[:SHOWN]), n=len(names) - SHOWN)


def broken_words(one: Broken, known: Ground) -> str:
    """Return a rule of the round that does not hold, in words."""
    numbers = {entry.id: entry.number for entry in known.entries}
    pseudonym = {seat.judge: seat.pseudonym for seat in known.seats}
    pseudonym |= {stands.judge: stands.pseudonym for stands in known.standing}
    rules = known.round
    if one.kind == "size":
        return _("Judges of entry %(n)s: %(count)s. The round asks for %(each)s.",
                 n=_of(numbers, one.about), count=one.count, each=rules.each)  # fmt: skip
    if one.kind == "apart":
        return _(
            "The panels fall into %(n)s groups without a judge in common: their scores cannot be compared.", n=one.count
        )
    judge = _of(pseudonym, one.about)
    if one.kind == "most":
        return _(
            "Entries of %(judge)s: %(count)s. The most are %(most)s.", judge=judge, count=one.count, most=rules.most
        )
    return _(
        "Entries of %(judge)s: %(count)s. The least are %(least)s.", judge=judge, count=one.count, least=rules.least
    )


def _of(names: Mapping[UUID, int | str], about: UUID | None) -> str:
    return str(names[about]) if about is not None and about in names else ""
