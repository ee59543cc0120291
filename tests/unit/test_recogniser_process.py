"""The recogniser's process answers, and whatever happens to it or to its parent, nothing hangs or stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

from chunk_workers.engines.choice import EngineSettings
from chunk_workers.engines.sphinx import Sphinx
from chunk_workers.model_process import ModelCrashed
from chunk_workers.recogniser_process import RecogniserProcess
from chunk_workers.recognition import Recognition, UnsupportedLanguage, Utterance, recognise_one
from session_core.errors import EngineUnavailable
from tests.sound import RATE, Pcm, say

SPHINX = EngineSettings(engine="pocketsphinx")


@pytest.fixture
async def recogniser() -> AsyncIterator[RecogniserProcess]:
    recogniser = RecogniserProcess(SPHINX)
    yield recogniser
    await recogniser.aclose()


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    return say("good morning doctor", tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="module")
def window(speech: Pcm) -> Pcm:
    """So much speech that its recognition takes seconds."""
    return np.resize(speech, 12 * RATE)


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def processor_time(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def gone(process: psutil.Process) -> bool:
    """Ended, if not reaped: that is for init to do, which some containers lack."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def hear(recogniser: RecogniserProcess, pcm: Pcm, timeout_s: float = 30) -> Recognition:
    (heard,) = await recogniser.recognise([Utterance(pcm, "en")], timeout_s)
    assert isinstance(heard, Recognition)
    return heard


def sphinx(pcm: Pcm) -> Recognition:
    return recognise_one(Sphinx(), pcm, "en")


async def working(recogniser: RecogniserProcess, window: Pcm) -> tuple[asyncio.Task[object], psutil.Process]:
    """A call under way, and the process that works on it."""
    await recogniser.start()
    assert recogniser.pid is not None
    process = psutil.Process(recogniser.pid)
    before = processor_time(process)
    call: asyncio.Task[object] = asyncio.create_task(hear(recogniser, window, 60))
    await until(lambda: processor_time(process) > before + 0.1)
    assert not call.done()
    return call, process


async def test_it_answers_what_the_engine_answers(recogniser: RecogniserProcess, speech: Pcm) -> None:
    answer = await hear(recogniser, speech)
    assert answer == sphinx(speech)
    assert answer.words


async def test_a_batch_is_answered_in_its_order(recogniser: RecogniserProcess, speech: Pcm) -> None:
    batch = [Utterance(speech[:0], None), Utterance(speech, "de"), Utterance(speech, "en", ("Ostrander",))]
    nothing, refused, heard = await recogniser.recognise(batch, 30)
    assert isinstance(nothing, Recognition)
    assert nothing.words == ()
    assert isinstance(refused, UnsupportedLanguage)
    assert heard == sphinx(speech)


async def test_name_notice_and_readiness_are_seen_by_the_parent(recogniser: RecogniserProcess) -> None:
    assert (recogniser.ready, recogniser.engine_name, recogniser.notice) == (False, None, None)
    await recogniser.start()
    assert (recogniser.ready, recogniser.engine_name) == (True, "pocketsphinx en-us")
    assert recogniser.notice is not None
    assert "pocketsphinx" in recogniser.notice
    await recogniser.aclose()
    assert not recogniser.ready


async def test_one_that_is_killed_while_it_loads_asks_for_memory(recogniser: RecogniserProcess) -> None:
    starting = asyncio.create_task(recogniser.start())
    await until(lambda: recogniser.pid is not None)
    assert recogniser.pid is not None
    os.kill(recogniser.pid, signal.SIGKILL)
    with pytest.raises(ModelCrashed, match="is there memory enough"):
        await starting
    assert "is there memory enough" in str(recogniser.trouble)
    await recogniser.start()
    assert recogniser.trouble is None


async def test_one_that_loads_too_long_is_ended_and_told_how_a_download_may_take_longer() -> None:
    recogniser = RecogniserProcess(SPHINX, start_timeout_s=0.01)
    with pytest.raises(ModelCrashed, match=r"not loaded within 0\.01 s.*a download took them"):
        await recogniser.start()
    assert recogniser.pid is None
    assert "not loaded within" in str(recogniser.trouble)


async def test_the_processor_time_told_is_the_childs(recogniser: RecogniserProcess, window: Pcm) -> None:
    await recogniser.start()
    process = psutil.Process(recogniser.pid)
    before = processor_time(process)
    told = (await hear(recogniser, window, 60)).cpu_seconds
    spent = processor_time(process) - before
    assert spent * 0.8 - 0.05 <= told <= spent + 0.05


async def test_ingest_goes_first(recogniser: RecogniserProcess) -> None:
    await recogniser.start()
    assert psutil.Process(recogniser.pid).nice() > psutil.Process().nice()


async def test_an_engine_that_is_not_there_is_told(tmp_path: Path) -> None:
    recogniser = RecogniserProcess(EngineSettings(engine="whisper", whisper_model=str(tmp_path)))
    with pytest.raises(EngineUnavailable, match=r"model\.bin"):
        await recogniser.start()
    assert not recogniser.ready
    assert recogniser.pid is None


async def test_calls_wait_for_one_another_and_each_gets_its_own_answer(
    recogniser: RecogniserProcess, speech: Pcm
) -> None:
    pieces = [speech[: RATE // 2 * count] for count in range(4)]
    answers = await asyncio.gather(*(hear(recogniser, piece) for piece in pieces))
    assert answers == [sphinx(piece) for piece in pieces]


async def test_a_child_killed_in_a_call_is_a_crash_then_it_works_again(
    recogniser: RecogniserProcess, window: Pcm, speech: Pcm
) -> None:
    call, process = await working(recogniser, window)
    process.kill()
    with pytest.raises(ModelCrashed) as crash:
        await call
    assert crash.value.retryable
    assert (await hear(recogniser, speech)).words
    assert recogniser.pid != process.pid


async def test_a_child_killed_between_calls_is_not_noticed(recogniser: RecogniserProcess, speech: Pcm) -> None:
    await recogniser.start()
    psutil.Process(recogniser.pid).kill()
    await until(lambda: not recogniser.ready)
    assert (await hear(recogniser, speech)).words


async def test_a_wedged_child_is_killed_at_the_timeout_then_it_works_again(
    recogniser: RecogniserProcess, speech: Pcm
) -> None:
    await recogniser.start()
    wedged = psutil.Process(recogniser.pid)
    wedged.suspend()
    began = time.monotonic()
    with pytest.raises(ModelCrashed, match="no answer"):
        await hear(recogniser, speech, 0.3)
    assert time.monotonic() - began < 3
    assert not wedged.is_running()
    assert (await hear(recogniser, speech)).words


async def test_a_cancelled_call_leaves_it_usable(recogniser: RecogniserProcess, window: Pcm, speech: Pcm) -> None:
    call, process = await working(recogniser, window)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not process.is_running()
    assert (await hear(recogniser, speech)) == sphinx(speech)


async def test_closing_ends_a_call_under_way_and_refuses_the_next(recogniser: RecogniserProcess, window: Pcm) -> None:
    call, process = await working(recogniser, window)
    waiting = asyncio.create_task(hear(recogniser, window, 60))
    await asyncio.sleep(0)
    await recogniser.aclose()
    for ended in (call, waiting):
        with pytest.raises(ModelCrashed):
            await ended
    assert not process.is_running()


async def test_no_secret_of_the_environment_reaches_the_child(
    recogniser: RecogniserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARKEN_MASTER_KEY", "a secret")
    await recogniser.start()
    environment = psutil.Process(recogniser.pid).environ()
    assert "HEARKEN_MASTER_KEY" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"


async def test_nothing_outweighs_how_many_threads_the_engine_gives_each_window(
    recogniser: RecogniserProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MKL heeds its own variables more than what a program tells it: each share of a batch would have all threads."""
    monkeypatch.setenv("MKL_NUM_THREADS", "64")
    await recogniser.start()
    assert [name for name in psutil.Process(recogniser.pid).environ() if name.startswith("MKL_")] == []


async def test_one_that_is_closed_while_its_process_is_being_made_does_not_load_its_engine_first(
    recogniser: RecogniserProcess,
) -> None:
    starting = asyncio.create_task(recogniser.start())
    await asyncio.sleep(0)
    await recogniser.aclose()
    with pytest.raises(ModelCrashed):
        await starting
    assert recogniser.engine_name is None


PARENT = textwrap.dedent("""
    import asyncio, os, signal, struct
    import numpy as np
    from chunk_workers.engines.choice import EngineSettings
    from chunk_workers.recogniser_process import RecogniserProcess
    from chunk_workers.recognition import Utterance
    from session_core.decoding.sandbox import DecodeSandbox
    from session_core.errors import HearkenError

    async def main():
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        recogniser, sandbox = RecogniserProcess(EngineSettings(engine="pocketsphinx")), DecodeSandbox()
        await recogniser.start()
        head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 3200, b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16,
                           b"data", 3200)
        await sandbox.decode(head + bytes(3200), "audio/wav", 1600)
        noise = np.random.default_rng(1).normal(0, 3000, 600 * 16000).astype(np.int16)
        call = asyncio.create_task(recogniser.recognise([Utterance(noise, "en")], 600))
        print("started", flush=True)
        await stopped.wait()
        await recogniser.aclose()
        await sandbox.aclose()
        try:
            await call
        except HearkenError:
            print("closed", flush=True)

    asyncio.run(main())
""")


async def work_goes_on(children: list[psutil.Process]) -> None:
    """Wait until they have taken some more processor time, all of them alive."""
    before = sum(processor_time(child) for child in children)
    await until(lambda: sum(processor_time(child) for child in children) > before + 0.1)


@contextlib.asynccontextmanager
async def parent_at_work() -> AsyncIterator[tuple[asyncio.subprocess.Process, list[psutil.Process]]]:
    """A program with a recogniser in a call and a warm decoder, in a process group of its own."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    assert await parent.stdout.readline() == b"started\n"
    children = psutil.Process(parent.pid).children(recursive=True)
    assert len(children) == 2
    try:
        await work_goes_on(children)
        yield parent, children
    finally:
        for process in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if parent.returncode is None:
            parent.kill()
        await parent.communicate()


@pytest.mark.parametrize("stopped", [False, True])
async def test_no_child_outlives_a_parent_that_is_killed(stopped: bool) -> None:
    async with parent_at_work() as (parent, children):
        for child in children if stopped else ():
            child.suspend()
        parent.kill()
        await until(lambda: all(gone(child) for child in children), seconds=5)
        assert [child for child in children if not gone(child)] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_to_everyone_leaves_the_parent_a_clean_shutdown(number: signal.Signals) -> None:
    async with parent_at_work() as (parent, children):
        for child in children:
            child.send_signal(number)
        await work_goes_on(children)
        os.killpg(parent.pid, number)
        out, _ = await asyncio.wait_for(parent.communicate(), 10)
        assert (parent.returncode, out) == (0, b"closed\n")
        assert not any(child.is_running() for child in children)
