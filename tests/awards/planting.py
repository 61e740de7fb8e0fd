"""Awards for tests, made quickly: an award, its rounds, judges who are signed in, entries with their members.

Everything has a default, so a test names only what it is about. `field` plants a whole award.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards import rubric as rubrics
from app.awards.reach import any_round
from app.awards.rubric import Criterion, Level, Rubric
from app.awards.schemas import EntryBody, JudgeProfile, MemberBody, Said
from app.awards.setting import rules
from app.awards.setting.judges import sealed
from app.core.db import connection, fetch, fetch_one, transaction
from app.people import access
from app.people.persons import enrol
from app.people.roles import Role, Scope
from app.people.schemas import Declared, Details
from tests.clock import NOW

DAY = dt.timedelta(days=1)
TEXTS = ("Weak", "Below average", "Average", "Good", "Outstanding")
LEVELS = tuple(Level(float(n), {"en": text, "ja": text}) for n, text in enumerate(TEXTS, 1))
RUBRIC = Rubric(
    "Test",
    (
        Criterion(key="impact", title={"en": "Impact", "ja": "効果"}, weight=50, levels=LEVELS),
        Criterion(key="design", title={"en": "Design", "ja": "設計"}, weight=30, levels=LEVELS),
        Criterion(key="scaling", title={"en": "Scaling", "ja": "展開"}, weight=20, levels=LEVELS),
    ),
)
"""Three criteria of 50, 30 and 20, each from 1 to 5."""


class Judged(Struct, frozen=True):
    """A judge with the token of its account; `token` is "" when none was asked for."""

    id: UUID
    account: UUID
    pseudonym: str
    token: str


class Entered(Struct, frozen=True):
    """An entry; `members` and `persons` in order, the lead first. A draft has neither version nor digest."""

    id: UUID
    number: int
    version: UUID | None
    digest: bytes
    members: tuple[UUID, ...]
    persons: tuple[UUID, ...]


class Field(Struct, frozen=True):
    """A whole award with one category and one open round."""

    award: UUID
    slug: str
    category: UUID
    round: UUID
    rubric: UUID
    judges: tuple[Judged, ...]
    entries: tuple[Entered, ...]


async def award(slug: str = "green-2026", *, languages: Sequence[str] = ("ja", "en"), published: bool = True) -> UUID:
    """Add an award to the demo convention."""
    made = uuid4()
    title = {"en": f"Award {slug}", "ja": f"賞 {slug}"}
    await fetch(
        "INSERT INTO award (id, convention, slug, title, description, languages, created_at, published_at)"
        " SELECT $1, id, $2, $3, '{}', $4, $5, $6 FROM convention ORDER BY first_day LIMIT 1",
        made,
        slug,
        _json(title),
        _json(languages),
        NOW,
        NOW if published else None,
    )
    return made


async def category(of: UUID, slug: str = "pairs", **columns: Any) -> UUID:
    """Add a category that takes entries from yesterday until tomorrow."""
    return await _insert(
        "award_category",
        award=of,
        slug=slug,
        title={"en": slug, "ja": slug},
        description={},
        **{
            "position": 1,
            "opens_at": NOW - DAY,
            "closes_at": NOW + DAY,
            "grace_ms": 0,
            "zone": "Asia/Tokyo",
            "least_members": 1,
            "evidence": False,
            "next_number": 1,
            "revision": 0,
        }
        | columns,
    )


async def rubric(of: UUID, body: Rubric = RUBRIC, *, version: int = 1) -> UUID:
    """Add a version of a rubric."""
    text = rubrics.encode(body)
    return await _insert(
        "rubric",
        award=of,
        name=body.name,
        version=version,
        body=text,
        digest=rubrics.digest(text),
        created_at=NOW,
    )


async def round_(of: UUID, rubric_id: UUID | None = None, **columns: Any) -> UUID:
    """Add a draft of a round that lasts from yesterday for a week, three judges an entry; `open_round` opens it."""
    return await _insert(
        "award_round",
        category=of,
        rubric=rubric_id,
        title={"en": "Documents", "ja": "書類審査"},
        **{
            "position": 1,
            "kind": "document",
            "method": "scores",
            "opens_at": NOW - DAY,
            "closes_at": NOW + 7 * DAY,
            "grace_ms": 0,
            "zone": "Asia/Tokyo",
            "each": 3,
            "least": 0,
            "most": 1000,
            "blind": False,
            "peers": "own",
            "carry": "best",
            "carry_count": 10,
            "best": 3,
            "missing_rule": "unjudged-v1",
            "tie_rule": "highest-points-v1",
            "public_percent": 0,
            "vote_opens_at": None,
            "vote_closes_at": None,
            "reminders": [],
            "state": "draft",
            "rules": None,
            "opened_at": None,
            "revision": 0,
        }
        | columns,
    )


async def open_round(round_id: UUID, *, at: dt.datetime = NOW) -> None:
    """Open a round as `setting.rounds.open_round` does, without its checks: rules and versions are pinned."""
    found = await any_round(round_id)
    row = await fetch_one("SELECT body FROM rubric WHERE id = $1", found.rubric)
    text = rules.encode(rules.rules_of(found, None if row is None else rubrics.decode(row["body"])))
    await fetch("UPDATE award_round SET state = 'open', rules = $2, opened_at = $3 WHERE id = $1", round_id, text, at)
    await fetch(
        "UPDATE award_entry e SET pinned = (SELECT v.id FROM entry_version v WHERE v.entry = e.id"
        " ORDER BY v.number DESC LIMIT 1) WHERE category = $1 AND state = 'submitted' AND pinned IS NULL",
        found.category,
    )


async def close_round(round_id: UUID) -> None:
    """Close a round."""
    await fetch("UPDATE award_round SET state = 'closed' WHERE id = $1", round_id)


async def judge(
    of: UUID,
    *,
    profile: JudgeProfile = JudgeProfile(),  # noqa: B008  # frozen
    languages: Sequence[str] = ("ja", "en"),
    topics: Sequence[str] = (),
    token: bool = True,
    label: str = "",
    email: str | None = None,
) -> Judged:
    """Add an account that judges in an award, under the next pseudonym, with its token."""
    row = await fetch_one("SELECT count(*) + 1 FROM judge WHERE award = $1", of)
    assert row is not None
    pseudonym = f"J{row[0]:02}"
    account = await access.add_account(
        role="judge", label=label or f"Judge {row[0]}", now=NOW, scope=Scope(awards=(of,)), email=email
    )
    made = await _insert(
        "judge",
        award=of,
        account=account,
        pseudonym=pseudonym,
        sealed=sealed(profile),
        languages=list(languages),
        topics=list(topics),
        created_at=NOW,
    )
    return Judged(made, account, pseudonym, await access.issue_token(account=account, now=NOW) if token else "")


async def secretary(*of: UUID, role: Role = "secretary") -> str:
    """Return the token of a new account that runs these awards."""
    scope = Scope(awards=of) if role == "secretary" else Scope()
    account = await access.add_account(role=role, label=role, now=NOW, scope=scope)
    return await access.issue_token(account=account, now=NOW)


async def seats(round_id: UUID, judges: Iterable[Judged], *, chair: int = 0) -> None:
    """Put judges on the panel of a round; the one at `chair` leads it."""
    for n, one in enumerate(judges):
        await _insert("panel_seat", round=round_id, judge=one.id, chair=n == chair, left_at=None)


def body(title: str = "A river that heats the town", *, language: str = "en", **fields: Any) -> EntryBody:
    """Return what an entry of one company and one start-up says."""
    said = {name: {language: Said(f"{title}: {name}")} for name in ("summary", "solution")}
    members = (
        MemberBody("Minato Heat K.K.", "company", "JP", lead=True),
        MemberBody("Fjordvarme ApS", "startup", "DK"),
    )
    return EntryBody(**{"texts": {"title": {language: Said(title)}, **said}, "members": members, **fields})


async def entry(of: UUID, said: EntryBody | None = None, *, state: str = "submitted", **columns: Any) -> Entered:
    """Add one entry, see `entries`."""
    (made,) = await entries(of, [said or body()], state=state, **columns)
    return made


async def entries(of: UUID, said: Sequence[EntryBody], *, state: str = "submitted", **columns: Any) -> list[Entered]:
    """Add entries to a category, each with a person for every member; all but drafts have version 1, signed by all.

    Persons are called "Person 1 of entry 3" and have addresses such as `p1.e3.1a2b@example.org`.
    """
    row = await fetch_one(
        "UPDATE award_category SET next_number = next_number + $2 WHERE id = $1 RETURNING next_number - $2",
        of,
        len(said),
    )
    assert row is not None
    numbered = list(enumerate(said, row[0]))
    persons = await enrol(
        [_declared(of, number, n) for number, one in numbered for n in range(1, len(one.members) + 1)], now=NOW
    )
    people = iter([person.id for person in persons])
    made = [_entered(one, number, state, [next(people) for _ in one.members]) for number, one in numbered]
    async with transaction():
        await _keep_entries(of, made, said, state, columns)
    return made


def _declared(of: UUID, number: int, n: int) -> Declared:
    address = f"p{n}.e{number}.{str(of)[:8]}@example.org"
    return Declared(Details(f"Person {n} of entry {number}", address), "JP")


def _entered(said: EntryBody, number: int, state: str, persons: list[UUID]) -> Entered:
    text = msgspec.json.encode(said, order="sorted").decode()
    has = state != "draft"
    members = tuple(uuid4() for _ in persons)
    digest = rubrics.digest(text) if has else b""
    return Entered(uuid4(), number, uuid4() if has else None, digest, members, tuple(persons))


async def _keep_entries(
    of: UUID, made: list[Entered], said: Sequence[EntryBody], state: str, columns: Mapping[str, Any]
) -> None:
    texts = [msgspec.json.encode(one, order="sorted").decode() for one in said]
    has = state != "draft"
    await _copy(
        "award_entry",
        [
            {
                "id": one.id,
                "category": of,
                "number": one.number,
                "origin": "self",
                "state": state,
                "language": "en",
                "draft": "{}",
                "draft_revision": 0,
                "pinned": None,
                "created_at": NOW - DAY,
                "changed_at": NOW - DAY,
                "submitted_at": NOW - DAY if has else None,
                "withdrawn_at": NOW if state == "withdrawn" else None,
                **columns,
            }
            for one in made
        ],
    )
    if has:
        await _copy(
            "entry_version",
            [
                {
                    "id": one.version,
                    "entry": one.id,
                    "number": 1,
                    "body": text,
                    "digest": one.digest,
                    "submitted_at": NOW - DAY,
                }
                for one, text in zip(made, texts, strict=True)
            ],
        )
    await _copy(
        "entry_member",
        [
            {
                "id": one.members[n],
                "entry": one.id,
                "person": one.persons[n],
                "position": n + 1,
                "kind": member.kind,
                "organisation": member.organisation,
                "country": member.country,
                "lead": member.lead,
                "language": "en",
                "invited_at": NOW - DAY if has else None,
                "signed_at": NOW - DAY if has else None,
                "signed_digest": one.digest if has else None,
                "declined_at": None,
            }
            for one, content in zip(made, said, strict=True)
            for n, member in enumerate(content.members)
        ],
    )


async def declare_free(judge_id: UUID, *entry_ids: UUID) -> None:
    """Let a judge say that nothing ties it to these entries."""
    rows = [{"id": uuid4(), "judge": judge_id, "entry": e, "free": True, "declared_at": NOW} for e in entry_ids]
    await _copy("declaration", rows)


async def recuse(judge_id: UUID, entry_id: UUID) -> None:
    """Recuse a judge from an entry, for ever."""
    await fetch("INSERT INTO recusal (judge, entry, recused_at) VALUES ($1, $2, $3)", judge_id, entry_id, NOW)


async def assign(
    round_id: UUID, pairs: Iterable[tuple[UUID, UUID]], *, free: bool = True
) -> dict[tuple[UUID, UUID], UUID]:
    """Assign (entry, judge) pairs and return their assignments; with `free` the judges have declared no tie."""
    made = {pair: uuid4() for pair in pairs}
    await _copy(
        "assignment",
        [
            {
                "id": key,
                "round": round_id,
                "entry": entry_id,
                "judge": judge_id,
                "source": "manual",
                "made_at": NOW,
                "removed_at": None,
                "removed_for": None,
            }
            for (entry_id, judge_id), key in made.items()
        ],
    )
    if free:
        await fetch(
            "INSERT INTO declaration (id, judge, entry, free, declared_at)"
            " SELECT gen_random_uuid(), judge, entry, true, $2 FROM assignment WHERE id = ANY($1::uuid[])"
            " ON CONFLICT DO NOTHING",
            list(made.values()),
            NOW,
        )
    return made


async def sheet(
    assignment: UUID, values: Mapping[str, float | None], *, submitted: bool = True, **columns: Any
) -> None:
    """Fill in the sheet of an assignment, for the version that is pinned."""
    row = await fetch_one(
        "SELECT v.digest FROM assignment a JOIN award_entry e ON e.id = a.entry JOIN entry_version v ON v.id = e.pinned"
        " WHERE a.id = $1",
        assignment,
    )
    held = {"assignment": assignment, "values": dict(values), "version": row["digest"] if row else b"", "revision": 1}
    texts = {"verdict": None, "abstained": False, "to_applicant": "", "to_committee": ""}
    await _write("sheet", {**held, **texts, "saved_at": NOW, "submitted_at": NOW if submitted else None, **columns})


async def field(
    *, entries_count: int = 4, judges_count: int = 3, slug: str = "green-2026", tokens: bool = True, **columns: Any
) -> Field:
    """Plant a whole award: entries handed in, judges on the panel, the round open. Nothing is assigned yet.

    `columns` are those of the round.
    """
    of = await award(slug)
    group = await category(of)
    body_id = await rubric(of)
    round_id = await round_(group, body_id, **columns)
    judges = [await judge(of, token=tokens) for _ in range(judges_count)]
    await seats(round_id, judges)
    made = await entries(group, [body(f"Entry {n}") for n in range(1, entries_count + 1)])
    await open_round(round_id)
    return Field(of, slug, group, round_id, body_id, tuple(judges), tuple(made))


async def everybody(planted: Field) -> dict[tuple[UUID, UUID], UUID]:
    """Assign every entry of a field to every judge."""
    pairs = [(e.id, j.id) for e in planted.entries for j in planted.judges]
    return await assign(planted.round, pairs)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _kept(value: object) -> object:
    return _json(value) if isinstance(value, dict | list | tuple) else value


async def _insert(table: str, /, **columns: Any) -> UUID:
    """Insert a row under an id of its own, and return that."""
    made = uuid4()
    await _write(table, {"id": made, **columns})
    return made


async def _write(table: str, values: Mapping[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await fetch(f"INSERT INTO {table} ({names}) VALUES ({places})", *map(_kept, values.values()))


async def _copy(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    async with connection() as lent:
        await lent.copy_records_to_table(
            table, columns=list(rows[0]), records=[tuple(map(_kept, row.values())) for row in rows]
        )
