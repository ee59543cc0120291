"""An embedder that somebody provides: every text that is embedded is sent there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np

from chunk_workers.embedding import Vectors
from chunk_workers.provider import BadAnswer, Calls

MOST_AT_ONCE: Final = 64
"""Texts of one call; Gemini takes 100."""

BLANK: Final = "-"
"""Is sent for a text without a letter, which providers refuse."""


class EmbeddingModel(Protocol):
    """A model at a provider."""

    name: str
    leaves: bool
    """Whether what it is sent leaves this installation."""

    async def embed(self, texts: Sequence[str]) -> list[Any]:
        """A vector for each text, as the provider sent it. Raises the errors of ``chunk_workers.provider`` and
        :class:`BadAnswer`."""

    async def aclose(self) -> None: ...


class ProvidedEmbedder:
    """See ``embedding.TextEmbedder``."""

    def __init__(self, model: EmbeddingModel, calls: Calls) -> None:
        self._model = model
        self._calls = calls

    async def model(self) -> str:
        return self._model.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        sent = [text if text.strip() else BLANK for text in texts]
        if not sent:
            return np.empty((0, 1), dtype=np.float32)
        parts = [sent[at : at + MOST_AT_ONCE] for at in range(0, len(sent), MOST_AT_ONCE)]
        return _unit_vectors([vector for part in parts for vector in await self._embedded(part)])

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _embedded(self, texts: Sequence[str]) -> list[Any]:
        vectors = await self._calls.make(lambda: self._model.embed(texts))
        if len(vectors) != len(texts):
            raise BadAnswer("the provider embedded another number of texts than it was sent")
        return vectors


def _unit_vectors(vectors: Sequence[Any]) -> Vectors:
    try:
        rows = np.array(vectors, dtype=np.float32)
    except (TypeError, ValueError):
        raise BadAnswer("the provider's embeddings are no vectors of one length") from None
    if rows.ndim != 2 or rows.shape[1] == 0 or not np.isfinite(rows).all():
        raise BadAnswer("the provider's embeddings are no vectors of one length")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > 0).all():
        raise BadAnswer("the provider sent an embedding of length 0")
    unit: Vectors = rows / lengths
    return unit
