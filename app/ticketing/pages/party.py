"""The party of a form that is being filled in: people come and go, and nothing of it is checked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.ticketing.schemas import LARGEST_PARTY

Member = dict[str, Any]
"""One person as the form sends it: strings, lists of strings, and answers by question."""
Party = list[Member]

SHARED = ("residence", "organisation")
"""What a party mostly has in common."""
TYPED = ("name", "reading", "residence", "organisation", "email")
MANY = 5


def members(form: Mapping[str, Any]) -> Party:
    """Return the people of a form, at least one."""
    party = form.get("party")
    found = [_sound(m) for m in party if isinstance(m, dict)] if isinstance(party, list) else []
    return found or [{}]


def _sound(member: Member) -> Member:
    answers = member.get("answers")
    return {**member, "answers": answers} if isinstance(answers, dict) else _without(member, "answers")


def _without(member: Member, name: str) -> Member:
    return {key: value for key, value in member.items() if key != name}


def word(member: Mapping[str, Any], name: str) -> str:
    """Return a field of a person that holds words, "" when it holds anything else."""
    value = member.get(name, "")
    return value if isinstance(value, str) else ""


def as_list(value: object) -> list[str]:
    """Return what was ticked: a form gives one as a string and several as a list."""
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]


def act(party: Party, action: str, form: Mapping[str, Any]) -> Party | None:
    """Do what a button of the form says to its party, or return None when it is not about that.

    Buttons say `add`, `add.5`, `remove`, `remove.2`, `copy`, `names` or `drop.0.SLUG`.
    """
    verb, _, rest = action.partition(".")
    done = _ACTS.get(verb)
    return done(party, rest, form) if done else None


def _add(party: Party, rest: str, _form: object) -> Party:
    return added(party, MANY if rest == str(MANY) else 1)


def added(party: Party, count: int) -> Party:
    """Return the party with so many more people, with tickets as the last one has."""
    return [*party, *({"ticket_type": word(party[-1], "ticket_type")} for _n in range(count))][:LARGEST_PARTY]


def _remove(party: Party, rest: str, _form: object) -> Party:
    gone = int(rest) if rest.isdecimal() and len(rest) < 3 else len(party) - 1
    return [member for n, member in enumerate(party) if n != gone] or [{}]


def _copy(party: Party, _rest: str, _form: object) -> Party:
    """Give everybody what the first person has in common with them; what they have is left."""
    first, *others = party
    shared = {name: first[name] for name in SHARED if word(first, name)}
    return [first, *({**shared, **{k: v for k, v in member.items() if v}} for member in others)]


def _names(party: Party, _rest: str, form: Mapping[str, Any]) -> Party:
    """Give names, one on each line, to those who have none yet; further people are added for the rest."""
    names = _lines(form)
    found = added(party, max(0, len(names) - sum(not word(m, "name") for m in party)))
    left = iter(names)
    return [m if word(m, "name") or (name := next(left, "")) == "" else {**m, "name": name} for m in found]


def _lines(form: Mapping[str, Any]) -> list[str]:
    lines = word(form, "names").replace("\t", " ").splitlines()  # tabs are from a spreadsheet, and in no name
    return [line.strip() for line in lines if line.strip()]


def left_out(party: Party, form: Mapping[str, Any]) -> list[str]:
    """Return the names for which the party has no more room, before they are added."""
    free = LARGEST_PARTY - sum(bool(word(m, "name")) for m in party)
    return _lines(form)[free:]


def _drop(party: Party, rest: str, _form: object) -> Party:
    """Take a file out of the answers."""
    place, _, slug = rest.partition(".")
    return [
        {**m, "answers": _without(m["answers"], slug)} if str(n) == place and m.get("answers") else m
        for n, m in enumerate(party)
    ]


_ACTS: Mapping[str, Callable[[Party, str, Mapping[str, Any]], Party]] = {
    "add": _add,
    "remove": _remove,
    "copy": _copy,
    "names": _names,
    "drop": _drop,
}


def fitted(party: Party, counts: Mapping[str, int]) -> Party:
    """Return the party with so many tickets of each type: everybody keeps a ticket that is still wanted.

    Who has none of those gets one that nobody has; people nothing was typed for leave first.
    """
    free = Counter({slug: n for slug, n in counts.items() if n > 0})
    total = free.total()
    staying = sorted(sorted(range(len(party)), key=lambda n: not _typed(party[n]))[:total])
    kept: Party = []
    for n in staying:
        slug = word(party[n], "ticket_type")
        keeps = free[slug] > 0
        free[slug] -= keeps
        kept.append(party[n] if keeps else _without(party[n], "ticket_type"))
    rest = iter(list((+free).elements()))
    return [
        *(m if "ticket_type" in m else {**m, "ticket_type": next(rest)} for m in kept),
        *({"ticket_type": slug} for slug in rest),
    ]


def _typed(member: Member) -> bool:
    return any(member.get(name) for name in TYPED) or bool(member.get("answers"))


def counted(party: Sequence[Mapping[str, Any]], types: Mapping[str, object]) -> Counter[str]:
    """Return how many tickets of each type a party asks for; types that are not on offer are left out."""
    return Counter(slug for m in party if (slug := word(m, "ticket_type")) in types)
