"""Routes of sessions and their chunks."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from aiohttp import web

from session_core.chunk import Chunk
from session_core.errors import Invalid
from session_core.media_type import media_type_of
from session_core.messages.chunk import ChunkStored
from session_core.messages.message import parse
from session_core.messages.session import (
    LanguageList,
    SessionChanges,
    SessionPage,
    SessionStart,
    SessionStarted,
    SessionView,
    StateAnswer,
    StepRetry,
    StopBody,
)
from session_core.principal import Principal
from session_core.session import SessionState
from session_core.step import Step
from stream_server.edge import body_object, respond
from stream_server.http.route import API, Route
from stream_server.ingest import Ingest
from stream_server.sessions import SessionQuery, Sessions

ONE = f"{API}/sessions/{{session_id}}"
LARGEST_PAGE = 200


class SessionRoutes:
    def __init__(self, sessions: Sessions, ingest: Ingest) -> None:
        self._sessions = sessions
        self._ingest = ingest

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{API}/sessions", self.page, "Sessions, newest first", answer=SessionPage,
                  query=("cursor", "limit", "state", "patient_id", "q")),
            Route("POST", f"{API}/sessions", self.start, "Start a session", SessionStart, SessionStarted),
            Route("GET", ONE, self.view, "One session", answer=SessionView),
            Route("PATCH", ONE, self.describe, "Change title, patient, language or number of speakers", SessionChanges,
                  SessionView),
            Route("DELETE", ONE, self.delete, "Delete the session with everything of it"),
            Route("PUT", ONE + "/chunks/{seq}", self.chunk, "Store a chunk; the same as the `chunk` event",
                  answer=ChunkStored, query=("first_sample", "sample_count"), headers=("Digest", "Content-Type"),
                  body="audio/*", has_own_limit=True),
            Route("POST", ONE + "/stop", self.stop, "Stop; names the last chunk", StopBody, StateAnswer),
            Route("POST", ONE + "/retry", self.retry, "Try what failed again", StepRetry, StateAnswer),
            Route("GET", f"{API}/languages", self.languages, "The languages that can be heard", answer=LanguageList),
        )  # fmt: skip

    async def page(self, request: web.Request, principal: Principal) -> web.Response:
        query = request.query
        state = query.get("state")
        if state is not None and state not in set(SessionState):
            raise Invalid("there is no such state")
        wanted = SessionQuery(
            limit=_integer(query.get("limit", "50"), "limit", 1, LARGEST_PAGE),
            cursor=query.get("cursor"),
            state=state,
            patient_id=query.get("patient_id"),
            q=query.get("q"),
        )
        return respond(await self._sessions.page(principal, wanted))

    async def start(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._sessions.start(principal, parse(SessionStart, await body_object(request))), 201)

    async def view(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._sessions.view(principal, session_id_of(request)))

    async def describe(self, request: web.Request, principal: Principal) -> web.Response:
        changes = parse(SessionChanges, await body_object(request)).model_dump(exclude_unset=True)
        return respond(await self._sessions.describe(principal, session_id_of(request), changes))

    async def languages(self, _request: web.Request, _principal: Principal) -> web.Response:
        return respond(await self._sessions.languages())

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._sessions.delete(principal, session_id_of(request))
        return web.Response(status=204)

    async def chunk(self, request: web.Request, principal: Principal) -> web.Response:
        with self._ingest.reading(principal):
            chunk = Chunk(
                session_id=session_id_of(request),
                seq=_integer(request.match_info["seq"], "seq", 0, 2**31 - 1),
                first_sample=_integer(request.query.get("first_sample"), "first_sample", 0, 2**53 - 1),
                sample_count=_integer(request.query.get("sample_count"), "sample_count", 1, 2**31 - 1),
                sha256=_digest(request.headers.get("Digest", "")),
                media_type=media_type_of(request.headers.get("Content-Type", "")),
            )
        return respond(await self._ingest.store(principal, chunk, await request.read()))

    async def stop(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(StopBody, await body_object(request))
        return respond(await self._sessions.stop(principal, session_id_of(request), wanted.last_seq))

    async def retry(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(StepRetry, await body_object(request)).step
        session_id = session_id_of(request)
        if wanted == "transcribe":
            return respond(await self._sessions.retry(principal, session_id))
        return respond(await self._sessions.redo(principal, session_id, Step(wanted)))


def session_id_of(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["session_id"])
    except ValueError:
        raise Invalid("the session id is no UUID") from None


def _integer(value: str | None, name: str, least: int, most: int) -> int:
    if value is None or not value.isascii() or not value.isdigit() or not least <= int(value[:20]) <= most:
        raise Invalid(f"{name} must be a whole number from {least} to {most}")
    return int(value)


def _digest(header: str) -> bytes:
    """``sha-256=<base64>`` among the digests of the header (RFC 3230)."""
    for part in header.split(","):
        algorithm, _, value = part.strip().partition("=")
        if algorithm.lower() == "sha-256":
            try:
                digest = base64.b64decode(value, validate=True)
            except binascii.Error:
                break
            if len(digest) == 32:
                return digest
    raise Invalid("the header Digest: sha-256=<base64> is missing or wrong")
