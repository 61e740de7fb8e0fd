"""`machi work`: the worker."""

import asyncio

import click

from app.commands.environment import servers
from workers import leash
from workers import work as worker


@click.command(epilog="Example: APP_SANDBOX=var machi work")
def work() -> None:
    """Do promised work until SIGINT or SIGTERM: send mail, keep the schedule. Runs on while Redis is away."""
    leash.follow()
    with servers():
        asyncio.run(worker.run())
