"""The diarizer in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chunk_workers.diarization import Speakers
from chunk_workers.model_process import ModelProcess
from chunk_workers.speakers.choice import DiarizerSettings
from chunk_workers.speakers.embedding import Span
from chunk_workers.speakers.slides import Grid
from session_core.turn import Turn


class DiarizerProcess:
    """One diarizer, loaded once; see ``ModelProcess`` for its life. It makes voiceprints or, where it has a grid,
    slides and the speakers that follow from them.

    Whatever waits for it raises ``EngineUnavailable`` and ``ModelCrashed``.
    """

    def __init__(self, settings: DiarizerSettings) -> None:
        self._model = ModelProcess("chunk_workers.speakers.host", asdict(settings))

    async def start(self) -> None:
        """Load the diarizer now; see ``ModelProcess.start``."""
        await self._model.start()

    @property
    def running(self) -> str | None:
        """The model and its version, None before the first start has succeeded."""
        return self._model.greeting["diarizer"] if self._model.greeting else None

    @property
    def notice(self) -> str | None:
        """One sentence for people on which diarizer runs and why, None before the first start has succeeded."""
        return self._model.greeting["notice"] if self._model.greeting else None

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._model.pid

    async def name(self) -> str:
        """The model and its version, whose process is started where it was not yet."""
        return str((await self._greeting())["diarizer"])

    async def grid(self) -> Grid | None:
        """Where the windows of one lie that slides over the session; None for one that makes voiceprints."""
        grid = (await self._greeting())["grid"]
        return Grid(*grid) if grid else None

    async def voiceprints(self, pcm: NDArray[np.int16], speech: Sequence[Span], timeout_s: float) -> bytes:
        """Packed voiceprints of a window; see ``embedding.SpeakerEmbedder``."""
        message = {"speech": [(span.start, span.end) for span in speech]}
        _, packed = await self._model.call(message, pcm.tobytes(), timeout_s=timeout_s)
        return packed

    async def slides(self, pcm: NDArray[np.int16], timeout_s: float) -> bytes:
        """A packed block; see ``slides``."""
        _, packed = await self._model.call({}, pcm.tobytes(), timeout_s=timeout_s)
        return packed

    async def speakers(self, blocks: Sequence[bytes], count: int | None, timeout_s: float) -> Speakers:
        """Who speaks when, from all packed blocks of a session in order; ``count`` of them where somebody knows."""
        message = {"blocks": [len(block) for block in blocks], "speakers": count}
        answer, voices = await self._model.call(message, b"".join(blocks), timeout_s=timeout_s)
        turns = tuple(Turn(int(start), int(end), int(speaker)) for start, end, speaker in answer["turns"])
        rows = len({turn.speaker for turn in turns})
        return Speakers(turns, np.frombuffer(voices, dtype=np.float32).reshape(rows, -1 if rows else 0))

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _greeting(self) -> dict[str, Any]:
        if self._model.greeting is None:
            await self._model.start()
        assert self._model.greeting is not None
        return self._model.greeting
