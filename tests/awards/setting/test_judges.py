"""Judges: by invitation, under a number, with a profile that only they and those who run the award read."""

import asyncio
import datetime as dt
from uuid import UUID

import pytest

from app.awards.schemas import JudgeProfile
from app.awards.setting import judges, personal
from app.core.db import fetch
from app.core.retention import KEPT
from app.core.web.frame import Frame
from app.people import access, invitations
from app.people.invitations import Invite
from app.people.persons import enrol
from app.people.roles import Principal, Scope
from app.people.schemas import Declared, Details
from tests.awards import planting
from tests.awards.setting.desk import at_desk
from tests.clock import NOW
from tests.conftest import client
from tests.doors import value

PROFILE = {
    "names": "山田 太郎\r\nTaro Yamada\r\n\r\nTaro Yamada",
    "organisations": "Minato University",
    "former": "Fjordvarme ApS",
    "groups": "",
    "cities": "Kobe",
    "languages": ["ja", "en"],
    "topics": "energy",
}


@pytest.mark.usefixtures("http")
async def test_a_judge_fills_in_its_own_profile_which_is_sealed(app: Frame) -> None:
    award = await planting.award()
    account = await access.add_account(role="judge", label="Judge", now=NOW, scope=Scope(awards=(award,)))
    token = await access.issue_token(account=account, now=NOW)
    await judges.welcome(account, NOW)
    path = "/judging/green-2026/profile"
    async with client(app, token, accept="text/html") as judge:
        assert (await judge.get(path)).headers["cache-control"] == "private, no-store"
        assert (await judge.post(path, data=PROFILE)).headers["location"] == f"{path}?done=saved"
        shown = (await judge.get(path)).text
        assert "山田 太郎\nTaro Yamada</textarea>" in shown
        assert (await judge.post(path, data={**PROFILE, "topics": "astrology"})).status_code == 422
        assert (await judge.get("/awards/green-2026/judges")).status_code == 403
    (one,) = await judges.judges_of(award)
    assert (one.pseudonym, one.account, one.languages, one.topics) == ("J01", account, ("ja", "en"), ("energy",))
    assert one.profile == JudgeProfile(
        names=("山田 太郎", "Taro Yamada"),
        organisations=("Minato University",),
        former=("Fjordvarme ApS",),
        cities=("Kobe",),
    )
    sealed = await value("SELECT sealed FROM judge")
    assert isinstance(sealed, bytes)
    assert b"Yamada" not in sealed
    said = await value("SELECT string_agg(detail, ' ') FROM audit_entry WHERE action = 'judge.profile'")
    assert "Yamada" not in str(said)
    assert "Minato" not in str(said)


@pytest.mark.usefixtures("http")
async def test_whoever_accepts_an_invitation_gets_the_next_number(app: Frame) -> None:
    award = await planting.award()
    await planting.judge(award)
    asked = Invite(role="judge", email="new@example.org", label="New", language="en", awards=(award,))
    async with at_desk(app, award):
        account = await value("SELECT id FROM account WHERE role = 'secretary'")
        boss = Principal(role="secretary", account=account, scope=Scope(awards=(award,)))  # type: ignore[arg-type]
    invitation = await invitations.invite(asked=asked, principal=boss, now=NOW)
    sending = await value("SELECT payload ->> 'sending' FROM job WHERE name = 'people.send_invitation'")
    token = invitations.address_of(UUID(str(sending))).rpartition("/")[2]
    made = await invitations.accept(token=token, now=NOW)
    assert [(one.pseudonym, one.account) for one in await judges.judges_of(award)][1:] == [("J02", made)]
    assert await value("SELECT accepted_at FROM invitation WHERE id = $1", invitation) == NOW


@pytest.mark.usefixtures("http")
async def test_whoever_may_judge_and_has_no_number_is_given_one(app: Frame) -> None:
    award, other = await planting.award(), await planting.award("other-2026")
    await planting.judge(award)
    for scope in ((award,), (other,), (award, other)):
        await access.add_account(role="judge", label="New", now=NOW, scope=Scope(awards=scope))
    await access.add_account(role="secretary", label="Secretary", now=NOW, scope=Scope(awards=(award,)))
    async with at_desk(app, award) as desk:
        assert "2 people may judge here" in (await desk.get("/awards/green-2026/judges")).text
        assert await value("SELECT count(*) FROM judge") == 1
        assert (await desk.post("/awards/green-2026/judges")).status_code == 303
        page = (await desk.get("/awards/green-2026/judges")).text
        assert [name for name in ("J01", "J02", "J03", "J04") if f">{name}</a>" in page] == ["J01", "J02", "J03"]
        assert "may judge here" not in page
        one = str(await value("SELECT id FROM judge WHERE pseudonym = 'J02' AND award = $1", award))
        answer = await desk.post(f"/awards/green-2026/judges/{one}", data=PROFILE)
        assert answer.headers["location"] == "/awards/green-2026/judges?done=saved"
        assert "Taro Yamada" in (await desk.get(f"/awards/green-2026/judges/{one}")).text
    async with at_desk(app, other) as desk:
        for base in ("green-2026", "other-2026"):
            assert (await desk.get(f"/awards/{base}/judges/{one}")).status_code == 404
            assert (await desk.post(f"/awards/{base}/judges/{one}", data=PROFILE)).status_code == 404
    assert await value("SELECT count(*) FROM judge WHERE award = $1", other) == 0


@pytest.mark.usefixtures("http")
async def test_a_judge_of_another_award_and_an_administrator_have_no_profile_here(app: Frame) -> None:
    await planting.award()
    stranger = await planting.judge(await planting.award("other-2026"))
    async with client(app, stranger.token, accept="text/html") as judge:
        assert (await judge.get("/judging/green-2026/profile")).status_code == 404
    async with at_desk(app, role="admin") as admin:
        assert (await admin.get("/judging/green-2026/profile")).status_code == 404
    assert await value("SELECT count(*) FROM judge") == 1


async def test_judges_who_come_at_once_get_different_numbers(committed: None) -> None:
    award = await planting.award()
    accounts = [await access.add_account(role="judge", label=f"{n}", now=NOW) for n in range(8)]
    twice = [judges.be_judge(award=award, account=one, now=NOW) for one in accounts * 2]
    await asyncio.gather(*twice)
    rows = await fetch("SELECT pseudonym FROM judge ORDER BY pseudonym")
    assert [row["pseudonym"] for row in rows] == [f"J{n:02}" for n in range(1, 9)]


@pytest.mark.usefixtures("http")
async def test_a_profile_is_given_out_and_is_emptied_when_nothing_is_left_to_judge() -> None:
    field = await planting.field(judges_count=0)
    profile = JudgeProfile(names=("Taro Yamada",), cities=("Kobe",))
    one = await planting.judge(field.award, profile=profile, topics=("energy",), email="taro@example.org")
    await planting.seats(field.round, [one])
    (person,) = await enrol([Declared(Details("Taro Yamada", "taro@example.org"), "JP")], now=NOW)
    (file,) = await personal.export([person.id])
    assert file.name == "judging.json"
    assert [(row["pseudonym"], row["profile"]["names"], row["seats"][0]["chair"]) for row in file.content] == [
        ("J01", ("Taro Yamada",), True)
    ]
    await personal.erase([person.id], NOW)
    assert (await judges.profiles([one.id]))[one.id] == profile  # a tie forgotten now would let a friend be judged
    await fetch("UPDATE award_round SET state = 'released'")
    await personal.erase([person.id], NOW)
    (left,) = await judges.judges_of(field.award)
    assert (left.pseudonym, left.profile, left.topics) == ("J01", JudgeProfile(), ())


@pytest.mark.usefixtures("http")
async def test_profiles_are_emptied_a_year_after_the_last_round() -> None:
    field = await planting.field(judges_count=1)
    kept = next(one for one in KEPT if one.purpose == "judge-profiles")
    ends = NOW + 7 * planting.DAY
    await fetch("UPDATE award_round SET state = 'released'")
    assert await fetch(kept.find, ends) == []
    found = await fetch(kept.find, ends + dt.timedelta(milliseconds=1))
    assert [row["id"] for row in found] == [field.judges[0].id]
    await kept.forget([row["id"] for row in found], NOW)
    assert await fetch(kept.find, ends + planting.DAY) == []
