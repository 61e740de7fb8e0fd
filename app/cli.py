"""`machi`: the command line. Commands are imported when they are called, so that `machi --help` is quick."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

COMMANDS = {
    "demo": "Everything in one terminal, with embedded servers and a demo convention.",
    "serve": "Run the web server.",
    "work": "Run the worker that sends mail and keeps the schedule.",
    "db": "Migrate the database, or check that it fits.",
    "seed": "Fill the database with demo data.",
    "token": "Make and revoke bearer tokens.",
    "keys": "Show, renew and distrust the keys that sign codes and gate packs.",
    "link": "Print a sign-in link for somebody who has lost his passkey, or has none yet.",
    "kpi": "Show the figures of KPI 2.",
    "calendar": "Calendars of partner cities: add, read, report.",
    "messages": "Mails that could not be sent, and reports of those that came back.",
    "privacy": "Times of keeping, who was affected by a leak, erasing again after a restore.",
    "audit": "Verify the audit log and the ledger.",
}
FOLDER = Path(__file__).with_name("commands")


class Commands(click.Group):
    """The group that finds its commands in `app/commands/`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table above."""
        return [name for name in COMMANDS if (FOLDER / f"{name}.py").exists()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"app.commands.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group(
    cls=Commands,
    epilog="Example: machi demo --port 8010",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def machi() -> None:
    """Machigurumi: tickets, gates, attendance and figures of a city's convention.

    Settings come from APP_* (deploy/example.env); with APP_SANDBOX=DIR the servers embedded in DIR are used.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command. Exit 0: done; 1: it could not be done, and one sentence says why; 2: called wrongly."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = machi.main(args=arguments, prog_name="machi", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        say("Stopped.")
        sys.exit(1)
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        say(sentence)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def say(sentence: str) -> None:
    """Speak to the person at the terminal."""
    click.echo(f"machi: {sentence}", err=True)


def _sentence(error: BaseException) -> str | None:
    """Say in one sentence what to do about an expected error; None for a defect, which keeps its traceback."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, ExceptionGroup):
        return _sentence(error.exceptions[0])
    return _known(error)


def _known(error: BaseException) -> str | None:
    from app.core.sandbox.errors import SandboxError
    from app.core.settings import SettingsError

    if isinstance(error, (SandboxError, SettingsError)):
        return str(error)
    database: Any = sys.modules.get("asyncpg")
    if database and isinstance(error, database.exceptions.UndefinedTableError):
        return "The database is not migrated; run: machi db migrate"
    if database and isinstance(error, (database.PostgresError, database.InterfaceError)):
        return f"The database refused ({type(error).__name__}); check APP_DATABASE_URL and that it is migrated."
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
        return f"{said}; check that the servers named in APP_* run and can be reached."
    return None


if __name__ == "__main__":
    main()
