"""Screening: decided with a reason, told by mail, and only whom it passes goes on."""

import datetime as dt
from uuid import UUID

import httpx

from app.awards import reach
from app.awards.entering import entries, field
from app.core import jobs
from app.core.db import fetch
from tests.awards import planting
from tests.awards.planting import Entered
from tests.clock import NOW, Clock
from tests.doors import value
from tests.ticketing.conftest import Mailbox

HTML = {"accept": "text/html"}


class Office:
    """An award with a screening that is open, a round after it, two entries, and its secretary."""

    def __init__(self, http: httpx.AsyncClient, **made: UUID) -> None:
        self.http, self.made = http, made
        self.entries: list[Entered] = []

    @property
    def screening(self) -> str:
        """The address of the screening."""
        return f"/awards/green-2026/rounds/{self.made['screening']}/screening"

    async def decide(self, entry: Entered, outcome: str, reason: str = "", **changes: str) -> httpx.Response:
        """Decide about an entry as the page that was just opened."""
        last = await value("SELECT coalesce(max(id), 0) FROM screening WHERE entry = $1", entry.id)
        form = {"outcome": outcome, "reason": reason, "version": str(entry.version), "last": str(last)} | changes
        return await self.http.post(f"{self.screening}/{entry.id}", data=form, headers=HTML)

    async def through(self) -> list[int]:
        """Return the numbers of the entries in the round of judging."""
        return [one.number for one in await field.in_round(await reach.any_round(self.made["judging"]))]


async def office(http: httpx.AsyncClient) -> Office:
    award = await planting.award()
    category = await planting.category(award)
    screening = await planting.round_(category, kind="eligibility", method="pass_fail", carry="passed")
    judging = await planting.round_(category, position=2)
    found = Office(http, award=award, category=category, screening=screening, judging=judging)
    found.entries = [await planting.entry(category), await planting.entry(category)]
    await planting.open_round(screening)
    http.headers["authorization"] = f"Bearer {await planting.secretary(award)}"
    return found


async def test_only_whom_screening_passes_goes_on(http: httpx.AsyncClient) -> None:
    found = await office(http)
    assert await found.through() == []
    assert (await found.decide(found.entries[0], "passed")).status_code == 303
    assert (await found.decide(found.entries[1], "failed", "Not from this year.")).status_code == 303
    assert await found.through() == [1]
    assert (await found.decide(found.entries[0], "questions", "Which year?")).status_code == 303
    assert await found.through() == []


async def test_the_reason_goes_to_the_lead(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    found = await office(http)
    await found.decide(found.entries[1], "failed", "It was finished in 2019.")
    await jobs.drain(clock)
    (mail,) = mailbox()
    assert "Person 1 of entry 2" in str(mail["To"])
    assert "It was finished in 2019." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_members_see_the_decision_that_stands_and_its_reason(http: httpx.AsyncClient) -> None:
    found = await office(http)
    one = found.entries[1]
    pages = [entries.address(one.id, member) for member in one.members]
    assert "Screening" not in (await http.get(pages[0], headers=HTML)).text
    await found.decide(one, "questions", "Which year?")
    await found.decide(one, "failed", "It was finished in 2019.")
    for page in pages:
        shown = (await http.get(page, headers=HTML)).text
        assert [words in shown for words in ("Screening", "It was finished in 2019.", "Which year?", "secretary")] == [
            True, True, False, False,
        ]  # fmt: skip
    other = entries.address(found.entries[0].id, found.entries[0].members[0])
    assert "It was finished in 2019." not in (await http.get(other, headers=HTML)).text
    await fetch("UPDATE award_entry SET submitted_at = $2 WHERE id = $1", one.id, NOW + dt.timedelta(hours=1))
    assert "It was finished in 2019." not in (await http.get(pages[0], headers=HTML)).text, "handed in anew since"


async def test_a_decision_against_needs_a_reason(http: httpx.AsyncClient) -> None:
    found = await office(http)
    for outcome in ("failed", "questions"):
        answer = await found.decide(found.entries[0], outcome)
        assert answer.status_code == 422
        assert "Say why" in answer.text
    assert await value("SELECT count(*) FROM screening") == 0


async def test_two_who_screen_at_once_do_not_overrule_each_other_unseen(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await found.decide(found.entries[0], "passed")
    late = await found.decide(found.entries[0], "failed", "No.", last="0")
    assert late.status_code == 409
    assert await found.through() == [1]


async def test_another_version_is_screened_anew(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await found.decide(found.entries[0], "passed")
    await fetch("UPDATE award_entry SET submitted_at = $2 WHERE id = $1", found.entries[0].id, NOW + dt.timedelta(1))
    assert await found.through() == []
    other = await found.decide(found.entries[1], "passed", version=str(found.entries[0].version))
    assert other.status_code == 409


async def test_nothing_is_screened_once_judging_has_begun_or_before_it_opens(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await planting.open_round(found.made["judging"])
    assert (await found.decide(found.entries[0], "passed")).status_code == 409
    await planting.close_round(found.made["screening"])
    assert (await found.decide(found.entries[0], "passed")).status_code == 409


async def test_what_was_decided_is_in_the_chained_log(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await found.decide(found.entries[0], "passed")
    assert (
        await value("SELECT subject FROM audit_entry WHERE action = 'entry.screen'") == f"entry:{found.entries[0].id}"
    )


async def test_other_secretaries_and_judges_find_nothing(http: httpx.AsyncClient) -> None:
    found = await office(http)
    other = await planting.secretary(await planting.award("other-2026"))
    judge = await planting.judge(found.made["award"])
    entry = found.entries[0]
    for token, status in ((other, 404), (judge.token, 403)):
        http.headers["authorization"] = f"Bearer {token}"
        for address in (found.screening, f"{found.screening}/{entry.id}", "/awards/green-2026/entries",
                        f"/awards/green-2026/entries/{entry.id}"):  # fmt: skip
            assert (await http.get(address, headers=HTML)).status_code == status, address
        assert (await found.decide(entry, "passed")).status_code == status
    http.headers["authorization"] = f"Bearer {other}"
    crossed = f"/awards/other-2026/entries/{entry.id}"
    assert (await http.get(crossed, headers=HTML)).status_code == 404
    assert (await http.get(f"{crossed}/reopen", headers=HTML)).status_code == 404


async def test_an_entry_is_opened_again_with_a_reason(http: httpx.AsyncClient, clock: Clock, mailbox: Mailbox) -> None:
    found = await office(http)
    clock.forward(days=2)  # the category has closed
    address = f"/awards/green-2026/entries/{found.entries[0].id}"
    form = {"until": "2026-11-25T12:00", "reason": "Please add the summary in English."}
    assert (await http.post(f"{address}/reopen", data=form | {"until": "2026-11-20T12:00"})).status_code == 422
    assert (await http.post(f"{address}/reopen", data={"until": form["until"]}, headers=HTML)).status_code == 422
    assert (await http.post(f"{address}/reopen", data=form, headers=HTML)).status_code == 303
    await jobs.drain(clock)
    (mail,) = mailbox()
    words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Please add the summary in English." in words
    link = next(word for word in words.split() if "/entries/" in word).removeprefix("http://test")
    anybody = {"authorization": ""}
    assert (await http.get(f"{link}/texts/en", headers=HTML | anybody)).status_code == 200
    clock.moment = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)  # noon in Yokohama: over
    assert (await http.get(f"{link}/texts/en", headers=HTML | anybody)).status_code == 409


async def test_what_is_judged_is_not_opened_again(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await planting.open_round(found.made["judging"])
    form = {"until": "2026-11-25T12:00", "reason": "x"}
    answer = await http.post(f"/awards/green-2026/entries/{found.entries[0].id}/reopen", data=form, headers=HTML)
    assert answer.status_code == 409


async def test_the_start_page_says_what_waits(http: httpx.AsyncClient) -> None:
    found = await office(http)
    await found.decide(found.entries[0], "passed")
    shown = (await http.get("/start", headers=HTML)).text
    assert "1 entry waits for screening" in shown
