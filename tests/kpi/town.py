"""A synthetic year with known truth: who the people are, under which names and addresses they register, who was there.

`town(seed=1)` is the year of the specification: 50,000 people, 95,500 registrations, 1,000,000 presence events; `SMALL`
is one for every day. The same seed makes the same town. The truth is kept while the year is made up, person by person,
and uses nothing of the product: no rule, no calendar, no key.
"""

from collections import defaultdict
from datetime import date
from random import Random
from uuid import UUID

from msgspec import Struct

from tests.kpi.town_names import Name, Spelling, invent, usual, variant

COUNTABLE = ("visitor", "delegate", "speaker", "award_entrant", "city_delegation", "student")
OTHERS = ("staff", "contractor", "exhibitor", "press", "test")
_ROLES = ("visitor",) * 74 + ("delegate",) * 8 + COUNTABLE[2:] + ("exhibitor",) * 7 + ("staff",) * 4 + OTHERS[1:]
_COUNTRIES = (
    ("JP",) * 70
    + ("CN",) * 22
    + ("KR",) * 20
    + ("TW", "VN", "US", "TH") * 8
    + ("DE", "FR", "GB", "ES", "IT", "PL", "SE", "DK", "PT", "BR", "RO", "HU", "TR", "SG", "IN") * 2
    + ("AU", "CA", "MX", "CL", "KE", "NG", "FI", "NO", "NZ", "CZ")
)
_ORGANISATIONS = ("Green Bay", "Harbour", "Kita", "Meridian", "Nova", "Orchid", "Pacific", "Quartz", "River", "Sakura")


class Size(Struct, frozen=True):
    """How large a town is; `events` are evidence of presence, corrections come on top."""

    people: int
    registrations: int
    events: int


WHOLE = Size(50_000, 95_500, 1_000_000)
SMALL = Size(150, 290, 3_000)


class Human(Struct, frozen=True):
    """A natural person. `residence` is true; one who is `silent` never declares it."""

    number: int
    name: Name
    residence: str
    silent: bool
    organisation: str
    address: str
    second_address: str | None


class Registration(Struct, frozen=True):
    """What was sent in: `human` is the truth that nobody may look at, `person` the pseudonym it was booked under.

    Registrations of one human under one spelling of an address share a pseudonym. `residence` as declared.
    """

    number: int
    human: int
    person: UUID
    ticket: UUID
    email: str
    name: str
    reading: str
    residence: str | None
    organisation: str
    role: str


class People(Struct, frozen=True):
    """Everybody and what they sent in."""

    humans: list[Human]
    registrations: list[Registration]

    def pseudonyms(self) -> dict[int, list[UUID]]:
        """Return the pseudonyms of each human, in the order of registering; more than one are doubles."""
        found: dict[int, dict[UUID, None]] = defaultdict(dict)
        for registration in self.registrations:
            found[registration.human][registration.person] = None
        return {human: list(persons) for human, persons in found.items()}


class Day(Struct):
    """What one human truly did on one event-day under one countable or exhibitor's role; minutes are halves."""

    scope: str
    on_site: bool = False
    halves: int = 0
    measured: bool = False
    enough: bool = False

    def counts(self, minutes: int) -> bool:
        """Whether this is a qualifying presence at an online threshold."""
        return self.on_site or self.online(minutes)

    def online(self, minutes: int) -> bool:
        """Whether it is one on line."""
        return self.measured and (self.enough or self.halves >= 2 * minutes)


EventDay = tuple[UUID, date]
Days = dict[EventDay, Day]


class Truth(Struct):
    """What everybody truly did: by human, countable roles and exhibitors' roles apart."""

    countable: dict[int, Days]
    exhibiting: dict[int, Days]

    def figure(self, humans: list[Human]) -> dict[str, object]:
        """Return every line that the product publishes, but `conflicts`, from the truth alone."""
        known = {human.number for human in humans if human.residence != "JP" and not human.silent}
        silent = {human.number for human in humans if human.silent}
        present = {n: days for n, days in self.countable.items() if any(d.counts(10) for d in days.values())}
        people = {n: {e: d for e, d in days.items() if d.counts(10)} for n, days in present.items() if n in known}
        on_site = {n for n, days in people.items() if any(d.on_site for d in days.values())}
        online = {n for n, days in people.items() if any(d.online(10) for d in days.values())}
        rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for n in people:
            for column, counted in enumerate((True, n in on_site, n in online, n in on_site & online)):
                rows[humans[n].residence][column] += counted
        return {
            "people": len(people),
            "on_site": len(on_site),
            "online": len(online),
            "both": len(on_site & online),
            "core_only": sum(
                any(d.counts(10) and d.scope == "core" for d in days.values()) for days in people.values()
            ),
            "visits": sum(len(days) for days in people.values()),
            "participations": sum(len({event for event, _ in days}) for days in people.values()),
            "unknown_residence": len(silent & present.keys()),
            "by_country": {country: tuple(row) for country, row in rows.items()},
            "sensitivity": {str(m): self._at(m, known) for m in (0, 1, 10, 30)},
            "with_exhibitors": len(people.keys() | {n for n in known if self._exhibited(n)}),
        }

    def _at(self, minutes: int, known: set[int]) -> int:
        return sum(any(d.counts(minutes) for d in days.values()) for n, days in self.countable.items() if n in known)

    def _exhibited(self, human: int) -> bool:
        """Whether it counts when the minutes under both kinds of roles are put together."""
        own, stall = self.countable.get(human, {}), self.exhibiting.get(human, {})
        return any(_together(own.get(key), stall.get(key)).counts(10) for key in own.keys() | stall.keys())


def _together(one: Day | None, two: Day | None) -> Day:
    days = [day for day in (one, two) if day is not None]
    return Day(
        days[0].scope,
        on_site=any(d.on_site for d in days),
        halves=sum(d.halves for d in days),
        measured=any(d.measured for d in days),
        enough=any(d.enough for d in days),
    )


def identity(rng: Random) -> UUID:
    """Return an id like a random one, the same for the same dice."""
    return UUID(int=rng.getrandbits(128), version=4)


def people(size: Size, *, seed: int) -> People:
    """Invent the people and their registrations."""
    rng = Random(f"people {seed}")
    humans = _humans(rng, size.people)
    accounts: dict[tuple[int, str], UUID] = defaultdict(lambda: identity(rng))
    owners = [*range(size.people), *(rng.randrange(size.people) for _ in range(size.registrations - size.people))]
    rng.shuffle(owners)
    seen: set[int] = set()
    made = []
    for number, owner in enumerate(owners):
        made.append(_registration(rng, number, humans[owner], first=owner not in seen, accounts=accounts))
        seen.add(owner)
    return People(humans, made)


def _humans(rng: Random, number: int) -> list[Human]:
    """Eight in a hundred have a second address; three in a hundred are in groups on the address of one of them."""
    found: list[Human] = []
    group, left = "", 0
    for n in range(number):
        if not left and rng.random() < 0.03 / 3:
            group, left = f"group-{n}@agency.example", rng.randint(2, 4)
        name = invent(rng, rng.choice(_COUNTRIES))
        mailbox = f"{name.given[2].split()[0]}.{n}".encode("ascii", "ignore").decode()
        found.append(
            Human(
                number=n,
                name=name,
                residence=name.country,
                silent=rng.random() < 0.015,
                organisation=f"{rng.choice(_ORGANISATIONS)} {rng.randrange(900)}",
                address=group if left else f"{mailbox}@example.org",
                second_address=f"{mailbox}@second.example" if rng.random() < 0.08 else None,
            )
        )
        left = max(0, left - 1)
    return found


def _registration(
    rng: Random, number: int, human: Human, *, first: bool, accounts: dict[tuple[int, str], UUID]
) -> Registration:
    second = human.second_address is not None and not first and rng.random() < 0.7
    address = human.second_address if second and human.second_address else human.address
    email = _respelled(rng, address) if not first and not second and rng.random() < 0.06 else address
    spelling: Spelling = variant(rng, human.name) if not first and rng.random() < 0.2 else usual(human.name)
    wrong = not human.silent and rng.random() < 0.004
    return Registration(
        number=number,
        human=human.number,
        person=accounts[human.number, email],
        ticket=identity(rng),
        email=email,
        name=spelling.name,
        reading=spelling.reading,
        residence=None if human.silent else rng.choice(("JP", "SG")) if wrong else human.residence,
        organisation=human.organisation if first or rng.random() < 0.9 else "",
        role=rng.choice(_ROLES),
    )


def _respelled(rng: Random, address: str) -> str:
    """Return the same mailbox written otherwise."""
    mailbox, _, domain = address.partition("@")
    return rng.choice((f"{mailbox}+{rng.randrange(9)}@{domain}", f"{mailbox.upper()}@{domain.title()}"))
