"""Ways by which little power could become more: each was open once."""

from uuid import UUID, uuid4

import httpx
import pytest

from app.core.errors import DomainError
from app.people import access, accounts, devices, invitations, one_time, proving, scopes, sessions, sign_in
from app.people.accounts import Change
from app.people.devices import Enrol, Provide
from app.people.errors import CodeClosed, CodeRefused, InvitationClosed, LinkExpired
from app.people.invitations import Invite
from app.people.privacy import forget_accounts
from app.people.proofs import first_use
from app.people.roles import Principal, Role, Scope
from tests.attendance.factories import gates
from tests.clock import NOW, Clock
from tests.doors import browser_of, value

HTML = {"accept": "text/html"}
DEEP = "[" * 50_000
"""Nested deeper than a decoder in Python goes."""


async def person(role: Role, *, scope: Scope = Scope(), email: str | None = "her@example.org") -> Principal:  # noqa: B008
    """Add an account and return it as it asks."""
    account = await access.add_account(role=role, label=role, now=NOW, scope=scope, email=email)
    return Principal(role, account, role, scope)


# A gate's door for phones


async def test_browser_gets_no_fresh_proof_at_the_gates(http: httpx.AsyncClient, clock: Clock) -> None:
    lead = await person("lead", scope=Scope(gates=((await gates())[0].id,)))
    assert lead.account is not None
    csrf = await browser_of(http, lead.account)
    clock.forward(minutes=20)
    assert (await http.post("/gate/enter", data={"csrf": csrf})).status_code == 404
    assert (await access.by_session(http.cookies[access.session_cookie()], clock())).proved_at == NOW


async def test_narrow_token_without_a_phone_opens_no_session(http: httpx.AsyncClient) -> None:
    one, two, *_ = await gates()
    lead = await person("lead", scope=Scope(gates=(one.id, two.id)))
    assert lead.account is not None
    token = await access.issue_token(account=lead.account, now=NOW, narrower=Scope(gates=(one.id,)))
    assert (await http.post("/gate/enter", headers={"authorization": f"Bearer {token}"})).status_code == 404
    assert await value("SELECT count(*) FROM browser_session") == 0


# Secrets and proofs


async def test_weak_session_does_not_see_the_secret_somebody_stronger_begins(http: httpx.AsyncClient) -> None:
    officer = (await person("officer")).account
    assert officer is not None
    csrf = await browser_of(http, officer)
    assert (await http.post("/account/authenticator", data={"csrf": csrf})).status_code == 303
    assert 'id="secret"' in (await http.get("/account/authenticator", headers=HTML)).text
    await browser_of(http, officer, strength="link")
    shown = await http.get("/account/authenticator", headers=HTML)
    assert (shown.status_code, 'id="secret"' in shown.text) == (303, False)


async def planted(role: Role) -> tuple[UUID, bytes]:
    """Add an authenticator app in a session that only a mailbox opened, and return account and secret."""
    mailbox = await person(role)
    assert mailbox.account is not None
    cookie = await sessions.open_session(account=mailbox.account, strength="link", now=NOW)
    weak = await access.by_session(cookie, NOW)
    await one_time.begin(principal=weak, now=NOW)
    secret = await one_time.waiting_secret(principal=weak, now=NOW)
    step = int(NOW.timestamp()) // one_time.SECONDS
    await one_time.confirm(principal=weak, code=one_time.code_at(secret, step - 1), cookie=cookie, now=NOW)
    return mailbox.account, secret


@pytest.mark.usefixtures("http")
async def test_authenticator_added_with_a_mailbox_alone_opens_no_judges_door() -> None:
    attendee, secret = await planted("attendee")
    judge = await access.add_account(role="judge", label="Judge", now=NOW, email="her@example.org")
    for account in (attendee, judge):
        cookie = await sessions.open_session(account=account, strength="link", now=NOW)
        principal = await access.by_session(cookie, NOW)
        code = one_time.code_at(secret, int(NOW.timestamp()) // one_time.SECONDS + (account == judge))
        if account == judge:
            with pytest.raises(CodeRefused):
                await proving.prove_with_code(principal=principal, code=code, cookie=cookie, now=NOW)
        else:
            fresh = await proving.prove_with_code(principal=principal, code=code, cookie=cookie, now=NOW)
            assert (await access.by_session(fresh, NOW)).strength == "link"


@pytest.mark.usefixtures("http")
async def test_planted_authenticator_does_not_lock_the_invited_judge_out() -> None:
    await planted("attendee")
    judge = await access.add_account(role="judge", label="Judge", now=NOW, email="her@example.org")
    assert await first_use(judge) == "first"
    entered = await sign_in.without_mail(account=judge, invited=True, now=NOW)
    principal = await access.by_session(entered.cookie, NOW)
    await one_time.begin(principal=principal, now=NOW)
    mine = await one_time.waiting_secret(principal=principal, now=NOW)
    step = int(NOW.timestamp()) // one_time.SECONDS
    cookie = await one_time.confirm(
        principal=principal, code=one_time.code_at(mine, step - 1), cookie=entered.cookie, now=NOW
    )
    principal = await access.by_session(cookie, NOW)
    assert principal.strength == "code"
    code = one_time.code_at(mine, step)
    cookie = await proving.prove_with_code(principal=principal, code=code, cookie=cookie, now=NOW)
    assert (await access.by_session(cookie, NOW)).strength == "code"


@pytest.mark.usefixtures("http")
async def test_mailed_link_with_its_browser_in_the_address_is_no_operators_link() -> None:
    account = (await person("attendee")).account
    assert account is not None
    ask = uuid4()
    digest = sign_in._bound(sign_in.token_of(ask), "browser")
    await sign_in.add_promised_link(account=account, person=None, digest=digest, now=NOW)
    with pytest.raises(LinkExpired):
        await sign_in.confirm(token=f"{sign_in.token_of(ask)}\0browser", now=NOW)
    entered = await sign_in.confirm(token=sign_in.token_of(ask), browser="browser", now=NOW)
    assert (await access.by_session(entered.cookie, NOW)).strength == "link"


@pytest.mark.parametrize("path", ["/sign-in/passkey", "/account/prove/passkey", "/account/passkeys"])
@pytest.mark.parametrize("said", [DEEP, '{"a":' * 50_000], ids=["lists", "objects"])
async def test_passkey_nested_deep_is_refused(http: httpx.AsyncClient, path: str, said: str) -> None:
    judge = (await person("judge")).account
    assert judge is not None
    csrf = await browser_of(http, judge)
    options = {"/account/passkeys": "/account/passkeys/options", "/account/prove/passkey": "/account/prove/options"}
    await http.post(options.get(path, "/sign-in/passkey/options"), data={"csrf": csrf})
    answer = await http.post(path, data={"csrf": csrf, "credential": said, **({"name": "x"} if "keys" in path else {})})
    assert answer.status_code == 403


# Invitations, codes and the power behind them


@pytest.mark.usefixtures("http")
@pytest.mark.parametrize("role", ["officer", "admin"])
async def test_invited_officer_reaches_every_gate(role: Role) -> None:
    place = (await gates())[0]
    assert await scopes.fit(role, Scope()) == Scope()
    officer = Principal(role, scope=await scopes.fit(role, Scope(gates=(place.id,))))
    assert officer.may_see_gate(gate=place.id, organiser=place.organiser)


async def invite(inviter: Principal, organiser: UUID) -> str:
    """Let somebody invite a second organiser and return the link's token."""
    asked = Invite(role="organiser", email="second@example.org", label="Second", language="en", organisers=(organiser,))
    sent = await invitations.invite(asked=asked, principal=inviter, now=NOW)
    payload = await value("SELECT payload ->> 'sending' FROM job WHERE payload ->> 'invitation' = $1", str(sent))
    return invitations.address_of(UUID(str(payload))).rpartition("/")[2]


@pytest.mark.usefixtures("http")
async def test_invitation_falls_with_the_scope_it_came_from() -> None:
    kept, lost = list(dict.fromkeys(gate.organiser for gate in await gates()))[:2]
    organiser = await person("organiser", scope=Scope(organisers=(kept, lost)))
    falls, stays = await invite(organiser, lost), await invite(organiser, kept)
    assert organiser.account is not None
    seen = (await accounts.one(account=organiser.account, principal=Principal("officer"))).digest
    changed = Change(label="Organiser", organisers=(kept,), seen=seen)
    await accounts.change(account=organiser.account, asked=changed, principal=Principal("officer"), now=NOW)
    with pytest.raises(InvitationClosed):
        await invitations.accept(token=falls, now=NOW)
    await invitations.accept(token=stays, now=NOW)


async def code_of(maker: Principal, gate: UUID) -> str:
    return (
        await devices.provide(asked=Provide(role="staff", name="Phone", gates=(gate,)), principal=maker, now=NOW)
    ).code


@pytest.mark.usefixtures("http")
async def test_code_falls_with_the_account_that_made_it() -> None:
    place = (await gates())[0]
    lead = await person("lead", scope=Scope(gates=(place.id,)))
    code = await code_of(lead, place.id)
    assert lead.account is not None
    await accounts.suspend(account=lead.account, principal=Principal("officer"), now=NOW)
    with pytest.raises(CodeClosed):
        await devices.enrol(asked=Enrol(code=code), now=NOW)


@pytest.mark.usefixtures("http")
async def test_code_falls_with_the_scope_it_came_from() -> None:
    one, two, *_ = await gates()
    lead = await person("lead", scope=Scope(gates=(one.id, two.id)))
    falls, stays = await code_of(lead, two.id), await code_of(lead, one.id)
    assert lead.account is not None
    seen = (await accounts.one(account=lead.account, principal=Principal("officer"))).digest
    changed = Change(label="Lead", gates=(one.id,), seen=seen)
    await accounts.change(account=lead.account, asked=changed, principal=Principal("officer"), now=NOW)
    with pytest.raises(CodeClosed):
        await devices.enrol(asked=Enrol(code=falls), now=NOW)
    assert (await devices.enrol(asked=Enrol(code=stays), now=NOW)).gates == (one.id,)


@pytest.mark.usefixtures("http")
async def test_peer_does_not_let_in_again_whom_the_office_suspended() -> None:
    mine = Scope(organisers=((await gates())[0].organiser,))
    first, second = await person("organiser", scope=mine), await person("organiser", scope=mine, email="b@example.org")
    office = await person("officer", email="office@example.org")
    assert first.account is not None
    await accounts.suspend(account=first.account, principal=office, now=NOW)
    with pytest.raises(DomainError):
        await accounts.reinstate(account=first.account, principal=second, now=NOW)
    assert await value("SELECT suspended_at FROM account WHERE id = $1", first.account) == NOW
    await accounts.reinstate(account=first.account, principal=office, now=NOW)
    await accounts.suspend(account=first.account, principal=second, now=NOW)
    await accounts.reinstate(account=first.account, principal=second, now=NOW)
    assert await value("SELECT suspended_at FROM account WHERE id = $1", first.account) is None


@pytest.mark.parametrize("path", ["staff", "invitations/new/staff", "devices/new"])
@pytest.mark.parametrize("by", ["token", "session"])
async def test_lost_phone_of_a_lead_gives_no_power_away(http: httpx.AsyncClient, path: str, by: str) -> None:
    scope = Scope(gates=((await gates())[0].id,))
    phone = await access.add_account(role="lead", label="Phone", now=NOW, scope=scope, device="Phone")
    if by == "token":
        http.headers["authorization"] = f"Bearer {await access.issue_token(account=phone, now=NOW)}"
    else:
        await browser_of(http, phone, strength="link")
    assert (await http.get(f"/console/{path}", headers=HTML)).status_code == 403
    assert "/console" not in (await http.get("/start", headers=HTML)).text


@pytest.mark.parametrize("name", ["", "Nightly report"])
async def test_token_made_for_a_program_does_nothing_sensitive(http: httpx.AsyncClient, name: str) -> None:
    admin = (await person("admin")).account
    assert admin is not None
    token = await access.issue_token(account=admin, now=NOW, name=name)
    http.headers["authorization"] = f"Bearer {token}"
    sent = {"email": "mine@evil.example", "label": "Mine", "language": "en"}
    answer = await http.post("/console/invitations/new/admin", data=sent)
    assert answer.status_code == (403 if name else 303)
    assert (await http.get("/office/audit", headers=HTML)).status_code == 200
    assert await value("SELECT count(*) FROM invitation") == (0 if name else 1)


@pytest.mark.usefixtures("http")
async def test_name_on_an_accepted_invitation_goes_with_its_account() -> None:
    organiser = (await gates())[0].organiser
    token = await invite(await person("admin"), organiser)
    account = await invitations.accept(token=token, now=NOW)
    await forget_accounts([account], now=NOW)
    assert await value("SELECT label FROM invitation") == ""


# Lists of people


async def test_list_of_guests_needs_a_fresh_proof(http: httpx.AsyncClient, clock: Clock) -> None:
    organiser = (await person("officer")).account
    assert organiser is not None
    csrf = await browser_of(http, organiser)
    event = await value("SELECT id FROM event ORDER BY position LIMIT 1")
    clock.forward(minutes=16)
    answer = await http.post(f"/console/events/{event}/guests/export", data={"csrf": csrf}, headers=HTML)
    assert (answer.status_code, answer.headers.get("location", "")[:15]) == (303, "/account/prove?")
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'guests.export'") == 0
