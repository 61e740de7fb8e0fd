"""The choices of a question, written one per line in each language; their values stay whatever becomes of the words."""

from collections.abc import Sequence

import msgspec

from app.core.errors import FieldError
from app.core.i18n import Text, ngettext, text
from app.core.i18n import gettext as _
from app.events.edits import Paragraphs
from app.events.slugs import candidates, proposal
from app.ticketing.schemas import Option

FEWEST, MOST = 2, 60
LONGEST = 200
"""Letters of a choice."""


def read(written: Paragraphs, old: Sequence[Option], *, fixed: bool) -> tuple[list[Option], list[FieldError]]:
    """Return the choices, and what is wrong with how they are written; `fixed` when answers name the `old` ones.

    A line that is worded as before in any language keeps its value, and so does one in the place of an old choice that
    is nowhere else: it was reworded.
    """
    lines = {tag: _lines(words) for tag, words in msgspec.to_builtins(written).items()}
    counts = {len(found) for found in lines.values() if found}
    if len(counts) > 1:
        return [], [FieldError("options", "lines", _("Write the same number of choices in every language."))]
    labels = [{tag: found[n] for tag, found in lines.items() if found} for n in range(max(counts, default=0))]
    errors = _errors(labels)
    found = _valued(labels, old)
    lost = [o for o in old if o.value not in {f.value for f in found}]
    if fixed and lost:
        words = _("People have answered already, so “%(words)s” stays. You may reword it.", words=text(lost[0].label))
        errors.append(FieldError("options", "answered", words))
    return found, errors


def written(options: Sequence[Option]) -> Paragraphs:
    """Return choices as their form shows them; a language in which one has no words is shown those of another."""
    tags = dict.fromkeys(tag for option in options for tag in option.label)
    lines = {tag: "\n".join(o.label.get(tag) or text(o.label) for o in options) for tag in tags}
    return msgspec.convert(lines, Paragraphs)


def _lines(words: str) -> list[str]:
    return [line.strip() for line in words.split("\n") if line.strip()]


def _errors(labels: Sequence[Text]) -> list[FieldError]:
    if not FEWEST <= len(labels) <= MOST:
        words = _("Write %(fewest)s to %(most)s choices, one per line.", fewest=FEWEST, most=MOST)
        return [FieldError("options", "count", words)]
    if any(len(words) > LONGEST for label in labels for words in label.values()):
        words = ngettext("A choice has at most %(n)s letter.", "A choice has at most %(n)s letters.", LONGEST)
        return [FieldError("options", "too_long", words)]
    if any(_is_twice([label[tag] for label in labels]) for tag in labels[0]):
        return [FieldError("options", "twice", _("A choice stands there twice."))]
    return []


def _is_twice(words: Sequence[str]) -> bool:
    return len(set(words)) != len(words)


def _valued(labels: Sequence[Text], old: Sequence[Option]) -> list[Option]:
    """Give each label the value of the old choice that it is, or a new one."""
    same = [next((o for o in old if o.label.items() & label.items()), None) for label in labels]
    kept = {o.value for o in same if o}
    found: list[Option] = []
    taken = {o.value for o in old}
    for place, (label, was) in enumerate(zip(labels, same, strict=True)):
        reworded = old[place] if was is None and place < len(old) and old[place].value not in kept else None
        value = was.value if was else reworded.value if reworded else ""
        if not value or value in {o.value for o in found}:
            value = next(c for c in candidates(proposal(label, "choice")[:60]) if c not in taken)
        taken.add(value)
        found.append(Option(value, label))
    return found
