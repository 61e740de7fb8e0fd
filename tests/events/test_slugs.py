"""Addresses proposed from titles."""

from itertools import islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.i18n import LANGUAGES
from app.core.validation import Slug, problems
from app.events.edits import Lines, Paragraphs
from app.events.slugs import LONGEST, candidates, latin, proposal


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Open Stage: 2026!", "open-stage-2026"),
        ("Für Größe & Café", "fur-grosse-and-cafe"),
        ("Lin's café", "lins-cafe"),
        ("よこはま", "yokohama"),
        ("ﾖｺﾊﾏ", "yokohama"),
        ("コーヒー・フェス", "kohi-fesu"),
        ("マッチング", "matchingu"),
        ("キャッツ", "kyattsu"),
        ("ジャズ", "jazu"),
        ("パーティー", "pati"),
        ("ウィンター", "winta"),
        ("チャレンジ", "charenji"),
        ("シェフ", "shefu"),
        ("夜市", ""),
        ("よこはま夜市", ""),
        ("가나다", ""),
        ("ตลาด", ""),
        ("!?", ""),
        ("x" * 100, "x" * LONGEST),
    ],
)
def test_latin(words: str, address: str) -> None:
    assert latin(words) == address


def test_english_goes_before_other_languages() -> None:
    assert proposal({"ja": "よる", "en": "Night"}, "x") == "night"
    assert proposal({"ja": "よる", "en": "夜"}, "x") == "yoru"
    assert proposal({"ja": "夜"}, "fallback") == "fallback"


@given(st.text())
def test_proposal_is_always_an_address(words: str) -> None:
    assert problems(proposal({"en": words}, "event"), Slug) == []


def test_candidates_never_end() -> None:
    assert list(islice(candidates("a"), 3)) == ["a", "a-2", "a-3"]


@pytest.mark.parametrize("kind", [Lines, Paragraphs])
def test_texts_have_a_field_for_each_language(kind: type[msgspec.Struct]) -> None:
    assert tuple(field.encode_name for field in msgspec.structs.fields(kind)) == LANGUAGES
