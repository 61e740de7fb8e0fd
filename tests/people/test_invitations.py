"""Invitations: who may ask whom, links that open once within a week, accounts that are made or widened."""

import asyncio
import re
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest

from app.core import audit, jobs
from app.core.db import fetch, fetch_one
from app.core.errors import DomainError
from app.core.sandbox.catcher import message, messages
from app.core.web.frame import Frame
from app.people import access, invitations, scopes
from app.people.invitations import Invite
from app.people.roles import ANONYMOUS, INVITES, NEEDS_SCOPE, ROLES, Principal, Role, Scope
from tests.attendance.factories import Place, gates
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value

EVERYTHING = Scope()
EMAIL = "Guest@Example.org"
LIST = "/console/invitations"


async def two_gates() -> tuple[Place, Place]:
    """Return gates of two organisers."""
    every = await gates()
    return every[0], next(gate for gate in every if gate.organiser != every[0].organiser)


def form(**more: object) -> dict[str, object]:
    return {"email": EMAIL, "label": "Guest, night shift", "language": "en"} | more


async def invited(app: Frame, inviter: Role, role: Role, scope: Scope = EVERYTHING, **ids: object) -> httpx.Response:
    async with client(app, await token_for(inviter, scope=scope), accept="text/html") as asker:
        return await asker.post(f"{LIST}/new/{role}", data=form(**ids))


async def link(mailbox: Path, clock: Clock) -> str:
    """Send what is promised and return the address in the newest mail."""
    await jobs.drain(clock)
    newest = max(messages(mailbox), key=lambda one: one.id)
    found = re.search(r"http://test(/invitations/[0-9a-f]{64})\s", message(mailbox, newest.id).text)
    assert found is not None
    return found[1]


async def start_of(http: httpx.AsyncClient) -> str:
    return (await http.get("/start", headers={"accept": "text/html"})).text


async def test_whole_way_of_an_invitation(app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    mine, _other = await two_gates()
    answer = await invited(app, "officer", "organiser", organisers=str(mine.organiser))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?done=sent")
    address = await link(mailbox, clock)
    (mail,) = messages(mailbox)
    assert mail.to == EMAIL
    shown = await http.get(address, headers={"accept": "text/html"})
    assert (shown.status_code, "set-cookie" in shown.headers) == (200, False)
    assert "Organiser" in shown.text
    done = await http.post(address)
    assert (done.status_code, done.headers["location"]) == (303, "/start")
    account = await fetch_one("SELECT id, role, label, scope FROM account WHERE address_key IS NOT NULL")
    assert account is not None
    assert (account["role"], account["label"]) == ("organiser", "Guest, night shift")
    assert account["scope"] == f'{{"organisers": ["{mine.organiser}"]}}'
    principal = await access.by_session(http.cookies[access.session_cookie()], NOW)
    assert (principal.role, principal.account) == ("organiser", account["id"])
    row = await fetch_one("SELECT address, address_key, account, accepted_at FROM invitation")
    assert row is not None
    assert tuple(row) == (None, b"", account["id"], NOW)
    assert await value("SELECT count(*) FROM audit_entry WHERE action LIKE 'invitation.%'") == 2
    assert (await audit.verify()).broken == 0


async def test_link_opens_once(app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path) -> None:
    await invited(app, "admin", "officer")
    address = await link(mailbox, clock)
    assert (await http.post(address)).status_code == 303
    http.cookies.clear()
    for answer in (await http.get(address), await http.post(address)):
        assert (answer.status_code, "set-cookie" in answer.headers) == (410, False)


@pytest.mark.parametrize(("days", "status"), [(6.999, 303), (7, 410)])
async def test_link_opens_for_seven_days(  # noqa: PLR0917
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path, days: float, status: int
) -> None:
    await invited(app, "admin", "officer")
    address = await link(mailbox, clock)
    clock.forward(days=days)
    assert (await http.post(address)).status_code == status


@pytest.mark.parametrize("token", ["x", "0" * 64, "a" * 5000, "é"])
async def test_link_that_was_never_ours(http: httpx.AsyncClient, token: str) -> None:
    assert (await http.get(f"/invitations/{token}")).status_code == 410
    assert (await http.post(f"/invitations/{token}")).status_code == 410


async def test_sending_again_kills_the_old_link(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await invited(app, "admin", "officer")
    old = await link(mailbox, clock)
    invitation = await value("SELECT id FROM invitation")
    clock.forward(days=3)
    async with client(app, await token_for("admin")) as admin:
        assert (await admin.post(f"{LIST}/{invitation}/again")).status_code == 303
    new = await link(mailbox, clock)
    assert old != new
    assert (await http.post(old)).status_code == 410
    clock.forward(days=6)
    assert (await http.post(new)).status_code == 303


async def test_withdrawn_invitation_opens_nothing_and_is_not_sent_again(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await invited(app, "admin", "officer")
    address = await link(mailbox, clock)
    invitation = await value("SELECT id FROM invitation")
    async with client(app, await token_for("admin")) as admin:
        assert (await admin.post(f"{LIST}/{invitation}/withdraw")).status_code == 303
        assert (await admin.post(f"{LIST}/{invitation}/again")).status_code == 410
        assert (await admin.post(f"{LIST}/{invitation}/withdraw")).status_code == 410
    assert (await http.post(address)).status_code == 410
    assert await value("SELECT address IS NULL AND address_key = '' FROM invitation") is True


@pytest.mark.usefixtures("http")
async def test_mail_of_a_sending_that_was_replaced_is_not_sent(app: Frame, clock: Clock, mailbox: Path) -> None:
    await invited(app, "admin", "officer")
    invitation = await value("SELECT id FROM invitation")
    async with client(app, await token_for("admin")) as admin:
        await admin.post(f"{LIST}/{invitation}/again")
    assert await jobs.drain(clock) == 2
    assert len(messages(mailbox)) == 1


async def test_promise_holds_no_address_and_no_token(app: Frame, http: httpx.AsyncClient) -> None:
    await invited(app, "admin", "officer")
    payload = str(await value("SELECT payload::text FROM job"))
    sending = re.search(r'"sending": "([^"]+)"', payload)
    assert sending is not None
    assert "@" not in payload
    assert invitations.address_of(UUID(sending[1])).rpartition("/")[2] not in payload
    assert b"example" not in bytes(await value("SELECT address FROM invitation")).lower()  # type: ignore[call-overload]


async def test_mail_speaks_the_language_of_the_invited(app: Frame, http: httpx.AsyncClient, clock: Clock,
                                                       mailbox: Path) -> None:  # fmt: skip
    async with client(app, await token_for("admin"), **{"accept-language": "en"}) as admin:
        await admin.post(f"{LIST}/new/officer", data=form(language="ja"))
    await jobs.drain(clock)
    (mail,) = messages(mailbox)
    assert 'lang="ja"' in (message(mailbox, mail.id).html or "")


async def test_known_address_widens_its_account(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    mine, other = await two_gates()
    known = await access.add_account(
        role="staff", label="Known", now=NOW, scope=Scope(gates=(mine.id,)), email="guest@example.org"
    )
    await invited(app, "officer", "staff", gates=str(other.id))
    assert (await http.post(await link(mailbox, clock))).status_code == 303
    row = await fetch_one("SELECT id, label, scope FROM account WHERE address_key IS NOT NULL")
    assert row is not None
    assert (row["id"], row["label"]) == (known, "Known")
    assert row["scope"] == f'{{"gates": ["{mine.id}", "{other.id}"]}}'


@pytest.mark.usefixtures("http")
async def test_gates_and_organisers_that_were_ticked_add_up(app: Frame) -> None:
    mine, other = await two_gates()
    await invited(app, "officer", "staff", gates=str(mine.id), organisers=str(other.organiser))
    scope = msgspec.json.decode(str(await value("SELECT scope FROM invitation")), type=Scope)
    assert set(scope.gates or ()) == {gate.id for gate in await gates() if gate.organiser == other.organiser} | {
        mine.id
    }
    assert scope.organisers is None


@pytest.mark.usefixtures("http")
async def test_scopes_of_different_kinds_add_up_in_gates() -> None:
    mine, other = await two_gates()
    wider = await scopes.joined(Scope(organisers=(other.organiser,)), Scope(gates=(mine.id,)))
    theirs = {gate.id for gate in await gates() if gate.organiser == other.organiser}
    assert set(wider.gates or ()) == theirs | {mine.id}
    assert wider.organisers is None


async def test_suspended_account_is_not_reopened_by_an_invitation(
    app: Frame, http: httpx.AsyncClient, clock: Clock, mailbox: Path
) -> None:
    await access.add_account(role="officer", label="Known", now=NOW, email=EMAIL)
    await fetch("UPDATE account SET suspended_at = $1", NOW)
    await invited(app, "admin", "officer")
    answer = await http.post(await link(mailbox, clock))
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/invitation-closed")
    assert await value("SELECT accepted_at IS NULL FROM invitation") is True
    assert await value("SELECT suspended_at IS NOT NULL FROM account WHERE label = 'Known'") is True


async def test_same_answer_whether_the_address_is_known(app: Frame, http: httpx.AsyncClient) -> None:
    await access.add_account(role="officer", label="Known", now=NOW, email=EMAIL)
    async with client(app, await token_for("admin")) as admin:
        known = await admin.post(f"{LIST}/new/officer", data=form())
        unknown = await admin.post(f"{LIST}/new/officer", data=form(email="nobody@example.org"))
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert await value("SELECT count(*) FROM job") == 2


@pytest.mark.parametrize("inviter", ROLES)
@pytest.mark.usefixtures("http")
async def test_table_of_who_invites_whom(inviter: Role) -> None:
    mine = (await gates())[0]
    scope = Scope(organisers=(mine.organiser,)) if inviter in NEEDS_SCOPE else Scope()
    principal = Principal(role=inviter, scope=scope)
    given = set()
    for role in ROLES:
        asked = Invite(role=role, email=EMAIL, label="x", language="en", organisers=(mine.organiser,), gates=(mine.id,))
        try:
            await invitations.invite(asked=asked, principal=principal, now=NOW)
        except DomainError:
            continue
        given.add(role)
    possible = set(INVITES.get(inviter, ())) - {"secretary", "judge", "partner"}
    assert given == possible, "no award and no partner exists that the others could be bound to"


EXPECTED = {
    "admin": {"admin", "officer", "organiser", "secretary", "judge", "partner", "lead", "staff"},
    "officer": {"officer", "organiser", "secretary", "judge", "partner", "lead", "staff"},
    "organiser": {"organiser", "lead", "staff"},
    "secretary": {"judge"},
    "lead": {"staff"},
}


def test_table_says_what_was_decided() -> None:
    assert {role: set(below) for role, below in INVITES.items()} == EXPECTED


@pytest.mark.parametrize(
    ("inviter", "role", "kind"),
    [
        ("organiser", "organiser", "organiser"),
        ("organiser", "lead", "gate"),
        ("organiser", "staff", "gate"),
        ("lead", "staff", "gate"),
    ],
)
@pytest.mark.usefixtures("http")
async def test_rows_of_others_are_not_found(app: Frame, inviter: Role, role: Role, kind: str) -> None:
    mine, other = await two_gates()
    scope = Scope(organisers=(mine.organiser,)) if inviter == "organiser" else Scope(gates=(mine.id,))
    own, foreign = (gate.organiser if kind == "organiser" else gate.id for gate in (mine, other))
    answers = [
        (await invited(app, inviter, role, scope, **{f"{kind}s": ids})).status_code
        for ids in (str(foreign), [str(own), str(foreign)], str(UUID(int=1)), str(own))
    ]
    assert answers == [404, 404, 404, 303]


@pytest.mark.usefixtures("http")
async def test_invitations_of_others_are_neither_listed_nor_touched(app: Frame) -> None:
    mine, other = await two_gates()
    await invited(app, "officer", "staff", gates=str(other.id))
    invitation = await value("SELECT id FROM invitation")
    scope = Scope(organisers=(mine.organiser,))
    async with client(app, await token_for("organiser", scope=scope), accept="text/html") as organiser:
        assert "Guest, night shift" not in (await organiser.get(LIST)).text
        assert (await organiser.post(f"{LIST}/{invitation}/again")).status_code == 404
        assert (await organiser.post(f"{LIST}/{invitation}/withdraw")).status_code == 404
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        assert "Guest, night shift" in (await officer.get(LIST)).text


@pytest.mark.usefixtures("http")
async def test_role_that_needs_rows_is_refused_without_them(app: Frame) -> None:
    answer = await invited(app, "officer", "lead")
    assert answer.status_code == 422
    assert "Leads answer for named gates; choose at least one." in answer.text
    assert f'value="{EMAIL}"' in answer.text
    assert await value("SELECT count(*) FROM invitation") == 0


@pytest.mark.usefixtures("http")
async def test_every_wrong_field_is_named_and_what_was_typed_stays(app: Frame) -> None:
    async with client(app, await token_for("admin"), accept="text/html") as admin:
        answer = await admin.post(f"{LIST}/new/officer", data={"email": "nobody", "label": "Sato", "language": "xx"})
        assert answer.status_code == 422
        assert 'value="nobody"' in answer.text
        assert 'value="Sato"' in answer.text
        assert answer.text.count("aria-invalid") == 1
        second = await admin.post(f"{LIST}/new/officer", data=form(language="xx"))
        assert second.status_code == 422


@pytest.mark.committed
async def test_two_clicks_at_once_make_one_account(app: Frame, clock: Clock, committed: None, mailbox: Path) -> None:
    await invited(app, "admin", "officer")
    address = await link(mailbox, clock)
    async with client(app) as first, client(app) as second:
        answers = await asyncio.gather(first.post(address), second.post(address))
    assert sorted(answer.status_code for answer in answers) == [303, 410]
    assert await value("SELECT count(*) FROM account WHERE address_key IS NOT NULL") == 1


@pytest.mark.usefixtures("http")
async def test_invitation_form_sent_twice_sends_one_invitation(app: Frame) -> None:
    async with client(app, await token_for("admin"), accept="text/html") as admin:
        shown = (await admin.get(f"{LIST}/new/officer")).text
        found = re.search(r'name="form" value="([0-9a-f-]{36})"', shown)
        assert found is not None
        assert found[1] not in (await admin.get(f"{LIST}/new/officer")).text, "each form is one of its own"
        sent = form(form=found[1])
        assert found[1] in (await admin.post(f"{LIST}/new/officer", data={**sent, "email": "x"})).text
        for _twice in range(2):
            answer = await admin.post(f"{LIST}/new/officer", data=sent)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}?done=sent")
        assert (await value("SELECT count(*) FROM invitation"), await value("SELECT count(*) FROM job")) == (1, 1)
        await admin.post(f"{LIST}/new/officer", data={**sent, "email": "other@example.org"})
        assert await value("SELECT count(*) FROM invitation") == 2, "what was changed after going back is another one"
        await fetch("UPDATE invitation SET withdrawn_at = $1", NOW)
        assert (await admin.post(f"{LIST}/new/officer", data=sent)).status_code == 410
    async with client(app, await token_for("admin"), accept="text/html") as other:
        assert (await other.post(f"{LIST}/new/officer", data=sent)).status_code == 303
    assert await value("SELECT count(*) FROM invitation") == 3, "a form is of one person"


async def test_nobody_invites_without_signing_in() -> None:
    assert (await scopes.reach_of(ANONYMOUS)).roles == ()
