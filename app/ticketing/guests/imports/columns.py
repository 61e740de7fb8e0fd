"""What the columns of a list mean, by their headings in any of our languages: pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextvars import copy_context
from functools import cache

import msgspec

from app.core.i18n import DEFAULT, LANGUAGES, gettext_lazy, text, use_language
from app.ticketing.schemas import OfferedQuestion

FIELDS: dict[str, str] = {
    "name": gettext_lazy("Full name"),
    "reading": gettext_lazy("Reading"),
    "email": gettext_lazy("E-mail"),
    "organisation": gettext_lazy("Organisation"),
    "residence": gettext_lazy("Place of residence"),
    "ticket_type": gettext_lazy("Ticket type"),
    "language": gettext_lazy("Language"),
    "party": gettext_lazy("Party"),
    "child": gettext_lazy("Child"),
    "needs": gettext_lazy("Access needs"),
    "languages": gettext_lazy("Interpretation into"),
}
"""What a list may say of a guest, and how its column is headed."""
NEEDED = ("name", "email", "residence")
_ALSO: Mapping[str, Sequence[str]] = {
    "name": ("name", "名前", "氏名", "お名前", "姓名", "이름", "성명"),
    "reading": ("kana", "furigana", "romanisation", "romaji", "ふりがな", "フリガナ", "よみ", "読み", "ローマ字"),
    "email": ("email", "mail", "e-mail address", "email address", "メール", "メールアドレス", "邮箱", "이메일"),
    "organisation": ("organization", "company", "affiliation", "所属", "会社", "会社名", "団体名", "单位", "소속"),
    "residence": ("country", "country or region", "residence", "国", "居住国", "国・地域", "居住地", "国家", "국가"),
    "ticket_type": ("ticket", "type", "チケット", "券種", "チケットの種類"),
    "language": ("lang", "言語", "语言", "언어"),
    "party": ("group", "グループ", "同行", "组", "그룹"),
    "child": ("子ども", "子供", "小児"),
    "needs": ("accessibility", "配慮", "必要な配慮"),
    "languages": ("interpretation", "通訳"),
}
"""Other headings that people write."""
_BOTH = re.compile(r"^(.*?)\s*\((.*)\)\s*$")


class Columns(msgspec.Struct, frozen=True):
    """Where a list says what: the position of each field, and of the answers by the slug of the question.

    `unknown` are headings that mean nothing to us, `twice` those that say what another column says already, `missing`
    the fields without which nobody can be registered.
    """

    fields: dict[str, int]
    answers: dict[str, int]
    unknown: list[str]
    twice: list[str]
    missing: list[str]


def folded(words: str) -> str:
    """Return words as headings and values are compared."""
    return " ".join(unicodedata.normalize("NFKC", words).casefold().strip(" *:").split())


def recognise(heading: Sequence[str], questions: Iterable[OfferedQuestion]) -> Columns:
    """Return what the columns of a list mean. The first column of a meaning counts."""
    asked = {word: q.slug for q in questions for word in map(folded, (q.slug, *q.label.values())) if word}
    fields: dict[str, int] = {}
    answers: dict[str, int] = {}
    unknown, twice = [], []
    for place, words in enumerate(heading):
        field, question = _first(words, _names()), _first(words, asked)
        found, key = (fields, field) if field else (answers, question)
        if key is None:
            unknown += [words] if words else []
        elif key in found:
            twice.append(words)
        else:
            found[key] = place
    return Columns(fields, answers, unknown, twice, [f for f in NEEDED if f not in fields])


def _first(words: str, known: Mapping[str, str]) -> str | None:
    """Return what a heading means, or one of its parts: `氏名 (Name)`."""
    whole = folded(words)
    both = _BOTH.match(whole)
    return next((known[part] for part in (whole, *(both.groups() if both else ())) if part in known), None)


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for field, key in FIELDS.items():
        for words in (field, *_ALSO[field], *(spoken(key, tag) for tag in LANGUAGES)):
            found.setdefault(folded(words), field)
    return found


def spoken(words: str, tag: str) -> str:
    """Return a phrase of the interface in a language that need not be the reader's."""

    def say() -> str:
        use_language(tag)
        return str(words)

    return copy_context().run(say)


def headings(questions: Iterable[OfferedQuestion]) -> list[str]:
    """Return the headings of an empty list: in the reader's language and in English."""
    fields = [_both(str(key), spoken(key, DEFAULT)) for key in FIELDS.values()]
    return fields + [_both(text(q.label), text(q.label, DEFAULT)) for q in questions if q.kind != "file"]


def _both(own: str, english: str) -> str:
    return own if own == english else f"{own} ({english})"


def label(field: str) -> str:
    """Return how the column of a field is headed in the reader's language."""
    return str(FIELDS[field])
