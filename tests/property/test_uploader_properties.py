"""Whatever the network does to requests and answers, the uploader gets every chunk across and keeps it till then."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import random
from collections.abc import Callable
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from hearken.chunk_file import RecordedChunk
from hearken.upload_action import Ask, Reconnect, Release, Remember, SetAside
from hearken.uploader import Uploader

CREDIT = 3
TROUBLE = ("lost", "unanswered", "empty", "wrong", "busy", "break", "break_after", "restore", "bye")
FAULTS = ("none", "none", "none", *TROUBLE)


class World:
    """A server with a store, and a network with faults, on a simulated clock."""

    def __init__(self, chunks: int, faults: list[str], seed: int) -> None:
        self.now = 0.0
        self.chunks = chunks
        self.faults = faults
        self.random = random.Random(seed)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.stored: dict[int, str] = {}
        self.known = False
        self.state = "recording"
        self.epoch = 0
        self.connection = 0
        self.online = False
        self.under_way = 0
        self.hold_until = 0.0
        self.on_disk: dict[int, RecordedChunk] = {}
        self.uploader = Uploader({"client_ref": "r"}, jitter=self.random.random)

    def run(self) -> None:
        for seq in range(self.chunks):
            self.after(seq * 1.0, partial(self.record, seq))
        self.after(self.chunks * 1.0, lambda: self.uploader.ended(self.chunks - 1))
        self.connect()
        for _ in range(20_000):
            self.pump()
            if self.uploader.settled and self.state == "ready" and not self.on_disk:
                return
            wake = self.uploader.wake_at()
            if wake is not None and (not self.events or wake < self.events[0][0]):
                assert wake > self.now, "due, and yet nothing was done"
                self.now = wake
                continue
            assert self.events, "stuck: nothing is under way and nothing is due"
            self.now, _, happen = heapq.heappop(self.events)
            happen()
        raise AssertionError("does not come to an end")

    def after(self, delay: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + delay, next(self.order), happen))

    def record(self, seq: int) -> None:
        chunk = RecordedChunk(seq, seq * 10, 10, hashlib.sha256(bytes([seq])).hexdigest(), "audio/flac", 1)
        self.on_disk[seq] = chunk
        self.uploader.recorded(chunk)

    def connect(self) -> None:
        self.connection += 1
        self.online, self.under_way, self.hold_until = True, 0, 0.0
        self.uploader.connected(epoch=f"e{self.epoch}", credit=CREDIT, most_bytes=None)

    def disconnect(self) -> None:
        if self.online:
            self.online = False
            self.uploader.disconnected()
            self.after(1.0, self.connect)

    def pump(self) -> None:
        for action in self.uploader.actions(self.now):
            match action:
                case Ask() if not self.online:
                    continue  # sent into a connection that broke under an earlier one
                case Ask():
                    assert self.now >= self.hold_until
                    self.under_way += 1
                    assert self.under_way <= CREDIT
                    self.arrive(action)
                case Release(chunk):
                    assert self.state == "ready"
                    assert self.stored[chunk.seq] == chunk.sha256
                    del self.on_disk[chunk.seq]
                case Reconnect():
                    self.disconnect()
                case Remember(_, epoch):
                    assert epoch == f"e{self.epoch}"
                case SetAside():
                    raise AssertionError("nothing was refused for good")

    def arrive(self, ask: Ask) -> None:
        fault = self.faults.pop() if self.faults else "none"
        if fault == "break":
            return self.disconnect()
        if fault == "restore" and self.state == "recording":
            return self.restore()
        answer = self.handle(ask, fault)
        if fault == "break_after":
            return self.disconnect()
        if fault == "bye":
            self.uploader.leaving()
            self.after(0.5, self.disconnect)
        connection, delay = self.connection, 15.0 if fault in ("lost", "unanswered") else self.random.random()

        def answered() -> None:
            if connection == self.connection and self.online:
                self.under_way -= 1
                self.uploader.answered(ask, answer, self.now)
                if fault == "busy":
                    self.hold_until = self.now + 2.0

        self.after(delay, answered)
        return None

    def restore(self) -> None:
        """From a backup that lacks some chunks, and perhaps the session."""
        self.epoch += 1
        self.known = self.random.random() < 0.5
        self.stored = {seq: digest for seq, digest in self.stored.items() if self.known and self.random.random() < 0.5}
        self.disconnect()

    def handle(self, ask: Ask, fault: str) -> object:
        if fault == "lost":
            return None
        if fault == "busy":
            return {
                "ok": False,
                "error": {"code": "overloaded", "message": "", "retryable": True, "retry_after_s": 2.0},
            }
        if fault == "wrong":
            return {"ok": True, "seq": -1, "sha256": "", "state": 7, "stored": "none"}
        answer = {"ok": True, "state": self.state, "session_id": "s", "epoch": f"e{self.epoch}"}
        if ask.event == "session.start":
            self.known = True
        elif not self.known:
            answer = {"ok": False, "error": {"code": "not_found", "message": "", "retryable": False}}
        elif ask.event == "session.resume":
            sealed = max(self.stored, default=-1) if self.state == "ready" else -1
            answer |= {"stored": [[seq, seq] for seq in sorted(self.stored)], "sealed_through": sealed}
        elif ask.chunk is not None:
            assert self.state == "recording"
            self.stored[ask.chunk.seq] = ask.chunk.sha256
            answer |= {"seq": ask.chunk.seq, "sha256": ask.chunk.sha256}
        else:
            self.stop()
            answer["state"] = "sealing"
        return None if fault in ("empty", "unanswered") else answer

    def stop(self) -> None:
        assert sorted(self.stored) == list(range(self.chunks))
        if self.state == "recording":
            self.state = "sealing"
            self.after(1.0, self.seal)

    def seal(self) -> None:
        self.state = "ready"
        self.uploader.moved("ready")


@given(
    chunks=st.integers(0, 12),
    faults=st.lists(st.sampled_from(FAULTS), max_size=40),
    seed=st.integers(0, 2**16),
)
def test_every_chunk_arrives_and_is_kept_until_the_session_is_sealed(chunks: int, faults: list[str], seed: int) -> None:
    world = World(chunks, faults, seed)
    world.run()
    assert sorted(world.stored) == list(range(chunks))
    assert world.uploader.stored_samples == chunks * 10
    assert world.uploader.failure is None
    assert world.uploader.refused == {}
