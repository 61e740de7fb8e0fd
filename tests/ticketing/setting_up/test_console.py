"""Ticket types at the organiser's console."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.ticketing.registering import offers
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, OWN, console_of, draft, event, form, type_by_slug, wrong
from tests.ticketing.wishes import member, register, wish

TYPES = "/api/v1/conventions/yokohama-2026/ticket-types"


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
async def own(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of YOXO FESTIVAL."""
    async with await console_of(app) as found:
        yield found


@pytest.fixture
async def other(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of another event."""
    async with await console_of(app, FOREIGN) as found:
        yield found


@pytest.fixture
async def officer(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """An officer of the city."""
    async with await console_of(app, role="officer") as found:
        yield found


async def yoxo() -> UUID:
    found: UUID = (await event())["id"]
    return found


async def tickets_page() -> str:
    return f"/console/events/{await yoxo()}/tickets"


async def add(http: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Add a ticket type and return its row."""
    answer = await http.post(f"{await tickets_page()}/new", data=form(await yoxo(), **changes))
    assert answer.status_code == 303, answer.text
    row = await fetch_one("SELECT * FROM ticket_type ORDER BY number DESC LIMIT 1")
    assert row is not None
    return dict(row)


async def offered(http: httpx.AsyncClient) -> list[str]:
    """Return the slugs on offer, in order."""
    return [t["slug"] for t in (await http.get(TYPES)).json()]


async def edit(http: httpx.AsyncClient, row: dict[str, Any], **changes: Any) -> httpx.Response:
    """Send the form of a ticket type as it was opened, with changes."""
    data = form(await yoxo(), seen=str(row["revision"]), **changes)
    return await http.post(f"{await tickets_page()}/{row['id']}", data=data)


async def test_new_type_is_on_offer_at_once_with_the_next_number(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    before = await offered(http)
    last = await value("SELECT max(number) FROM ticket_type")

    made = await add(own, places="12")

    assert made["number"] == last + 1  # type: ignore[operator]
    assert (made["slug"], made["organiser"]) == ("yoxo-festival-workshop-pass", (await event())["organiser"])
    assert await offered(http) == [*before, made["slug"]]
    found = (await http.get(TYPES)).json()[-1]
    assert (found["left"], found["on_sale"], found["events"]) == (12, True, ["YOXO FESTIVAL"])
    assert (await register(http, wish(member(ticket_type=made["slug"])))).status_code == 201
    assert await value("SELECT taken FROM quota WHERE slug = 'workshop-pass'") == 1


async def test_japanese_title_alone_is_enough(own: httpx.AsyncClient) -> None:
    made = await add(own, **{"title.en": "", "title.ja": "体験チケット"})

    assert msgspec.json.decode(made["title"]) == {"ja": "体験チケット"}
    assert made["slug"] == "yoxo-festival-ticket"


async def test_wrong_fields_are_all_named_and_what_was_typed_stays(own: httpx.AsyncClient) -> None:
    data = form(await yoxo(), **{"title.en": "", "title.ko": "", "price": "many", "days": "2026-11-99", "places": "-1"})
    data["description.en"] = "Kept <words>"

    answer = await own.post(f"{await tickets_page()}/new", data=data)

    assert answer.status_code == 422
    assert sorted(wrong(answer)) == ["days-0", "places", "price", "title"]
    assert "Kept &lt;words&gt;" in answer.text


async def test_price_is_on_sale_only_where_people_can_pay(own: httpx.AsyncClient) -> None:
    await fetch("UPDATE payment_method SET enabled = false")
    answer = await own.post(f"{await tickets_page()}/new", data=form(await yoxo(), price="1500"))

    assert (answer.status_code, wrong(answer)) == (422, ["price"])
    assert "Nobody could pay yet" in answer.text
    assert f'href="/console/events/{await yoxo()}/payments"' in answer.text

    closed = await add(own, price="1500", public="")
    opened = await own.post(f"{await tickets_page()}/{closed['id']}/sale", data={"public": "true"})
    assert opened.status_code == 422
    assert await value("SELECT public FROM ticket_type WHERE id = $1", closed["id"]) is False

    await fetch("UPDATE payment_method SET enabled = true")
    await own.post(f"{await tickets_page()}/{closed['id']}/sale", data={"public": "true"})
    assert await value("SELECT public FROM ticket_type WHERE id = $1", closed["id"]) is True


async def test_city_is_paid_by_its_own_ways_alone(officer: httpx.AsyncClient) -> None:
    events = [str(await yoxo()), str((await event(FOREIGN))["id"])]
    answer = await officer.post(f"{await tickets_page()}/new", data=form(await yoxo(), events=events, price="1500"))

    assert (answer.status_code, wrong(answer)) == (422, ["price"])


async def test_price_says_its_tax_and_times_are_those_of_the_place(own: httpx.AsyncClient) -> None:
    made = await add(own, price="3300", tax_percent="8", admission="approval", sale_from="2026-11-01T10:00",
                     sale_until="2026-11-20T18:30", changes_until="2026-11-19T00:00")  # fmt: skip

    assert (made["price"], made["tax_percent"], made["admission"]) == (3300, 8, "approval")
    assert made["sale_from"] == dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC)
    page = await own.get(f"{await tickets_page()}/{made['id']}")
    assert "Contained in the price: ¥244." in page.text
    assert 'value="2026-11-20T18:30"' in page.text
    overview = await own.get(await tickets_page())
    assert "After we have approved it" in overview.text
    same = await edit(own, made, price="3300", tax_percent="8", admission="approval", sale_from="2026-11-01T10:00",
                      sale_until="2026-11-20T18:30", changes_until="2026-11-19T00:00")  # fmt: skip
    assert same.status_code == 303
    log = await fetch("SELECT detail FROM audit_entry WHERE subject = $1 ORDER BY position DESC LIMIT 1",
                      f"ticket-type:{made['id']}")  # fmt: skip
    assert msgspec.json.decode(log[0]["detail"])["fields"] == []


WRONG = [
    ({"tax_percent": "9"}, "tax_percent"),
    ({"admission": "lottery"}, "admission"),
    ({"sale_from": "soon"}, "sale_from"),
    ({"changes_until": "2026-13-01T00:00"}, "changes_until"),
    ({"sale_from": "2026-11-10T10:00", "sale_until": "2026-11-10T10:00"}, "sale_until"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[f for _c, f in WRONG])
async def test_wrong_sale_is_named(own: httpx.AsyncClient, change: dict[str, str], field: str) -> None:
    answer = await own.post(f"{await tickets_page()}/new", data=form(await yoxo(), **change))

    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert all(f'value="{words}"' in answer.text for name, words in change.items() if name.startswith("sale_"))


async def test_late_form_is_told_moments_as_people_say_them(own: httpx.AsyncClient) -> None:
    made = await add(own)
    await edit(own, made, sale_until="2026-11-20T18:30")

    late = await edit(own, made, sale_until="2026-11-21T00:00")

    assert late.status_code == 409
    assert "Friday, November 20, 2026, 18:30" in late.text


async def test_event_of_another_organiser_cannot_be_covered(own: httpx.AsyncClient) -> None:
    foreign = (await event(FOREIGN))["id"]

    answer = await own.post(
        f"{await tickets_page()}/new", data=form(await yoxo(), events=[str(await yoxo()), str(foreign)])
    )

    assert (answer.status_code, wrong(answer)) == (422, ["events"])
    assert str(foreign) not in answer.text.replace(f'value="{foreign}"', "")


async def test_officer_may_cover_several_organisers_and_then_it_is_the_citys(officer: httpx.AsyncClient) -> None:
    foreign = (await event(FOREIGN))["id"]

    made = await add(officer, events=[str(await yoxo()), str(foreign)])

    assert made["organiser"] is None
    assert await value("SELECT count(*) FROM coverage WHERE ticket_type = $1", made["id"]) == 2


async def test_day_on_which_no_chosen_event_takes_place_is_refused(own: httpx.AsyncClient) -> None:
    answer = await own.post(f"{await tickets_page()}/new", data=form(await yoxo(), days="2026-12-24"))

    assert (answer.status_code, wrong(answer)) == (422, ["days"])


async def test_quota_of_another_organiser_cannot_be_drawn_on(own: httpx.AsyncClient) -> None:
    city = await value("SELECT id FROM quota WHERE slug = 'citywide'")

    answer = await own.post(f"{await tickets_page()}/new", data=form(await yoxo(), quotas=str(city)))

    assert (answer.status_code, wrong(answer)) == (422, ["quotas"])


HOLDERS = [
    ({"mode": "online"}, "mode"),
    ({"entry_rule": "once"}, "entry_rule"),
    ({"reentry": "false"}, "entry_rule"),
    ({"days": "2026-11-21"}, "days"),
    ({"role": "press"}, "role"),
]


@pytest.mark.parametrize(("change", "field"), HOLDERS, ids=["-".join(c) for c, _f in HOLDERS])
async def test_holders_keep_what_they_were_promised(
    own: httpx.AsyncClient, http: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    made = await add(own)
    assert (await edit(own, made, **change)).status_code == 303
    assert (await edit(own, {**made, "revision": 1})).status_code == 303
    await register(http, wish(member(ticket_type=made["slug"])))

    answer = await edit(own, {**made, "revision": 2}, **change)

    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert "1 ticket is out." in answer.text
    assert await value("SELECT revision FROM ticket_type WHERE id = $1", made["id"]) == 2


async def test_coverage_shrinks_only_while_nobody_holds_a_ticket(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    second = await draft(organiser=(await event())["organiser"])
    made = await add(own, events=[str(await yoxo()), str(second)])
    await register(http, wish(member(ticket_type=made["slug"])))

    answer = await edit(own, made, events=str(await yoxo()))

    assert (answer.status_code, wrong(answer)) == (422, ["events"])
    assert await value("SELECT count(*) FROM coverage WHERE ticket_type = $1", made["id"]) == 2


async def test_texts_sale_and_more_than_before_may_change_for_holders(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    made = await add(own, days="2026-11-21", entry_rule="once")
    await register(http, wish(member(ticket_type=made["slug"])))

    answer = await edit(
        own, made, **{"title.ko": "체험", "mode": "hybrid", "days": ["2026-11-21", "2026-11-22"], "entry_rule": "daily"}
    )

    assert answer.status_code == 303
    after = await type_by_slug(made["slug"])
    assert (after["mode"], after["entry_rule"], msgspec.json.decode(after["days"])) == (
        "hybrid", "daily", ["2026-11-21", "2026-11-22"],
    )  # fmt: skip
    assert msgspec.json.decode(after["title"]) == {"en": "Workshop pass", "ko": "체험"}


async def test_entry_rule_number_and_re_entry_are_kept_and_shown(own: httpx.AsyncClient) -> None:
    made = await add(own, entry_rule="times", entry_times="3", reentry="false")

    assert (made["entry_rule"], made["entry_times"], made["reentry"]) == ("times", 3, False)
    shown = (await own.get(f"{await tickets_page()}/{made['id']}")).text
    assert '<option value="times" selected>' in shown
    assert re.search(r'name="entry_times"[^>]*value="3"', shown)
    assert '<option value="false" selected>' in shown


async def test_ticket_type_is_once_a_day_with_re_entry_unless_said_otherwise(own: httpx.AsyncClient) -> None:
    made = await add(own)
    assert (made["entry_rule"], made["entry_times"], made["reentry"]) == ("daily", 1, True)
    shown = (await own.get(f"{await tickets_page()}/{made['id']}")).text
    assert '<option value="true" selected>' in shown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"entry_times": "0"}, "entry_times"),
        ({"entry_times": "1001"}, "entry_times"),
        ({"reentry": "perhaps"}, "reentry"),
    ],
)
async def test_number_of_entries_is_from_1_to_1000(own: httpx.AsyncClient, change: dict[str, str], field: str) -> None:
    answer = await own.post(f"{await tickets_page()}/new", data=form(await yoxo(), **change))
    assert (answer.status_code, wrong(answer)) == (422, [field])


async def test_who_saves_second_sees_both_and_loses_nothing(own: httpx.AsyncClient) -> None:
    made = await add(own)
    assert (await edit(own, made, **{"title.en": "First"})).status_code == 303

    late = await edit(own, made, **{"title.en": "Second"})

    assert late.status_code == 409
    assert 'value="Second"' in late.text
    assert "First" in late.text
    assert msgspec.json.decode((await type_by_slug(made["slug"]))["title"]) == {"en": "First"}
    assert 'name="seen" value="1"' in late.text
    assert (await edit(own, {**made, "revision": 1}, **{"title.en": "Second"})).status_code == 303
    assert msgspec.json.decode((await type_by_slug(made["slug"]))["title"]) == {"en": "Second"}


async def test_closed_sale_takes_it_off_offer_and_keeps_tickets(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    made = await add(own)
    kept = (await register(http, wish(member(ticket_type=made["slug"])))).json()["tickets"][0]

    answer = await own.post(f"{await tickets_page()}/{made['id']}/sale", data={"public": "false"})

    assert answer.status_code == 303
    assert made["slug"] not in await offered(http)
    refused = await register(http, wish(member(ticket_type=made["slug"])))
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("party[0].ticket_type", "choice")]
    assert await value("SELECT state FROM ticket WHERE id = $1", UUID(kept["id"])) == "valid"


async def test_copy_is_closed_and_has_its_own_number(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    made = await add(own, places="5")

    answer = await own.post(f"{await tickets_page()}/{made['id']}/copy")

    assert answer.status_code == 303
    twin = await type_by_slug("yoxo-festival-workshop-pass-copy")
    assert (twin["number"], twin["public"]) == (made["number"] + 1, False)
    same = "SELECT quota FROM quota_use WHERE ticket_type = $1"
    assert await value(same, twin["id"]) == await value(same, made["id"])
    assert twin["slug"] not in await offered(http)


async def test_order_is_the_organisers(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    first, second = await add(own), await add(own, **{"title.en": "Second"})

    await own.post(f"{await tickets_page()}/{second['id']}/move", data={"to": "earlier"})

    assert (await offered(http))[-2:] == [second["slug"], first["slug"]]
    await own.post(f"{await tickets_page()}/{second['id']}/move", data={"to": "later"})
    await own.post(f"{await tickets_page()}/{second['id']}/move", data={"to": "later"})
    assert (await offered(http))[-2:] == [first["slug"], second["slug"]]


async def test_only_a_type_that_nobody_has_is_removed(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    kept, unused = await add(own), await add(own, **{"title.en": "Mistake"})
    await register(http, wish(member(ticket_type=kept["slug"])))

    refused = await own.post(f"{await tickets_page()}/{kept['id']}/remove")
    removed = await own.post(f"{await tickets_page()}/{unused['id']}/remove")

    assert (refused.status_code, removed.status_code) == (409, 303)
    assert "Close its sale instead" in refused.text
    assert await value("SELECT count(*) FROM ticket_type WHERE id = ANY($1)", [kept["id"], unused["id"]]) == 1


async def test_types_of_a_draft_and_of_a_canceled_event_are_not_on_offer(
    own: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    made = await add(own)
    for state in ("published_at = NULL", "published_at = now(), canceled_at = now()"):
        await fetch(f"UPDATE event SET {state} WHERE slug = '{OWN}'")
        offers.forget()

        assert made["slug"] not in await offered(http)
        page = await http.get("/yokohama-2026/register", headers={"accept": "text/html"})
        assert made["slug"] not in page.text
        answer = await register(http, wish(member(ticket_type=made["slug"])))
        assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [("party[0].ticket_type", "choice")]
    await fetch(f"UPDATE event SET published_at = now(), canceled_at = NULL WHERE slug = '{OWN}'")
    offers.forget()
    assert made["slug"] in await offered(http)


async def test_citys_type_stays_on_offer_without_the_event_that_is_canceled(http: httpx.AsyncClient) -> None:
    await fetch(f"UPDATE event SET canceled_at = now() WHERE slug = '{OWN}'")

    passes = {t["slug"]: t["events"] for t in (await http.get(TYPES)).json()}

    assert "YOXO FESTIVAL" not in passes["citywide-pass"]
    assert len(passes["citywide-pass"]) == 7


async def test_register_page_of_one_event_offers_what_opens_it(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    made = await add(own)

    page = await http.get(f"/yokohama-2026/register?event={FOREIGN}", headers={"accept": "text/html"})
    mine = await http.get(f"/yokohama-2026/register?event={OWN}", headers={"accept": "text/html"})

    assert "citywide-pass" in page.text
    assert made["slug"] not in page.text
    assert made["slug"] in mine.text


ROUTES = [
    ("GET", "/tickets"), ("GET", "/tickets/new"), ("POST", "/tickets/new"), ("GET", "/tickets/{type}"),
    ("POST", "/tickets/{type}"), ("POST", "/tickets/{type}/sale"), ("POST", "/tickets/{type}/copy"),
    ("POST", "/tickets/{type}/move"), ("GET", "/tickets/{type}/remove"), ("POST", "/tickets/{type}/remove"),
    ("GET", "/quotas/new"), ("POST", "/quotas/new"), ("GET", "/quotas/{quota}"), ("POST", "/quotas/{quota}"),
    ("POST", "/quotas/{quota}/remove"), ("POST", "/quotas/{quota}/recount"), ("GET", "/guests"),
    ("POST", "/guests/export"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{m} {p}" for m, p in ROUTES])
async def test_another_organiser_finds_nothing(
    own: httpx.AsyncClient, other: httpx.AsyncClient, method: str, path: str
) -> None:
    made = await add(own, places="5")
    quota = await value("SELECT quota FROM quota_use WHERE ticket_type = $1", made["id"])
    events = [await yoxo()] if "{" not in path else [await yoxo(), (await event(FOREIGN))["id"]]

    for one in events:
        address = f"/console/events/{one}{path.format(type=made['id'], quota=quota)}"
        data = {**form(one), "name.en": "x", "capacity": "9", "seen": "0"} if method == "POST" else None
        answer = await other.request(method, address, data=data)
        assert answer.status_code == 404, address
        assert "Workshop" not in answer.text
    assert (await type_by_slug(made["slug"]))["revision"] == 0


async def test_unknown_type_and_citys_type_are_not_the_organisers(own: httpx.AsyncClient) -> None:
    city = (await type_by_slug("citywide-pass"))["id"]
    for one in (city, uuid4()):
        assert (await own.get(f"{await tickets_page()}/{one}")).status_code == 404
        assert (await own.post(f"{await tickets_page()}/{one}/sale", data={"public": "false"})).status_code == 404
    page = await own.get(await tickets_page())
    assert "Citywide Pass" in page.text


async def test_every_change_is_in_the_audit_log_without_personal_data(own: httpx.AsyncClient) -> None:
    made = await add(own)
    await edit(own, made, **{"title.en": "Other"})
    await own.post(f"{await tickets_page()}/{made['id']}/sale", data={"public": "false"})
    await own.post(f"{await tickets_page()}/{made['id']}/remove")

    rows = await fetch("SELECT action, actor, detail FROM audit_entry WHERE subject = $1 ORDER BY position",
                       f"ticket-type:{made['id']}")  # fmt: skip
    assert [r["action"] for r in rows] == [
        "ticket-type.add",
        "ticket-type.change",
        "ticket-type.close",
        "ticket-type.remove",
    ]
    assert all(r["actor"].startswith("organiser:") for r in rows)
    assert msgspec.json.decode(rows[1]["detail"])["fields"] == ["title.en"]


async def test_offer_read_before_a_change_never_registers(own: httpx.AsyncClient, http: httpx.AsyncClient) -> None:
    made = await add(own)
    await offered(http)
    await fetch("UPDATE ticket_type SET public = false, revision = revision + 1 WHERE id = $1", made["id"])

    answer = await register(http, wish(member(ticket_type=made["slug"])))

    assert answer.status_code == 422, answer.text
    assert await value("SELECT count(*) FROM ticket WHERE ticket_type = $1", made["id"]) == 0
