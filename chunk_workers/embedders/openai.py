"""An embedder behind OpenAI's API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chunk_workers.openai_api import OpenAiApi, document
from chunk_workers.provider import BadAnswer


class OpenAiEmbedding:
    """See ``provided.EmbeddingModel``."""

    def __init__(self, model: str, api: OpenAiApi) -> None:
        self.name = f"openai {model}"
        self.leaves = api.leaves
        self._model = model
        self._api = api

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        request = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        async with self._api.post("embeddings", request) as response:
            answer = await document(response)
        try:
            found = {each["index"]: each["embedding"] for each in answer["data"]}
            return [found[place] for place in range(len(texts))]
        except (KeyError, TypeError):
            raise BadAnswer("the provider's answer holds no embeddings") from None

    async def aclose(self) -> None:
        await self._api.aclose()
