"""The bundle: the same inputs give the same bytes, and a stranger with a script of his own finds every change."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.awards.reach import any_round
from app.awards.releasing import bundle, gathering, recompute, release
from app.awards.releasing.bundle import Inputs
from app.core import audit
from app.core.db import fetch, fetch_one, transaction
from tests.awards.releasing.finished import LATER, decided, runner, shuffled
from tests.awards.releasing.inputs import made

METHODS = ("scores", "pairs", "ranks", "pass_fail")
SCRIPT = Path(recompute.__file__)


def permuted(given: Inputs, seed: int) -> Inputs:
    """Return the same inputs, every list of them in another order."""
    lists = ("entries", "judges", "assigned", "sheets", "comparisons", "orders")
    changes: dict[str, Any] = {name: shuffled(list(getattr(given, name)), seed) for name in lists}
    if given.votes is not None:
        changes["votes"] = dict(shuffled(list(given.votes.items()), seed))
    if given.decided is not None:
        places = tuple(shuffled(list(given.decided.places), seed))
        changes["decided"] = msgspec.structs.replace(given.decided, places=places)
    return msgspec.structs.replace(given, **changes)


def answer(tmp_path: Path, data: bytes, *arguments: str) -> tuple[int, str]:
    """Run the script as a stranger does: a copy of it, in a bare interpreter that knows nothing of ours."""
    (tmp_path / "bundle.json").write_bytes(data)
    (tmp_path / "recompute.py").write_bytes(SCRIPT.read_bytes())
    found = subprocess.run(
        [sys.executable, "-I", "recompute.py", "bundle.json", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert found.stderr == ""
    return found.returncode, found.stdout


@pytest.mark.parametrize("method", METHODS)
def test_any_permutation_gives_the_same_bytes(method: str) -> None:
    given = made(3, entries=6, judges=4, method=method, votes=True, public_percent=30)
    assert {bundle.sealed(permuted(given, seed)) for seed in range(2)} == {bundle.sealed(given)}


@pytest.mark.faults
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("votes", [False, True])
def test_thirty_permutations_give_the_same_bytes(method: str, *, votes: bool) -> None:
    given = made(4, method=method, votes=votes, public_percent=30 if votes else 0)
    assert {bundle.sealed(permuted(given, seed)) for seed in range(30)} == {bundle.sealed(given)}


def test_bytes_of_a_bundle_stay_the_same_for_ever() -> None:
    """Whoever changes these bytes breaks every bundle that was released: give the format another name."""
    given = made(1, entries=2, judges=2, each=2, method="pass_fail")
    found = json.loads(bundle.sealed(given))
    assert sorted(found) == [
        "assigned", "award", "category", "certified", "comparisons", "computed", "decided", "entries", "format",
        "judges", "orders", "result", "round", "rules", "sheets", "vote_rule", "votes",
    ]  # fmt: skip
    assert found["format"] == "machigurumi-award-bundle-v1"
    assert bundle.canonical({"b": 0.1, "a": [1.0, "雪", None]}) == '{"a":[1.0,"雪",null],"b":0.1}'.encode()


TIES = ("highest-points-v1", "most-judges-v1", "no-weak-point-v1")
MISSING = ("unjudged-v1", "reweighted-v1", "lowest-v1")
SHAPES: tuple[dict[str, Any], ...] = (
    {"method": "scores"},
    {"method": "pairs"},
    {"method": "ranks"},
    {"method": "pass_fail"},
    {"entries": 6, "judges": 3, "each": 3},  # complete: the means decide
    {"entries": 6, "judges": 1, "each": 1},  # one judge: too few to calibrate
    {"entries": 9, "judges": 9, "each": 1},  # no judge in common
    {"votes": True, "public_percent": 50},
    {"votes": True, "public_percent": 0},
    {"method": "ranks", "entries": 4, "judges": 2, "each": 2},  # no finite strengths
    {"method": "ranks", "entries": 1, "judges": 2, "each": 1},
    {"method": "pairs", "votes": True, "public_percent": 20},
    {"method": "pass_fail", "votes": True, "public_percent": 20},
)


def disagreement(seed: int, **shape: Any) -> list[str]:
    """Return what the script says differs in a bundle of ours."""
    data = bundle.sealed(made(seed, **shape))
    return [words for ok, words in recompute.check(data, bundle.digest(data).hex()).lines if not ok]


@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_script_agrees_with_us(number: int) -> None:
    shape = {"entries": 8, "judges": 5} | SHAPES[number]
    assert disagreement(number, tie_rule=TIES[number % 3], missing_rule=MISSING[number % 3], **shape) == []


@pytest.mark.faults
@pytest.mark.parametrize("tie_rule", TIES)
@pytest.mark.parametrize("missing_rule", MISSING)
@pytest.mark.parametrize("number", range(len(SHAPES)))
def test_script_agrees_with_us_always(number: int, missing_rule: str, tie_rule: str) -> None:
    for seed in range(2):
        assert disagreement(seed, tie_rule=tie_rule, missing_rule=missing_rule, **SHAPES[number]) == []


def test_script_in_a_bare_interpreter(tmp_path: Path) -> None:
    data = bundle.sealed(made(2, votes=True, public_percent=30))
    digest = bundle.digest(data).hex()
    code, words = answer(tmp_path, data, digest)
    assert code == 0
    assert f"agrees   The SHA-256 of the file is {digest}." in words
    assert words.endswith("Everything agrees.\n")
    assert "DIFFERS" not in words
    code, words = answer(tmp_path, data.replace(b'"abstained":false', b'"abstained":true ', 1), digest)
    assert code == 1
    assert words.count("DIFFERS") > 2


def test_script_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for data, code in ((b"{}", 1), (b"no bundle", 2), (b'{"format": "machigurumi-award-bundle-v1"}', 2)):
        (tmp_path / "bundle.json").write_bytes(data)
        assert recompute.main([str(tmp_path / "bundle.json")]) == code
    assert "The bundle cannot be read" in capsys.readouterr().out
    assert recompute.main([]) == 2
    assert recompute.main([str(tmp_path / "nothing.json")]) == 2


def test_script_knows_nothing_of_ours() -> None:
    lines = [
        line.split()[1].split(".")[0]
        for line in SCRIPT.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    own = {"hashlib", "json", "math", "sys", "collections", "fractions", "itertools", "pathlib", "typing", "__future__"}
    assert set(lines) <= own | {"numpy", "scipy"}


# What somebody may do to a bundle who can also give it another digest: every figure that we computed is found.
Forge = Callable[[dict[str, Any], random.Random], None]


def _score(found: dict[str, Any], draw: random.Random) -> None:
    found["computed"]["scores"][draw.randrange(len(found["computed"]["scores"]))][2] += 1e-6


def _line(found: dict[str, Any], draw: random.Random) -> None:
    line, name = draw.choice(found["computed"]["lines"]), draw.choice(["raw", "calibrated", "place", "raw_place"])
    line[name] += 1


def _interval(found: dict[str, Any], draw: random.Random) -> None:
    draw.choice(found["computed"]["lines"])["interval"][draw.randrange(2)] += 1e-6


def _effect(found: dict[str, Any], draw: random.Random) -> None:
    which = draw.choice(["entries", "judges"])
    draw.choice(list(found["computed"]["fit"][which].values()))[draw.choice(["value", "error"])] += 1e-6


def _spread(found: dict[str, Any], draw: random.Random) -> None:
    found["computed"]["fit"][draw.choice(["sd_entry", "sd_judge", "sd_error", "mean", "criterion"])] *= 1.01


def _winner(found: dict[str, Any], draw: random.Random) -> None:
    found["result"]["winners"] = draw.sample([one["id"] for one in found["entries"]], 3)[:2]


def _place(found: dict[str, Any], draw: random.Random) -> None:
    found["result"]["places"][draw.randrange(12)][1] += 1


def _value(found: dict[str, Any], draw: random.Random) -> None:
    sheet = draw.choice([one for one in found["sheets"] if not one["abstained"]])
    key = draw.choice(sorted(sheet["values"]))
    sheet["values"][key] = sheet["values"][key] % 5 + 1


def _stranger(found: dict[str, Any], draw: random.Random) -> None:
    draw.choice(found["sheets"])["judge"] = "J99"


def _nothing(found: dict[str, Any], draw: random.Random) -> None:
    names = ("calibrated", "interval", "top", "place", "shared_place", "raw_place")
    found["computed"] |= {"fit": None, "basis": None, "refusal": {"kind": "too_few", "parts": []}}
    found["computed"]["lines"] = [one | dict.fromkeys(names) for one in found["computed"]["lines"]]


def _version(found: dict[str, Any], draw: random.Random) -> None:
    draw.choice(found["sheets"])["version"] = "0" * 64


def _weight(found: dict[str, Any], draw: random.Random) -> None:
    draw.choice(found["rules"]["rubric"]["criteria"])["weight"] += 1


FORGERIES: tuple[Forge, ...] = (
    _score, _line, _interval, _effect, _spread, _winner, _place, _value, _stranger, _version, _weight,
    _nothing,
)  # fmt: skip


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return bundle.sealed(made(2))


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_forgery_with_a_digest_of_its_own_is_found_by_its_figures(forge: Forge, sealed: bytes) -> None:
    found = json.loads(sealed)
    forge(found, random.Random(1))
    data = bundle.canonical(found)
    assert not recompute.check(data, bundle.digest(data).hex()).agrees


# What somebody may do who can write into the database: to a stored bundle, its digest, its result, or the audit log.
CHANGED = (
    "UPDATE award_release SET bundle = set_byte(bundle, $1 % 1000, get_byte(bundle, $1 % 1000) # 1)",
    "UPDATE award_release SET bundle = substring(bundle FROM 1 FOR length(bundle) - 1 - $1 % 100)",
    "UPDATE award_release SET bundle = bundle || decode(lpad(to_hex($1 % 256), 2, '0'), 'hex')",
    "UPDATE award_release SET digest = set_byte(digest, $1 % 32, get_byte(digest, $1 % 32) # 1)",
    "UPDATE award_release SET bundle = bundle || ' '::bytea, digest = sha256(bundle || ' '::bytea) WHERE $1 >= 0",
    "UPDATE audit_entry SET detail = detail || ' ' WHERE position = 1 + $1 % 2",
    "UPDATE audit_entry SET actor = actor || $1::text WHERE position = 1 + $1 % 2",
    "UPDATE audit_entry SET at = at + make_interval(secs => 1 + $1 % 1000) WHERE position = 1 + $1 % 2",
    "UPDATE audit_entry SET digest = sha256(digest) WHERE position = 1 + $1 % 2",
    "DELETE FROM audit_entry WHERE position = 1 + $1 % 2",
)


async def unharmed(made_: Any) -> bool:
    """Whether bundle, digest and audit log still say the same."""
    row = await fetch_one("SELECT bundle, digest FROM award_release WHERE id = $1", made_)
    assert row is not None
    said = await fetch("SELECT detail FROM audit_entry WHERE action = 'award_release.approve'")
    told = [json.loads(one["detail"])["digest"] for one in said]
    holds = bundle.digest(row["bundle"]) == row["digest"] and told == [row["digest"].hex()]
    return holds and not (await audit.verify()).broken


def _numbers(count: int) -> Iterator[int]:
    draw = random.Random(7)
    return (draw.randrange(10**9) for _ in range(count))


async def _mutations(count: int) -> None:
    planted = await decided()
    found = await any_round(planted.round)
    one = await release.propose(found=found, principal=await runner(planted.award), now=LATER)
    await release.approve(found=found, release=one, principal=await runner(planted.award), now=LATER)
    await fetch("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_append_only")
    await fetch("ALTER TABLE award_release DISABLE TRIGGER award_release_sealed")
    assert await unharmed(one)
    missed = []
    for n, number in enumerate(_numbers(count)):
        statement = CHANGED[n % len(CHANGED)].replace("$1", str(number))
        with pytest.raises(ZeroDivisionError):  # noqa: PT012  # takes the change back
            async with transaction():
                await fetch(statement)
                if await unharmed(one):
                    missed.append(statement)
                raise ZeroDivisionError
    assert missed == []
    assert await unharmed(one)


@pytest.mark.usefixtures("http")
async def test_mutations_of_bundle_and_log_are_found() -> None:
    await _mutations(40)


@pytest.mark.faults
@pytest.mark.usefixtures("http")
async def test_a_thousand_mutations_of_bundle_and_log_are_found() -> None:
    await _mutations(1000)


@pytest.mark.faults
def test_a_thousand_changed_bundles_are_found_by_the_script() -> None:
    data = bundle.sealed(made(2))
    digest, draw = bundle.digest(data).hex(), random.Random(3)
    for n in range(1000):
        found = json.loads(data)
        if n % 2:
            changed = bytearray(data)
            changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            data_, told = bytes(changed), digest
        else:
            FORGERIES[n // 2 % len(FORGERIES)](found, draw)
            data_ = bundle.canonical(found)
            told = bundle.digest(data_).hex()
        try:
            agrees = data_ != data and recompute.check(data_, told).agrees
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, ArithmeticError):
            agrees = False
        assert not agrees, n


@pytest.mark.usefixtures("http")
async def test_bundle_of_a_round_names_nobody() -> None:
    planted = await decided()
    found = await any_round(planted.round)
    data = bundle.sealed(await gathering.inputs(found, votes=None)).decode()
    secrets = [row["label"] for row in await fetch("SELECT label FROM account WHERE role = 'judge'")]
    secrets += [str(judge.id) for judge in planted.judges] + [str(judge.account) for judge in planted.judges]
    secrets += ["Minato", "Fjordvarme", "Person 1", "@example.org", "Tanaka", "secret of", "comment", "submitted_at"]
    assert [secret for secret in secrets if secret in data] == []
    assert "J01" in data
    report = recompute.check(data.encode())
    assert [words for ok, words in report.lines if not ok] == []
