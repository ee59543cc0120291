"""The recogniser in a process of its own."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from chunk_workers.engines.choice import EngineSettings
from chunk_workers.model_process import ModelProcess
from chunk_workers.recognition import Recognition, UnsupportedLanguage
from session_core.segment import Word


class RecogniserProcess:
    """One engine, loaded once, that recognises one window at a time; see ``ModelProcess`` for its life."""

    def __init__(self, settings: EngineSettings, *, start_timeout_s: float = 600.0) -> None:
        self._model = ModelProcess(
            "chunk_workers.recogniser_host",
            asdict(settings),
            threads=settings.threads,
            start_timeout_s=start_timeout_s,
        )

    @property
    def ready(self) -> bool:
        """Whether an engine is loaded and its process lives."""
        return self._model.ready

    @property
    def engine_name(self) -> str | None:
        """The engine and its model, None before the first start has succeeded."""
        return self._model.greeting["engine"] if self._model.greeting else None

    @property
    def notice(self) -> str | None:
        """One sentence for people on which engine runs and why, None before the first start has succeeded."""
        return self._model.greeting["notice"] if self._model.greeting else None

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._model.pid

    async def start(self) -> None:
        """Load the engine now; see ``ModelProcess.start``."""
        await self._model.start()

    async def recognise(self, pcm: NDArray[np.int16], language: str | None, timeout_s: float) -> Recognition:
        """See ``recognition.Recognizer``. ``timeout_s`` counts from the moment the loaded engine takes the call.

        Raises ``UnsupportedLanguage``, ``ModelCrashed`` (try again) and ``EngineUnavailable``.
        """
        answer, _ = await self._model.call({"language": language}, pcm.tobytes(), timeout_s=timeout_s)
        if "unsupported" in answer:
            raise UnsupportedLanguage(answer["unsupported"])
        words = tuple(Word(*word) for word in answer["words"])
        return Recognition(words, answer["language"], answer["cpu_seconds"])

    async def aclose(self) -> None:
        """Kill the child and reap it; a call under way or waiting raises ``ModelCrashed``."""
        await self._model.aclose()
