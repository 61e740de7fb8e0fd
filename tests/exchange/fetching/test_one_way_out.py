"""One way out: nobody else in the product opens a connection to an address that somebody has chosen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import app
import workers

CALLERS = {
    "httpx", "httpcore", "http.client", "urllib.request", "urllib3", "requests", "aiohttp", "anyio", "h11",
    "websockets",
    "ftplib", "socket", "smtplib", "aiosmtplib", "telnetlib", "xmlrpc.client", "caldav", "asyncio.open_connection",
    "asyncio.create_connection", "asyncio.open_unix_connection",
}  # fmt: skip
"""Modules, and names of asyncio, by which one gets onto the network."""
ALLOWED = {
    ("app/exchange/fetching/calling.py", "httpcore"): "the guarded connections",
    ("app/exchange/fetching/calling.py", "socket"): "looks names up",
    ("app/exchange/fetching/fetch.py", "httpcore"): "the guarded calls",
    ("app/people/openid.py", "httpx"): "asks the provider that the operator has set",
    ("app/core/smtp.py", "aiosmtplib"): "hands mail to the server that the operator has set",
    ("app/core/sandbox/places.py", "socket"): "looks for free ports of this machine",
    ("app/core/sandbox/redis.py", "socket"): "asks whether the embedded server answers",
    ("app/commands/demo.py", "urllib.request"): "asks whether the demo itself answers",
}
"""Who else may, and what for: all addresses are of this machine, or set by the operator."""


def may_call(text: str) -> bool:
    """Whether a file names a caller at all; most do not, and need no closer look."""
    return any(all(part in text for part in caller.split(".")) for caller in CALLERS)


def imported(path: Path) -> Iterator[str]:
    """Yield every module, and every name of a module, that a file uses."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)) if may_call(text) else ():
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def used(path: Path) -> set[str]:
    """Return by what a file gets onto the network."""
    return {caller for name in imported(path) for caller in CALLERS if name == caller or name.startswith(f"{caller}.")}


def test_nobody_else_gets_onto_the_network() -> None:
    root = Path(app.__file__).parent.parent
    folders = (Path(app.__file__).parent, Path(workers.__file__ or root / "workers" / "x").parent)
    found = {
        (str(path.relative_to(root)), caller)
        for folder in folders
        for path in folder.rglob("*.py")
        for caller in used(path)
    }
    assert found == set(ALLOWED)


def test_every_way_onto_the_network_is_seen(tmp_path: Path) -> None:
    lines = {
        "import httpx": "httpx",
        "from urllib import request": "urllib.request",
        "import urllib.request as r": "urllib.request",
        "from http.client import HTTPSConnection": "http.client",
        "import asyncio\nasyncio.open_connection('a', 1)": "asyncio.open_connection",
        "def f():\n    import socket": "socket",
        "from asyncio import open_connection": "asyncio.open_connection",
    }
    for number, line in enumerate(lines):
        (tmp_path / f"{number}.py").write_text(line)
    assert [used(tmp_path / f"{number}.py") for number in range(len(lines))] == [{name} for name in lines.values()]
