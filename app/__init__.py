"""Machigurumi: the platform for a city's annual convention and the events linked to it."""

import os

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")
