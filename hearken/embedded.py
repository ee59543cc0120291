"""Postgres and Redis of one folder, running and supervised: what `hearken up` stands on, and what tests use."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hearken.embedded_postgres import DATABASE, OWNER_ROLE, EmbeddedPostgres
from hearken.embedded_redis import EmbeddedRedis
from hearken.migration import APP_ROLE
from hearken.service_user import ServiceUser, service_user
from hearken.supervisor import PartFailed, Program, Say

_LONGEST_SOCKET = 107  # bytes in sockaddr_un.sun_path, without the closing zero
_LONGEST_NAME = "/.s.PGSQL.5432"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")


@dataclass(frozen=True)
class Services:
    """Addresses of the running services, and the programs themselves (to look at, or to kill in a test)."""

    owner_url: str
    app_url: str
    redis_url: str
    postgres: Program
    redis: Program
    cluster: EmbeddedPostgres

    async def create_database(self, name: str) -> tuple[str, str]:
        """One more, empty database; its addresses as owner and as application."""
        await self.cluster.ensure_database(name)
        return self.cluster.url(OWNER_ROLE, name), self.cluster.url(APP_ROLE, name)


@asynccontextmanager
async def embedded_services(folder: Path, say: Say = lambda line: None) -> AsyncIterator[Services]:
    """Run Postgres and Redis with all their files below `folder` until the block ends.

    What dies is started again, and `say` gets a line about it. The database is made but not migrated: give
    both addresses to :func:`hearken.migration.migrate`. Raises :class:`~session_core.errors.HearkenError`
    when a service does not come up.
    """
    user = service_user()
    logs, locks = folder / "logs", folder / "locks"
    for private in (logs, locks):
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
    sockets = socket_folder(folder, user)
    cluster = EmbeddedPostgres(folder / "postgres", sockets, user)
    cluster.make()
    redis = EmbeddedRedis(sockets, user)
    programs = {
        "postgres": Program(cluster.part(logs / "postgres.log", locks / "postgres"), say),
        "redis": Program(redis.part(logs / "redis.log", locks / "redis"), say),
    }
    async with AsyncExitStack() as running:
        running.push_async_callback(programs["postgres"].stop)
        await programs["postgres"].start(cluster.is_ready)
        running.push_async_callback(programs["redis"].stop)
        await programs["redis"].start(redis.is_ready)
        await cluster.ensure_database()
        addresses = (cluster.url(OWNER_ROLE, DATABASE), cluster.url(APP_ROLE, DATABASE), redis.url())
        yield Services(*addresses, programs["postgres"], programs["redis"], cluster)


def socket_folder(folder: Path, user: ServiceUser) -> Path:
    """A folder for sockets that only `user` may enter: below `folder`, or elsewhere if that path is unfit.

    The kernel allows 107 bytes for a socket's path, and not every client unquotes one.
    """
    inside = folder / "sockets"
    fits = len(os.fsencode(f"{inside}{_LONGEST_NAME}")) <= _LONGEST_SOCKET and _PLAIN_PATH.fullmatch(str(inside))
    path = inside if fits else _elsewhere(folder)
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in (os.geteuid(), user.uid) or found.st_mode & 0o077:
        raise PartFailed(f"{path} is in the way: it is not a private folder of this user")
    user.own(path)
    return path


def _elsewhere(folder: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"hearken-{os.geteuid()}-{digest}"
