"""Texts people agree to: written, published, retired, never changed; taken back."""

import re
from uuid import UUID

import asyncpg
import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.core.errors import Invalid, NotFound
from app.core.i18n import LANGUAGES
from app.core.validation import check
from app.core.web.frame import Frame
from app.people import consents
from app.people.consents import ConsentTexts
from app.people.demo_texts import TEXTS
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.ticketing.wishes import register, wish

pytestmark = pytest.mark.usefixtures("http")

WORDS = {"en": "Pictures may be taken.", "ja": "写真を撮影します。"}
PHOTOS = ConsentTexts(purpose="photos", version="photos-1", title=WORDS, body=WORDS)
ACTOR = "officer:test"


async def versions() -> list[str]:
    return [text.version for text in await consents.current_texts(NOW)]


async def test_demo_has_terms_that_are_required_and_news_that_are_not() -> None:
    assert [(t.version, t.required) for t in await consents.current_texts(NOW)] == [
        ("terms-2026", True),
        ("news-2026", False),
    ]


async def test_draft_is_not_offered_and_published_text_is() -> None:
    text = await consents.add(texts=PHOTOS, actor=ACTOR, now=NOW)
    assert "photos-1" not in await versions()
    await consents.publish(text=text, actor=ACTOR, now=NOW)
    assert "photos-1" in await versions()


async def test_new_version_retires_the_one_before_it() -> None:
    newer = ConsentTexts(purpose="news", version="news-2027", title=WORDS, body=WORDS)
    await consents.publish(text=await consents.add(texts=newer, actor=ACTOR, now=NOW), actor=ACTOR, now=NOW)
    assert await versions() == ["terms-2026", "news-2027"]


async def test_published_text_does_not_change() -> None:
    text = await consents.add(texts=PHOTOS, actor=ACTOR, now=NOW)
    await consents.publish(text=text, actor=ACTOR, now=NOW)
    for act in (
        consents.change(text=text, texts=PHOTOS, actor=ACTOR, now=NOW),
        consents.publish(text=text, actor=ACTOR, now=NOW),
        consents.discard(text=text, actor=ACTOR, now=NOW),
    ):
        with pytest.raises(consents.NotADraft):
            await act


async def test_database_refuses_to_change_a_published_text() -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await fetch("UPDATE consent_text SET body = '{}' WHERE version = 'terms-2026'")


async def test_retired_text_leaves_the_form_and_stays_on_record() -> None:
    text = next(t for t in await consents.all_texts() if t.version == "news-2026")
    await consents.retire(text=text.id, actor=ACTOR, now=NOW)
    assert await versions() == ["terms-2026"]
    assert (await consents.one_text(text.id)).state == "retired"


async def test_text_needs_japanese_and_english() -> None:
    with pytest.raises(Invalid) as caught:
        await consents.add(
            texts=ConsentTexts(purpose="news", version="x", title={"en": "A"}, body={"ja": "あ", "xx": "?"}),
            actor=ACTOR,
            now=NOW,
        )
    assert [(e.field, e.code) for e in caught.value.errors] == [
        ("title.ja", "required"),
        ("body.en", "required"),
        ("body.xx", "unknown"),
    ]


async def test_version_is_taken_once() -> None:
    await consents.add(texts=PHOTOS, actor=ACTOR, now=NOW)
    with pytest.raises(consents.VersionTaken):
        await consents.add(texts=PHOTOS, actor=ACTOR, now=NOW)


async def test_other_process_learns_of_a_new_text_within_two_seconds(clock: Clock) -> None:
    assert len(await consents.current_texts(NOW)) == 2
    await fetch("UPDATE consent_text SET retired_at = $1 WHERE version = 'news-2026'", NOW)  # as another process does
    assert len(await consents.current_texts(NOW)) == 2
    clock.forward(seconds=2)
    assert [t.version for t in await consents.current_texts(clock())] == ["terms-2026"]


async def test_optional_consent_is_taken_back_and_required_one_is_not(http: httpx.AsyncClient) -> None:
    answer = await register(http, wish(consents=["terms-2026"]))
    assert answer.status_code == 201
    person = UUID(str(await value("SELECT person FROM consent")))
    await fetch("INSERT INTO consent VALUES (gen_random_uuid(), $1, 'news-2026', $2)", person, NOW)
    terms, news = sorted(await consents.given_by([person]), key=lambda given: given.optional)
    await consents.withdraw(consent=news.id, persons=[person], now=NOW)
    with pytest.raises(NotFound):
        await consents.withdraw(consent=terms.id, persons=[person], now=NOW)
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'news-2026'") == NOW
    assert await value("SELECT withdrawn_at FROM consent WHERE text = 'terms-2026'") is None


def test_texts_of_the_demo_speak_every_language() -> None:
    for texts in TEXTS:
        assert set(texts.title) == set(texts.body) == set(LANGUAGES), texts.version
        assert check(msgspec.to_builtins(texts), consents.ConsentTexts) == texts


async def test_form_of_a_new_text_opens_empty(app: Frame) -> None:
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        page = await officer.get("/office/consents/new")
    assert page.status_code == 200
    assert "<title>Text to agree to – " in page.text


async def test_form_names_every_wrong_field_at_once(app: Frame) -> None:
    async with client(app, await token_for("officer"), accept="text/html") as officer:
        page = await officer.post("/office/consents/new", data={"version": "Not so", "title.en": "Pictures"})
    assert page.status_code == 422
    named = dict(re.findall(r'<li><a href="#([^"]+)">([^<]*): ', page.text))
    assert named == {
        "purpose": "For",
        "version": "Version",
        "title-ja": "Words beside the box (日本語)",
        "body-ja": "The text (日本語)",
        "body-en": "The text (English)",
    }
    assert 'value="Pictures"' in page.text
