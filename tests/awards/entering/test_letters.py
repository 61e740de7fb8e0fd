"""Mails about an entry: true when they are sent, to whom they concern, the same mail however often it is promised."""

from uuid import UUID

import httpx

from app.awards.entering import letters
from app.awards.entering.promises import Purpose
from app.core.i18n import use_language
from app.core.mail import Mail
from tests.awards.entering.entrants import HTML, entry_of, hand_in, member_of, pair, planted, sign, write
from tests.doors import value


async def letter(purpose: Purpose, address: str, stamp: str = "") -> Mail | None:
    try:
        return await letters.written(purpose, member_of(address), stamp=stamp)
    finally:
        use_language("en")


async def digest(address: str) -> str:
    """Return the stamp of the latest version."""
    found = await value(
        "SELECT encode(digest, 'hex') FROM entry_version WHERE entry = $1 ORDER BY number DESC LIMIT 1",
        entry_of(address),
    )
    return str(found)[:16]


async def test_nobody_is_asked_to_sign_what_he_has_signed_or_what_is_no_more(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    first = await digest(lead)
    asked = await letter("sign", other, first)
    assert asked is not None
    assert (asked.to, asked.language) == ("freja@fjordvarme.example", "de")
    await write(http, lead, title="Newer")
    await hand_in(http, lead)
    assert await letter("sign", other, first) is None
    assert await letter("submitted", lead, first) is None
    second = await digest(lead)
    assert await letter("sign", other, second) is not None
    await sign(http, other)
    assert await letter("sign", other, second) is None
    done = await letter("submitted", lead, second)
    assert done is not None
    assert second in done.plain


async def test_a_withdrawn_entry_writes_nothing_but_that(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    assert await letter("withdrawn", other) is None
    await http.post(f"{lead}/withdraw", headers=HTML)
    told = await letter("withdrawn", other)
    assert told is not None
    assert "zurückgezogen" in told.plain
    for purpose in ("started", "invited", "reopened"):
        assert await letter(purpose, lead) is None


async def test_the_lead_learns_who_has_refused(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await http.post(f"{other}/decline", headers=HTML)
    told = await letter("declined", lead, str(member_of(other)))
    assert told is not None
    assert "Fjordvarme ApS does not want to take part" in told.plain
    assert "Freja" not in told.plain


async def test_the_same_promise_is_the_same_mail(http: httpx.AsyncClient) -> None:
    await planted()
    lead, _other = await pair(http)
    first, again = [await letter("started", lead, "202611210100") for _ in range(2)]
    other = await letter("started", lead, "202611210101")
    assert first == again
    assert first is not None
    assert other is not None
    assert first.reference != other.reference


async def test_no_subject_names_anybody(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await hand_in(http, lead)
    found = [
        await letter("started", lead),
        await letter("invited", other),
        await letter("sign", other, await digest(lead)),
    ]
    subjects = " ".join(mail.subject for mail in found if mail)
    assert len([mail for mail in found if mail]) == 3
    assert not [word for word in ("Sato", "Freja", "Minato", "Fjordvarme", "river") if word in subjects]


async def test_somebody_who_has_left_gets_nothing(http: httpx.AsyncClient) -> None:
    await planted()
    lead, other = await pair(http)
    await http.post(f"{lead}/members/{member_of(other)}", data={"action": "remove"}, headers=HTML)
    assert await letter("invited", other) is None
    assert await letters.written("started", UUID(int=1), stamp="") is None
