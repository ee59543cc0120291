"""Takes hints of one queue from arq and does what they say."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.exceptions import RedisError

from session_core import hints
from session_core.log import Outage

log = logging.getLogger(__name__)

LONGEST_JOB_S = 86_400
"""arq must not end a job: leases and timeouts of our own do, with a word in Postgres."""


class HintTaker:
    """arq's worker for one queue, begun again by the caller whenever Redis has been away."""

    def __init__(
        self, redis_url: str, *, queue: str, name: str, job: WorkerCoroutine, at_once: int, poll_s: float
    ) -> None:
        self._redis_url = redis_url
        self._queue = queue
        self._function = func(job, name=name, keep_result=0, timeout=LONGEST_JOB_S, max_tries=1)
        self._at_once = at_once
        self._poll_s = poll_s
        self._outage = Outage(log, f"no hints of {queue} from Redis, the reconciler finds the work", "hints come again")

    async def run(self) -> None:
        """Take hints until Redis goes away."""
        worker = Worker(
            functions=[self._function],
            queue_name=self._queue,
            redis_pool=hints.connect(self._redis_url),
            handle_signals=False,
            max_jobs=self._at_once,
            poll_delay=self._poll_s,
            keep_result=0,
            retry_jobs=False,
            log_results=False,
            job_serializer=hints.serialise,
            job_deserializer=hints.deserialise,
        )
        try:
            await worker.pool.ping()
            self._outage.ended()
            await worker.main()
        except (RedisError, OSError) as error:
            self._outage.began(error)
        finally:
            await asyncio.shield(_end(worker))


async def _end(worker: Worker) -> None:
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    with suppress(RedisError, OSError):
        await worker.pool.aclose(close_connection_pool=True)
