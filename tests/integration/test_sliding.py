"""A diarizer that slides over the session: made while it runs, put together at Stop, as of one pass over all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import numpy as np
import pytest

from chunk_workers.chunk_audio import Samples
from chunk_workers.diarization import Speakers
from chunk_workers.model_process import ModelCrashed
from chunk_workers.speakers.slides import BLOCK, Grid, Slides
from chunk_workers.voice import RATE
from hearken.embedded import Services
from session_core.step import Step
from session_core.storage import artifacts
from session_core.turn import Turn
from tests.installation import installation_on, until
from tests.scripted_clinic import Clinic
from tests.scripted_play import Play
from tests.scripted_recording import SPEECH, Piece, Recording

pytestmark = pytest.mark.filterwarnings("error")

GRID = Grid(window=2 * RATE, step=RATE)
FRAMES = 20


class ScriptedSlider:
    """Loud frames are spoken; a turn for each slide, whose speaker hangs on every sample under the window."""

    def __init__(self) -> None:
        self.maker = "script"
        self.heard: list[int] = []
        self.fails = False

    async def name(self) -> str:
        return self.maker

    async def grid(self) -> Grid | None:
        return GRID

    async def slides(self, pcm: Samples, timeout_s: float) -> bytes:
        if self.fails:
            raise ModelCrashed("as the script says")
        self.heard.append(len(pcm))
        return slides_of(pcm).pack()

    async def speakers(self, blocks: Sequence[bytes], count: int | None, timeout_s: float) -> Speakers:
        return speakers_of(Slides.joined([Slides.unpack(block) for block in blocks]))


def slides_of(pcm: Samples) -> Slides:
    count = GRID.slides(len(pcm))
    padded = np.pad(pcm.astype(np.int64), (0, (count - 1) * GRID.step + GRID.window - len(pcm)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, GRID.window)[:: GRID.step]
    frames = windows.reshape(count, FRAMES, -1)
    weight = np.arange(1, GRID.window + 1)
    return Slides(frames.max(axis=2)[..., None], ((windows * weight) % 997).sum(axis=1)[:, None, None])


def speakers_of(slides: Slides) -> Speakers:
    sounds = slides.embeddings[:, 0, 0].tolist()
    number = {sound: at for at, sound in enumerate(dict.fromkeys(sounds))}
    turns = [Turn(at * 1000, at * 1000 + 900, number[sound]) for at, sound in enumerate(sounds)]
    return Speakers(tuple(turns), np.eye(len(number), dtype=np.float32))


def in_one_pass(samples: Samples) -> list[tuple[int, int, str]]:
    """What the whole of the audio comes to, with the speakers' ids."""
    found = speakers_of(slides_of(samples))
    return [(turn.start_ms, turn.end_ms, f"S{turn.speaker + 1}") for turn in found.turns]


def joined(recording: Recording, without: frozenset[int] = frozenset()) -> Samples:
    """The session's audio, silent where a chunk is missing."""
    last = recording.pieces[-1]
    samples = np.zeros(last.first_sample + last.sample_count, dtype=np.int16)
    for piece in recording.pieces:
        found = recording.decoded[piece.data]
        assert not isinstance(found, type)
        if piece.seq not in without:
            samples[piece.first_sample : piece.first_sample + piece.sample_count] = found
    return samples


@pytest.fixture(scope="module")
async def clinic(services: Services, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with (
        installation_on(services, tmp_path_factory.mktemp("sliding")) as installation,
        Clinic.on(installation, slider=ScriptedSlider()) as made,
    ):
        yield made


@pytest.fixture
def slider(clinic: Clinic) -> ScriptedSlider:
    """As it is before anything was heard."""
    clinic.slider = fresh = ScriptedSlider()
    return fresh


def talk(chunks: int, seconds: float = 6.0) -> Recording:
    """Words and a pause in each chunk; no two alike. The last chunk ends between two steps of the grid."""
    pieces: list[Piece] = []
    decoded: dict[bytes, Samples | type[Exception]] = {}
    first = 0
    for seq in range(chunks):
        words = np.repeat(np.arange(SPEECH + 20 * seq, SPEECH + 20 * seq + 10, dtype=np.int16), RATE * 2 // 5)
        length = int(seconds * RATE) - (RATE // 3 if seq == chunks - 1 else 0)
        pcm = np.pad(words, (0, length - len(words)))
        data = b"RIFF____WAVE slid %d" % seq
        pieces.append(Piece(seq, first, len(pcm), data))
        decoded[data] = pcm
        first += len(pcm)
    return Recording(RATE, tuple(pieces), decoded)


async def turns(play: Play) -> list[tuple[int, int, str]]:
    key = await play.clinic.keyring.session(play.clinic.principal.org_id, play.session)
    async with play.clinic.database.organisation(play.clinic.principal.org_id) as connection:
        found = await artifacts.turns(connection, play.session, key)
    return [(turn.start_ms, turn.end_ms, turn.speaker) for turn in found]


async def places(play: Play) -> list[int]:
    rows = await play.clinic.installation.fetch(
        "SELECT place FROM slides WHERE session_id = $1 ORDER BY place", play.session
    )
    return [row["place"] for row in rows]


async def recorded(clinic: Clinic, recording: Recording, seqs: Sequence[int]) -> Play:
    """These chunks have come, in this order, and each was heard as far as it could be."""
    play = Play(clinic, recording)
    await play.start()
    for seq in seqs:
        await play.send(seq)
        await play.plan_hastily()
        await play.hear_all()
    return play


async def finished(play: Play) -> None:
    await play.stop()
    await play.plan_hastily()
    await play.hear_all()
    await play.do_steps()


async def test_blocks_are_made_while_the_session_runs_and_the_result_is_that_of_one_pass(
    clinic: Clinic, slider: ScriptedSlider
) -> None:
    recording = talk(8)
    play = await recorded(clinic, recording, range(8))

    async def several() -> bool:
        return len(await places(play)) >= 3

    await until(several)
    before_stop = len(slider.heard)
    await finished(play)
    assert await turns(play) == in_one_pass(joined(recording))
    total = GRID.blocks(len(joined(recording)))
    assert await places(play) == list(range(total))
    # Each block was made once, and most of them before Stop.
    assert len(slider.heard) == total
    assert before_stop >= total - 2


async def test_slides_are_sealed(clinic: Clinic, slider: ScriptedSlider) -> None:
    play = await recorded(clinic, talk(3), range(3))
    await finished(play)
    rows = await clinic.installation.fetch("SELECT body FROM slides WHERE session_id = $1", play.session)
    assert rows
    assert not any(b"activity" in row["body"] for row in rows)


async def test_a_diarizer_that_died_for_a_while_changes_nothing(clinic: Clinic, slider: ScriptedSlider) -> None:
    recording = talk(8)
    play = await recorded(clinic, recording, range(4))
    slider.fails = True
    for seq in range(4, 8):
        await play.send(seq)
        await play.plan_hastily()
        await play.hear_all()
    slider.fails = False
    await finished(play)
    assert await turns(play) == in_one_pass(joined(recording))


async def test_a_chunk_that_comes_after_the_end_changes_the_blocks_it_lies_in_and_no_others(
    clinic: Clinic, slider: ScriptedSlider
) -> None:
    recording, hole = talk(8), frozenset({3})
    play = await recorded(clinic, recording, [seq for seq in range(8) if seq not in hole])
    await finished(play)
    assert await turns(play) == in_one_pass(joined(recording, hole))
    before = len(slider.heard)
    await play.send(3)
    await play.plan_hastily()
    await play.hear_all()
    await play.do_steps()
    assert await turns(play) == in_one_pass(joined(recording))
    piece = recording.pieces[3]
    extents = [GRID.block(place, 10**9) for place in range(GRID.blocks(len(joined(recording))))]
    touched = [
        start for start, end in extents if start < piece.first_sample + piece.sample_count and end > piece.first_sample
    ]
    assert len(slider.heard) - before == len(touched)


async def test_what_another_model_made_is_not_used(clinic: Clinic, slider: ScriptedSlider) -> None:
    recording = talk(4)
    play = await recorded(clinic, recording, range(4))
    await finished(play)
    made = len(slider.heard)
    slider.maker = "another"
    await clinic.sessions.redo(clinic.principal, play.session, Step.LABEL)
    await play.do_steps()
    assert len(slider.heard) == 2 * made
    rows = await clinic.installation.fetch("SELECT DISTINCT maker FROM slides WHERE session_id = $1", play.session)
    assert [row["maker"] for row in rows] == ["another"]


async def test_a_session_shorter_than_the_window_is_one_slide(clinic: Clinic, slider: ScriptedSlider) -> None:
    first = talk(1)
    data = b"RIFF____WAVE short"
    pcm = joined(first)[: RATE * 3 // 2]
    recording = Recording(RATE, (Piece(0, 0, len(pcm), data),), {data: pcm})
    play = await recorded(clinic, recording, [0])
    await finished(play)
    assert await turns(play) == in_one_pass(pcm)
    assert slider.heard == [len(pcm)]
    assert len(in_one_pass(pcm)) == 1 < BLOCK


async def test_slides_go_with_their_session(clinic: Clinic, slider: ScriptedSlider) -> None:
    play = await recorded(clinic, talk(4), range(4))
    await finished(play)
    assert await places(play)
    await clinic.installation.fetch("DELETE FROM sessions WHERE id = $1", play.session)
    assert await places(play) == []
    assert isinstance(play.session, UUID)
