"""The demo award: pairs whose entries are in and being judged, and a category that still takes entries."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Struct

from app.awards.assigning import solving
from app.awards.conflicts import detecting
from app.awards.emissions import Evidence
from app.awards.entering import versions
from app.awards.reach import AwardRef, RoundRef, any_award, any_round
from app.awards.schemas import EntryBody, MemberBody, MemberKind, Said, Texts
from app.awards.setting import awards, categories, judges, panels, rounds, rubrics
from app.awards.setting.edits import CategoryEdit, NewAward, NewRubric, PanelEdit, ProfileEdit, RoundEdit, Tag
from app.core.db import fetch, fetch_one, transaction
from app.events.edits import Lines, Paragraphs
from app.people import access
from app.people.persons import enrol
from app.people.roles import Principal, Role, Scope
from app.people.schemas import Declared, Details

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
LANGUAGES: tuple[Tag, ...] = ("ja", "en", "zh-Hans", "ko", "de", "th")


class DemoMember(Struct, frozen=True, forbid_unknown_fields=True):
    """A member of a demo entry and who speaks for it."""

    organisation: str
    kind: MemberKind
    country: str
    lead: bool
    person: str


class DemoEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of the demo."""

    texts: dict[str, Texts]
    topics: tuple[str, ...]
    links: tuple[str, ...]
    members: tuple[DemoMember, ...]
    evidence: Evidence

    @property
    def body(self) -> EntryBody:
        """What was handed in: Japanese by the lead, translated into English."""
        said = {
            field: {tag: Said(text, "written" if tag == "ja" else "translated") for tag, text in texts.items()}
            for field, texts in self.texts.items()
        }
        members = tuple(MemberBody(one.organisation, one.kind, one.country, one.lead) for one in self.members)
        return EntryBody(texts=said, members=members, topics=self.topics, links=self.links, evidence=self.evidence)


class DemoRound(Struct, frozen=True):
    """A round of the demo award, as scripts find it."""

    id: UUID
    category: UUID
    position: int
    kind: str
    state: str


class DemoAward(Struct, frozen=True):
    """The demo award, as scripts find it."""

    id: UUID
    slug: str
    rounds: list[DemoRound]


JUDGES: tuple[tuple[str, ProfileEdit], ...] = (
    (
        "Demo judge 2",
        ProfileEdit(
            names=("山田 太郎", "Taro Yamada"),
            organisations=("横浜未来大学",),
            languages=("ja", "en"),
            topics=("energy", "buildings"),
        ),
    ),
    (
        "Demo judge 3",
        ProfileEdit(
            names=("Ingrid Berg",),
            organisations=("Nordic Climate Fund",),
            former=("Fjordvarme",),
            languages=("en", "de"),
            topics=("energy", "finance"),
        ),
    ),
    (
        "Demo judge 4",
        ProfileEdit(
            names=("李 娜", "Li Na"),
            organisations=("Shanghai Institute of Materials",),
            languages=("zh-Hans", "en"),
            topics=("industry", "circular"),
        ),
    ),
    (
        "Demo judge 5",
        ProfileEdit(
            names=("大野 さくら", "Sakura Ono"),
            organisations=("まち研究所",),
            cities=("横浜市",),
            languages=("ja", "ko"),
            topics=("mobility", "citizens"),
        ),
    ),
)
OWN = ProfileEdit(
    names=("Demo Judge",), organisations=("Demo Institute",), languages=("ja", "en"), topics=("data", "food")
)
"""The profile of the judge whose link the demo prints."""


async def seed_award(*, convention: str, accounts: Mapping[Role, UUID], now: dt.datetime) -> DemoAward | None:
    """Add the demo award of a convention unless it is there, for the demo's accounts; None without the convention.

    The accounts of the judge and the secretary reach it in either case.
    """
    row = await fetch_one("SELECT id, first_day FROM convention WHERE slug = $1", convention)
    if row is None:
        return None
    slug = f"green-innovation-{row['first_day'].year}"
    async with transaction():
        if await fetch_one("SELECT 1 FROM award WHERE slug = $1", slug) is None:
            officer = Principal(role="officer", account=accounts["officer"])
            await _make(slug, row["id"], officer, accounts["judge"], now)
        found = await any_award(slug)
        for role in ("judge", "secretary"):
            await _bind(accounts[role], found.id)
    access.forget()
    return DemoAward(found.id, slug, [_round(one) for one in await rounds.rounds_of(found.id)])


def _round(one: RoundRef) -> DemoRound:
    return DemoRound(one.id, one.category, one.position, one.kind, one.state)


async def _bind(account: UUID, award: UUID) -> None:
    await fetch(
        "UPDATE account SET scope = jsonb_set(scope, '{awards}', coalesce(scope -> 'awards', '[]') || $2::jsonb)"
        " WHERE id = $1 AND NOT coalesce(scope -> 'awards', '[]') @> $2::jsonb",
        account,
        msgspec.json.encode([str(award)]).decode(),
    )


async def _make(slug: str, convention: UUID, officer: Principal, judge: UUID, now: dt.datetime) -> None:
    await awards.create(principal=officer, wish=_award(slug, convention), now=now)
    found = await any_award(slug)
    await awards.publish(principal=officer, award=found, now=now)
    rubric = await rubrics.add(
        principal=officer, award=found, wish=NewRubric(name="Green innovation", template=True), now=now
    )
    pairs, cities = [
        await categories.add(principal=officer, award=found, wish=wish, now=now) for wish in _categories(now)
    ]
    await _keep_entries(pairs, now)
    seated = await _judges(found, officer, judge, now)
    screening, documents, _final = await _rounds(found, pairs, rubric, officer, now)
    await _rounds(found, cities, rubric, officer, now)
    await _open(screening, officer, now)
    await _pass_all(screening, officer, now)
    await panels.set_panel(
        principal=officer,
        found=await any_round(documents),
        wish=PanelEdit(judges=tuple(seated), chair=seated[0]),
        now=now,
    )
    await _open(documents, officer, now)
    await _assign(await any_round(documents), officer, now)


def _award(slug: str, convention: UUID) -> NewAward:
    title = Lines(
        ja="グリーンイノベーション表彰",
        en="Green innovation award",
        zh_hans="绿色创新奖",
        ko="그린 이노베이션 상",
        de="Preis für grüne Innovation",
        th="รางวัลนวัตกรรมสีเขียว",
    )
    description = Paragraphs(
        ja="脱炭素に向けたオープンイノベーションの成果を表彰し、国内外に発信します。",
        en="For successes of open innovation on the way to a city without carbon, made known at home and abroad.",
        zh_hans="表彰迈向脱碳的开放创新成果，并向国内外传播。",
        ko="탈탄소를 향한 오픈 이노베이션의 성과를 표창하고 국내외에 알립니다.",
        de="Für Erfolge offener Innovation auf dem Weg zur klimaneutralen Stadt, bekannt gemacht in aller Welt.",
        th="มอบแก่ความสำเร็จของนวัตกรรมแบบเปิดเพื่อเมืองไร้คาร์บอน และเผยแพร่ทั้งในและต่างประเทศ",
    )
    return NewAward(convention=convention, slug=slug, title=title, description=description, languages=LANGUAGES)


def _categories(now: dt.datetime) -> list[CategoryEdit]:
    """One whose entries are in, one that takes entries for ten days; by full hours."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    pairs = Lines(
        ja="企業とスタートアップのペア",
        en="Pairs of a company and a start-up",
        zh_hans="企业与初创公司搭档",
        ko="기업과 스타트업의 짝",
        de="Paare aus Unternehmen und Start-up",
        th="คู่ระหว่างบริษัทกับสตาร์ตอัป",
    )
    cities = Lines(
        ja="都市の取組",
        en="Work of cities",
        zh_hans="城市的行动",
        ko="도시의 노력",
        de="Vorhaben von Städten",
        th="งานของเมือง",
    )
    same: dict[str, Any] = {"zone": "Asia/Tokyo", "opens_at": hour - 30 * DAY, "evidence": True}
    return [
        CategoryEdit(slug="pairs", title=pairs, closes_at=hour - HOUR, least_members=2, **same),
        CategoryEdit(slug="cities", title=cities, closes_at=hour + 10 * DAY, **same),
    ]


async def _rounds(award: AwardRef, category: UUID, rubric: UUID, officer: Principal, now: dt.datetime) -> list[UUID]:
    """Add the three rounds of a category as drafts, and return them in order."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    same: dict[str, Any] = {"zone": "Asia/Tokyo", "opens_at": hour - HOUR}
    wishes = [
        RoundEdit(
            title=_TITLES["eligibility"],
            kind="eligibility",
            method="pass_fail",
            carry="passed",
            closes_at=hour + 20 * DAY,
            **same,
        ),
        RoundEdit(
            title=_TITLES["document"],
            kind="document",
            method="scores",
            rubric=rubric,
            closes_at=hour + 30 * DAY,
            blind=True,
            least=2,
            carry_count=3,
            reminders="72, 24",
            **same,
        ),
        RoundEdit(
            title=_TITLES["final"],
            kind="final",
            method="scores",
            rubric=rubric,
            closes_at=hour + 45 * DAY,
            peers="after_close",
            least=1,
            best=1,
            **same,
        ),
    ]
    return [await rounds.add(principal=officer, award=award, category=category, wish=wish, now=now) for wish in wishes]


_TITLES = {
    "eligibility": Lines(
        ja="資格確認", en="Eligibility", zh_hans="资格审核", ko="자격 확인", de="Zulassung", th="การตรวจคุณสมบัติ"
    ),
    "document": Lines(
        ja="書類審査",
        en="Judging of documents",
        zh_hans="书面评审",
        ko="서류 심사",
        de="Prüfung der Unterlagen",
        th="การพิจารณาเอกสาร",
    ),
    "final": Lines(ja="最終審査", en="Final", zh_hans="决赛", ko="최종 심사", de="Finale", th="รอบสุดท้าย"),
}


async def _keep_entries(category: UUID, now: dt.datetime) -> None:
    """Hand the demo's entries in, signed off by all their members two days ago."""
    found = demo_entries()
    at = now - 2 * DAY
    for number, one in enumerate(found, 1):
        await _keep_entry(category, number, one, at)
    await fetch("UPDATE award_category SET next_number = $2 WHERE id = $1", category, len(found) + 1)


def demo_entries() -> tuple[DemoEntry, ...]:
    """Return the entries of the demo."""
    with (Path(__file__).parent / "demo_entries.toml").open("rb") as file:
        return msgspec.convert(tomllib.load(file)["entries"], tuple[DemoEntry, ...])


async def _keep_entry(category: UUID, number: int, one: DemoEntry, at: dt.datetime) -> None:
    entry, version = uuid4(), uuid4()
    text = versions.encode(one.body)
    digest = versions.digest_of(text)
    await fetch(
        "INSERT INTO award_entry (id, category, number, origin, state, language, draft, draft_revision, created_at,"
        " changed_at, submitted_at) VALUES ($1, $2, $3, 'self', 'submitted', 'ja', '{}', 0, $4, $4, $4)",
        entry,
        category,
        number,
        at,
    )
    await fetch(
        "INSERT INTO entry_version (id, entry, number, body, digest, submitted_at) VALUES ($1, $2, 1, $3, $4, $5)",
        version,
        entry,
        text,
        digest,
        at,
    )
    await _keep_members(entry, number, one.members, digest, at)


async def _keep_members(
    entry: UUID, number: int, members: Sequence[DemoMember], digest: bytes, at: dt.datetime
) -> None:
    addresses = [f"entry{number}.member{n}@example.org" for n in range(1, len(members) + 1)]
    details = [Details(one.person, address) for one, address in zip(members, addresses, strict=True)]
    persons = await enrol([Declared(d, one.country) for d, one in zip(details, members, strict=True)], now=at)
    for n, (one, person) in enumerate(zip(members, persons, strict=True), 1):
        values: list[Any] = [uuid4(), entry, person.id, n, one.kind, one.organisation, one.country, one.lead]
        language = "ja" if one.country == "JP" else "en"
        await fetch(
            "INSERT INTO entry_member (id, entry, person, position, kind, organisation, country, lead, language,"
            " invited_at, signed_at, signed_digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
            *values,
            language,
            at,
            digest,
        )


async def _judges(award: AwardRef, officer: Principal, own: UUID, now: dt.datetime) -> list[UUID]:
    """Make the demo's judge the first of five, and return them all."""
    scope = Scope(awards=(award.id,))
    made = [await access.add_account(role="judge", label=label, now=now, scope=scope) for label, _edit in JUDGES]
    seated = []
    for account, wish in zip((own, *made), (OWN, *(edit for _label, edit in JUDGES)), strict=True):
        judge = await judges.be_judge(award=award.id, account=account, now=now)
        await judges.save_profile(award=award, judge=judge.id, principal=officer, wish=wish, now=now)
        await detecting.detect(judge=judge.id, now=now)
        seated.append(judge.id)
    return seated


async def _open(round_id: UUID, officer: Principal, now: dt.datetime) -> None:
    await rounds.open_round(principal=officer, found=await any_round(round_id), now=now)


async def _pass_all(round_id: UUID, officer: Principal, now: dt.datetime) -> None:
    await fetch(
        "INSERT INTO screening (entry, round, outcome, reason, account, decided_at)"
        " SELECT e.id, r.id, 'passed', '', $2, $3 FROM award_round r JOIN award_entry e ON e.category = r.category"
        " WHERE r.id = $1 AND e.state = 'submitted' ORDER BY e.number",
        round_id,
        officer.account,
        now,
    )


async def _assign(found: RoundRef, officer: Principal, now: dt.datetime) -> None:
    """Let the optimisation give every entry its judges, as the secretary would."""
    run = await solving.ask(found=found, keep="begun", principal=officer, now=now)
    await solving.solve(run=run, now=now)
    if (await solving.one(found=found, run=run)).state == "solved":
        await solving.take(found=found, run=run, principal=officer, now=now)
