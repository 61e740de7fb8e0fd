"""Fixtures of the ticketing tests."""

from pathlib import Path

import pytest

import app


@pytest.fixture(scope="session")
def fonts() -> Path:
    """The directory of the TTF files that the front-end build lays down."""
    directory = Path(app.__file__).parent / "frontend" / "dist" / "fonts"
    if not any(directory.glob("*.ttf")):
        pytest.fail(f"No fonts in {directory}: run `npm ci && npm run build` first.")
    return directory
