"""Registers the tables of `exchange` with Piccolo's migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="exchange",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(["app.exchange.tables"], exclude_imported=True),
    migration_dependencies=["app.events.piccolo_app"],
)
