"""The check of the catalogues: every kind of fault is planted once in every language, and named."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from app.core import catalogues
from app.core.i18n import LANGUAGES

PLURALS = {"ja": 1, "zh-Hans": 1, "ko": 1, "de": 2, "th": 1}
"""How many forms a number chooses from, by language."""
SIGN_IN = 'msgid "Sign in"\nmsgstr "x"\n'
ERROR = 'msgstr "x %(number)s"'
JOBS = 'msgid "%(n)s job"\nmsgid_plural "%(n)s jobs"\n'
every_language = pytest.mark.parametrize("tag", PLURALS)


def source() -> Catalog:
    found = Catalog()
    for message in ("Sign in", "Error %(number)s", "{n} waiting", ("%(n)s job", "%(n)s jobs")):
        found.add(message)
    return found


def jobs(forms: int) -> str:
    return JOBS + "".join(f'msgstr[{form}] "%(n)s x"\n' for form in range(forms))


def complete(tag: str) -> str:
    """Return a catalogue in which nothing is wrong."""
    header = catalogues.HEADER.format(tag=tag, plurals=Catalog(locale=tag.replace("-", "_")).plural_forms)
    other = f'msgid "Error %(number)s"\n{ERROR}\n\nmsgid "{{n}} waiting"\nmsgstr "{{n}} x"\n'
    return f"{header}{SIGN_IN}\n{other}\n{jobs(PLURALS[tag])}"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalogues, "place", lambda tag: tmp_path / f"{tag}.po")
    monkeypatch.setattr(catalogues, "template", source)
    for tag in PLURALS:
        (tmp_path / f"{tag}.po").write_text(complete(tag), encoding="utf-8")
    return tmp_path


def test_every_language_but_that_of_the_keys_has_a_catalogue() -> None:
    assert set(catalogues.TRANSLATED) == set(LANGUAGES) - {"en"} == set(PLURALS)
    assert {tag: catalogues.load(tag).num_plurals for tag in PLURALS} == PLURALS
    assert all(catalogues.place(tag).exists() for tag in PLURALS)


def test_complete_catalogues_have_no_fault(shelf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogues.main(["check"]) == 0
    assert capsys.readouterr().out == ""


@every_language
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((SIGN_IN, ""), "missing: Sign in"),
        ((SIGN_IN, 'msgid "Sign in"\nmsgstr ""\n'), "untranslated: Sign in"),
        ((SIGN_IN, 'msgid "Sign in"\nmsgstr " "\n'), "untranslated: Sign in"),
        ((SIGN_IN, "#, fuzzy\n" + SIGN_IN), "fuzzy: Sign in"),
        ((SIGN_IN, SIGN_IN + '\nmsgid "Old words"\nmsgstr "x"\n'), "no longer used: Old words"),
        ((SIGN_IN, SIGN_IN + '\n#~ msgid "Old words"\n#~ msgstr "x"\n'), "obsolete: Old words"),
        ((ERROR, 'msgstr "x"'), "other values than in: Error %(number)s"),
        ((ERROR, 'msgstr "x %(nummer)s"'), "other values than in: Error %(number)s"),
        ((ERROR, 'msgstr "x %(number)s %(n)s"'), "other values than in: Error %(number)s"),
        ((ERROR, 'msgstr "x %(number)"'), "other values than in: Error %(number)s"),
        ((ERROR, 'msgstr "100 % x %(number)s"'), "other values than in: Error %(number)s"),
        (('msgstr "{n} x"', 'msgstr "{m} x"'), "other values than in: {n} waiting"),
        (('msgstr[0] "%(n)s x"', 'msgstr[0] "x"'), "other values than in: %(n)s jobs"),
    ],
)
def test_planted_fault_is_named(
    shelf: Path, capsys: pytest.CaptureFixture[str], tag: str, change: tuple[str, str], fault: str
) -> None:
    words = (shelf / f"{tag}.po").read_text(encoding="utf-8")
    assert words.count(change[0]) == 1
    (shelf / f"{tag}.po").write_text(words.replace(*change), encoding="utf-8")
    assert catalogues.main(["check"]) == 1
    assert capsys.readouterr().out == f"{tag}: {fault}\n"


@every_language
def test_plural_forms_of_another_language_are_a_fault(shelf: Path, tag: str) -> None:
    own, other = (Catalog(locale=one).plural_forms for one in (tag.replace("-", "_"), "ja" if tag == "de" else "de"))
    words = (shelf / f"{tag}.po").read_text(encoding="utf-8")
    (shelf / f"{tag}.po").write_text(words.replace(own, other), encoding="utf-8")
    assert f"{tag}: plural forms of another language" in catalogues.faults()


@every_language
def test_a_language_without_a_catalogue_lacks_everything(shelf: Path, tag: str) -> None:
    (shelf / f"{tag}.po").unlink()
    assert catalogues.faults() == [
        f"{tag}: missing: {words}" for words in ("Sign in", "Error %(number)s", "{n} waiting", "%(n)s jobs")
    ]


@every_language
def test_extracting_keeps_words_and_drops_the_old(shelf: Path, tag: str) -> None:
    words = (shelf / f"{tag}.po").read_text(encoding="utf-8")
    (shelf / f"{tag}.po").write_text(words.replace(SIGN_IN, 'msgid "Old words"\nmsgstr "x"\n'), encoding="utf-8")
    assert catalogues.main(["extract"]) == 0
    assert catalogues.faults() == [f"{tag}: untranslated: Sign in"]


@pytest.mark.parametrize(("tag", "expected"), [("de", []), ("th", ["th: other values than in: The %(n)s best"])])
def test_only_a_form_of_its_own_for_one_may_lack_the_number(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, tag: str, expected: list[str]
) -> None:
    forms = ("x", "%(n)s x")[: PLURALS[tag]]
    found, wanted = (Catalog(locale=tag) for _ in range(2))
    wanted.add(("The best", "The %(n)s best"))
    found.add(("The best", "The %(n)s best"), forms)
    monkeypatch.setattr(catalogues, "TRANSLATED", (tag,))
    monkeypatch.setattr(catalogues, "template", lambda: wanted)
    monkeypatch.setattr(catalogues, "load", lambda _tag: found)
    assert catalogues.faults() == expected


def test_other_commands_are_refused() -> None:
    assert catalogues.main(["translate"]) == 2
