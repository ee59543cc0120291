"""`hearken up`: a whole clinic on one machine, under one supervisor."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import secrets
import signal
import socket
import sys
import textwrap
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from hearken.data_directory import DataDirectory
from hearken.embedded import embedded_services
from hearken.health import Health
from hearken.migration import migrate
from hearken.supervisor import Part, Program, stop_together
from session_core.accounts import create_first_account
from session_core.errors import HearkenError
from session_core.settings import Settings, SettingsError, variable

ORGANISATION = "My clinic"
EMAIL = "clinician@hearken.local"

_OWN = ("database_url", "owner_database_url", "redis_url", "master_key")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE_S = 20.0  # a large model takes its time to load, and recordings need not wait for it
_POLL_S, _LOOK_S = 0.1, 1.0


class PortTaken(HearkenError):
    """The node cannot listen where it should."""

    retryable = False


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the node."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{here}]:{self.port}" if ":" in here else f"http://{here}:{self.port}"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "up",
        help="run everything on this machine: Postgres, Redis, a node, a worker",
        description="Run a whole installation on this machine until Ctrl-C. Everything it keeps is in one folder.",
    )
    parser.add_argument(
        "--data-dir", type=Path, default=Path("hearken-data"), metavar="DIR", help="default: %(default)s"
    )
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, this machine only)")
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (default: 8080; 0 takes a free one)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_until_stopped(DataDirectory(args.data_dir.absolute()), args.host, args.port))


async def _until_stopped(data: DataDirectory, host: str | None, port: int | None) -> int:
    """Run the installation until a signal asks to stop, also in the middle of starting."""
    installation = asyncio.create_task(_run_installation(data, host, port))
    loop = asyncio.get_running_loop()
    asked: list[signal.Signals] = []

    def stop(received: signal.Signals) -> None:
        if not asked:
            _say("stopping")
            installation.cancel()
        asked.append(received)

    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    with suppress(asyncio.CancelledError):
        await installation
    return 0


async def _run_installation(data: DataDirectory, host: str | None, port: int | None) -> None:
    with data.held():
        environ = _environ(data, os.environ, host, port)
        settings = Settings.from_environ(environ)
        address = Address(settings.host, free_port(settings.host, settings.port))
        environ[variable("port")] = str(address.port)
        async with AsyncExitStack() as running:
            services = await running.enter_async_context(embedded_services(data.path, _say))
            environ |= {variable("database_url"): services.app_url, variable("redis_url"): services.redis_url}
            settings = Settings.from_environ(environ)
            await asyncio.to_thread(migrate, services.owner_url, services.app_url)
            await _ensure_first_account(data, settings, address)
            node, worker = (_program(data, environ, settings, name) for name in ("node", "worker"))
            running.push_async_callback(stop_together, (node, worker))
            health = await running.enter_async_context(Health(address.url))
            # Audio is taken in whether it can be heard yet or not.
            await worker.start_unready()
            await node.start(health.is_ready)
            engines = await _first_engines(health, worker)
            _welcome(data, address, settings, engines or await _unheard(health, worker))
            while not engines:
                await asyncio.sleep(_LOOK_S)
                for engine in (engines := await health.engines()):
                    _say(f"what is recorded is heard now: {engine}")
            await asyncio.Event().wait()


async def _first_engines(health: Health, worker: Program) -> list[str]:
    """What hears, once it does; nothing where the worker ends before, or loads for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while not (engines := await health.engines()) and not worker.restarts:
                await asyncio.sleep(_POLL_S)
            return engines
    return []


async def _unheard(health: Health, worker: Program) -> list[str]:
    # Before it has failed in this run, what keeps it from starting is of one before.
    reasons = await health.unable() if worker.restarts else []
    return [
        f"none yet, what is recorded is kept and heard later: {reason}" for reason in reasons or ["its worker starts"]
    ]


def _environ(data: DataDirectory, given: Mapping[str, str], host: str | None, port: int | None) -> dict[str, str]:
    """The environment of node and worker: what the caller set, this installation's own settings, the options."""
    clashing = [variable(name) for name in _OWN if variable(name) in given]
    if clashing:
        raise SettingsError(f"{', '.join(clashing)}: `hearken up` brings its own; unset it, or use `hearken serve`")
    options = {"host": host, "port": port, "master_key": data.master_key()}
    own = {variable(name): str(value) for name, value in options.items() if value is not None}
    path = os.pathsep.join(filter(None, (str(Path(__file__).resolve().parent.parent), given.get("PYTHONPATH"))))
    usual = {variable("archive_url"): (data.path / "audio").as_uri()}
    return {**usual, **given, **own, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def free_port(host: str, port: int) -> int:
    """The port if the node can listen on it, any free one for 0. Raises :class:`PortTaken` with what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken: choose another with --port, or --port 0 for a free one") from None
        raise PortTaken(f"cannot listen on {host} port {port}: {error.strerror}") from None


async def _ensure_first_account(data: DataDirectory, settings: Settings, address: Address) -> None:
    """Make the first account and its file, or keep the file's address right.

    The password is on the disk before the account exists, so that no kill between the two locks people out.
    """
    kept = data.first_account()
    password = kept["password"] if kept is not None else secrets.token_urlsafe(12)
    email = kept["email"] if kept is not None else EMAIL
    data.write_first_account(address.url, email, password)
    made = await create_first_account(settings, organisation=ORGANISATION, email=email, password=password)
    if kept is None and not made:
        data.account_file.unlink()  # the owner has removed the file on purpose: that password is unknown


def _program(data: DataDirectory, environ: Mapping[str, str], settings: Settings, name: str) -> Program:
    part = Part(
        name=name,
        command=[sys.executable, "-P", "-m", "hearken", {"node": "serve", "worker": "work"}[name]],
        log=data.log(name),
        lock=data.part_lock(name),
        environ=environ,
        folder=Path.cwd(),
        stops=((signal.SIGTERM, settings.drain_s + 8.0),),
    )
    return Program(part, _say)


def archiving(settings: Settings) -> str:
    """Where the audio goes when, in one line."""
    if settings.archive_url is None:
        return "stays in the database"
    minutes = settings.archive_after_s / 60
    return f"moves to {settings.archive_url} {minutes:g} min after a session is ready"


def _welcome(data: DataDirectory, address: Address, settings: Settings, engines: list[str]) -> None:
    account = data.first_account()
    lines = [f"Hearken is running at {address.url}"]
    if account is not None:
        lines.append(f"  sign in as  {account['email']}, password in {data.account_file}")
    lines.append(f"  all data    {data.path}")
    lines.append(f"  audio       {archiving(settings)}")
    lines += [textwrap.fill(f"  recogniser  {notice}", 100, subsequent_indent=" " * 14) for notice in engines]
    print("\n".join([*lines, "Ctrl-C stops it."]), flush=True)


def _say(line: str) -> None:
    print(f"hearken: {line}", file=sys.stderr, flush=True)
