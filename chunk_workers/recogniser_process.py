"""The recogniser in a process of its own: it may hang, die or be killed, and the worker goes on."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chunk_workers.engines.choice import EngineSettings
from chunk_workers.recogniser_protocol import HEAD, packed, to_recognition
from chunk_workers.recognition import RecogniserCrashed, Recognition, UnsupportedLanguage
from session_core.child import Child, receive
from session_core.errors import EngineUnavailable

# What the hub's client and CUDA look for: caches, a proxy, the choice of a GPU.
_KEPT_PREFIXES = ("HF_", "HUGGINGFACE_", "CUDA_", "NVIDIA_", "XDG_CACHE_", "SSL_CERT_")
_KEPT_NAMES = frozenset({"HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"})


class RecogniserProcess:
    """One child process that loads one engine once and recognises one window at a time.

    Calls wait for one another. A child that died, hung or was left in the middle of a call (a timeout, a cancelled
    task) is killed; the next call starts another. The child ends with its parent, a SIGKILLed one included, and
    takes no signal of its process group. ``start_timeout_s`` bounds loading, a download included where one is allowed.
    """

    def __init__(self, settings: EngineSettings, *, start_timeout_s: float = 600.0) -> None:
        self._settings = settings
        self._start_timeout_s = start_timeout_s
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._loaded = False
        self._closed = False
        self._engine_name: str | None = None
        self._notice: str | None = None

    @property
    def ready(self) -> bool:
        """Whether an engine is loaded and its process lives."""
        return self._loaded and self._child is not None and self._child.alive

    @property
    def engine_name(self) -> str | None:
        """The engine and its model, None before the first start has succeeded."""
        return self._engine_name

    @property
    def notice(self) -> str | None:
        """One sentence for people on which engine runs and why, None before the first start has succeeded."""
        return self._notice

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> None:
        """Load the engine now instead of at the first call.

        Raises ``EngineUnavailable`` (what is wrong and what to do) and ``RecogniserCrashed``.
        """
        async with self._turn:
            await self._loaded_child()

    async def recognise(self, pcm: NDArray[np.int16], language: str | None, timeout_s: float) -> Recognition:
        """See ``recognition.Recognizer``. ``timeout_s`` counts from the moment the loaded engine takes the call.

        Raises ``UnsupportedLanguage``, ``RecogniserCrashed`` (try again) and ``EngineUnavailable``.
        """
        async with self._turn:
            child = await self._loaded_child()
            try:
                async with asyncio.timeout(timeout_s):
                    answer = await _call(child, packed({"language": language}, pcm.tobytes()))
            except TimeoutError as error:
                await self._end()
                raise RecogniserCrashed(f"the recogniser gave no answer within {timeout_s:.0f} s") from error
            except (OSError, EOFError) as error:
                await self._end()
                raise RecogniserCrashed("the recogniser's process died") from error
            except BaseException:
                # Its answer would be taken for that of the next call.
                await self._end()
                raise
        if "unsupported" in answer:
            raise UnsupportedLanguage(answer["unsupported"])
        return to_recognition(answer)

    async def aclose(self) -> None:
        """Kill the child and reap it; a call under way or waiting raises ``RecogniserCrashed``."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        async with self._turn:
            await self._end()

    async def _loaded_child(self) -> Child:
        if not self.ready:
            await self._end()
            await self._load()
        if self._child is None:
            raise RecogniserCrashed("the recogniser was closed")
        return self._child

    async def _load(self) -> None:
        if self._closed:
            return
        try:
            self._child = await Child.start(
                "chunk_workers.recogniser_host", socket.SOCK_STREAM, _environment(self._settings.threads)
            )
            async with asyncio.timeout(self._start_timeout_s):
                greeting = await _call(self._child, packed(asdict(self._settings)))
        except (OSError, EOFError) as error:  # of which TimeoutError is one
            await self._end()
            raise RecogniserCrashed("the recogniser's process did not start") from error
        except BaseException:
            await self._end()
            raise
        if "unavailable" in greeting:
            await self._end()
            raise EngineUnavailable(greeting["unavailable"])
        self._engine_name, self._notice = greeting["engine"], greeting["notice"]
        self._loaded = True

    async def _end(self) -> None:
        child, self._child, self._loaded = self._child, None, False
        if child is not None:
            await child.end()


async def _call(child: Child, message: bytes) -> dict[str, Any]:
    await asyncio.get_running_loop().sock_sendall(child.socket, message)
    text_length, _ = HEAD.unpack(await receive(child.socket, HEAD.size))
    answer: dict[str, Any] = json.loads(await receive(child.socket, text_length))
    return answer


def _environment(threads: int) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    }
    count = str(threads)
    return kept | {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "MKL_NUM_THREADS": count}
