"""Questions at the console: asked of whom, in which order, and what stays once somebody has answered."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.events.edits import Paragraphs
from app.ticketing.registering import offers
from app.ticketing.schemas import Option
from app.ticketing.setting_up import choices
from tests.doors import value
from tests.ticketing.organisers import FOREIGN, console_of, event, form, type_by_slug, wrong
from tests.ticketing.wishes import member, register, wish


@pytest.fixture(autouse=True)
def _fresh_offers() -> Any:
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
async def own(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """The organiser of YOXO FESTIVAL, whose demo questions are out of the way."""
    await fetch("DELETE FROM question_use")
    await fetch("DELETE FROM question")
    async with await console_of(app) as found:
        yield found


@pytest.fixture
async def officer(app: Frame, rollback: None) -> AsyncIterator[httpx.AsyncClient]:
    """An officer of the city."""
    async with await console_of(app, role="officer") as found:
        yield found


@pytest.fixture
async def ticket(own: httpx.AsyncClient) -> str:
    """A ticket type of the organiser's."""
    await own.post(f"{await base()}/tickets/new", data=form((await event())["id"]))
    return "yoxo-festival-workshop-pass"


async def base(slug: str = "yoxo-festival") -> str:
    return f"/console/events/{(await event(slug))['id']}"


async def send(http: httpx.AsyncClient, label: str, **changes: Any) -> httpx.Response:
    data = {"label.en": label, "kind": "text", "keep_days": "30", **changes}
    return await http.post(f"{await base()}/questions/new", data=data)


async def ask(http: httpx.AsyncClient, label: str, **changes: Any) -> dict[str, Any]:
    """Add a question and return its row."""
    answer = await send(http, label, **changes)
    assert answer.status_code == 303, wrong(answer)
    return await row(label)


async def row(label: str) -> dict[str, Any]:
    found = await fetch_one("SELECT * FROM question WHERE label ->> 'en' = $1", label)
    assert found is not None
    return dict(found)


async def edit(http: httpx.AsyncClient, one: dict[str, Any], label: str, **changes: Any) -> httpx.Response:
    data = {"label.en": label, "kind": one["kind"], "keep_days": "30", "seen": str(one["revision"]), **changes}
    return await http.post(f"{await base()}/questions/{one['id']}", data=data)


async def press(http: httpx.AsyncClient, one: dict[str, Any], what: str, **data: str) -> httpx.Response:
    return await http.post(f"{await base()}/questions/{one['id']}/{what}", data=data)


async def answers(http: httpx.AsyncClient, slug: str, **given: Any) -> list[str]:
    """Register with answers and return the fields that are wrong."""
    answer = await register(http, wish(member(ticket_type=slug, answers=given)))
    assert answer.status_code in {201, 422}, answer.text
    return [e["field"].removeprefix("party[0].answers.") for e in answer.json().get("errors", ())]


async def asked(http: httpx.AsyncClient, slug: str) -> list[str]:
    """Return the slugs of what is asked with a ticket type, in order."""
    types = (await http.get("/api/v1/conventions/yokohama-2026/ticket-types")).json()
    return [q["slug"] for t in types if t["slug"] == slug for q in t["questions"]]


CHOICE = {"kind": "choice", "options.en": "Small\nLarge", "options.ja": "小\n大"}


async def test_question_is_asked_at_once_of_everybody_who_comes(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    await asked(http, ticket)
    made = await ask(own, "Which size?", required="true", **CHOICE)

    assert msgspec.json.decode(made["options"]) == [
        {"value": "small", "label": {"ja": "小", "en": "Small"}},
        {"value": "large", "label": {"ja": "大", "en": "Large"}},
    ]
    assert (made["slug"], made["keep_days"], made["event"]) == ("which-size", 30, (await event())["id"])
    assert await asked(http, ticket) == await asked(http, "citywide-pass") == ["which-size"]
    assert await answers(http, ticket) == await answers(http, ticket, **{"which-size": "tiny"}) == ["which-size"]
    assert await answers(http, ticket, **{"which-size": "small"}) == []
    assert await asked(http, "ascc-ticket") == []


async def test_question_of_some_types_is_not_asked_of_others(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    await ask(own, "Shoe size?", required="true", types=str((await type_by_slug(ticket))["id"]))

    assert (await asked(http, ticket), await asked(http, "citywide-pass")) == (["shoe-size"], [])
    assert await answers(http, "yoxo-ticket") == []


WRONG = [
    ({"label.en": ""}, "label"),
    ({"kind": "song"}, "kind"),
    ({"keep_days": "0"}, "keep_days"),
    ({"keep_days": "401"}, "keep_days"),
    ({"kind": "choice"}, "options"),
    ({"kind": "choices", "options.en": "Only one"}, "options"),
    ({"kind": "choice", "options.en": "One\nTwo", "options.ja": "一"}, "options"),
    ({"kind": "choice", "options.en": "Same\nSame"}, "options"),
    ({"kind": "choice", "options.en": "\n".join(map(str, range(61)))}, "options"),
    ({"kind": "choice", "options.en": f"{201 * 'x'}\ny"}, "options"),
    ({"types": str(uuid4())}, "types"),
    ({"shown": "no-such:yes"}, "shown"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[f"{f} {n}" for n, (_c, f) in enumerate(WRONG)])
async def test_wrong_field_is_named_and_what_was_typed_stays(
    own: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    answer = await send(own, "Kept?", **{"hint.en": "Kept <hint>", **change})

    assert (answer.status_code, wrong(answer)) == (422, [field])
    assert "Kept &lt;hint&gt;" in answer.text
    assert await value("SELECT count(*) FROM question") == 0


async def test_question_hangs_on_the_answer_to_an_earlier_one(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    first = await ask(own, "Allergic?", kind="yes_no")
    await ask(own, "Sizes?", **CHOICE)
    both = await send(own, "Both?", shown=["allergic:yes", "sizes:small"])
    assert (both.status_code, wrong(both)) == (422, ["shown"])
    second = await ask(own, "To what?", required="true", shown="allergic:yes")

    assert msgspec.json.decode(second["shown_when"]) == {"question": "allergic", "values": ["yes"]}
    assert await answers(http, ticket, allergic="no") == []
    assert await answers(http, ticket, allergic="yes") == ["to-what"]
    assert await answers(http, ticket, allergic="yes", **{"to-what": "Nuts"}) == []
    gone = await press(own, first, "retire", asked="false")
    assert (gone.status_code, "“To what?” is asked only after" in gone.text) == (409, True)
    other = await edit(own, first, "Allergic?", kind="text")
    assert (other.status_code, wrong(other)) == (422, ["kind"])


async def test_question_cannot_hang_on_itself_or_a_later_one(own: httpx.AsyncClient) -> None:
    first = await ask(own, "First?", kind="yes_no")
    await ask(own, "Second?", kind="yes_no")
    for slug in ("first", "second"):
        answer = await edit(own, first, "First?", shown=f"{slug}:yes")
        assert (answer.status_code, wrong(answer)) == (422, ["shown"])


async def test_order_is_changed_but_never_against_a_condition(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    first = await ask(own, "First?", kind="yes_no")
    second = await ask(own, "Second?", shown="first:yes")
    third = await ask(own, "Third?")

    refused = await press(own, second, "move", to="earlier")
    assert (refused.status_code, "is asked only after an answer to the one above" in refused.text) == (409, True)
    assert (await press(own, first, "move", to="later")).status_code == 409
    await press(own, third, "move", to="earlier")
    await press(own, third, "move", to="earlier")
    await press(own, third, "move", to="earlier")
    assert await asked(http, ticket) == ["third", "first", "second"]


async def test_after_answers_kind_and_values_stay_and_words_may_change(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    made = await ask(own, "Size?", **CHOICE)
    assert await answers(http, ticket, size="large") == []

    kind = await edit(own, made, "Size?", kind="text")
    lost = await edit(own, made, "Size?", **{"options.en": "Small", "options.ja": "小"})
    fewer = await edit(own, made, "Size?", **{"options.en": "Small\nMedium", "options.ja": "小\n中", "kind": "choices"})
    more = await edit(own, made, "Which?", **{"options.en": "Tiny\nSmall\nHuge", "options.ja": "極小\n小\n大"})

    assert (kind.status_code, wrong(kind)) == (422, ["kind"])
    assert (lost.status_code, {*wrong(lost)}) == (422, {"options"})
    assert "so “Large” stays" in lost.text
    assert (fewer.status_code, wrong(fewer)) == (422, ["kind"])
    assert more.status_code == 303
    page = await own.get(f"{await base()}/questions/{made['id']}")
    assert "1 person has answered." in page.text
    values = {o["value"]: o["label"]["en"] for o in msgspec.json.decode((await row("Which?"))["options"])}
    assert values == {"tiny": "Tiny", "small": "Small", "large": "Huge"}


async def test_retired_question_is_asked_no_more_and_keeps_its_answers(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    made = await ask(own, "Size?", required="true")
    assert await answers(http, ticket, size="M") == []

    assert (await press(own, made, "retire", asked="false")).status_code == 303
    assert (await press(own, made, "retire", asked="false")).status_code == 303

    assert await answers(http, ticket) == []
    assert await value("SELECT count(*) FROM answer WHERE question = $1", made["id"]) == 1
    await press(own, made, "retire", asked="true")
    assert await answers(http, ticket) == ["size"]


async def test_form_checked_before_a_change_is_checked_again(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    """Another process remembers what was asked before: the revision of the ticket type tells it."""
    before = await offers.offer("yokohama-2026", now=(await event())["changed_at"])
    made = await ask(own, "Size?", required="true")
    offers._remembered["yokohama-2026"] = (offers._remembered.get("yokohama-2026", (before, before))[0], before)  # type: ignore[assignment]
    revision = (await type_by_slug(ticket))["revision"]

    assert revision > before.types[ticket].revision
    assert (await type_by_slug("citywide-pass"))["revision"] > before.types["citywide-pass"].revision
    await edit(own, made, "Size?", required="")
    assert (await type_by_slug(ticket))["revision"] > revision


async def test_copy_is_not_asked_yet(own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str) -> None:
    made = await ask(own, "Size?", **CHOICE)

    assert (await press(own, made, "copy")).status_code == 303

    twin = await row("Size? (copy)")
    assert (twin["slug"], twin["options"], twin["retired_at"] is None) == ("size-copy", made["options"], False)
    assert await asked(http, ticket) == ["size"]
    await press(own, twin, "retire", asked="true")
    assert await asked(http, ticket) == ["size", "size-copy"]


async def test_city_asks_everybody_and_organisers_only_see_it(
    own: httpx.AsyncClient, officer: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    refused = await send(own, "Mine?", city="true")
    assert refused.status_code == 404
    made = await ask(officer, "How did you hear of us?", city="true")

    assert (made["event"], made["organiser"]) == (None, None)
    assert await asked(http, "ascc-ticket") == await asked(http, "citywide-pass") == ["how-did-you-hear-of-us"]
    page = await own.get(f"{await base()}/questions")
    assert "How did you hear of us?" in page.text
    assert str(made["id"]) not in page.text
    assert (await edit(own, made, "Hacked?")).status_code == 404
    assert (await press(own, made, "retire", asked="false")).status_code == 404


async def test_who_saves_second_sees_both(own: httpx.AsyncClient) -> None:
    made = await ask(own, "Size?")
    assert (await edit(own, made, "First?")).status_code == 303

    late = await edit(own, made, "Second?")

    assert late.status_code == 409
    assert 'value="Second?"' in late.text
    assert "First?" in late.text


async def test_another_organiser_finds_nothing(app: Frame, own: httpx.AsyncClient) -> None:
    made = await ask(own, "Size?")
    async with await console_of(app, FOREIGN) as other:
        for one in (await base(), await base(FOREIGN)):
            address = f"{one}/questions/{made['id']}"
            assert (await other.get(address)).status_code == 404
            for below in ("", "/copy", "/move", "/retire"):
                assert (await other.post(address + below, data={"label.en": "X", "seen": "0"})).status_code == 404
        assert (await other.get(f"{await base()}/questions")).status_code == 404
    assert (await row("Size?"))["revision"] == 0


async def test_page_shows_the_question_as_the_form_does(own: httpx.AsyncClient) -> None:
    for kind in ("text", "paragraph", "yes_no", "date", "country", "file"):
        await ask(own, f"Kind {kind}?", kind=kind)
    made = await ask(own, "Kind choices?", kind="choices", **{"options.en": "A\nB", "hint.en": "Why we ask"})

    for address in (f"{await base()}/questions", f"{await base()}/questions/{made['id']}"):
        page = await own.get(address)
        assert page.status_code == 200
        assert 'name="preview.answers.kind-choices" value="b"' in page.text
        assert "Why we ask" in page.text


async def test_type_that_goes_takes_its_question_along(
    own: httpx.AsyncClient, http: httpx.AsyncClient, ticket: str
) -> None:
    """Otherwise it would be asked of everybody."""
    gone = (await type_by_slug(ticket))["id"]
    made = await ask(own, "Size?", required="true", types=str(gone))

    assert (await own.post(f"{await base()}/tickets/{gone}/remove")).status_code == 303

    assert await value("SELECT retired_at IS NOT NULL FROM question WHERE id = $1", made["id"])
    assert await answers(http, "yoxo-ticket") == []


async def test_changes_are_in_the_audit_log(own: httpx.AsyncClient) -> None:
    made = await ask(own, "Size?")
    await edit(own, made, "Shoe size?")
    await press(own, made, "retire", asked="false")

    rows = await fetch("SELECT action FROM audit_entry WHERE subject = $1 ORDER BY position", f"question:{made['id']}")
    assert [r["action"] for r in rows] == ["question.add", "question.change", "question.retire"]


OLD = [Option("a", {"en": "A", "ja": "あ"}), Option("b", {"en": "B", "ja": "い"}), Option("c", {"en": "C", "ja": "う"})]
LINES = [
    ("A\nB\nC", "a b c"),
    ("C\nA\nB", "c a b"),
    ("A\nX\nC", "a b c"),
    ("A\nC\nD", "a c d"),
    ("A\nB\nC\nD", "a b c d"),
    ("X\nA\nB\nC", "x a b c"),
    ("B\nC", "b c"),
]


@pytest.mark.parametrize(("lines", "values"), LINES, ids=[v for _l, v in LINES])
def test_choices_keep_their_values(lines: str, values: str) -> None:
    found, errors = choices.read(Paragraphs(en=lines), OLD, fixed=False)
    assert (" ".join(o.value for o in found), errors) == (values, [])
    assert choices.read(choices.written(OLD), OLD, fixed=True) == (OLD, [])


def test_choices_written_in_japanese_alone_have_values() -> None:
    found, errors = choices.read(Paragraphs(ja="はい\nいいえ\n未定"), [], fixed=False)
    assert (len({o.value for o in found}), errors) == (3, [])
    assert all(o.value for o in found)
