"""Fixtures of the wallets: keys in files, and the settings that name them."""

from collections.abc import Iterator

import pytest

from app.core.i18n import use_language
from app.core.settings import settings
from app.ticketing.wallet import apple, google
from tests.ticketing.wallet.keys import Keys, keys


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return keys(tmp_path_factory.mktemp("wallet"))


@pytest.fixture
def configured(made: Keys, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    """Settings with both wallets, for as long as the test."""
    for name, value in made.settings.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield made
    monkeypatch.undo()
    for kept in (settings, apple._signer, google._account):
        kept.cache_clear()
    use_language("en")
