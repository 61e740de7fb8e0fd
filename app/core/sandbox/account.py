"""Which account runs the servers: ourselves, or for root an ordinary account, as PostgreSQL refuses root."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import msgspec

from app.core.sandbox.errors import Report, SandboxError, SandboxNotWritable, explain_os_error

NAME = "machigurumi"
"""The account that root's servers run as; made when it is missing, without home and without a way to sign in."""


class Account(msgspec.Struct, frozen=True):
    """Numbers of the account that root hands a server to."""

    uid: int
    gid: int


def prepare(folder: Path, *, name: str, report: Report) -> Account | None:
    """Make `folder`, and say who runs the server in it: None for ourselves.

    For root the folder's owner runs it, so that data made by an ordinary user stays his; a folder of root's
    own goes to the account `NAME`.
    """
    try:
        make_folder(folder)
        if os.geteuid() != 0:
            _require_writable(folder, name=name)
            return None
        owner = _owner(folder) or _ensure_account(report)
        own(folder, owner)
        let_pass(folder, owner, report=report)
    except OSError as error:
        raise explain_os_error(error, name=name, directory=folder) from error
    return owner


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it; root leaves them to whoever owns the place they are made in."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    own(folder, heir(folder.parent))


def heir(folder: Path) -> Account | None:
    """Return who should own what root makes in `folder`; None when we are not root."""
    found = folder.stat()
    return Account(uid=found.st_uid, gid=found.st_gid) if os.geteuid() == 0 else None


def _require_writable(folder: Path, *, name: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SandboxNotWritable(f"{name} cannot write to {folder}; make it writable or choose another directory.")


def _owner(folder: Path) -> Account | None:
    found = folder.stat()
    if found.st_uid == 0:
        return None
    with contextlib.suppress(KeyError):
        pwd.getpwuid(found.st_uid)
        return Account(uid=found.st_uid, gid=found.st_gid)
    # A container may know the number only from a mounted volume: enough to run, not to initialise.
    return Account(uid=found.st_uid, gid=found.st_gid) if (folder / "data" / "PG_VERSION").exists() else None


def _ensure_account(report: Report) -> Account:
    if (found := _lookup(NAME)) is None:
        report(f"Making the account {NAME}")
        _make_account()
        found = _lookup(NAME) or _lookup("nobody")
    if found is None:
        raise SandboxError(f"PostgreSQL does not run as root; make an account named {NAME} or start as another user.")
    return found


def _make_account() -> None:
    shell = shutil.which("nologin") or "/bin/false"
    if useradd := shutil.which("useradd"):
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", shell, NAME]
    elif adduser := shutil.which("adduser"):  # BusyBox
        command = [adduser, "-S", "-D", "-H", "-s", shell, NAME]
    else:
        return
    subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603


def _lookup(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def own(path: Path, account: Account | None) -> None:
    """Give `path` to the account, when there is one to give it to."""
    if account is not None and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid)


def let_pass(path: Path, account: Account | None, *, report: Report) -> None:
    """Let the account walk through the folders above `path`: the execute bit only, never reading."""
    for folder in reversed(path.resolve().parents) if account else ():
        found = folder.stat()
        if account and not _may_enter(found, account):
            report(f"Letting the account of the servers pass through {folder}")
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def _may_enter(found: os.stat_result, account: Account) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def let_read(package: Path, account: Account | None, *, report: Report) -> None:
    """Let the account read and run the files of an installed package, which a strict umask may have closed."""
    if account is None:
        return
    let_pass(package, account, report=report)
    for path in (package, *package.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)
