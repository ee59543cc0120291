"""The uploader: decides what a recorder sends and when. Pure; time comes in as an argument.

What happens is told by the methods named in the past tense, what to do comes out of :meth:`Uploader.actions`.
The rules:

* nothing is sent before ``session.resume`` has told, on this connection, what the server holds; what it
  does not hold is sent again, whatever was acknowledged before (a database may have been restored);
* at most ``credit`` chunks are under way; the lowest number goes first;
* an acknowledgement counts only if it echoes the number and the digest; anything else is no answer, and
  the chunk goes again after a pause that doubles, with jitter;
* ``retry_after_s`` and ``slow_down`` hold everything back; a chunk that is refused for good is set aside;
* Stop is said once every chunk is either stored or set aside;
* a chunk is released only after the recording has ended and the session is sealed.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping, Sequence

from hearken.answer import Accepted, Refusal, is_int, read_answer
from hearken.chunk_file import RecordedChunk
from hearken.upload_action import Action, Ask, Reconnect, Release, Remember, SetAside
from session_core.session import OPEN_STATES, SEALED_STATES

BACKOFF_BASE_S = 0.5
BACKOFF_MOST_S = 30.0


class Uploader:
    """One recording on its way to one session.

    ``start`` is the body of ``session.start``; ``session_id``, ``epoch`` and ``refused`` are what an earlier
    run remembered; ``jitter`` gives numbers in [0, 1). ``joined`` says whether this connection has told what
    the session ``session_id`` holds. ``failure`` is set once the server refused the session
    itself for good; ``refused`` holds the chunks that were set aside, with the codes.
    """

    def __init__(
        self,
        start: Mapping[str, object],
        *,
        session_id: str | None = None,
        epoch: str | None = None,
        refused: Mapping[int, str] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session_id = session_id
        self.state: str | None = None
        self.failure: Refusal | None = None
        self.joined = False
        self.refused = dict(refused or {})
        self._start = start
        self._epoch = epoch
        self._jitter = jitter
        self._last_seq: int | None = None
        self._chunks: dict[int, RecordedChunk] = {}
        self._stored: set[int] = set()
        self._stored_samples = 0
        self._released_samples = 0
        self._ready: list[int] = []
        self._delayed: list[tuple[float, int]] = []
        self._tries: dict[int, int] = {}
        self._under_way: dict[int, Ask] = {}
        self._effects: list[Action] = []
        self._tickets = 0
        self._online = False
        self._credit = 1
        self._most_bytes: int | None = None
        self._restored = False
        self._must_resume = True
        self._control_tries = 0
        self._control_at = 0.0
        self._hold_until = 0.0

    # What happens

    def recorded(self, chunk: RecordedChunk) -> None:
        """The chunk is on disk."""
        self._chunks[chunk.seq] = chunk
        heapq.heappush(self._ready, chunk.seq)

    def ended(self, last_seq: int) -> None:
        """The recording is over; ``last_seq`` is -1 when it held nothing."""
        self._last_seq = last_seq

    def connected(self, *, epoch: str, credit: int, most_bytes: int | None) -> None:
        """A new connection said hello."""
        self._online = True
        self._credit = max(1, credit)
        self._most_bytes = most_bytes
        self._restored |= self._epoch is not None and self._epoch != epoch
        self._epoch = epoch
        self.joined = False
        self._must_resume = True
        self._control_at = self._hold_until = 0.0

    def disconnected(self) -> None:
        """The connection is gone, and with it every answer; the next one tells what has to be sent again."""
        self._online = False
        self._under_way.clear()

    def leaving(self) -> None:
        """The server said ``bye``: what is under way may still be answered, nothing more is sent."""
        self._online = False

    def slowed_down(self, retry_after_s: float, now: float) -> None:
        self._hold_until = max(self._hold_until, now + retry_after_s)

    def moved(self, state: str) -> None:
        """An event tells of another state: a hint to ask, for what a sealed session holds may be released."""
        self._must_resume |= state in SEALED_STATES and state != self.state

    def answered(self, ask: Ask, raw: object, now: float) -> None:
        """``raw`` came back for ``ask``; ``None`` when nothing came in time."""
        if self._under_way.pop(ask.ticket, None) is None:
            return
        answer = read_answer(raw)
        if isinstance(answer, Refusal) and answer.code == "unauthenticated":
            self._effects.append(Reconnect())
            self._online = False
        if ask.chunk is not None:
            self._chunk_answered(ask.chunk, answer, now)
        else:
            self._control_answered(ask.event, answer, now)
        if isinstance(answer, Refusal) and answer.retry_after_s is not None:
            self.slowed_down(answer.retry_after_s, now)

    # What to do

    def actions(self, now: float) -> list[Action]:
        """Everything that is due, in the order in which it must be done."""
        if self._online and self.failure is None and now >= self._hold_until:
            self._release_delayed(now)
            self._next_control(now)
            self._next_chunks()
        effects, self._effects = self._effects, []
        return effects

    def wake_at(self) -> float | None:
        """When something becomes due by itself."""
        if not self._online or self.failure is not None:
            return None
        times = [time for time, _ in self._delayed[:1]]
        if self._wants_control() and not self._under_way:
            times.append(self._control_at)
        if self._may_send():
            times.append(0.0)
        return max(min(times), self._hold_until) if times else None

    @property
    def stored_samples(self) -> int:
        """How much of the recording the server holds, in samples."""
        return self._released_samples + self._stored_samples

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do on this connection: all is stored or set aside, and Stop is said."""
        return (
            self._online
            and not (self._must_resume or self._under_way or self._ready or self._delayed or self._effects)
            and self._last_seq is not None
            and self.state not in OPEN_STATES
        )

    # Control requests: start, resume, stop

    def _wants_control(self) -> bool:
        return self._must_resume or self._wants_stop()

    def _wants_stop(self) -> bool:
        return self._last_seq is not None and self.state in OPEN_STATES and not (self._ready or self._delayed)

    def _next_control(self, now: float) -> None:
        if self._under_way or now < self._control_at or not self._wants_control():
            return
        if self.session_id is None:
            self._ask("session.start", self._start)
        elif self._must_resume:
            # A hint that comes while this is under way asks once more.
            self._must_resume = False
            self._ask("session.resume", {"session_id": self.session_id})
        else:
            self._ask("session.stop", {"session_id": self.session_id, "last_seq": self._last_seq})

    def _control_answered(self, event: str, answer: Accepted | Refusal | None, now: float) -> None:
        if isinstance(answer, Refusal) and not answer.retryable:
            self._control_refused(event, answer)
        elif isinstance(answer, Mapping) and self._accepted(event, answer):
            self._control_tries = 0
        else:
            self._must_resume |= event == "session.resume"
            self._control_tries += 1
            self._control_at = now + self._pause(self._control_tries)

    def _accepted(self, event: str, answer: Accepted) -> bool:
        """Take a positive answer in; False when it lacks what it must hold."""
        state = answer.get("state")
        if not isinstance(state, str):
            return False
        if event == "session.start":
            return self._started(answer.get("session_id"))
        if event == "session.resume" and not self._resumed(answer):
            return False
        self.state = state
        if event == "session.resume":
            self._release_sealed(int(answer["sealed_through"]))
        return True

    def _started(self, session_id: object) -> bool:
        if not isinstance(session_id, str) or self._epoch is None:
            return False
        self.session_id = session_id
        self._effects.append(Remember(session_id, self._epoch))
        return True

    def _resumed(self, answer: Accepted) -> bool:
        held = _sequence_numbers(answer.get("stored"), self._chunks)
        epoch = answer.get("epoch")
        if held is None or not isinstance(epoch, str) or not is_int(answer.get("sealed_through")):
            return False
        self._stored = held
        self._stored_samples = sum(self._chunks[seq].sample_count for seq in held)
        self._ready = sorted(self._chunks.keys() - held)
        self._delayed = []
        if epoch != self._epoch or self._restored:
            self._epoch, self._restored = epoch, False
            self._effects.append(Remember(str(self.session_id), epoch))
        self.joined = True
        return True

    def _control_refused(self, event: str, refusal: Refusal) -> None:
        if refusal.code == "unauthenticated":
            return
        if event == "session.resume" and refusal.code == "not_found" and self._restored:
            self.session_id, self._must_resume = None, True
        elif event == "session.stop" and refusal.code == "session_closed":
            self._must_resume, self.state = True, "sealing"
        else:
            self.failure = refusal

    # Chunks

    def _next_chunks(self) -> None:
        while self._may_send():
            chunk = self._chunks[heapq.heappop(self._ready)]
            if self._most_bytes is not None and chunk.size > self._most_bytes:
                # A message over the server's buffer ends the connection without a reason.
                self._set_aside(chunk, "too_large")
            else:
                self._ask("chunk", chunk.to_wire(str(self.session_id)), chunk)

    def _may_send(self) -> bool:
        joining = self._must_resume or any(ask.chunk is None for ask in self._under_way.values())
        return bool(self._ready) and not joining and len(self._under_way) < self._credit

    def _chunk_answered(self, chunk: RecordedChunk, answer: Accepted | Refusal | None, now: float) -> None:
        if isinstance(answer, Mapping) and answer.get("seq") == chunk.seq and answer.get("sha256") == chunk.sha256:
            self._chunk_stored(chunk, answer.get("epoch"))
        elif isinstance(answer, Refusal) and not answer.retryable and answer.code != "unauthenticated":
            self._set_aside(chunk, answer.code)
        else:
            tries = self._tries[chunk.seq] = self._tries.get(chunk.seq, 0) + 1
            heapq.heappush(self._delayed, (now + self._pause(tries), chunk.seq))

    def _chunk_stored(self, chunk: RecordedChunk, epoch: object) -> None:
        self._tries.pop(chunk.seq, None)
        if epoch != self._epoch:
            # The database was restored under this connection: begin anew, and ask what it holds.
            self._restored = True
            self._effects.append(Reconnect())
            self._online = False
            return
        self._stored.add(chunk.seq)
        self._stored_samples += chunk.sample_count
        # A late chunk takes a finished session up again.
        self._must_resume |= self.state in SEALED_STATES

    def _set_aside(self, chunk: RecordedChunk, code: str) -> None:
        self.refused[chunk.seq] = code
        del self._chunks[chunk.seq]
        self._effects.append(SetAside(chunk, code))

    def _release_sealed(self, sealed_through: int) -> None:
        if self._last_seq is None:
            return
        for seq in sorted(self._stored):
            if self.state in SEALED_STATES or seq <= sealed_through:
                chunk = self._chunks.pop(seq)
                self._stored.discard(seq)
                self._stored_samples -= chunk.sample_count
                self._released_samples += chunk.sample_count
                self._effects.append(Release(chunk))

    def _release_delayed(self, now: float) -> None:
        while self._delayed and self._delayed[0][0] <= now:
            heapq.heappush(self._ready, heapq.heappop(self._delayed)[1])

    # Tickets and pauses

    def _ask(self, event: str, body: Mapping[str, object], chunk: RecordedChunk | None = None) -> None:
        self._tickets += 1
        ask = Ask(self._tickets, event, body, chunk)
        self._under_way[ask.ticket] = ask
        self._effects.append(ask)

    def _pause(self, tries: int) -> float:
        longest = min(BACKOFF_MOST_S, BACKOFF_BASE_S * 2.0 ** min(tries - 1, 10))
        return longest * (0.5 + 0.5 * self._jitter())


def _sequence_numbers(ranges: object, known: Mapping[int, RecordedChunk]) -> set[int] | None:
    """Those of ``known`` that lie in ``[[first, last], ...]``; None when that is not what it is."""
    if not isinstance(ranges, Sequence) or isinstance(ranges, str):
        return None
    pairs = [tuple(each) for each in ranges if isinstance(each, Sequence) and len(each) == 2]
    if len(pairs) != len(ranges) or not all(is_int(end) for pair in pairs for end in pair):
        return None
    highest = max(known, default=-1)
    return {seq for first, last in pairs for seq in range(first, min(last, highest) + 1) if seq in known}
