"""Pasted lines of a bank's statement."""

import datetime as dt

import httpx
import pytest

from app.core.web.frame import Frame
from app.ticketing.payments import settle, statement
from app.ticketing.payments.desk import Desk
from app.ticketing.payments.references import new_reference
from tests.clock import NOW
from tests.doors import value
from tests.ticketing.organisers import console_of, event
from tests.ticketing.payments.bills import OFFICER, bill, method, owing, paid_type, states, work

TODAY = dt.date(2026, 11, 21)


async def at() -> Desk:
    own = await event()
    return Desk(own["id"], own["convention"], None, "Asia/Tokyo")


LINES = [
    ("2026-11-20,3300,{0} YAMADA TARO", dt.date(2026, 11, 20)),
    ("2026/11/20\t3,300\tﾔﾏﾀﾞ {1}", dt.date(2026, 11, 20)),
    ("20261120;3300;{2}", dt.date(2026, 11, 20)),
    ('"2026年11月20日","3,300","120,000","振込 {1} ヤマダ"', dt.date(2026, 11, 20)),
    ('2026/11/20,,"3,300","1,234,567",{0}', dt.date(2026, 11, 20)),
    ("11/20,¥3,300円,{1}".replace("3,300", "3300"), dt.date(2026, 11, 20)),
    ("12/20\t3300\t{1}", dt.date(2025, 12, 20)),
    ("{0}\t3300", None),
    ("2026/11/20\t３，３００\t{3}", dt.date(2026, 11, 20)),
]


@pytest.mark.parametrize(("line", "day"), LINES)
async def test_line_is_understood_as_banks_write_it(http: httpx.AsyncClient, line: str, day: dt.date | None) -> None:
    await method()
    await paid_type()
    one = await bill(await owing(http))
    short = one.reference.replace("-", "")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in one.reference)
    written = line.format(one.reference, short, one.reference.lower(), wide)

    (found,) = await statement.match(text=written, at=await at(), today=TODAY)

    assert (found.fit, found.amount, found.paid_on) == ("exact", 3300, day)
    assert found.payment is not None
    assert found.payment.id == one.id


async def test_what_does_not_fit_says_why(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    less, late, twice = [(await bill(await owing(http, name=name))) for name in ("Less", "Late", "Twice")]
    await work(late.due_at)
    await settle.confirm(payment=twice.id, principal=OFFICER, now=NOW)
    text = f"""2026-11-20,300,{less.reference}
2026-11-20,3300,{late.reference}

2026-11-20,3300,{new_reference()}
Date,Amount,Text
2026-11-20,,{less.reference}
2026-11-20,3300,{twice.reference}
"""
    found = await statement.match(text=text, at=await at(), today=TODAY)
    assert [one.fit for one in found] == ["amount", "late", "unknown", "unreadable", "unreadable", "done"]
    assert [one.number for one in found] == [1, 2, 4, 5, 6, 7]


async def test_second_line_for_one_payment_is_looked_at(http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    one = await bill(await owing(http))
    lines = f"2026-11-20,3300,{one.reference}\n2026-11-21,3300,{one.reference}"
    assert [m.fit for m in await statement.match(text=lines, at=await at(), today=TODAY)] == ["exact", "amount"]


async def test_only_the_payees_own_payments_are_found(http: httpx.AsyncClient) -> None:
    own = (await event())["organiser"]
    await method(organiser=own)
    await paid_type("own", organiser=own)
    one = await bill(await owing(http, "own"))
    (found,) = await statement.match(text=f"2026-11-20,3300,{one.reference}", at=await at(), today=TODAY)
    assert (found.fit, found.payment) == ("unknown", None)


async def test_all_that_fit_are_confirmed_at_once_and_again_does_nothing(app: Frame, http: httpx.AsyncClient) -> None:
    await method()
    await paid_type()
    found = [await bill(await owing(http, name=f"Payer{n}")) for n in range(3)]
    text = "\n".join(
        [
            f"2026-11-20\t3300\t{found[0].reference}",
            f"2026-11-21\t3300\t{found[1].reference.lower()}",
            f"2026-11-21\t1\t{found[2].reference}",
        ]
    )
    async with await console_of(app, role="officer") as officer:
        address = f"/console/events/{(await event())['id']}/payments/statement"
        looked = await officer.post(address, data={"lines": text, "of": "city"})
        before = [await states(one.registration) for one in found]
        answers = [
            await officer.post(address, data={"lines": text, "of": "city", "action": "confirm"}) for _ in range(2)
        ]

    assert "Confirm all 2 payments" in looked.text
    assert before == [["unpaid"]] * 3
    assert "2 payments are confirmed." in answers[0].text
    assert "are confirmed." not in answers[1].text
    assert [await states(one.registration) for one in found] == [["valid"], ["valid"], ["unpaid"]]
    assert (await bill(found[0].registration)).paid_on == dt.date(2026, 11, 20)
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'payment.confirm'") == 2
    assert text.splitlines()[2] in answers[1].text, "nothing pasted is lost"


async def test_anything_may_be_pasted(app: Frame, rollback: None) -> None:
    async with await console_of(app) as own:
        address = f"/console/events/{(await event())['id']}/payments/statement"
        for text in ("", ",,,,", '"', '"\n"', "\x00\t9" * 5, "9" * 400, "2026-99-99,99999999999999999999", "１２３"):
            assert (await own.post(address, data={"lines": text, "action": "confirm"})).status_code == 200
