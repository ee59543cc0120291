"""Whom Postgres and Redis run as, and how a program is tied to the life of its supervisor.

Postgres refuses to run as root. Then it runs as the system user ``hearken``, whose files may still lie below a
folder that only root may enter, such as /root. Nobody's folders are opened for that: the program is given the
one capability that lets it pass through.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from session_core.errors import HearkenError

ROOT = 0
SYSTEM_USER = "hearken"

# Least first: the second also allows writing, but is what containers usually leave to root.
_PASSING = (("dac_read_search", 2), ("dac_override", 1))


class ServiceUserMissing(HearkenError):
    """There is no user to run Postgres as, or no tool to become it."""

    retryable = False


@dataclass(frozen=True)
class ServiceUser:
    """A user of this machine. `switch` tells whether programs must be started as somebody else than now."""

    name: str
    uid: int
    gid: int
    switch: bool

    def own(self, path: Path) -> None:
        """Hand a file or folder of ours, with all below it, to this user."""
        if not self.switch or path.lstat().st_uid == self.uid:
            return
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.lchown(os.path.join(folder, name), self.uid, self.gid)
        os.lchown(path, self.uid, self.gid)


def service_user() -> ServiceUser:
    """The user for Postgres and Redis: whoever runs this program, or ``hearken`` (made if missing) for root."""
    if os.geteuid() != ROOT:
        return _known(pwd.getpwuid(os.geteuid()), switch=False)
    try:
        return _known(pwd.getpwnam(SYSTEM_USER), switch=True)
    except KeyError:
        _add_system_user()
    return _known(pwd.getpwnam(SYSTEM_USER), switch=True)


def tied(orphan_signal: signal.Signals) -> list[str]:
    """The start of a command line whose program gets `orphan_signal` when its parent is gone."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServiceUserMissing("the program setpriv (of util-linux) is needed and was not found")
    return [setpriv, "--pdeathsig", orphan_signal.name.removeprefix("SIG")]


def become(user: ServiceUser, paths: Iterable[Path]) -> list[str]:
    """What follows :func:`tied` for a program that runs as `user` and must reach `paths`."""
    if not user.switch:
        return []
    switch = [f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--no-new-privs"]
    passing = "" if all(_open_to_all(path) for path in paths) else f",+{_passing_capability()}"
    if passing:
        switch.append("--securebits=+no_setuid_fixup")  # or access(2), which Postgres asks, would not count it
    return switch + [f"--{kind}=-all{passing}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]


def _known(entry: pwd.struct_passwd, *, switch: bool) -> ServiceUser:
    return ServiceUser(entry.pw_name, entry.pw_uid, entry.pw_gid, switch)


def _add_system_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise ServiceUserMissing(f"Postgres cannot run as root: add a user named {SYSTEM_USER}, or run as another user")
    command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        reason = done.stderr.strip()
        raise ServiceUserMissing(f"the user {SYSTEM_USER} for Postgres could not be added: {reason}") from None


def _open_to_all(path: Path) -> bool:
    """Whether the folders above `path` may be passed, and it may be read, by every user."""
    resolved = path.resolve()
    above = all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    return above and bool(resolved.stat().st_mode & stat.S_IROTH)


def _passing_capability() -> str:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    permitted = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm"))
    for name, bit in _PASSING:
        if permitted & (1 << bit):
            return name
    raise ServiceUserMissing(
        f"the user {SYSTEM_USER} cannot reach the installation's files: choose folders that every user may enter"
    )
