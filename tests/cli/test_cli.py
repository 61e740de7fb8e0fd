"""The command line: help everywhere, codes 0, 1 and 2, one sentence for what went wrong."""

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from app.cli import machi


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk every command, groups included."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("APP_")} | settings
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_every_command_explains_itself_with_an_example() -> None:
    found = dict(commands(machi))
    assert {("demo",), ("serve",), ("work",), ("db", "migrate"), ("db", "check"), ("seed",)} <= set(found)
    assert {("token", "create"), ("token", "revoke"), ("audit", "verify")} <= set(found)
    for path, command in found.items():
        assert command.help, path
        assert f"machi {' '.join(path)}" in (command.epilog or ""), path
        assert (command.epilog or "").startswith("Example: "), path


def test_help_imports_no_command() -> None:
    code = (
        "import sys\nfrom app.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit as end: code = end.code\n"
        "print(code, [name for name in ('litestar', 'piccolo', 'granian', 'arq') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


@pytest.mark.parametrize(
    ("words", "settings", "code", "sentence"),
    [
        (["nothing"], {}, 2, "No such command 'nothing'."),
        (["token", "create", "--role", "king"], {}, 2, "'king' is not one of"),
        (["db", "check"], {}, 1, "machi: APP_DATABASE_URL is not set;"),
        (["db", "check"], {"APP_COLOUR": "red"}, 1, "machi: Unknown setting APP_COLOUR;"),
        (
            ["db", "check"],
            {
                "APP_DATABASE_URL": "postgresql://x@/x?host=/nowhere",
                "APP_REDIS_URL": "redis://x",
                "APP_SECRET_KEY": "x",
            },
            1,
            "machi: APP_SECRET_KEY is too weak;",
        ),
        (
            ["db", "check"],
            {
                "APP_DATABASE_URL": "postgresql://x@/x?host=/nowhere",
                "APP_REDIS_URL": "redis://x",
                "APP_SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
            },
            1,
            "check that the servers named in APP_* run and can be reached.",
        ),
    ],
)
def test_one_sentence_and_the_code(words: list[str], settings: dict[str, str], code: int, sentence: str) -> None:
    done = run(*words, **settings)
    assert (done.returncode, done.stdout) == (code, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.splitlines()) == 1
