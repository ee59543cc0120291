"""A writer of notes behind OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from chunk_workers.notes.prompt import Prompt
from chunk_workers.openai_api import OpenAiApi, blocks, decoded, document
from chunk_workers.provider import BadAnswer, ProviderAway, Usage


class OpenAiModel:
    """See ``provider.ChatModel``."""

    def __init__(self, model: str, api: OpenAiApi) -> None:
        self.name = f"openai {model}"
        self.leaves = api.leaves
        self._model = model
        self._api = api

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
        async with self._api.post("chat/completions", self._request(prompt)) as response:
            async for event in _events(response):
                for piece in _pieces(event):
                    yield piece

    async def aclose(self) -> None:
        await self._api.aclose()

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [
                {"role": "system", "content": prompt.rules},
                {"role": "user", "content": prompt.material},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "note", "strict": True, "schema": prompt.schema},
            },
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The decoded events of a stream, or the one answer of a server that does not stream."""
    if response.content_type == "application/json":
        yield await document(response)
        return
    waiting = b""
    async for block in blocks(response):
        *lines, waiting = (waiting + block).split(b"\n")
        for line in lines:
            name, _, value = line.strip().partition(b":")
            if name == b"data" and value.strip() == b"[DONE]":
                return
            if name == b"data":
                yield decoded(value)
    raise ProviderAway("the provider broke off in the middle of its answer")


def _pieces(event: Any) -> list[str | Usage]:
    """What an event, or a whole answer, says."""
    if not isinstance(event, dict):
        raise BadAnswer("the provider's answer is no chat completion")
    if event.get("error"):
        raise ProviderAway("the provider reports an error")
    found: list[str | Usage] = []
    choices = event.get("choices")
    for choice in choices[:1] if isinstance(choices, list) else []:
        said = (choice.get("delta") or choice.get("message")) if isinstance(choice, dict) else None
        text = said.get("content") if isinstance(said, dict) else None
        if isinstance(text, str) and text:
            found.append(text)
    usage = event.get("usage")
    if isinstance(usage, dict):
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        found.append(Usage(*(count if isinstance(count, int) else 0 for count in counts)))
    return found
