"""How well proposals are made: labelled pairs, hard negatives, and that nothing is joined by likeness alone."""

from collections import Counter
from collections.abc import Iterable

import pytest
from msgspec.structs import astuple, replace

from app.exchange.joining.identity import Told, joins
from app.exchange.joining.likeness import PROPOSED, traits
from app.exchange.joining.titles import beside, title
from app.exchange.schemas import Incoming
from tests.exchange.joining import negatives, neighbours, pairs, twists
from tests.exchange.joining.pairs import Pair, event, scored

OFFICES = [*pairs.read("offices.txt"), *pairs.read("offices_shut.txt")]
LABELLED = [*pairs.read("pairs.txt"), *pairs.read("pairs_more.txt"), *pairs.read("held_out.txt"), *OFFICES]
RECALL, PRECISION = 0.97, 0.99
UID = "4f1c9a52-77b1-4c07-9d0b-0a6d5a0f4f11@city.example.jp"
PAGE = "https://www.example.jp/events/series/"
IDENTITIES = ({"uid": UID}, {"url": PAGE}, {"uid": UID, "url": PAGE})


def rates(some: list[Pair]) -> tuple[float, float]:
    """Return recall and precision of proposals for labelled pairs."""
    made = Counter((pair.same, scored(pair).score >= PROPOSED) for pair in some)
    right, missed, wrong = made[True, True], made[True, False], made[False, True]
    return right / (right + missed), right / (right + wrong)


def test_there_are_500_labelled_pairs_with_many_of_both() -> None:
    assert len(LABELLED) >= 500
    assert min(Counter(pair.same for pair in LABELLED).values()) >= 200


def test_proposals_find_nearly_all_pairs_and_hardly_anything_else() -> None:
    recall, precision = rates([*pairs.read("pairs.txt"), *pairs.read("pairs_more.txt")])
    assert recall >= RECALL
    assert precision >= PRECISION


def test_pairs_that_no_rule_was_tuned_on() -> None:
    """Written before the first rules, and never used to make them better."""
    recall, precision = rates(pairs.read("held_out.txt"))
    assert recall >= 0.95
    assert precision >= PRECISION


def test_pairs_as_offices_a_tourist_board_and_an_english_page_write() -> None:
    """The half that was looked at while rules were made."""
    recall, precision = rates(pairs.read("offices.txt"))
    assert recall >= RECALL
    assert precision == 1


def test_pairs_that_were_kept_shut_until_the_rules_were_done() -> None:
    """Recall .873 and precision .970 when it was opened. Slips it showed are mended since: .89 is no held-out figure.

    What no list knows is not found: `せんくら`, `Hojoya`.
    """
    recall, precision = rates(pairs.read("offices_shut.txt"))
    assert recall >= 0.89
    assert precision == 1


def test_pairs_as_two_cities_tell_them() -> None:
    """Recall .755 before rules were made for it; the near misses are a fifth of the table."""
    recall, precision = rates(pairs.read("two_cities.txt"))
    assert recall >= 0.95
    assert precision >= 0.98


def test_pairs_of_two_cities_that_were_kept_shut() -> None:
    """Recall .735 before, .882 when it was opened: no rule was made for what it misses.

    Near misses that were proposed: モネ and マネ, 癌学会 and 眼科学会, legal and mental advice.
    """
    recall, precision = rates(pairs.read("two_cities_shut.txt"))
    assert recall >= 0.88
    assert precision >= 0.95


def proposed(many: Iterable[tuple[str, Pair]]) -> list[str]:
    """Return the hard negatives that would be proposed."""
    return [f"{kind}: {pair.line}" for kind, pair in many if scored(pair).score >= PROPOSED]


def test_hard_negatives_are_not_proposed() -> None:
    assert proposed(negatives.made(1500)) == []


def test_siblings_of_pairs_in_two_voices_are_not_proposed() -> None:
    assert proposed(twists.twisted(OFFICES[::4], 300)) == []


def test_neighbours_in_two_languages_are_hardly_ever_proposed() -> None:
    """What is: `音楽講演会` and `演劇講演会`, and one title in two houses whose names are in two scripts."""
    assert len(proposed(neighbours.made(900))) <= 4


@pytest.mark.faults
def test_thousands_of_neighbours_are_hardly_ever_proposed() -> None:
    """Two in a thousand."""
    assert len(proposed(neighbours.made(9000))) <= 30


@pytest.mark.faults
@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_neighbour_is_joined(identity: dict[str, str]) -> None:
    """But in two scripts: nobody can say then that a house is another one, or that a UUID is on a wrong title."""
    some = [pair for kind, pair in neighbours.made(9000) if kind not in {"house", "other"}]
    assert joined(some, identity, identity) == []


@pytest.mark.faults
def test_thousands_of_hard_negatives_are_not_proposed() -> None:
    """The one is a story hour with another, longer name; who looks at it decides."""
    assert len(proposed(negatives.made(20_000))) <= 1


@pytest.mark.faults
@pytest.mark.parametrize("name", ["offices.txt", "offices_shut.txt"])
def test_thousands_of_siblings_are_not_proposed(name: str) -> None:
    """Three thousand and more in all."""
    assert proposed(twists.twisted(pairs.read(name), 1800)) == []


def told(event: Incoming, home: str, **identity: str) -> Told:
    """Return an event with an identity that another one has as well."""
    made = replace(event, **identity)
    return Told(event=made, traits=traits(made, home))


def joined(some: list[Pair], mine: dict[str, str], theirs: dict[str, str]) -> list[str]:
    """Return the pairs that would be joined if one had the one identity and the other the other."""
    return [
        pair.line
        for pair in some
        if joins(told(pair.one, pair.homes[0], **mine), told(pair.other, pair.homes[1], **theirs))
    ]


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_negative_is_joined_even_with_one_uid_or_one_page(identity: dict[str, str]) -> None:
    some = [pair for _kind, pair in negatives.made(1000)]
    some += [pair for pair in LABELLED if not pair.same and pair.one.title != pair.other.title]
    assert joined(some, identity, identity) == []


@pytest.mark.faults
@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_hard_negative_of_20_000_is_joined(identity: dict[str, str]) -> None:
    assert joined([pair for _kind, pair in negatives.made(20_000)], identity, identity) == []


@pytest.mark.faults
@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_sibling_in_two_voices_is_joined(identity: dict[str, str]) -> None:
    assert joined([pair for _kind, pair in twists.twisted(OFFICES, 3000)], identity, identity) == []


def test_no_hard_negative_is_joined_by_an_origin_that_is_one_of_a_kind() -> None:
    """Another day is left out: a copy that has not heard of the new date has one origin, one title and two dates."""
    some = [pair for kind, pair in negatives.made(1500) if kind not in MOVED]
    assert joined(some, {"uid": UID}, {"uid": "copy", "origin": UID}) == []


MOVED = {"another day", "another hour", "another venue", "another city", "canceled, and the new date"}

REASONS: dict[str, tuple[tuple[str, str, str], tuple[str, str, str], set[str]]] = {
    "the same in every respect": (
        ("第3回 天神クラフトマルシェ", "11-21 10:00-17:00", "福岡: アクロス福岡 ~天神会"),
        ("天神クラフトマルシェ vol.3", "11-21 10:00-17:00", "横浜: アクロス福岡 ~天神会"),
        {"title_same", "start_same", "place_same", "number_same", "organiser_same"},
    ),
    "other hours": (
        ("天神クラフトマルシェ", "11-21 10:00-17:00", "福岡: アクロス福岡"),
        ("天神クラフトマルシェ", "11-21 11:00-16:00", "横浜: アクロス福岡"),
        {"title_same", "days_overlap", "place_same"},
    ),
    "another number": (
        ("天神クラフトマルシェ vol.3", "11-21 10:00-17:00", "福岡: アクロス福岡"),
        ("天神クラフトマルシェ vol.4", "11-21 10:00-17:00", "横浜: アクロス福岡"),
        {"other_number"},
    ),
    "another day": (
        ("天神クラフトマルシェ", "11-21 10:00-17:00", "福岡: アクロス福岡"),
        ("天神クラフトマルシェ", "11-22 10:00-17:00", "横浜: アクロス福岡"),
        {"other_time"},
    ),
    "places that name two cities, and share half of their names": (
        ("工場夜景ツアー", "11-21 17:00-20:00", "川崎: 川崎港見学センター"),
        ("工場夜景ツアー", "11-21 17:00-20:00", "長崎: 長崎港見学広場"),
        {"other_place"},
    ),
    "another place": (
        ("天神クラフトマルシェ", "11-21 10:00-17:00", "福岡: アクロス福岡"),
        ("天神クラフトマルシェ", "11-21 10:00-17:00", "横浜: 大さん橋ホール"),
        {"other_place"},
    ),
}


@pytest.mark.parametrize("case", REASONS)
def test_a_score_says_why(case: str) -> None:
    one, other, reasons = REASONS[case]
    made = Pair(same=True, one=event(*one)[0], other=event(*other)[0], homes=("福岡", "横浜"), line="")
    assert set(scored(made).reasons) == reasons


def test_a_foreign_word_weighs_little_beside_japanese_and_all_beside_another_one() -> None:
    beside_another = beside(title("Rust講座").full, title("Swift講座").full)
    assert (beside_another.first_alone, beside_another.second_alone) == (3.0, 3.0)
    assert beside(title("水耕栽培").full, title("Hydroponics").full).second_alone == pytest.approx(1.2)


def test_it_does_not_matter_which_of_two_is_asked_first() -> None:
    for pair in (*LABELLED[: -len(OFFICES)], *OFFICES[::8]):
        turned = Pair(pair.same, pair.other, pair.one, (pair.homes[1], pair.homes[0]), pair.line)
        assert (scored(pair).score >= PROPOSED) == (scored(turned).score >= PROPOSED), pair.line


@pytest.mark.parametrize("known", [frozenset(), frozenset({"夜", "jazz", "花火"})])
@pytest.mark.parametrize(
    "said",
    ["第12回 横浜ジャズ祭「夜のパン」(大さん橋会場)", "Jazz Festivals in the Park", "夜", "の", "花火 and 花火", "!?"],
)
def test_title_beside_itself_shares_what_it_shares_letter_by_letter(said: str, known: frozenset[str]) -> None:
    made = title(said).full

    def light(piece: str) -> float:
        return 0.05 if piece in known else 1.0

    assert astuple(beside(made, made, light)) == pytest.approx(astuple(beside(made, replace(made), light)))
