"""Embedded servers for development, tests and the demo: PostgreSQL, Redis and a mail catcher out of wheels.

`servers.sandbox(directory)` starts PostgreSQL and Redis together; `postgres`, `redis` and `catcher` start one
each; `viewer.create_viewer` shows the caught mail. Production never comes here.
"""
