"""Gemini as an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.genai.types import Content, Part

from chunk_workers.gemini_api import GeminiApi


class GeminiEmbedding:
    """See ``provided.EmbeddingModel``."""

    def __init__(self, model: str, api: GeminiApi) -> None:
        self.name = f"gemini {model}"
        self.leaves = api.leaves
        self._model = model
        self._api = api

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        # Plain strings would be parts of one content to the models that embed pictures as well.
        contents: list[Any] = [Content(parts=[Part(text=text)]) for text in texts]
        with self._api.client() as client:
            answer = await client.aio.models.embed_content(model=self._model, contents=contents)
        return [each.values for each in answer.embeddings or []]

    async def aclose(self) -> None:
        await self._api.aclose()
