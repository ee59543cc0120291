"""A node that speaks docs/protocol.md truly and fails as a test tells it to: real sockets, a store in memory.

``script`` is asked before each chunk and names what goes wrong with it; what is stored stays stored over
:meth:`ScriptedNode.stop` and :meth:`ScriptedNode.start`, as in a database.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import socketio
from aiohttp import web

NAMESPACE = "/session"


class Fault(Enum):
    NONE = "none"
    EMPTY_ACK = "stored, but the acknowledgement is empty"
    WRONG_ECHO = "not stored, and the acknowledgement names another digest"
    BROKEN_BEFORE = "the connection breaks before it is stored"
    BROKEN_AFTER = "the connection breaks after it is stored, before the acknowledgement"
    BUSY = "overloaded, with retry_after_s"
    REFUSED = "refused for good"


Script = Callable[[int, int], Fault]
"""From a chunk's number and how often it came before to what happens."""


@dataclass
class StoredSession:
    client_ref: str
    patient_id: str | None = None
    state: str = "recording"
    last_seq: int | None = None
    chunks: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def ranges(self) -> list[list[int]]:
        return [[seq, seq] for seq in sorted(self.chunks)]

    def contiguous_through(self) -> int:
        return next(seq for seq in range(len(self.chunks) + 1) if seq not in self.chunks) - 1


class ScriptedNode:
    def __init__(self, script: Script = lambda seq, before: Fault.NONE) -> None:
        self.script = script
        self.sessions: dict[str, StoredSession] = {}
        self.epoch = "first"
        self.token = "token-1"  # the one that is good now
        self.answers_after_s = 0.005
        self.most_under_way = 0
        self.arrivals: list[int] = []
        self._under_way = 0
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._sio = socketio.AsyncServer(async_mode="aiohttp", transports=["websocket"], namespaces=[NAMESPACE])
        self._watchers: dict[str, set[str]] = {}
        for name, handler in {
            "connect": self._connect,
            "disconnect": self._disconnect,
            "session.start": self._start,
            "session.resume": self._resume,
            "chunk": self._chunk,
            "session.stop": self._stop,
            "session.watch": self._watch,
        }.items():
            self._sio.on(name, handler, namespace=NAMESPACE)
        app = web.Application()
        app.router.add_post("/api/v1/auth/login", self._login)
        app.router.add_post("/api/v1/auth/refresh", self._login)
        self._sio.attach(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._sio.shutdown()
            await self._runner.cleanup()
            self._runner = None

    async def _login(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("password", "right") != "right":
            error = {"code": "unauthenticated", "message": "wrong", "retryable": False}
            return web.json_response({"error": error}, status=401)
        return web.json_response(
            {"access_token": self.token, "refresh_token": "refresh", "expires_in": 900, "user": {}}
        )

    async def _connect(self, sid: str, environ: dict[str, Any], auth: dict[str, Any]) -> None:
        if auth != {"token": self.token, "protocol": 1}:
            refused = {"code": "unauthenticated", "message": "the token is not good"}
            raise socketio.exceptions.ConnectionRefusedError("refused", refused)
        limits = {"max_chunk_bytes": 4_000_000, "max_chunk_seconds": 60, "credit": 3, "media_types": ["audio/flac"]}
        hello = {"protocol": 1, "epoch": self.epoch, "limits": limits, "server_time_ms": 0}
        await self._sio.emit("hello", hello, to=sid, namespace=NAMESPACE)

    async def _disconnect(self, sid: str, reason: str) -> None:
        for watchers in self._watchers.values():
            watchers.discard(sid)

    async def _start(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        known = [each for each, session in self.sessions.items() if session.client_ref == body["client_ref"]]
        session_id = known[0] if known else str(uuid.uuid4())
        session = self.sessions.setdefault(session_id, StoredSession(body["client_ref"], body.get("patient_id")))
        if not known:
            await self._happened(session_id, "session.state", {"state": "recording"})
        return {"ok": True, "session_id": session_id, "state": session.state, "next_seq": 0}

    async def _resume(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        session = self.sessions.get(body["session_id"])
        if session is None:
            return refusal("not_found")
        sealed = session.state in ("transcribing", "ready", "failed")
        return {
            "ok": True,
            "session_id": body["session_id"],
            "state": session.state,
            "stored": session.ranges(),
            "contiguous_through": session.contiguous_through(),
            "sealed_through": session.contiguous_through() if sealed else -1,
            "epoch": self.epoch,
        }

    async def _chunk(self, sid: str, body: dict[str, Any], audio: bytes) -> Any:
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        await self._sio.sleep(self.answers_after_s)
        try:
            return await self._take(sid, body, audio)
        finally:
            self._under_way -= 1

    async def _take(self, sid: str, body: dict[str, Any], audio: bytes) -> Any:
        seq, digest = body["seq"], hashlib.sha256(audio).hexdigest()
        assert digest == body["sha256"]
        fault = self.script(seq, self.arrivals.count(seq))
        self.arrivals.append(seq)
        session = self.sessions[body["session_id"]]
        if fault is Fault.BROKEN_BEFORE:
            await self._sio.disconnect(sid, namespace=NAMESPACE)
            return None
        if fault is Fault.WRONG_ECHO:
            return {"ok": True, "seq": seq, "sha256": "0" * 64, "duplicate": False, "epoch": self.epoch}
        if fault is Fault.BUSY:
            return refusal("overloaded", retryable=True, retry_after_s=0.05)
        if fault is Fault.REFUSED:
            return refusal("bad_media")
        duplicate = seq in session.chunks
        if duplicate and session.chunks[seq][2] != digest:
            return refusal("seq_conflict")
        session.chunks[seq] = (body["first_sample"], body["sample_count"], digest)
        if fault is Fault.BROKEN_AFTER:
            await self._sio.disconnect(sid, namespace=NAMESPACE)
            return None
        if fault is Fault.EMPTY_ACK:
            return None
        return {
            "ok": True,
            "seq": seq,
            "sha256": digest,
            "duplicate": duplicate,
            "contiguous_through": session.contiguous_through(),
            "epoch": self.epoch,
        }

    async def _stop(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        session_id = body["session_id"]
        session = self.sessions[session_id]
        if session.last_seq is None:
            session.last_seq = body["last_seq"]
            await self._transcribe(session_id, session)
        return {"ok": True, "state": session.state}

    async def _transcribe(self, session_id: str, session: StoredSession) -> None:
        """Every stored chunk says its number."""
        for state in ("sealing", "transcribing"):
            await self._move(session_id, state)
        for seq, (first, count, _) in sorted(session.chunks.items()):
            said = segment(first // 16, (first + count) // 16, f"part {seq}")
            await self._happened(session_id, "segment.final", said)
        end = max(((first + count) // 16 for first, count, _ in session.chunks.values()), default=0)
        await self._happened(session_id, "coverage", {"recorded_ms": end, "transcribed_ms": end, "holes": []})
        await self._move(session_id, "ready")

    async def _move(self, session_id: str, state: str) -> None:
        self.sessions[session_id].state = state
        await self._happened(session_id, "session.state", {"state": state})

    async def _happened(self, session_id: str, kind: str, data: dict[str, Any]) -> None:
        log = self.sessions[session_id].events
        event = {"session_id": session_id, "version": len(log) + 1, "type": kind, "at": "", "data": data}
        log.append(event)
        for sid in list(self._watchers.get(session_id, ())):
            await self._sio.emit("event", event, to=sid, namespace=NAMESPACE)

    async def _watch(self, sid: str, body: dict[str, Any]) -> dict[str, Any]:
        session = self.sessions.get(body["session_id"])
        if session is None:
            return refusal("not_found")
        self._watchers.setdefault(body["session_id"], set()).add(sid)
        for event in session.events[body["after"] :]:
            await self._sio.emit("event", event, to=sid, namespace=NAMESPACE)
        return {"ok": True, "head": len(session.events), "state": session.state}


def refusal(code: str, *, retryable: bool = False, **more: object) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": code, "retryable": retryable, **more}}


def segment(start_ms: int, end_ms: int, text: str) -> dict[str, Any]:
    words = [{"w": word, "s": start_ms, "e": end_ms, "p": 0.9} for word in text.split()]
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(start_ms))),
        "start_ms": start_ms,
        "end_ms": end_ms,
        "speaker": None,
        "text": text,
        "words": words,
        "generation": 0,
    }
