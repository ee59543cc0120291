"""An installation for tests: a database of its own, people of two organisations, nodes and workers as programs.

    async with installation_on(services, folder) as installation: # a database of its own
        node = await installation.start_node(credit=2)            # settings by name
        worker = await installation.start_worker(lease_s=2)
        worker.pause()                                            # SIGSTOP; also kill(), resume(), terminate()
        rows = await installation.fetch("SELECT ...")             # as the owner, who sees everything

Starting Postgres and Redis takes seconds, so a process of tests has them once, as the fixture ``services``; whoever
stops or kills them, or runs two installations at once, has an ``own_installation``.
"""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import asyncpg
import redis.asyncio
from pydantic import SecretStr

from hearken.embedded import Services, embedded_services
from hearken.migration import migrate
from hearken.service_user import tied
from hearken.sign_in import Account
from hearken.up import free_port
from session_core.accounts import add_account
from session_core.settings import Settings, variable

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
PASSWORD = "a password of some length"


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in, the only one of an organisation."""

    email: str
    organisation: str

    def account(self, url: str) -> Account:
        return Account(url=url, email=self.email, password=SecretStr(PASSWORD))


class Part:
    """A node or a worker: one process, and all that it has said."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str], folder: Path, log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder, env=environ
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL; it is gone when this returns."""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """SIGSTOP; it stands still when this returns."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def terminate(self, within_s: float = 20.0) -> int:
        """SIGTERM; returns the exit code once it has ended."""
        self._process.terminate()
        await until(lambda: not self.runs, within_s)
        return self._process.wait()


class Node(Part):
    """A node that listens at ``url``."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


P = TypeVar("P", bound=Part)


@dataclass
class Installation:
    """A migrated database with ``ann`` and ``bob``, each alone in an organisation, and what runs on it.

    ``sources`` is the folder of the packages that nodes and workers run, the checkout unless a test says otherwise.
    """

    services: Services
    owner_url: str
    settings: Settings
    environ: dict[str, str]
    folder: Path
    http: aiohttp.ClientSession
    ann: Person = Person("ann@north.example", "North clinic")
    bob: Person = Person("bob@south.example", "South clinic")
    sources: Path = ROOT

    def __post_init__(self) -> None:
        self.parts: list[Part] = []
        self._tokens: dict[Person, tuple[str, float]] = {}

    async def start_node(self, *, port: int = 0, sources: Path | None = None, **settings: object) -> Node:
        """A node that is ready. ``port`` 0 takes a free one; ``settings`` by their names."""
        port = free_port("127.0.0.1", port)
        node = self._start(Node, "serve", sources, {"host": "127.0.0.1", "port": port, **settings})
        node.port = port
        await self._until_started(node, lambda: self.is_ready(node.url))
        return node

    async def start_worker(self, *, sources: Path | None = None, **settings: object) -> Part:
        """A worker that has loaded its recogniser and looks for work."""
        worker = self._start(Part, "work", sources, settings)
        await self._until_started(worker, lambda: self._works(worker))
        return worker

    async def is_ready(self, url: str) -> bool:
        try:
            async with self.http.get(f"{url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def token(self, node: Node | str, person: Person) -> str:
        """An access token, got by signing in once and for all nodes: sign-ins are counted."""
        token, good_until = self._tokens.get(person, ("", 0.0))
        if time.monotonic() < good_until:
            return token
        url = node if isinstance(node, str) else node.url
        body = {"email": person.email, "password": PASSWORD}
        async with self.http.post(f"{url}/api/v1/auth/login", json=body) as answer:
            assert answer.status == 200, await answer.text()
            tokens = await answer.json()
        self._tokens[person] = tokens["access_token"], time.monotonic() + tokens["expires_in"] / 2
        return str(tokens["access_token"])

    async def get(self, node: Node | str, person: Person, path: str) -> Any:
        """The JSON at ``/api/v1`` + ``path``."""
        url = node if isinstance(node, str) else node.url
        headers = {"Authorization": f"Bearer {await self.token(url, person)}"}
        async with self.http.get(f"{url}/api/v1{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows as the owner sees them: of every organisation. The connection is this call's alone."""
        connection = await asyncpg.connect(self.owner_url, timeout=10)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: object) -> Any:
        rows = await self.fetch(query, *arguments)
        return rows[0][0] if rows else None

    async def execute(self, script: str) -> None:
        """Statements as the owner."""
        connection = await asyncpg.connect(self.owner_url, timeout=10)
        try:
            await connection.execute(script)
        finally:
            await connection.close()

    def worker_of(self, name: str) -> Part:
        """The part behind a worker's name in the database."""
        return next(part for part in self.parts if f"-{part.pid}-" in name)

    def said(self) -> str:
        """Everything that nodes and workers have logged."""
        return "".join(part.said() for part in self.parts)

    def stop(self) -> None:
        for part in self.parts:
            if part.runs:
                part.kill()

    def _start(self, kind: type[P], command: str, sources: Path | None, settings: Mapping[str, object]) -> P:
        folder = sources or self.sources
        own = {variable(name): str(value) for name, value in settings.items()}
        environ = self.environ | {"PYTHONPATH": str(folder)} | own
        name = f"{command}-{len(self.parts)}"
        # Browsers hear in real time, on the same processors; a worker can wait.
        patience = ["nice", "-n", "5"] if command == "work" else []
        arguments = [*tied(signal.SIGKILL), "--", *patience, sys.executable, "-P", "-m", "hearken", command]
        part = kind(name, arguments, environ, folder, self.folder / f"{name}.log")
        self.parts.append(part)
        return part

    async def _works(self, worker: Part) -> bool:
        able = "SELECT count(*) FROM workers WHERE id LIKE $1 AND recogniser <> 'none'"
        return bool(await self.value(able, f"%-{worker.pid}-%"))

    @staticmethod
    async def _until_started(part: Part, is_ready: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + START_S
        while not await is_ready():
            assert part.runs, f"{part.name} ended:\n{part.said()}"
            assert time.monotonic() < deadline, f"{part.name} was not ready in time:\n{part.said()}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def own_installation(folder: Path, **settings: object) -> AsyncIterator[Installation]:
    """An installation with Postgres and Redis of its own, which a test may kill."""
    async with embedded_services(folder / "services") as services, installation_on(services, folder, **settings) as own:
        yield own


@asynccontextmanager
async def installation_on(services: Services, folder: Path, **settings: object) -> AsyncIterator[Installation]:
    """An installation with a database of its own on services that others have used: what they left in Redis, sign-ins
    counted and work hinted at, is gone.

    ``settings`` hold for all its nodes and workers. They are killed when the block ends.
    """
    os.makedirs(folder, exist_ok=True)
    async with redis.asyncio.Redis.from_url(services.redis_url) as left_behind:
        await left_behind.flushall()
    name = f"hearken_{secrets.token_hex(4)}"
    owner_url, app_url = await services.create_database(name)
    await asyncio.to_thread(migrate, owner_url, app_url)
    chosen = {
        "database_url": app_url,
        "redis_url": services.redis_url,
        "master_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "engine": "pocketsphinx",
        "recognisers": 1,
        **settings,
    }
    environ = {variable(key): str(value) for key, value in chosen.items()}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HEARKEN_")}
    async with aiohttp.ClientSession() as http:
        installation = Installation(
            services, owner_url, Settings.from_environ(environ), inherited | environ, folder, http
        )
        for person in (installation.ann, installation.bob):
            await add_account(installation.settings, person.organisation, person.email, PASSWORD)
        try:
            yield installation
        finally:
            installation.stop()


async def until(condition: Callable[[], object], within_s: float = 60.0, every_s: float = 0.02) -> None:
    """Wait until ``condition()`` (or what it returns, awaited) is true. It is asked for every ``every_s`` seconds."""
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if await found if isinstance(found, Awaitable) else found:
            return
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s for what did not come"
        await asyncio.sleep(every_s)
