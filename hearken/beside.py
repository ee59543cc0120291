"""Work that runs beside something that is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def until(goal: Coroutine[Any, Any, None], *work: Coroutine[Any, Any, None]) -> None:
    """Run all of it, return when ``goal`` returns and cancel the rest.

    Work may end earlier; the first exception of any of it is raised at once.
    """
    waited_for = asyncio.create_task(goal)
    tasks = {waited_for, *(asyncio.create_task(each) for each in work)}
    running = set(tasks)
    try:
        while not waited_for.done():
            ended, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
