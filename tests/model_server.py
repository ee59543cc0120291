"""A server with a language model that says what a test tells it to, in the protocols of the real ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

PIECE, PIECES = 7, 40
"""Letters that are sent at once, more of them where there would be too many pieces."""


@dataclass(frozen=True)
class Asked:
    """``material`` is what stands between the two marks of the prompt, by line."""

    rules: str
    material: tuple[str, ...]
    schema: dict[str, Any]
    key: str | None


@dataclass(frozen=True)
class Says:
    """``raw`` is sent instead of what the protocol has; ``breaks_off`` in the middle; ``waits`` for ever."""

    text: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    breaks_off: bool = False
    waits: bool = False
    counts: bool = True


Script = Callable[[Asked], Says]


class ModelServer:
    """``script`` is asked for each call; ``asked`` are all that came."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.url = ""
        self._closing = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ModelServer]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1beta/models/{call}", self._gemini)
        server = TestServer(app)
        await server.start_server()
        self.url = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            self._closing.set()
            await server.close()

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        assert body["stream"] is True
        assert body["response_format"]["type"] == "json_schema"
        system, user = body["messages"]
        assert (system["role"], user["role"]) == ("system", "user")
        asked = _asked(
            system["content"],
            user["content"],
            body["response_format"]["json_schema"]["schema"],
            request.headers.get("Authorization"),
        )

        def event(piece: str) -> Any:
            return {"choices": [{"index": 0, "delta": {"content": piece}}]}

        usage = {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}
        return await self._answer(request, asked, event, {}, usage, b"data: [DONE]\n\n")

    async def _gemini(self, request: web.Request) -> web.StreamResponse:
        assert request.match_info["call"].endswith(":streamGenerateContent")
        assert request.query["alt"] == "sse"
        body = await request.json()
        config = body["generationConfig"]
        assert config["responseMimeType"] == "application/json"
        asked = _asked(
            body["systemInstruction"]["parts"][0]["text"],
            body["contents"][0]["parts"][0]["text"],
            config["responseJsonSchema"],
            request.headers.get("x-goog-api-key"),
        )

        def event(piece: str) -> Any:
            return {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}}]}

        counted = {"promptTokenCount": 100, "candidatesTokenCount": 8, "thoughtsTokenCount": 2}
        so_far = {"usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 1}}
        return await self._answer(request, asked, event, so_far, {"usageMetadata": counted}, b"")

    async def _answer(
        self, request: web.Request, asked: Asked, event: Callable[[str], Any], so_far: Any, usage: Any, end: bytes
    ) -> web.StreamResponse:
        self.asked.append(asked)
        says = self.script(asked)
        if says.waits:
            await self._closing.wait()
        if says.status != 200:
            error = {"error": {"code": says.status, "message": f"no: {asked.material}", "status": "NO"}}
            return web.json_response(error, status=says.status, headers=says.headers)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if says.raw is not None:
            await response.write(says.raw)
            return response
        size = max(PIECE, len(says.text) // PIECES)
        pieces = [says.text[at : at + size] for at in range(0, len(says.text), size)]
        for number, piece in enumerate(pieces):
            if says.breaks_off and number >= len(pieces) // 2:
                assert request.transport is not None
                request.transport.abort()
                return response
            told = event(piece) | (so_far if says.counts else {})
            await response.write(b"data: " + json.dumps(told).encode() + b"\n\n")
        if says.counts:
            await response.write(b"data: " + json.dumps(usage).encode() + b"\n\n")
        await response.write(end)
        return response


def _asked(rules: str, content: str, schema: dict[str, Any], key: str | None) -> Asked:
    first, *material, last = content.split("\n")
    assert first == last
    assert first in rules
    return Asked(rules, tuple(material), schema, key)


def obedient(asked: Asked) -> Says:
    """Notes every line in the first section, in the transcript's own words; of statements it keeps all."""
    sections: dict[str, list[Any]] = {key: [] for key in asked.schema["properties"]}
    first = next(iter(sections))
    flags = {"severity": "high", "risk": "suicide", "denied": False}
    is_flags = "severity" in asked.schema["properties"][first]["items"]["properties"]
    for line in asked.material:
        number, rest = line.split(" ", 1)
        if number.startswith("n"):
            stated: dict[str, Any] = {"text": f"joined {rest}", "from": [number]}
        else:
            said = rest.split(": ", 1)[1]
            stated = {"text": f"said: {said}", "segments": [number], "quote": said}
        sections[first].append(stated | (flags if is_flags else {}))
    return Says(json.dumps(sections))


def in_turn(*answers: Says | Script) -> Script:
    """One after the other; the last one for ever."""
    left: list[Says | Script] = list(answers)

    def script(asked: Asked) -> Says:
        says = left.pop(0) if len(left) > 1 else left[0]
        return says if isinstance(says, Says) else says(asked)

    return script


def note_of(sections: Mapping[str, Sequence[Mapping[str, Any]]], asked: Asked) -> Says:
    """An answer with these sections and the others empty."""
    return Says(json.dumps({key: list(sections.get(key, ())) for key in asked.schema["properties"]}))
