"""Both servers of one directory."""

from pathlib import Path

import pytest

from app.core.sandbox.errors import SandboxLocked
from app.core.sandbox.servers import running_sandbox, sandbox
from tests.core.sandbox import owners


def test_secret_stays_the_same(tmp_path: Path) -> None:
    with sandbox(tmp_path) as first:
        pass
    with sandbox(tmp_path) as second:
        assert second.owned
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert running_sandbox(tmp_path) is None


def test_sharing_uses_the_servers_of_another_process_and_leaves_them_alone(tmp_path: Path) -> None:
    with owners.owner(tmp_path, module="servers", name="sandbox"):
        with pytest.raises(SandboxLocked), sandbox(tmp_path):
            pass
        with sandbox(tmp_path, share=True) as shared:
            assert not shared.owned
        assert running_sandbox(tmp_path) == shared


def test_sharing_owns_when_nobody_else_does(tmp_path: Path) -> None:
    with sandbox(tmp_path, share=True) as mine:
        assert mine.owned
