"""Gemini as a writer of notes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.genai.types import (
    GenerateContentConfig,
    GenerateContentResponse,
    HarmBlockThreshold,
    HarmCategory,
    SafetySetting,
)

from chunk_workers.gemini_api import GeminiApi
from chunk_workers.notes.prompt import Prompt
from chunk_workers.provider import Usage

_UNFILTERED = [
    SafetySetting(category=category, threshold=HarmBlockThreshold.BLOCK_NONE)
    for category in (
        HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
        HarmCategory.HARM_CATEGORY_HARASSMENT,
        HarmCategory.HARM_CATEGORY_HATE_SPEECH,
        HarmCategory.HARM_CATEGORY_SEXUALLY_EXPLICIT,
    )
]
"""Patients talk about self-harm and abuse: that is what a note must hold."""


class GeminiModel:
    """See ``provider.ChatModel``."""

    def __init__(self, model: str, api: GeminiApi) -> None:
        self.name = f"gemini {model}"
        self.leaves = api.leaves
        self._model = model
        self._api = api

    async def stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
        config = GenerateContentConfig(
            system_instruction=prompt.rules,
            response_mime_type="application/json",
            response_json_schema=prompt.schema,
            temperature=0,
            safety_settings=_UNFILTERED,
        )
        with self._api.client() as client:
            async for response in await client.aio.models.generate_content_stream(
                model=self._model, contents=prompt.material, config=config
            ):
                if usage := _usage(response):
                    yield usage
                if text := _text(response):
                    yield text

    async def aclose(self) -> None:
        await self._api.aclose()


def _text(response: GenerateContentResponse) -> str:
    """Without what the model thought aloud."""
    content = response.candidates[0].content if response.candidates else None
    parts = (content.parts if content else None) or []
    return "".join(part.text for part in parts if part.text and not part.thought)


def _usage(response: GenerateContentResponse) -> Usage | None:
    """As counted so far; thoughts are paid for as what was written."""
    counted = response.usage_metadata
    if counted is None:
        return None
    written = (counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0)
    return Usage(counted.prompt_token_count or 0, written)
