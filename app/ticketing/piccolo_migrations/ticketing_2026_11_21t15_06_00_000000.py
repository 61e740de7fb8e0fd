from typing import Any

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import JSONB, Bytea, Column, Date, Integer, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T15:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What a payment is for, what came of it and what goes back; who issues the receipt"

COLUMNS: list[tuple[str, str, type[Column], dict[str, Any]]] = [
    ("PaymentMethod", "issuer", Varchar, {"length": 200, "default": "", "null": False}),
    ("PaymentMethod", "number", Varchar, {"length": 14, "default": "", "null": False}),
    ("Payment", "lines", JSONB, {"default": "[]", "null": False}),
    ("Payment", "paid_on", Date, {"default": None, "null": True}),
    ("Payment", "received", Integer, {"default": 0, "null": False}),
    ("Payment", "refund", Integer, {"default": 0, "null": False}),
    ("Payment", "returned", Integer, {"default": 0, "null": False}),
    ("Payment", "sealed", Bytea, {"default": None, "null": True}),
]
TABLES = {"PaymentMethod": "payment_method", "Payment": "payment"}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="ticketing", description=DESCRIPTION)
    for table, name, kind, params in COLUMNS:
        manager.add_column(
            table_class_name=table,
            tablename=TABLES[table],
            column_name=name,
            db_column_name=name,
            column_class_name=kind.__name__,
            column_class=kind,
            params={
                **params,
                "primary_key": False,
                "unique": False,
                "index": False,
                "index_method": IndexMethod.btree,
                "choices": None,
                "db_column_name": None,
                "secret": False,
            },
            schema=None,
        )
    return manager
