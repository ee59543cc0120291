"""What a node counts for Prometheus. Labels are codes and states, never ids or names."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Measures:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.chunks = Counter(
            "hearken_chunks",
            "Chunks by outcome: stored, duplicate or an error code",
            ["outcome"],
            registry=self.registry,
        )
        self.chunk_bytes = Counter("hearken_chunk_bytes", "Bytes of chunks stored", registry=self.registry)
        self.ack_seconds = Histogram(
            "hearken_ack_seconds",
            "From a chunk's arrival to its acknowledgement",
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.refusals = Counter("hearken_refusals", "Requests refused, by code", ["code"], registry=self.registry)
        self.connections = Gauge("hearken_connections", "Socket.IO connections", registry=self.registry)
        self.viewers = Gauge("hearken_viewers", "Viewers of sessions", registry=self.registry)
        self.dropped_viewers = Counter(
            "hearken_dropped_viewers", "Viewers dropped because they did not read", registry=self.registry
        )
        self.events = Counter("hearken_events_delivered", "Events handed to viewers", registry=self.registry)
