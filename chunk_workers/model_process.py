"""A model in a process of its own: it may hang, die or be killed, and the worker goes on."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Mapping
from typing import Any

from chunk_workers.model_protocol import HEAD, packed
from session_core.child import Child, receive
from session_core.errors import EngineUnavailable, HearkenError

# What the hub's client and CUDA look for: caches, a proxy, the choice of a GPU.
_KEPT_PREFIXES = ("HF_", "HUGGINGFACE_", "CUDA_", "NVIDIA_", "XDG_CACHE_", "SSL_CERT_")
_KEPT_NAMES = frozenset({"HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"})


class ModelCrashed(HearkenError):
    """The model's process died, hung or was stopped during this call. Nothing is known of the input: try again."""

    code, status, retryable = "unavailable", 503, True


class ModelProcess:
    """One child process that loads one model once and answers one call at a time; see ``model_host``.

    Calls wait for one another. A child that died, hung or was left in the middle of a call (a timeout, a cancelled
    task) is killed; the next call starts another. The child ends with its parent, a SIGKILLed one included, and
    takes no signal of its process group. ``start_timeout_s`` bounds loading, a download included where one is allowed.
    """

    def __init__(
        self, host: str, settings: Mapping[str, Any], *, threads: int = 1, start_timeout_s: float = 600.0
    ) -> None:
        """``host`` is the module that the child runs, ``settings`` what it loads its model with."""
        self._host = host
        self._settings = settings
        self._threads = threads
        self._start_timeout_s = start_timeout_s
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._loaded = False
        self._closed = False
        self._greeting: dict[str, Any] | None = None
        self._trouble: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and its process lives."""
        return self._loaded and self._child is not None and self._child.alive

    @property
    def greeting(self) -> dict[str, Any] | None:
        """What the model said of itself, None before the first start has succeeded."""
        return self._greeting

    @property
    def trouble(self) -> str | None:
        """What is wrong and what to do, where the model could not be loaded when that was tried last."""
        return self._trouble

    @property
    def pid(self) -> int | None:
        """The child's process id while it lives."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> None:
        """Load the model now instead of at the first call.

        Raises ``EngineUnavailable`` (what is wrong and what to do) and ``ModelCrashed``.
        """
        async with self._turn:
            await self._loaded_child()

    async def call(
        self, message: Mapping[str, Any], payload: bytes = b"", *, timeout_s: float
    ) -> tuple[dict[str, Any], bytes]:
        """The model's answer. ``timeout_s`` counts from the moment the loaded model takes the call.

        Raises ``ModelCrashed`` (try again) and ``EngineUnavailable``.
        """
        async with self._turn:
            child = await self._loaded_child()
            try:
                async with asyncio.timeout(timeout_s):
                    return await _exchange(child, packed(message, payload))
            except TimeoutError as error:
                await self._end()
                raise ModelCrashed(f"the model gave no answer within {timeout_s:.0f} s") from error
            except (OSError, EOFError) as error:
                await self._end()
                raise ModelCrashed("the model's process died") from error
            except BaseException:
                # Its answer would be taken for that of the next call.
                await self._end()
                raise

    async def aclose(self) -> None:
        """Kill the child and reap it; a call under way or waiting raises ``ModelCrashed``."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        async with self._turn:
            await self._end()

    async def _loaded_child(self) -> Child:
        if not self.ready:
            await self._end()
            try:
                await self._load()
            except HearkenError as error:
                self._trouble = error.message
                raise
            self._trouble = None
        if self._child is None:
            raise ModelCrashed("the model was closed")
        return self._child

    async def _load(self) -> None:
        if self._closed:
            return
        try:
            # Known before it has loaded, so that closing can end it meanwhile.
            self._child = await Child.start(self._host, socket.SOCK_STREAM, _environment(self._threads))
            if self._closed:
                # Who closed it while the process was being made found none to end.
                self._child.kill()
            async with asyncio.timeout(self._start_timeout_s):
                greeting, _ = await _exchange(self._child, packed(self._settings))
        except TimeoutError as error:
            await self._end()
            raise ModelCrashed(
                f"the model was not loaded within {self._start_timeout_s:g} s: the machine is too busy or too slow for "
                "it, or a download took them, which is better done before the worker starts"
            ) from error
        except (OSError, EOFError) as error:
            child = self._child
            await self._end()
            if child is not None and child.was_killed and not self._closed:
                raise ModelCrashed(
                    "its process was killed while it loaded the model: is there memory enough?"
                ) from error
            raise ModelCrashed("the model's process did not start") from error
        except BaseException:
            await self._end()
            raise
        if "unavailable" in greeting:
            await self._end()
            raise EngineUnavailable(greeting["unavailable"])
        self._greeting = greeting
        self._loaded = True

    async def _end(self) -> None:
        child, self._child, self._loaded = self._child, None, False
        if child is not None:
            await child.end()


async def _exchange(child: Child, message: bytes) -> tuple[dict[str, Any], bytes]:
    await asyncio.get_running_loop().sock_sendall(child.socket, message)
    text_length, payload_length = HEAD.unpack(await receive(child.socket, HEAD.size))
    answer: dict[str, Any] = json.loads(await receive(child.socket, text_length))
    return answer, bytes(await receive(child.socket, payload_length))


def _environment(threads: int) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)
    }
    count = str(threads)
    # Not MKL's own, which outweighs what a model tells it for each of those that compute side by side.
    return kept | {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count}
