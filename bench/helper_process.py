"""A job in a process of its own: ``python -m MODULE`` takes it as JSON on its input and answers with JSON."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent


async def run_helper(module: str, job: object) -> bytes:
    """The answer. Raises ``CalledProcessError`` where the process breaks off; what it said stands on stderr."""
    return await asyncio.to_thread(_run, module, orjson.dumps(job))


def _run(module: str, job: bytes) -> bytes:
    with tempfile.TemporaryFile() as answer:
        subprocess.run((sys.executable, "-m", module), input=job, stdout=answer, cwd=ROOT, check=True)
        answer.seek(0)
        return answer.read()


@asynccontextmanager
async def helper_process(module: str, job: object) -> AsyncIterator[asyncio.StreamReader]:
    """What a process says while it runs; it is ended with the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=pipe, stdout=pipe, cwd=ROOT)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(orjson.dumps(job))
        process.stdin.write_eof()
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
