"""The process that holds the model: ``python -m chunk_workers.recogniser_host FD``; see ``recogniser_protocol``.

It loads one engine, answers one call at a time, and ends when its parent does, however that ends.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any, BinaryIO

import numpy as np

from chunk_workers.engines.choice import EngineSettings, choose
from chunk_workers.recogniser_protocol import HEAD, packed, to_message
from chunk_workers.recognition import Recognizer, UnsupportedLanguage
from session_core import confinement
from session_core.errors import EngineUnavailable


def serve(connection: socket.socket) -> None:
    """Load the engine and answer until the other end closes (``EOFError``)."""
    requests = connection.makefile("rb")
    settings = EngineSettings(**_next(requests)[0])
    # Taking in what is recorded goes before putting it into words.
    confinement.step_back(settings.niceness)
    try:
        choice = choose(settings)
    except EngineUnavailable as error:
        connection.sendall(packed({"unavailable": error.message}))
        return
    connection.sendall(packed({"engine": choice.recognizer.name, "notice": choice.notice}))
    while True:
        call, samples = _next(requests)
        connection.sendall(packed(_answer(choice.recognizer, samples, call["language"])))


def _next(requests: BinaryIO) -> tuple[dict[str, Any], bytes]:
    head = requests.read(HEAD.size)
    if len(head) < HEAD.size:
        raise EOFError
    text_length, samples_length = HEAD.unpack(head)
    return json.loads(requests.read(text_length)), requests.read(samples_length)


def _answer(recognizer: Recognizer, samples: bytes, language: str | None) -> dict[str, Any]:
    try:
        return to_message(recognizer.recognise(np.frombuffer(samples, dtype=np.int16), language))
    except UnsupportedLanguage as error:
        return {"unsupported": error.message}


def main() -> None:
    confinement.die_with_parent()
    confinement.ignore_signals_of_the_group()
    confinement.give_up_privileges()
    try:
        serve(socket.socket(fileno=int(sys.argv[1])))
    except (EOFError, ConnectionError):
        return
    except Exception as error:
        # Only the type: a message could quote what was said. The parent sees the process end and starts another.
        sys.stderr.write(f"hearken recogniser: {type(error).__name__}\n")
        sys.exit(70)


if __name__ == "__main__":
    main()
