"""Where Piccolo's command line looks for the engine and the packages."""

from piccolo.conf.apps import AppRegistry

from app.core.db import DB

APP_REGISTRY = AppRegistry(
    apps=[f"app.{name}.piccolo_app" for name in ("core", "people", "events", "ticketing", "attendance", "kpi")]
)

__all__ = ["APP_REGISTRY", "DB"]
