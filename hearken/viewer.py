"""A viewer: keeps a :class:`TranscriptView` equal to what the server holds, over any number of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from hearken.answer import Refusal, is_int, read_answer
from hearken.server_connection import Transport
from hearken.transcript_view import Applied, TranscriptView
from session_core.errors import HearkenError

ANSWER_TIMEOUT_S = 15.0
ASK_AGAIN_S = 1.0

OnEvent = Callable[[str, Mapping[str, Any]], None]
"""Called with type and data after an event was taken in."""


class WatchRefused(HearkenError):
    """The server does not show this session."""

    retryable = False


class Viewer:
    """``on_event`` is called after each event that changed the view. One session, one connection at a time."""

    def __init__(self, on_event: OnEvent, *, after: int = 0) -> None:
        self.view = TranscriptView()
        self.view.version = after
        self.head = after
        self._on_event = on_event
        self._session_id: str | None = None
        self._inbox: asyncio.Queue[tuple[str, Mapping[str, Any]]] = asyncio.Queue()

    @property
    def caught_up(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.view.version >= self.head

    def message(self, name: str, payload: object) -> None:
        """A message of a connection; others than ``event`` and ``head`` are not for viewers."""
        if name in ("event", "head") and isinstance(payload, Mapping) and is_int(payload.get("version")):
            self._inbox.put_nowait((name, payload))

    async def follow(self, transport: Transport, session_id: str) -> None:
        """Watch until cancelled. Raises :class:`WatchRefused`, or ConnectionLost at the connection's end."""
        if self._session_id not in (None, session_id):
            self.view, self.head = TranscriptView(), 0
        self._session_id = session_id
        await self._ask(transport, session_id)
        asked_after = self.view.version
        while True:
            name, message = await self._inbox.get()
            if message.get("session_id") != session_id:
                continue
            if name == "head":
                self.head = max(self.head, message["version"])
                missing = not self.caught_up
            else:
                # One question for each gap; a lost answer to it is caught by the next head.
                missing = self._take(message) is Applied.GAP and self.view.version != asked_after
            if missing:
                asked_after = self.view.version
                await self._ask(transport, session_id)

    def _take(self, event: Mapping[str, Any]) -> Applied:
        applied = self.view.apply(event["version"], event["type"], event["data"])
        self.head = max(self.head, event["version"])
        if applied is Applied.NOW:
            self._on_event(event["type"], event["data"])
        return applied

    async def _ask(self, transport: Transport, session_id: str) -> None:
        while True:
            after = self.view.version
            answer = await self._watch(transport, session_id, after)
            if isinstance(answer, Mapping) and is_int(answer.get("head")):
                if answer["head"] >= after:
                    self.head = answer["head"]
                    self._begin_at(answer)
                    return
                # The log is shorter than what was seen: the database was restored, and so is the view.
                self.view, self.head = TranscriptView(), 0
                continue
            if isinstance(answer, Refusal) and not answer.retryable:
                raise WatchRefused(f"the server does not show this session ({answer.code})")
            pause = answer.retry_after_s if isinstance(answer, Refusal) else None
            await asyncio.sleep(pause or ASK_AGAIN_S)

    def _begin_at(self, answer: Mapping[str, Any]) -> None:
        """A view that begins at the end of the log gets no event that tells the state."""
        if self.view.state is None and self.caught_up and isinstance(answer.get("state"), str):
            self.view.state = answer["state"]
            self._on_event("session.state", {"state": answer["state"]})

    @staticmethod
    async def _watch(transport: Transport, session_id: str, after: int) -> Mapping[str, Any] | Refusal | None:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return read_answer(await transport.request("session.watch", {"session_id": session_id, "after": after}))
        except TimeoutError:
            return None
