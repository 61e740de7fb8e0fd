"""Machigurumi: the platform for a city's annual convention and the events linked to it."""

import os

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")

# Matrices here are small and processes several: threads of their own would only wait for each other. One thread also
# adds in one order, so that every machine computes the same digits. Read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
