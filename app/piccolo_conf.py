"""Where Piccolo's command line looks for the engine and the packages."""

from piccolo.conf.apps import AppRegistry

from app.core.db import DB

PACKAGES = ("core", "people", "events", "ticketing", "exchange", "attendance", "awards", "kpi")

APP_REGISTRY = AppRegistry(apps=[f"app.{name}.piccolo_app" for name in PACKAGES])

__all__ = ["APP_REGISTRY", "DB"]
