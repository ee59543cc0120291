"""Keep the programs of one installation running: start, watch, restart, stop, and leave none behind.

Each program runs in its own session, so that Ctrl-C reaches the supervisor alone and the order of stopping is
kept. Each dies by itself when the supervisor is killed. Each inherits the lock on its lock file: whoever gets
that lock knows that no process of an earlier program is left, forked ones included.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hearken.log_file import last_lines, open_log, trim_log
from hearken.service_user import tied
from session_core.errors import HearkenError

Say = Callable[[str], None]

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 15.0
_STEADY_S = 30.0
_LOG_CHECK_S = 60.0
_PREDECESSOR_S = 30.0
_POLL_S = 0.05


class PartFailed(HearkenError):
    """A program of the installation did not come up; the message says which and where to look."""


@dataclass(frozen=True)
class Part:
    """One program: what it runs (in `folder`) and how it is stopped. `lock` and `log` are files of this part alone.

    `switch` are further options of setpriv (another user). `stops` are the signals that end it, each with the
    seconds it is given; SIGKILL follows the last. `before_start` clears what a killed predecessor left behind
    and is only called when no process of it is alive.
    """

    name: str
    command: Sequence[str]
    log: Path
    lock: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path("/")
    switch: Sequence[str] = ()
    orphan_signal: signal.Signals = signal.SIGKILL
    stops: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 5.0),)
    before_start: Callable[[], None] = lambda: None


class Program:
    """A part that is kept running from :meth:`start` to :meth:`stop`."""

    def __init__(self, part: Part, say: Say) -> None:
        self.part = part
        self.restarts = 0
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now, None between two of them."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    async def start(self, is_ready: Callable[[], Awaitable[bool]], within_s: float = 180.0) -> None:
        """Start the part, wait until it is ready and keep it running from then on.

        Raises :class:`PartFailed`, with the end of its log, when it ends or is not ready in time.
        """
        await self._spawn()
        deadline = time.monotonic() + within_s
        while not await is_ready():
            if self.pid is None:
                raise PartFailed(self._complaint(self._how_it_ended()))
            if time.monotonic() > deadline:
                raise PartFailed(self._complaint(f"was not ready within {within_s:.0f} s"))
            await asyncio.sleep(_POLL_S)
        self._keep()

    async def start_unready(self) -> None:
        """Start the part and keep it running from now on, whether it gets ready or not."""
        await self._spawn()
        self._keep()

    async def stop(self) -> None:
        """End the part: its own signals first, SIGKILL for one that does not listen."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        process, self._process = self._process, None
        if process is None:
            return
        for sent, grace_s in (*self.part.stops, (signal.SIGKILL, 5.0)):
            if process.poll() is None:
                process.send_signal(sent)
            with suppress(TimeoutError):
                await asyncio.wait_for(_ended(process), grace_s)
                return
        raise PartFailed(f"{self.part.name} (process {process.pid}) could not be stopped")

    def _keep(self) -> None:
        self._watch = asyncio.create_task(self._keep_running(), name=f"keep {self.part.name}")

    async def _keep_running(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            await self._watch_until_ended()
            failures = 0 if time.monotonic() - began > _STEADY_S else failures + 1
            pause_s = restart_pause(failures, random.SystemRandom().random())
            again = f"{self.part.name} {self._how_it_ended()}; starting it again in {pause_s:.1f} s"
            self._say(again + self._last_words())
            await asyncio.sleep(pause_s)
            self.restarts += 1
            try:
                await self._spawn()
            except (PartFailed, OSError) as error:
                self._say(f"{self.part.name} could not be started: {error}")

    async def _watch_until_ended(self) -> None:
        if self._process is None:
            return
        ended = asyncio.ensure_future(_ended(self._process))
        try:
            while not (await asyncio.wait({ended}, timeout=_LOG_CHECK_S))[0]:
                trim_log(self.part.log)
        finally:
            ended.cancel()

    async def _spawn(self) -> None:
        lock = await _lock_of_the_dead(self.part)
        try:
            self.part.before_start()
            self._process = _launch(self.part, lock)
        finally:
            os.close(lock)

    def _how_it_ended(self) -> str:
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return "is not running"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def _last_words(self) -> str:
        """What it said last, if it ended by itself: why, most of the time."""
        by_itself = self._process is not None and (self._process.poll() or 0) > 0
        return "".join(f"\n  {line}" for line in last_lines(self.part.log, 1)) if by_itself else ""

    def _complaint(self, what: str) -> str:
        end_of_log = "".join(f"\n  {line}" for line in last_lines(self.part.log))
        return f"{self.part.name} {what}; see {self.part.log}{end_of_log}"


def restart_pause(failures: int, chance: float) -> float:
    """Seconds before the next start after so many quick failures; `chance` in [0, 1) spreads it by half."""
    longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(failures, 16))
    return longest * (0.5 + chance / 2)


async def stop_together(programs: Iterable[Program]) -> None:
    """Stop several programs at once, all of them even if one fails."""
    results = await asyncio.gather(*(program.stop() for program in programs), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _launch(part: Part, lock: int) -> subprocess.Popen[bytes]:
    log = open_log(part.log)
    try:
        process = subprocess.Popen(
            [*tied(part.orphan_signal), *part.switch, "--", *part.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=part.folder,
            env=dict(part.environ),
            pass_fds=(lock,),
            start_new_session=True,
        )
    finally:
        os.close(log)
    return process


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process without a thread: its descriptor becomes readable when it ends."""
    if process.poll() is not None:
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, over.set)
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    process.wait()


async def _lock_of_the_dead(part: Part) -> int:
    """The lock that the part's earlier processes held, as a descriptor; waits until the last of them is gone."""
    descriptor = os.open(part.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _PREDECESSOR_S
    try:
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise PartFailed(f"an earlier process of {part.name} does not end")
            await asyncio.sleep(_POLL_S)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def try_lock(descriptor: int) -> bool:
    """Take the lock of an open file if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
