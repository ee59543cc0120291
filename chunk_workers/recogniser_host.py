"""The process that holds the recogniser: ``python -m chunk_workers.recogniser_host FD``.

Greeting: ``{"engine", "notice"}``. A call is ``{"language"}`` with 16 bit samples; its answer ``{"words", "language",
"cpu_seconds"}``, a word being ``[text, start_ms, end_ms, probability]``, or ``{"unsupported": why}``.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from chunk_workers.engines.choice import EngineSettings, choose
from chunk_workers.model_host import Answer, run
from chunk_workers.recognition import UnsupportedLanguage


class HostedRecogniser:
    def __init__(self, settings: dict[str, Any]) -> None:
        choice = choose(EngineSettings(**settings))
        self._recognizer = choice.recognizer
        self.greeting = {"engine": choice.recognizer.name, "notice": choice.notice}

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        try:
            heard = self._recognizer.recognise(np.frombuffer(payload, dtype=np.int16), message["language"])
        except UnsupportedLanguage as error:
            return {"unsupported": error.message}, b""
        words = [astuple(word) for word in heard.words]
        return {"words": words, "language": heard.language, "cpu_seconds": heard.cpu_seconds}, b""


if __name__ == "__main__":
    run(HostedRecogniser)
