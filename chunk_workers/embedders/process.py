"""The text embedder in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chunk_workers.embedding import Vectors
from chunk_workers.model_process import ModelProcess

MOST_AT_ONCE = 64
"""Texts of one call: a question that somebody waits for need not wait for a whole session."""

TIMEOUT_S = 60.0


class EmbedderProcess:
    """One embedder, loaded when it is first needed; see ``ModelProcess`` for its life and ``embedding.Embedder`` for
    what it promises."""

    def __init__(self, niceness: int) -> None:
        self._model = ModelProcess("chunk_workers.embedders.host", {"niceness": niceness})

    async def model(self) -> str:
        """The model's name. Raises ``EngineUnavailable`` and ``ModelCrashed``."""
        return str((await self._greeting())["model"])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        dimension = int((await self._greeting())["dimension"])
        parts = [
            await self._model.call({"texts": list(texts[at : at + MOST_AT_ONCE])}, timeout_s=TIMEOUT_S)
            for at in range(0, len(texts), MOST_AT_ONCE)
        ]
        rows = b"".join(payload for _, payload in parts)
        return np.frombuffer(rows, dtype="<f4").astype(np.float32, copy=False).reshape(len(texts), dimension)

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _greeting(self) -> dict[str, Any]:
        if self._model.greeting is None:
            await self._model.start()
        assert self._model.greeting is not None
        return self._model.greeting
