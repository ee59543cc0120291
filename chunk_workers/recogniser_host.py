"""The process that holds the recogniser: ``python -m chunk_workers.recogniser_host FD``.

Greeting: ``{"engine", "notice", "at_once", "devices", "languages"}``. A call is ``{"utterances": [{"samples",
"language", "hotwords"}]}`` with their 16 bit samples one after another; its answer ``{"heard": [...]}`` has for each
``{"words", "language", "cpu_seconds"}``, a word being ``[text, start_ms, end_ms, probability]``, ``{"unsupported":
why}`` or ``{"doubted": true}``.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from chunk_workers.engines.choice import EngineSettings, choose
from chunk_workers.model_host import Answer, run
from chunk_workers.recognition import Doubted, Heard, UnsupportedLanguage, Utterance


class HostedRecogniser:
    def __init__(self, settings: dict[str, Any]) -> None:
        choice = choose(EngineSettings(**settings))
        self._recognizer = choice.recognizer
        known = choice.recognizer.languages
        self.greeting = {
            "engine": choice.recognizer.name,
            "notice": choice.notice,
            "at_once": choice.recognizer.at_once,
            "devices": choice.recognizer.devices,
            "languages": None if known is None else sorted(known),
        }

    def answer(self, message: dict[str, Any], payload: bytes) -> Answer:
        samples = np.frombuffer(payload, dtype=np.int16)
        utterances = []
        for asked in message["utterances"]:
            pcm, samples = samples[: asked["samples"]], samples[asked["samples"] :]
            utterances.append(Utterance(pcm, asked["language"], tuple(asked["hotwords"])))
        return {"heard": [_told(each) for each in self._recognizer.recognise(utterances)]}, b""


def _told(heard: Heard) -> dict[str, Any]:
    if isinstance(heard, UnsupportedLanguage):
        return {"unsupported": heard.message}
    if isinstance(heard, Doubted):
        return {"doubted": True}
    words = [astuple(word) for word in heard.words]
    return {"words": words, "language": heard.language, "cpu_seconds": heard.cpu_seconds}


if __name__ == "__main__":
    run(HostedRecogniser)
