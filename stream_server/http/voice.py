"""Routes of the user's own voice."""

from __future__ import annotations

from aiohttp import web

from session_core.messages.message import parse
from session_core.messages.voice import VoiceEnrol, VoiceSpoken, VoiceView
from session_core.principal import Principal
from session_core.voice_sample import MOST_BYTES
from stream_server.edge import JSON_BYTES, body_object, respond
from stream_server.http.review import speaker_id_of
from stream_server.http.route import API, Route
from stream_server.http.session import ONE, session_id_of
from stream_server.voices import Voices

_SAMPLE_BYTES = MOST_BYTES * 4 // 3 + JSON_BYTES
"""Of a sample in Base64."""


class VoiceRoutes:
    def __init__(self, voices: Voices) -> None:
        self._voices = voices

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", f"{API}/me/voice", self.view, "Whether the user's voice is enrolled", answer=VoiceView),
            Route("PUT", f"{API}/me/voice", self.spoken, "Enrol the user's voice from a sample of it", VoiceSpoken,
                  VoiceView),
            Route("DELETE", f"{API}/me/voice", self.forget, "Forget the user's voice"),
            Route("POST", ONE + "/speakers/{speaker_id}/enrol", self.enrol, "Enrol the user's voice from a session",
                  VoiceEnrol, VoiceView),
        )  # fmt: skip

    async def view(self, request: web.Request, principal: Principal) -> web.Response:
        return respond(await self._voices.view(principal))

    async def spoken(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(VoiceSpoken, await body_object(request, _SAMPLE_BYTES))
        return respond(await self._voices.enrol_spoken(principal, wanted))

    async def forget(self, request: web.Request, principal: Principal) -> web.Response:
        await self._voices.forget(principal)
        return web.Response(status=204)

    async def enrol(self, request: web.Request, principal: Principal) -> web.Response:
        wanted = parse(VoiceEnrol, await body_object(request))
        session_id, speaker_id = session_id_of(request), speaker_id_of(request)
        return respond(await self._voices.enrol(principal, session_id, speaker_id, wanted.name))
