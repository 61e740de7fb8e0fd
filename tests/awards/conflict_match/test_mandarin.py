"""Characters beside their sound in Mandarin."""

import pytest

from app.awards.conflict_match.mandarin import READ, likeness, tells


@pytest.mark.parametrize(
    ("characters", "latin", "score"),
    [
        ("王小红", "Wang Xiaohong", READ),
        ("王 小紅", "Xiao-Hong WANG", READ),
        ("欧阳娜", "Ouyang Na", READ),
        ("王小红", "Wang Xiaoming", 0.0),
        ("王小红", "Xiaohong", 0.0),
        ("さくら", "Wang Xiaohong", 0.0),
        ("", "", 0.0),
    ],
)
def test_names_are_read_in_mandarin(characters: str, latin: str, score: float) -> None:
    assert likeness(characters, latin) == score


def test_a_spelling_with_the_family_name_tells() -> None:
    assert tells("王小红", ["Wang Xiaohong"])
    assert not tells("王小红", ["Third Judge", "王小红"])
