"""After Stop: which step follows which. Every rule here acts under the session row's lock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from session_core.change import Change
from session_core.decoding.pcm import ms_of_16k
from session_core.errors import Invalid
from session_core.quality import quality
from session_core.segment import Word
from session_core.session import TRANSCRIBED_STATES, SessionState
from session_core.step import IN_STATE, Step, state_after
from session_core.storage import artifacts, corrections, segments, sessions, steps, windows
from session_core.storage.artifacts import QUALITY
from session_core.storage.windows import Progress

UNDETERMINED = "und"
"""The language of words of which none is known (BCP 47)."""

INDEX_DELAY_S = 5.0
"""After the last of several corrections in a row, a session's passages are made anew."""


FROM_LABELS = (Step.INDEX, Step.NOTE)
"""Steps whose work begins with who speaks; they follow every labelling."""


async def transcribed(change: Change, progress: Progress, coverage: dict[str, Any], archive_after_s: float) -> None:
    """All that was recorded has its words, or is shown as failed: who speaks is next. Where nothing was recognised
    the session has failed; its audio is kept as that of others is, so that it can be heard again at any time."""
    if progress.closed > 0 and progress.failed == progress.closed:
        change.event("step.failed", {"step": "transcribe", "code": "nothing_recognised"})
        await change.set_state(SessionState.FAILED)
        await _archive(change, archive_after_s)
        return
    generation = await ask_for(change, Step.LABEL)
    await _judge(change, generation, coverage)


async def ask_for(change: Change, step: Step) -> int:
    """Have the step done, once more where it was done before; the session waits for it. Its generation.

    What is made of the labels waits for new ones: nothing of it that is under way may be published."""
    if step is Step.LABEL:
        await steps.void_unfinished(change.connection, change.session.id, FROM_LABELS)
    generation = await steps.request(change.connection, change.session.org_id, change.session.id, step)
    await change.set_state(IN_STATE[step])
    return generation


async def retry(change: Change, step: Step) -> None:
    """Have a step done again by itself, as a person asked for. Who speaks comes first: what is made of the labels
    follows them anyway."""
    if change.state not in TRANSCRIBED_STATES or change.state is SessionState.FAILED:
        raise Invalid("the session is not transcribed yet")
    if step in FROM_LABELS and change.state is SessionState.LABELLING:
        return
    if step in IN_STATE:
        await ask_for(change, step)
    else:
        await steps.request(change.connection, change.session.org_id, change.session.id, step)


async def transcribing_again(change: Change) -> None:
    """Audio came or is heard once more: nothing that is made of the transcript as it was may be published."""
    await steps.void(change.connection, change.session.id)
    await change.set_state(SessionState.TRANSCRIBING)


async def index_again(change: Change) -> None:
    """People changed what was said or by whom, and search is to know. Before the notes it would look at it anyway."""
    if change.state in (SessionState.NOTING, SessionState.READY):
        session = change.session
        await steps.request(change.connection, session.org_id, session.id, Step.INDEX, INDEX_DELAY_S)


async def follow(change: Change, step: Step, archive_after_s: float) -> None:
    """What comes after a step, whether it succeeded or was given up. The audio of a session that is ready is archived
    ``archive_after_s`` later."""
    if step not in IN_STATE or change.state is not IN_STATE[step]:
        return
    after = state_after(step)
    if after is SessionState.NOTING:
        await steps.request(change.connection, change.session.org_id, change.session.id, Step.INDEX)
        await ask_for(change, Step.NOTE)
        return
    await change.set_state(after)
    await _archive(change, archive_after_s)
    await sessions.settle(change.connection, change.session.id)


async def _archive(change: Change, after_s: float) -> None:
    await steps.request(change.connection, change.session.org_id, change.session.id, Step.ARCHIVE, delay_s=after_s)


async def _recognised(change: Change) -> list[tuple[str, Sequence[Word]]]:
    """The words that the recogniser heard, in order, with the language that it heard them in."""
    connection, session_id = change.connection, change.session.id
    languages = await windows.languages(connection, session_id)
    found = await segments.with_windows(connection, session_id, change.key)
    corrected = await corrections.of_session(connection, session_id, change.key)
    found += [(correction.window_id, correction.recognised) for correction in corrected]
    return [
        (languages.get(window_id) or change.session.language or UNDETERMINED, segment.words)
        for window_id, segment in sorted(found, key=lambda each: (each[1].start_ms, each[1].id))
    ]


async def _judge(change: Change, generation: int, coverage: dict[str, Any]) -> None:
    """How far what was recognised can be trusted; where a person corrected it, what was recognised there counts."""
    session_id = change.session.id
    heard = await _recognised(change)
    failed = await windows.failed(change.connection, session_id)
    found = await asyncio.to_thread(
        quality,
        heard,
        recorded_ms=coverage["recorded_ms"],
        holes=[(start, end) for start, end in coverage["holes"]],
        failed=[(ms_of_16k(window.start), ms_of_16k(window.end)) for window in failed],
    )
    await artifacts.publish(
        change.connection,
        change.session.org_id,
        session_id,
        change.key,
        QUALITY,
        generation,
        "hearken",
        found.to_wire(),
    )
    change.event("artifact.ready", {"kind": QUALITY, "generation": generation})
