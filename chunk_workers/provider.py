"""Calls to a language model that somebody provides: bounded, repeated where that helps, and counted.

What was asked and answered is about a patient: no error here holds anything of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, TypeAlias, TypeVar

from chunk_workers.breaker import Breaker
from chunk_workers.notes.prompt import Prompt
from chunk_workers.pace import Pace
from session_core.errors import HearkenError

TRIES: Final = 3
"""Calls before an error is told; whoever asked may come back later."""

LONGEST_WAIT_S: Final = 20.0
"""A provider that wants to be left alone for longer is left to the next attempt of the step."""

MOST_LETTERS: Final = 1_000_000
"""Of an answer; the longest note has a tenth of that."""

T = TypeVar("T")

Hear: TypeAlias = Callable[[str], Awaitable[None]]
"""Gets an answer piece by piece."""


class ProviderError(HearkenError):
    """A provider did not do what it was asked for."""


class ProviderAway(ProviderError):
    """Not reachable, or out of order."""

    code, status, retryable = "provider_away", 502, True


class ProviderSlow(ProviderError):
    code, status, retryable = "provider_slow", 504, True


class ProviderLimited(ProviderError):
    """It has had enough of us for the moment."""

    code, status, retryable = "provider_limited", 429, True


class ProviderRefused(ProviderError):
    """The key, the model's name or the request is not taken: the settings are wrong, and trying again can't help."""

    code, status, retryable = "provider_refused", 502, False


class BadAnswer(ProviderError):
    """The model answered something else than it was asked for. Asking again can help."""

    code, status, retryable = "bad_answer", 502, True


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call read and wrote, as the provider counts them."""

    read: int = 0
    written: int = 0

    @property
    def tokens(self) -> int:
        return self.read + self.written


Spend: TypeAlias = Callable[[int | None, float | None], Awaitable[None]]
"""Gets the tokens that a call took, None where the provider did not say, and their cost in US dollars, None where
nobody told the price. Whatever came of the call, it was paid for."""


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for a million tokens; None where nobody said."""

    read: float | None = None
    written: float | None = None

    def of(self, usage: Usage) -> float | None:
        if self.read is None or self.written is None:
            return None
        return (self.read * usage.read + self.written * usage.written) / 1_000_000


class ChatModel(Protocol):
    """A model at a provider."""

    name: str
    leaves: bool
    """Whether what it is asked leaves this installation."""

    def stream(self, prompt: Prompt) -> AsyncIterator[str | Usage]:
        """The answer in pieces, and what it took so far, as often as the provider says.

        Raises the errors above and nothing else on purpose.
        """

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """``timeout_s`` is for one call; ``pause_s`` is the first pause between calls, doubling, with jitter."""

    timeout_s: float
    at_once: int
    per_minute: int
    pause_s: float


class Calls:
    """Calls to one provider within its limits."""

    _COUNT_AGAINST_IT: ClassVar = (ProviderAway, ProviderSlow)

    def __init__(
        self,
        limits: Limits,
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._chance = chance
        self._sleep = sleep
        self._places = asyncio.Semaphore(limits.at_once)
        self._pace = Pace(limits.per_minute)
        self._breaker = Breaker()

    async def make(self, call: Callable[[], Awaitable[T]]) -> T:
        """What ``call`` returns, which is made anew for each try.

        Raises :class:`ProviderAway`, :class:`ProviderSlow`, :class:`ProviderLimited`, and what else ``call`` raises.
        """
        for tries in range(1, TRIES + 1):
            try:
                return await self._once(call)
            except (ProviderAway, ProviderSlow, ProviderLimited) as error:
                pause = self._limits.pause_s * 2.0 ** (tries - 1) * (0.5 + self._chance())
                wait = max(pause, error.retry_after_s or 0.0)
                if tries == TRIES or wait > LONGEST_WAIT_S:
                    raise
            await self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        async with self._places:
            if (rest := self._breaker.wait_s()) > 0:
                raise ProviderAway("the provider failed several times in a row and is left alone", retry_after_s=rest)
            await self._sleep(self._pace.take())
            try:
                answer = await self._in_time(call)
            except self._COUNT_AGAINST_IT:
                self._breaker.failed()
                raise
            except HearkenError:
                # It is there, and says no.
                self._breaker.succeeded()
                raise
            self._breaker.succeeded()
            return answer

    async def _in_time(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                return await call()
        except TimeoutError:
            raise ProviderSlow("the provider did not answer in time") from None


class SharedCalls:
    """The calls of a program: whatever it asks of a provider, for notes or for search, counts for the same limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls: dict[str, Calls] = {}

    def to(self, provider: str) -> Calls:
        return self._calls.setdefault(provider, Calls(self._limits))


class Provider:
    """A chat model that is called within its limits."""

    def __init__(self, model: ChatModel, calls: Calls, prices: Prices) -> None:
        self.name = model.name
        self.leaves = model.leaves
        self._prices = prices
        self._model = model
        self._calls = calls

    async def ask(self, prompt: Prompt, listen: Callable[[], Hear], spend: Spend) -> str:
        """The whole answer. ``listen`` is called for each try: what an earlier one had begun to say is void.
        What it took is spent all the same.

        Raises what ``Calls.make`` does, :class:`ProviderRefused`, and :class:`BadAnswer` for one without end.
        """
        return await self._calls.make(lambda: self._answer(prompt, listen(), spend))

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _answer(self, prompt: Prompt, hear: Hear, spend: Spend) -> str:
        pieces: list[str] = []
        letters, usage, answered = 0, None, False
        try:
            async for piece in self._model.stream(prompt):
                answered = True
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                letters += len(piece)
                if letters > MOST_LETTERS:
                    raise BadAnswer("the model's answer has no end")
                pieces.append(piece)
                await hear(piece)
            answered = True
        finally:
            if usage is not None:
                await spend(usage.tokens, self._prices.of(usage))
            elif answered:
                await spend(None, self._prices.of(Usage()))
        return "".join(pieces)


def refusal(status: int, retry_after: str | None) -> HearkenError:
    """What an HTTP status of 400 or more from a provider means."""
    if status == 429:
        return ProviderLimited("the provider takes no more calls for now", retry_after_s=_seconds(retry_after))
    if status >= 500 or status in (408, 409, 425):
        return ProviderAway(f"the provider answered with status {status}", retry_after_s=_seconds(retry_after))
    return ProviderRefused(f"the provider refused with status {status}: look at its key, its address and the model")


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After`` in seconds; its other form, a date, is left to our own pauses."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
