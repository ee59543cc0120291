"""A whole installation in a temporary folder: what every part of the bench measures.

The same embedded services, node and worker as ``hearken up`` runs, with the default settings except for
those that a part names.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
from pydantic import SecretStr

from hearken.embedded import Services, embedded_services
from hearken.health import Health
from hearken.migration import migrate
from hearken.sign_in import Account, SignIn
from hearken.supervisor import Part, Program, stop_together
from hearken.up import free_port
from session_core.accounts import add_account
from session_core.settings import Settings, variable

ROOT = Path(__file__).resolve().parent.parent
START_S = 120.0
WORK = ("hearken", "work")


@dataclass(frozen=True)
class Installation:
    """A running installation; ``worker`` is None where a part wants none."""

    folder: Path
    url: str
    settings: Settings
    services: Services
    node: Program
    worker: Program | None

    async def new_account(self) -> Account:
        """An organisation of its own with one clinician."""
        name, password = secrets.token_hex(6), secrets.token_urlsafe(12)
        email = f"{name}@bench.local"
        await add_account(self.settings, f"clinic {name}", email, password)
        return Account(url=self.url, email=email, password=SecretStr(password))

    async def tokens(self, count: int) -> list[str]:
        """Access tokens of so many new accounts."""
        async with aiohttp.ClientSession() as http:
            return [await SignIn(http, await self.new_account()).token() for _ in range(count)]

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A connection that sees every row, to check what is stored. Its role is the cluster's superuser."""
        connection = await asyncpg.connect(self.services.owner_url)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def installation(
    *, worker: bool, settings: Mapping[str, str] | None = None, work: Sequence[str] = WORK
) -> AsyncIterator[Installation]:
    """Start everything, yield once it is ready, stop it and remove the folder. ``settings`` by their names; ``work`` is
    the worker's module with its arguments."""
    folder = _folder()
    try:
        async with AsyncExitStack() as running:
            services = await running.enter_async_context(embedded_services(folder, _say))
            environ = _environ(services, settings or {})
            chosen = Settings.from_environ(environ)
            await asyncio.to_thread(migrate, services.owner_url, services.app_url)
            url = f"http://{chosen.host}:{chosen.port}"
            node = _program(folder, environ, "node", ("hearken", "serve"))
            working = _program(folder, environ, "worker", work) if worker else None
            running.push_async_callback(stop_together, [each for each in (node, working) if each])
            health = await running.enter_async_context(Health(url))
            await node.start(health.is_ready, START_S)
            if working:
                await working.start(lambda: _hears(health), START_S)
            yield Installation(folder, url, chosen, services, node, working)
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hearken-bench-"))
    folder.chmod(0o711)  # Postgres runs as another user where this runs as root
    return folder


async def _hears(health: Health) -> bool:
    return bool(await health.engines())


def pid_of(program: Program | None) -> int:
    """The process of a program that must be running."""
    if program is None or program.pid is None:
        raise RuntimeError("a program that is measured does not run")
    return program.pid


def _environ(services: Services, settings: Mapping[str, str]) -> dict[str, str]:
    own = {
        "database_url": services.app_url,
        "redis_url": services.redis_url,
        "master_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "host": "127.0.0.1",
        "port": str(free_port("127.0.0.1", 0)),
        # The bench signs in many accounts from one address; nothing that is measured depends on it.
        "logins_per_minute": "100000",
        "engine": "pocketsphinx",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEARKEN_")}
    given = {variable(name): value for name, value in (own | dict(settings)).items()}
    return kept | given | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _program(folder: Path, environ: Mapping[str, str], name: str, module: Sequence[str]) -> Program:
    part = Part(
        name=name,
        command=[sys.executable, "-P", "-m", *module],
        log=folder / "logs" / f"{name}.log",
        lock=folder / "locks" / name,
        environ=environ,
        folder=ROOT,
        stops=((signal.SIGTERM, 12.0),),
    )
    return Program(part, _say)


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)
