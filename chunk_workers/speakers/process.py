"""The speaker embedder in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chunk_workers.model_process import ModelProcess
from chunk_workers.speakers.embedding import Span


class SpeakerEmbedderProcess:
    """One embedder, loaded when it is first needed; see ``ModelProcess`` for its life."""

    def __init__(self, niceness: int) -> None:
        self._model = ModelProcess("chunk_workers.speakers.host", {"niceness": niceness})

    async def name(self) -> str:
        """The embedder's name. Raises ``EngineUnavailable`` and ``ModelCrashed``."""
        if self._model.greeting is None:
            await self._model.start()
        assert self._model.greeting is not None
        return str(self._model.greeting["embedder"])

    async def voiceprints(self, pcm: NDArray[np.int16], speech: Sequence[Span], timeout_s: float) -> bytes:
        """Packed voiceprints of a window; see ``embedding.SpeakerEmbedder``."""
        message = {"speech": [(span.start, span.end) for span in speech]}
        _, packed = await self._model.call(message, pcm.tobytes(), timeout_s=timeout_s)
        return packed

    async def aclose(self) -> None:
        await self._model.aclose()
