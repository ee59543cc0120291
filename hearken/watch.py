"""`hearken watch`: follows a session on the command line."""

from __future__ import annotations

import argparse
import asyncio
import sys
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from hearken.beside import until
from hearken.live_text import LiveText
from hearken.reconnection import connect_as, keep_connected
from hearken.recorder import FINAL_STATES
from hearken.screen import Progress, Screen, clock, open_screen
from hearken.server_connection import Connect, ConnectionLost, Transport
from hearken.sign_in import NoAccount
from hearken.stream import add_account_arguments, chosen_account
from hearken.viewer import Viewer


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "watch",
        help="follow a session",
        description="Show the text of a session as it comes, with its times, holes and failures, until it is done.",
        epilog="Exit codes: 0 ready; 1 failed, or not shown to you; 2 wrong arguments; 130 interrupted.",
    )
    parser.add_argument("session", type=uuid.UUID, metavar="SESSION", help="the session's id")
    parser.add_argument("--after", type=int, default=0, metavar="N", help="version of the last event you have")
    add_account_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        account = chosen_account(args)
    except NoAccount as error:
        print(f"hearken: {error.message}", file=sys.stderr)
        return 2

    async def watch() -> Watch:
        async with aiohttp.ClientSession() as http:
            watch = Watch(str(args.session), screen, after=args.after)
            await watch.run(connect_as(account, http))
        return watch

    screen = open_screen(sys.stdout)
    try:
        watched = asyncio.run(watch())
    finally:
        screen.close()
    print(watched.closing_line())
    return 0 if watched.viewer.view.state == "ready" else 1


class Watch:
    """One session on one screen, until it is done."""

    def __init__(self, session_id: str, screen: Screen, *, after: int = 0) -> None:
        self.viewer = Viewer(self._saw, after=after)
        self._session_id = session_id
        self._screen = screen
        self._text = LiveText(screen)
        self._done = asyncio.Event()
        self._trouble: str | None = None

    async def run(self, connect: Connect) -> None:
        """Return once the session is ``ready`` or ``failed`` and all its events were seen."""
        await until(self._finished(), keep_connected(connect, self._serve, self.viewer.message, self._say))

    def closing_line(self) -> str:
        view = self.viewer.view
        holes = ", ".join(f"{clock(start)}-{clock(end)}" for start, end in view.holes) or "none"
        return (
            f"{view.state} at version {view.version}: recorded {clock(view.recorded_ms)}, "
            f"transcribed {clock(view.transcribed_ms)}, holes: {holes}, failed windows: {len(view.failed)}"
        )

    async def _finished(self) -> None:
        await self._done.wait()

    async def _serve(self, transport: Transport) -> None:
        with suppress(ConnectionLost):
            await until(transport.ended(), self.viewer.follow(transport, self._session_id))

    def _saw(self, kind: str, data: Mapping[str, Any]) -> None:
        self._text.show(self.viewer.view, kind, data)
        self._show()

    def _say(self, trouble: str | None) -> None:
        self._trouble = trouble
        self._show()

    def _show(self) -> None:
        view = self.viewer.view
        self._screen.progress(
            Progress(view.recorded_ms, None, view.transcribed_ms, state=view.state, trouble=self._trouble)
        )
        if view.state in FINAL_STATES and self.viewer.caught_up:
            self._done.set()
