"""What packages hand down to those below them, put together by every composition root: web, worker, command line.

A package below never imports one above; it keeps a registry, and the one above fills it in a module of these names.
"""

import importlib.util
from importlib import import_module

PACKAGES = ("people", "events", "ticketing", "exchange", "attendance", "awards", "kpi")
FACES = ("scoped", "todos", "follows", "privacy", "beside")
"""`scoped`: rows that the scope of an account may name; `todos`: what waits for somebody on the start page; `follows`:
what else has to change when the programme does; `privacy`: what is held about people; `beside`: links on the page of a
ticket."""


def assemble() -> None:
    """Import every module that fills a registry."""
    for name in (f"app.{package}.{face}" for package in PACKAGES for face in FACES):
        if importlib.util.find_spec(name):
            import_module(name)
