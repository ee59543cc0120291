"""The recogniser in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chunk_workers.engines.choice import EngineSettings
from chunk_workers.model_process import ModelProcess
from chunk_workers.recognition import Doubted, Heard, Recognition, UnsupportedLanguage, Utterance
from session_core.segment import Word


class RecogniserProcess:
    """One engine, loaded once, that recognises one batch at a time; see ``ModelProcess`` for its life."""

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
    def languages(self) -> tuple[str, ...] | None:
        """Of the engine, None before the first start has succeeded or where it does not say."""
        known = self._model.greeting["languages"] if self._model.greeting else None
        return None if known is None else tuple(known)

    @property
    def at_once(self) -> int:
        """How many utterances the engine best recognises together, 1 before the first start has succeeded."""
        return self._model.greeting["at_once"] if self._model.greeting else 1

    @property
    def devices(self) -> int:
        """How many devices like the engine's are here, 1 before the first start has succeeded."""
        return self._model.greeting["devices"] if self._model.greeting else 1

    @property
    def trouble(self) -> str | None:
        """See ``ModelProcess.trouble``."""
        return self._model.trouble

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._model.pid

    async def start(self) -> None:
        """Load the engine now; see ``ModelProcess.start``."""
        await self._model.start()

    async def recognise(self, utterances: Sequence[Utterance], timeout_s: float) -> list[Heard]:
        """See ``recognition.Recognizer``. ``timeout_s`` counts from the moment the loaded engine takes the call.

        Raises ``ModelCrashed`` (try again) and ``EngineUnavailable``.
        """
        asked = [
            {"samples": len(each.pcm), "language": each.language, "hotwords": each.hotwords} for each in utterances
        ]
        samples = b"".join(each.pcm.tobytes() for each in utterances)
        answer, _ = await self._model.call({"utterances": asked}, samples, timeout_s=timeout_s)
        return [_heard(each) for each in answer["heard"]]

    async def aclose(self) -> None:
        """Kill the child and reap it; a call under way or waiting raises ``ModelCrashed``."""
        await self._model.aclose()


def _heard(told: dict[str, Any]) -> Heard:
    if "unsupported" in told:
        return UnsupportedLanguage(told["unsupported"])
    if "doubted" in told:
        return Doubted()
    return Recognition(tuple(Word(*word) for word in told["words"]), told["language"], told["cpu_seconds"])
